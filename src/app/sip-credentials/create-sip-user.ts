import { payerOf } from '../../domain/account.ts';
import { type DefaultCaller, defaultCallerMember } from '../../domain/default-caller.ts';
import type { Mode } from '../../domain/records.ts';
import { recordRef } from '../../domain/records.ts';
import { credentialRecord } from '../../domain/render-record.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId, newSecret } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { checkLoginCaller } from './check-login-caller.ts';
import type { CredentialDeps } from './create-number-credential.ts';
import { ha1Of, sealHa1 } from './ha1.ts';
import { sealPassword } from './password.ts';
import { publicLogin as publicCredential } from './save-login.ts';

export interface CreateSipUserInput {
  readonly accountId: string;
  readonly username: string;
  /** null: one is made. */
  readonly password: string | null;
  /** Set: the login may present only this number. */
  readonly numberId: string | null;
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
      const presented = await checkLoginCaller(tx, { ...input, accountId: account.id });
      if (!presented.ok) return presented;
      const login = { realm: accountRealm(account.authId, deps.sipDomain), username: input.username };
      if ((await tx.credentials.byLogin(login.realm, login.username)) !== null) {
        return err({ kind: 'conflict', code: 'username_taken', detail: 'The account has a SIP user of this name.' });
      }
      if (number !== null && (await tx.credentials.ofNumber(number.id)) !== null) {
        return err({ kind: 'conflict', code: 'number_has_credential', detail: 'The number has its own SIP login already.' });
      }
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
        ...defaultCallerMember(input.defaultCaller),
      });
      await tx.audit({
        action: 'sip_user.create',
        resource: `sip_credential:${id}`,
        accountId: account.id,
        before: null,
        after: publicCredential(credential),
      });
      const ref = recordRef.credential(login.realm, login.username);
      await tx.publish({ ref, version: credential.version, record: credentialRecord(credential) }, id);
      return ok({ credential, password });
    },
    wait,
  );
}

/** Deletes a SIP login, a number's own included; the next call with it fails. Resolves with it, its version being the tombstone's. */
export function deleteSipUser(
  deps: ChangeDeps,
  actor: Actor,
  id: string,
  { ifVersion = null, wait }: { readonly ifVersion?: number | null; readonly wait?: Wait } = {},
): Promise<Result<Changed<SipCredential>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const credential = await tx.credentials.lock(id);
      if (credential === null) return err({ kind: 'not_found', resource: 'sip_user' });
      if (ifVersion !== null && ifVersion !== credential.version) {
        return err({ kind: 'precondition_failed', currentVersion: credential.version });
      }
      await tx.credentials.remove(id);
      await tx.audit({
        action: 'sip_user.delete',
        resource: `sip_credential:${id}`,
        accountId: credential.subAccountId ?? credential.accountId,
        before: publicCredential(credential),
        after: null,
      });
      const ref = recordRef.credential(credential.realm, credential.username);
      const version = credential.version + 1;
      await tx.publish({ ref, version, record: null }, id);
      return ok({ ...credential, version });
    },
    wait,
  );
}
