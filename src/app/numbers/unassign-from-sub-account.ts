import { decideUnassign } from '../../domain/holder-change.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { Changed } from '../change.ts';
import { allowForce } from '../force.ts';
import type { CredentialDeps } from '../sip-credentials/create-number-credential.ts';
import { changeHolder, type HolderChangeDeps } from './change-holder.ts';
import { commitMove } from './commit-move.ts';
import { findOwnNumber } from './find-own-number.ts';
import { lockOwnNumber, type NumberName } from './lock-own-number.ts';

export interface UnassignFromSubAccountInput {
  readonly number: NumberName;
  /** Overrules the cool-off; audited also when there was none. */
  readonly force: boolean;
}

/**
 * Takes a number back from a sub-account into its parent's pool. Refuses `cool_off` within the window after its last call, a live one
 * counting as now (invariant 4), and `not_found` for a number that no sub-account of the actor's has.
 */
export async function unassignFromSubAccount(
  deps: HolderChangeDeps & CredentialDeps,
  actor: Actor,
  { number: name, force }: UnassignFromSubAccountInput,
): Promise<Result<Changed<PhoneNumber>, RequestRefusal>> {
  const allowed = allowForce(actor, force);
  if (!allowed.ok) return allowed;
  const found = await findOwnNumber(deps, actor, name);
  if (!found.ok) return found;
  if (found.value.holder === null || found.value.holder.subAccountId === null) return err({ kind: 'not_found', resource: 'number' });
  const numberId = found.value.id;
  return changeHolder(deps, actor, [numberId], async (tx, behindFence) => {
    const locked = await lockOwnNumber(tx, actor, { numberId });
    if (locked === null) return err({ kind: 'not_found', resource: 'number' });
    const now = deps.clock.now();
    const { number: before, coolOff } = behindFence(locked, now);
    const decided = decideUnassign(before, { coolOff, force, nowMs: now });
    if (!decided.ok) return decided;
    const { number, forceNeeded } = decided.value;
    await commitMove(tx, deps, locked, number, { action: 'number.unassign_sub_account', force, forceNeeded, coolOff });
    return ok(number);
  });
}
