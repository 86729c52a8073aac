import { type Account, payerOf } from '../../domain/account.ts';
import { type DefaultCaller, defaultCallerMember } from '../../domain/default-caller.ts';
import type { LoginName } from '../../domain/login-name.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import type { Mode } from '../../domain/records.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId, newSecret } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import { followLogin, LOGINS_MAX } from '../trunk-groups/trunk-logins.ts';
import { checkLoginCaller } from './check-login-caller.ts';
import type { CredentialDeps } from './create-number-credential.ts';
import { ha1Of, sealHa1 } from './ha1.ts';
import type { MadeLogin } from './make-login.ts';
import { sealPassword } from './password.ts';
import { auditLogin, publishLogin } from './save-login.ts';

export interface CreateSipUserInput {
  readonly accountId: string;
  readonly username: string;
  /** null: one is made. */
  readonly password: string | null;
  /** Set: the login may present only this number. */
  readonly numberId: string | null;
  /** Set: the login of that trunk group, which is rung where it registers. */
  readonly trunkGroupId: string | null;
  readonly mode: Mode;
  readonly digest: SipCredential['digest'];
  /** What its calls out present by themselves; absent: what they say. */
  readonly defaultCaller?: DefaultCaller | undefined;
}

/** `{auth_id}.SIP_DOMAIN`, lower case and a valid host name: usernames that tenants choose never clash (decision C13). */
export const accountRealm = (authId: string, sipDomain: string): string => `${authId.toLowerCase().replaceAll('_', '-')}.${sipDomain}`;

/** Makes a SIP login of an account; its password is told once. */
export function createSipUser(
  deps: ChangeDeps & CredentialDeps & { readonly clock: Clock },
  actor: Actor,
  input: CreateSipUserInput,
  wait?: Wait,
): Promise<Result<Changed<{ credential: SipCredential; password: string }>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      // Two who choose the same name queue here: the later one sees the first.
      const account = await tx.accounts.lock(input.accountId);
      if (account === null || account.status === 'closed') return err(invalidBody(['account_id'], 'No such account.'));
      const number = input.numberId === null ? null : await tx.numbers.lock(input.numberId);
      const holderId = number?.holder?.subAccountId ?? number?.holder?.ownerAccountId;
      if (input.numberId !== null && (holderId !== account.id || number?.mode !== input.mode || number.lifecycle === 'releasing')) {
        return err(invalidBody(['number_id'], 'No such number of this account.'));
      }
      const trunk = await trunkRefusal(tx, account, input);
      if (trunk !== null) return err(trunk);
      const presented = await checkLoginCaller(tx, { ...input, accountId: account.id });
      if (!presented.ok) return presented;
      const login = { realm: accountRealm(account.authId, deps.sipDomain), username: input.username };
      if ((await tx.credentials.byLogin(login.realm, login.username)) !== null) {
        return err({ kind: 'conflict', code: 'username_taken', detail: 'The account has a SIP user of this name.' });
      }
      if (number !== null && (await tx.credentials.ofNumber(number.id)) !== null) {
        return err({ kind: 'conflict', code: 'number_has_credential', detail: 'The number has its own SIP login already.' });
      }
      return ok(await insertSipUser(tx, deps, input, { ...login, account, number }));
    },
    wait,
  );
}

/** Whose login it is and what it is called, once both were found to be free. */
interface NewSipUser extends LoginName {
  readonly account: Account;
  readonly number: PhoneNumber | null;
}

async function insertSipUser(
  tx: Transaction,
  deps: CredentialDeps & { readonly clock: Clock },
  input: CreateSipUserInput,
  { realm, username, account, number }: NewSipUser,
): Promise<MadeLogin> {
  const login = { realm, username };
  const id = newId();
  const password = input.password ?? newSecret(18);
  const now = deps.clock.now();
  const credential = await tx.credentials.insert({
    id,
    ...login,
    accountId: payerOf(account),
    subAccountId: account.parentId === null ? null : account.id,
    numberId: number?.id ?? null,
    e164: number?.e164 ?? null,
    mode: input.mode,
    sealedPassword: sealPassword(deps.sealer, id, password),
    sealedHa1: sealHa1(deps.sealer, login, ha1Of(login, password)),
    digest: input.digest,
    enabled: true,
    version: 1,
    createdAt: now,
    updatedAt: now,
    ...(input.trunkGroupId === null ? {} : { purpose: 'trunk', trunkGroupId: input.trunkGroupId }),
    ...defaultCallerMember(input.defaultCaller),
  });
  await followLogin(tx, null, credential, now);
  await auditLogin(tx, 'sip_user.create', null, credential);
  await publishLogin(tx, credential);
  return { credential, password };
}

/** Why this cannot be the login of that trunk group, which is locked from then on; null: it can be, or there is none. */
async function trunkRefusal(tx: Transaction, { id }: Account, input: CreateSipUserInput): Promise<RequestRefusal | null> {
  const { trunkGroupId, numberId, mode } = input;
  if (trunkGroupId === null) return null;
  if (numberId !== null) return invalidBody(['trunk_group_id'], 'A login belongs to a number or to a trunk group.');
  const group = await tx.trunkGroups.lock(trunkGroupId);
  if (group === null || group.kind !== 'customer' || group.accountId !== id || group.mode !== mode) {
    return invalidBody(['trunk_group_id'], 'No such customer trunk group of this account.');
  }
  if ((group.logins ?? []).length < LOGINS_MAX) return null;
  return { kind: 'conflict', code: 'too_many_logins', detail: `A trunk group has at most ${LOGINS_MAX} logins.` };
}
