import { randomBytes } from 'node:crypto';
import { type Account, payerOf } from '../../domain/account.ts';
import type { Mode } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import { newId, newSecret } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Transaction } from '../ports/store.ts';
import type { CredentialDeps } from './create-number-credential.ts';
import { accountRealm } from './create-sip-user.ts';
import { ha1Of, sealHa1 } from './ha1.ts';
import { sealPassword } from './password.ts';
import { publishLogin } from './save-login.ts';

/** What is asked for of a login; `username` null: one is made that is unique everywhere. */
export interface NewLogin extends Pick<SipCredential, 'purpose' | 'trunkGroupId' | 'expiresAt' | 'name' | 'description' | 'tag'> {
  readonly username: string | null;
  readonly password: string | null;
  readonly mode: Mode;
  readonly enabled?: boolean;
}

/** A login with its password in clear. */
export interface MadeLogin {
  readonly credential: SipCredential;
  readonly password: string;
}

const PASSWORD_BYTES = 18;
/** The vendor's generated names begin like this, and never with a digit (seed-apis A.10). */
const newUsername = (): string => `gencred${randomBytes(10).toString('hex')}`;

/**
 * Makes a login of an account that is locked, inside a transaction, and publishes it. Names that tenants choose are unique in the
 * account's own realm (decision C13). Refuses `username_taken`. Audit is the caller's.
 */
export async function makeLogin(
  tx: Transaction,
  deps: CredentialDeps,
  account: Account,
  { username, password: given, mode, enabled = true, ...more }: NewLogin,
  now: number,
): Promise<Result<MadeLogin, RequestRefusal>> {
  const login =
    username === null
      ? { realm: deps.sipDomain, username: newUsername() }
      : { realm: accountRealm(account.authId, deps.sipDomain), username };
  if (username !== null && (await tx.credentials.byLogin(login.realm, login.username)) !== null) {
    return err({ kind: 'conflict', code: 'username_taken', detail: 'Username already exists' });
  }
  const id = newId();
  const password = given ?? newSecret(PASSWORD_BYTES);
  const credential = await tx.credentials.insert(
    {
      id,
      ...login,
      accountId: payerOf(account),
      subAccountId: account.parentId === null ? null : account.id,
      numberId: null,
      e164: null,
      mode,
      sealedPassword: sealPassword(deps.sealer, id, password),
      sealedHa1: sealHa1(deps.sealer, login, ha1Of(login, password)),
      digest: null,
      enabled,
      version: 1,
      createdAt: now,
      updatedAt: now,
      ...more,
    },
    username === null ? 'generated' : 'chosen',
  );
  await publishLogin(tx, credential);
  return ok({ credential, password });
}

/** The same login with another password. */
export const withPassword = ({ sealer }: Pick<CredentialDeps, 'sealer'>, login: SipCredential, password: string): SipCredential => ({
  ...login,
  sealedPassword: sealPassword(sealer, login.id, password),
  sealedHa1: sealHa1(sealer, login, ha1Of(login, password)),
});
