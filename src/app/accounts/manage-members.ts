import type { Role } from '../../domain/account.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import type { Membership, User } from '../ports/store.ts';

/** Registers a user who logs in elsewhere; `id` is the `sub` of the tokens (decision B20). */
export function createUser(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  input: { readonly id: string | null; readonly email: string },
): Promise<Result<Changed<User>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    const user: User = { id: input.id ?? newId(), email: input.email, createdAt: deps.clock.now() };
    if (!(await tx.users.insert(user))) return err({ kind: 'conflict', code: 'user_exists', detail: 'A user with this id exists.' });
    await tx.audit({ action: 'user.create', resource: `user:${user.id}`, accountId: null, before: null, after: user });
    return ok(user);
  });
}

/** Makes a user a member of an account, or changes the role. */
export function putMembership(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  input: { readonly accountId: string; readonly userId: string; readonly role: Role },
): Promise<Result<Changed<Membership>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    if ((await tx.accounts.lock(input.accountId)) === null) return err({ kind: 'not_found', resource: 'account' });
    if ((await tx.users.get(input.userId)) === null) return err(invalidBody(['user_id'], 'No such user.'));
    const before = (await tx.users.membershipsOf(input.userId)).find((one) => one.accountId === input.accountId) ?? null;
    const after: Membership = { ...input, createdAt: before?.createdAt ?? deps.clock.now() };
    if (before?.role === after.role) return ok(before);
    await tx.users.putMembership(after);
    await tx.audit({ action: 'membership.put', resource: `user:${input.userId}`, accountId: input.accountId, before, after });
    return ok(after);
  });
}

/** Takes a user out of an account; its tokens stop working there at once. */
export function removeMembership(
  deps: ChangeDeps,
  actor: Actor,
  input: { readonly accountId: string; readonly userId: string },
): Promise<Result<Changed<void>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    // Queues behind others who change the members of the account, as putMembership does.
    await tx.accounts.lock(input.accountId);
    const before = (await tx.users.membershipsOf(input.userId)).find((one) => one.accountId === input.accountId);
    if (before === undefined || !(await tx.users.removeMembership(input.userId, input.accountId))) {
      return err({ kind: 'not_found', resource: 'user' });
    }
    await tx.audit({ action: 'membership.remove', resource: `user:${input.userId}`, accountId: input.accountId, before, after: null });
    return ok(undefined);
  });
}
