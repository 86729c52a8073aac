import { type CoolOffJudgement, judgeCoolOff } from '../../domain/cool-off.ts';
import { lastCallOf } from '../../domain/holder-change.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newSecret } from '../../kit/ids.ts';
import { err, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import type { FrozenNumbers, HolderFence } from '../ports/plane.ts';
import type { Transaction } from '../ports/store.ts';

/** What a change of holder needs besides a plain change. */
export interface HolderChangeDeps extends ChangeDeps {
  readonly clock: Clock;
  readonly fence: HolderFence;
  /** How long a number cools off after its last call. */
  readonly coolOffMs: (number: Pick<PhoneNumber, 'type' | 'country'>) => number;
}

/** A number with the last call that the fence knows of, and what that means for a move. */
export interface FencedNumber {
  readonly number: PhoneNumber;
  readonly liveCalls: number;
  readonly coolOff: CoolOffJudgement;
}

/** Looks a locked number up behind the fence. Throws for one that was not frozen. */
export type BehindFence = (locked: PhoneNumber, nowMs: number) => FencedNumber;

type Done<T> = Result<Changed<T>, RequestRefusal>;

/** A commit and the write to Redis must still fit into what is left of the freeze. */
const COMMIT_MS = 1000;

/**
 * The one way in which numbers change their holder (decision C4): freeze, so that no call begins unseen; judge and commit in one
 * transaction; publish, and only then let calls through to the new holder. A refusal opens the fence at once, nothing having
 * changed; where it is unknown whether the commit happened, the freeze expires by itself. Check that the actor may touch the numbers
 * before calling this: a freeze keeps their calls out. Refuses `unavailable` with `last_call_unknown` when Redis cannot tell the last
 * calls, force or not.
 */
export async function changeHolder<T>(
  deps: HolderChangeDeps,
  actor: Actor,
  numberIds: readonly string[],
  work: (tx: Transaction, behindFence: BehindFence) => Promise<Result<T, RequestRefusal>>,
): Promise<Done<T>> {
  const token = newSecret(12);
  const frozen = numberIds.length === 0 ? NOTHING_FROZEN : await deps.fence.freeze(numberIds, token);
  if (frozen.status === 'unknown') return err(lastCallUnknown(frozen.retryAfterMs));
  // The answer waits for Redis whatever the client prefers: the fence opens only once the new holder is in force there.
  const done: Done<T> = await change(deps, actor, async (tx) => {
    const decided = await work(tx, lookBehind(deps, frozen));
    if (decided.ok && frozen.remainingMs() < deps.propagationWaitMs + COMMIT_MS) return err(lastCallUnknown(COMMIT_MS));
    return decided;
  });
  if (numberIds.length > 0 && (!done.ok || done.value.propagation === 'applied')) await deps.fence.release(numberIds, token);
  return done;
}

/** No number, no fence: nobody calls nothing, and Redis need not be asked. */
const NOTHING_FROZEN: FrozenNumbers = { status: 'frozen', uses: new Map(), remainingMs: () => Number.POSITIVE_INFINITY };

const lookBehind =
  (deps: HolderChangeDeps, { uses }: FrozenNumbers): BehindFence =>
  (locked, nowMs) => {
    const use = uses.get(locked.id);
    if (use === undefined) throw new Error(`number ${locked.id} changes hands without a fence`);
    const lastCallAt = lastCallOf(locked.lastCallAt, use, nowMs);
    const facts = { lastCallAtMs: lastCallAt, liveCalls: use.liveCalls, nowMs, coolOffMs: deps.coolOffMs(locked) };
    return { number: { ...locked, lastCallAt }, liveCalls: use.liveCalls, coolOff: judgeCoolOff(facts) };
  };

const lastCallUnknown = (retryAfterMs: number): RequestRefusal => ({
  kind: 'unavailable',
  part: 'redis',
  code: 'last_call_unknown',
  retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)),
});
