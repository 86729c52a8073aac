import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { accountOf } from '../tenant.ts';
import { lockOwnTrunk, type TrunkName } from '../trunk-groups/own-trunk.ts';
import { followLogin, lockNamingGroup } from '../trunk-groups/trunk-logins.ts';
import type { CredentialDeps } from './create-number-credential.ts';
import { type MadeLogin, makeLogin, type NewLogin, withPassword } from './make-login.ts';
import { findOwnLogin, type LoginPurpose } from './own-login.ts';
import { unsealPassword } from './password.ts';
import { auditLogin, destroyLogin, publishLogin, saveLogin } from './save-login.ts';

export type LoginDeps = ChangeDeps & CredentialDeps & { readonly clock: Clock };

/** `trunk`: the one whose limits it counts against. */
export type CreateLoginInput = Omit<NewLogin, 'mode' | 'trunkGroupId'> & { readonly trunk?: TrunkName };

/** Makes a login of the actor's account; refuses `username_taken`, and `not_found` for a trunk that is not the account's. */
export function createLogin(
  deps: LoginDeps,
  actor: Actor,
  input: CreateLoginInput,
  wait?: Wait,
): Promise<Result<Changed<MadeLogin>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const { trunk: name, ...asked } = input;
      // Two who choose the same name queue here: the later one sees the first.
      const account = await tx.accounts.lock(accountOf(actor).id);
      if (account === null || account.status === 'closed') return err({ kind: 'not_found', resource: 'account' });
      // Locked: nobody deletes it and misses this login.
      const trunk = name === undefined ? undefined : await lockOwnTrunk(tx, actor, name);
      if (trunk === null) return err({ kind: 'not_found', resource: 'trunk_group' });
      const login = { ...asked, mode: actor.mode, ...(trunk === undefined ? {} : { trunkGroupId: trunk.id }) };
      const made = await makeLogin(tx, deps, account, login, deps.clock.now());
      if (!made.ok) return made;
      const { credential } = made.value;
      await followLogin(tx, null, credential, deps.clock.now());
      await auditLogin(tx, 'sip_user.create', null, credential);
      return made;
    },
    wait,
  );
}

/** What may change of a login; absent keys stay, null takes a label or the expiry away. */
export interface LoginPatch {
  readonly password?: string;
  readonly enabled?: boolean;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly tag?: string | null;
  readonly expiresAt?: number | null;
  readonly trunk?: TrunkName;
}

interface LoginRef {
  readonly id: string;
  readonly purpose: LoginPurpose;
}

/** Changes a login of the actor's. Without a change it keeps its version and writes no audit row (decision B17). */
export function updateLogin(
  deps: LoginDeps,
  actor: Actor,
  { id, purpose }: LoginRef,
  patch: LoginPatch,
  wait?: Wait,
): Promise<Result<Changed<SipCredential>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      // Trunk before login: the order in which deleting a trunk locks them.
      const trunk = patch.trunk === undefined ? undefined : await lockOwnTrunk(tx, actor, patch.trunk);
      const before = await findOwnLogin(tx, actor, purpose, id);
      if (before === null) return err({ kind: 'not_found', resource: 'sip_user' });
      if (trunk === null) return err({ kind: 'not_found', resource: 'trunk_group' });
      const merged = patchedLogin(deps, before, patch, trunk?.id);
      if (merged === before) {
        await publishLogin(tx, before);
        return ok(before);
      }
      const after = await saveLogin(tx, merged, deps.clock.now());
      await followLogin(tx, before, after, deps.clock.now());
      await auditLogin(tx, 'sip_user.update', before, after);
      return ok(after);
    },
    wait,
  );
}

function patchedLogin(deps: LoginDeps, before: SipCredential, patch: LoginPatch, trunkGroupId: string | undefined): SipCredential {
  const kept = <T>(given: T | null | undefined, had: T | undefined): T | undefined => (given === undefined ? had : (given ?? undefined));
  const next: SipCredential = {
    ...before,
    enabled: patch.enabled ?? before.enabled,
    name: kept(patch.name, before.name),
    description: kept(patch.description, before.description),
    tag: kept(patch.tag, before.tag),
    expiresAt: kept(patch.expiresAt, before.expiresAt),
    trunkGroupId: trunkGroupId ?? before.trunkGroupId,
  };
  const isNewPassword = patch.password !== undefined && patch.password !== unsealPassword(deps.sealer, before);
  if (isNewPassword) return withPassword(deps, next, patch.password);
  const keys = ['enabled', 'name', 'description', 'tag', 'expiresAt', 'trunkGroupId'] as const;
  return keys.every((key) => next[key] === before[key]) ? before : next;
}

/** Deletes a login of the actor's; resolves with it, its version being the tombstone's. */
export function deleteLogin(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  { id, purpose }: LoginRef,
  wait?: Wait,
): Promise<Result<Changed<SipCredential>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      await lockNamingGroup(tx, id);
      const login = await findOwnLogin(tx, actor, purpose, id);
      if (login === null) return err({ kind: 'not_found', resource: 'sip_user' });
      const version = await destroyLogin(tx, login);
      await followLogin(tx, login, null, deps.clock.now());
      await auditLogin(tx, 'sip_user.delete', login, null);
      return ok({ ...login, version });
    },
    wait,
  );
}
