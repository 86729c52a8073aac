import type { PhoneNumber } from '../../domain/number.ts';
import { decideReleased } from '../../domain/number-release.ts';
import { recordRef } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { ok, type Result } from '../../kit/result.ts';
import { CALLS_MAX, type CallsLook, type DrainCallsDeps, type DrainCounts, drainCalls, LOOK_MS_MIN } from '../jobs/drain-calls.ts';
import { jobActor } from '../jobs/job-actor.ts';
import type { JobHandler, JobSettlement, NumberCalls, ReleaseDuePayload } from '../ports/jobs.ts';
import type { RecordReader } from '../ports/routing.ts';
import type { Transaction } from '../ports/store.ts';
import { changeHolder, type HolderChangeDeps } from './change-holder.ts';
import { commitNumber } from './save-number.ts';

export interface FinishReleaseDeps extends HolderChangeDeps, DrainCallsDeps {
  readonly plane: Pick<RecordReader, 'read'>;
  readonly numberCalls: NumberCalls;
}

/**
 * The end of a release that left live calls behind: the number waits until they end by themselves or the deadline ends them, and is in
 * stock only then (decision B6). It leaves its holder behind the fence like any other (decision C4), in a transaction of its own; run
 * again, it finds that done.
 */
export function finishRelease(deps: FinishReleaseDeps): JobHandler<'release-due'> {
  return async (due, job) => {
    const round = await drainCalls(deps, due.releasedAt, job.progress, await lookAtCalls(deps, due));
    if (round.kind === 'again') return round;
    const done = await leaveHolder(deps, job.id, due, round.counts);
    return done.ok ? { kind: 'done', result: round.counts } : later(done.error, deps.clock.now(), job.progress);
  };
}

/** Every call of the number is its holder's: nobody else could have it. */
async function lookAtCalls(
  { plane, numberCalls }: FinishReleaseDeps,
  { numberId, e164, mode, epoch }: ReleaseDuePayload,
): Promise<CallsLook> {
  const ref = recordRef.number(mode, e164);
  const record = (await plane.read([ref])).get(ref);
  // While agents may still decide by the old record new calls may begin.
  const closed = record === undefined || record.version === 0 || record.version >= epoch;
  return { remaining: await numberCalls.liveCalls(numberId, CALLS_MAX), settled: closed };
}

/** Resolves false when somebody has been through here before. */
async function leaveHolder(
  deps: FinishReleaseDeps,
  jobId: string,
  { numberId, epoch, quarantineMs }: ReleaseDuePayload,
  counts: DrainCounts,
): Promise<Result<unknown, RequestRefusal>> {
  return changeHolder(deps, jobActor(jobId), [numberId], async (tx, behindFence) => {
    const locked = await tx.numbers.lock(numberId);
    if (locked === null || locked.lifecycle !== 'releasing' || locked.version !== epoch) return ok(false);
    const nowMs = deps.clock.now();
    const { number, liveCalls } = behindFence(locked, nowMs);
    // Calls that no agent ended in time were given up: they do not keep the number for ever.
    const counted = counts.left > 0 ? 0 : liveCalls;
    const terms = { windowMs: 0, quarantineMs };
    const decided = decideReleased(number, { liveCalls: counted, coolOffMs: deps.coolOffMs(locked), nowMs, terms });
    if (!decided.ok) return decided;
    await commitNumber(tx, locked, decided.value, 'number.released');
    await tellReleased(tx, locked, counts, nowMs);
    return ok(true);
  });
}

async function tellReleased(
  tx: Transaction,
  { id, e164, mode, holder, version }: PhoneNumber,
  counts: DrainCounts,
  at: number,
): Promise<void> {
  await tx.events.append({
    key: `number.released:${id}:${version}`,
    type: 'number.released',
    accountId: holder?.subAccountId ?? holder?.ownerAccountId ?? '',
    mode,
    resource: `number:${id}`,
    payload: { number_id: id, e164, ...counts },
    at,
  });
}

/** A call that came up between the look and the fence, or a Redis that cannot tell: the next look will show. */
function later(refusal: RequestRefusal, now: number, progress: unknown): JobSettlement {
  if (refusal.kind === 'unavailable') return { kind: 'again', dueAt: now + refusal.retryAfterSeconds * 1000, progress };
  if (refusal.kind === 'wrong_state') return { kind: 'again', dueAt: now + LOOK_MS_MIN, progress };
  throw new Error(`a release cannot end: ${refusal.kind}`);
}
