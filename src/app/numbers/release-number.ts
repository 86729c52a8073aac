import type { PhoneNumber } from '../../domain/number.ts';
import { decideRelease, type ReleaseTerms } from '../../domain/number-release.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { Changed } from '../change.ts';
import { destroyNumberCredential } from '../sip-credentials/destroy-number-credential.ts';
import { changeHolder, type HolderChangeDeps } from './change-holder.ts';
import { findOwnNumber } from './find-own-number.ts';
import { lockOwnNumber, type NumberName } from './lock-own-number.ts';
import { orderReleaseEnd } from './order-release-end.ts';
import { commitNumber } from './save-number.ts';

export interface ReleaseNumberInput {
  readonly number: NumberName;
  readonly ifVersion: number | null;
  /** Absent: for sale at once. */
  readonly terms?: ReleaseTerms;
}

/**
 * Gives a number back. Without a live call it is in stock at once; until its cool-off ends, counted from the last call that the fence
 * knows of, only its exact last holder sees it there (decision B8). With live calls it is gone from its holder's hands at once, and
 * what comes after is the worker's (decision B6). With a window it waits there for its holder to think again.
 */
export async function releaseNumber(
  deps: HolderChangeDeps,
  actor: Actor,
  { number: name, ifVersion, terms }: ReleaseNumberInput,
): Promise<Result<Changed<PhoneNumber>, RequestRefusal>> {
  const found = await findOwnNumber(deps, actor, name);
  if (!found.ok) return found;
  const numberId = found.value.id;
  return changeHolder(deps, actor, [numberId], async (tx, behindFence) => {
    const locked = await lockOwnNumber(tx, actor, { numberId });
    if (locked === null) return err({ kind: 'not_found', resource: 'number' });
    if (ifVersion !== null && ifVersion !== locked.version) return err({ kind: 'precondition_failed', currentVersion: locked.version });
    const now = deps.clock.now();
    const { number, liveCalls } = behindFence(locked, now);
    const decided = decideRelease(number, {
      liveCalls,
      coolOffMs: deps.coolOffMs(locked),
      nowMs: now,
      ...(terms === undefined ? {} : { terms }),
    });
    if (!decided.ok) return decided;
    await destroyNumberCredential(tx, numberId);
    await commitNumber(tx, locked, decided.value, 'number.release');
    await orderReleaseEnd(tx, locked, decided.value, terms?.quarantineMs);
    return ok(decided.value);
  });
}
