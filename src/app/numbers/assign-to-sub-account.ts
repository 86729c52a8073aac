import type { Account } from '../../domain/account.ts';
import { decideAssign, judgePastCalls } from '../../domain/holder-change.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { Changed } from '../change.ts';
import { allowForce } from '../force.ts';
import type { Transaction } from '../ports/store.ts';
import type { CredentialDeps } from '../sip-credentials/create-number-credential.ts';
import { accountOf } from '../tenant.ts';
import { changeHolder, type FencedNumber, type HolderChangeDeps } from './change-holder.ts';
import { commitMove } from './commit-move.ts';
import { findOwnNumber } from './find-own-number.ts';
import { lockOwnNumber, type NumberName } from './lock-own-number.ts';

/** A number of the actor's pool, and the sub-account that shall have it. */
export interface AssignToSubAccountInput {
  readonly number: NumberName;
  /** As Vobiz names it: `SA_…`. */
  readonly subAuthId: string;
  /** Overrules the cool-off after another sub-account's calls. */
  readonly force: boolean;
}

/**
 * Hands a number of the parent's pool to one of its sub-accounts. Refuses `not_found` for a number that is not in the pool and for a
 * sub-account that is not the actor's or not enabled, all alike; `cool_off` while it cools off from another sub-account (decision B8).
 */
export async function assignToSubAccount(
  deps: HolderChangeDeps & CredentialDeps,
  actor: Actor,
  { number: name, subAuthId, force }: AssignToSubAccountInput,
): Promise<Result<Changed<PhoneNumber>, RequestRefusal>> {
  const allowed = allowForce(actor, force);
  if (!allowed.ok) return allowed;
  const found = await findOwnNumber(deps, actor, name);
  if (!found.ok) return found;
  if (found.value.holder?.subAccountId !== null) return err({ kind: 'not_found', resource: 'number' });
  const numberId = found.value.id;
  return changeHolder(deps, actor, [numberId], async (tx, behindFence) => {
    // Account before number: the order in which deleting a sub-account locks them.
    const subAccount = await lockSubAccount(tx, actor, subAuthId);
    const locked = await lockOwnNumber(tx, actor, { numberId });
    if (locked === null || subAccount === null) return err({ kind: 'not_found', resource: 'number' });
    const now = deps.clock.now();
    const before = behindFence(locked, now);
    const coolOff = await judgeOthers(deps, tx, before, subAccount.id, now);
    const decided = decideAssign(before.number, subAccount.id, { coolOff, force, nowMs: now });
    if (!decided.ok) return decided;
    const { number, forceNeeded } = decided.value;
    await commitMove(tx, deps, locked, number, { action: 'number.assign_sub_account', force, forceNeeded, coolOff });
    return ok(number);
  });
}

/** Only calls of other sub-accounts are in the way: the pool's own were never anybody else's. */
async function judgeOthers(deps: HolderChangeDeps, tx: Transaction, { number }: FencedNumber, subAccountId: string, now: number) {
  return judgePastCalls(await tx.holders.lastCallOfOthers(number.id, subAccountId), deps.coolOffMs(number), now);
}

async function lockSubAccount(tx: Transaction, actor: Actor, subAuthId: string): Promise<Account | null> {
  const found = await tx.accounts.byAuthId(subAuthId);
  const account = found === null || found.parentId !== accountOf(actor).id ? null : await tx.accounts.lock(found.id);
  return account?.status === 'active' ? account : null;
}
