import { recordRef } from '../../domain/records.ts';
import type { Clock } from '../../kit/clock.ts';
import type { CallReader } from '../ports/calls.ts';
import type { AgentInbox, JobHandler, JobSettlement, NumberCall, NumberCalls, TrunkGroupUnassignPayload } from '../ports/jobs.ts';
import type { RecordReader } from '../ports/routing.ts';
import type { Transaction } from '../ports/store.ts';

export interface DrainTrunkGroupDeps {
  readonly clock: Clock;
  readonly records: Pick<RecordReader, 'read'>;
  readonly numberCalls: NumberCalls;
  readonly callsDecided: CallReader['decided'];
  readonly inbox: AgentInbox;
  /** From the unassignment to the end of the calls that are still there. */
  readonly deadlineMs: number;
  /** After the deadline: how long agents are asked before what is left is given up and reported. */
  readonly giveUpMs: number;
}

/** What the rounds of one aftermath have seen so far. */
interface Progress {
  readonly seen: readonly string[];
  readonly ended: readonly string[];
}

const CALLS_MAX = 5000;
const HANGUPS_AT_ONCE = 32;
const LOOK_MS_MIN = 200;
const LOOK_MS_MAX = 5000;

/**
 * The aftermath of a number that left its trunk group: calls that were decided before it did go on until they end by themselves or
 * the deadline ends them (decision B6). Each run is one look; its end commits with audit and event.
 */
export function drainTrunkGroup(deps: DrainTrunkGroupDeps): JobHandler<'trunk-group-unassign'> {
  return async (left, job) => {
    const before = progressOf(job.progress);
    const look = await lookAtCalls(deps, left);
    const progress = { ...before, seen: union(before.seen, look.remaining) };
    const now = deps.clock.now();
    const deadlineAt = left.leftAt + deps.deadlineMs;
    const isOver = look.settled && look.remaining.length === 0;
    if (isOver || now >= deadlineAt + deps.giveUpMs) {
      return { kind: 'transact', work: (tx) => report(tx, left, progress, isOver ? [] : look.remaining.map(({ callId }) => callId), now) };
    }
    if (now < deadlineAt) return { kind: 'again', dueAt: Math.min(now + lookAgainMs(left, now, look.settled), deadlineAt), progress };
    const ended = await hangUpAll(deps.inbox, look.remaining);
    return { kind: 'again', dueAt: deps.clock.now() + LOOK_MS_MIN, progress: { ...progress, ended: union(progress.ended, ended) } };
  };
}

/** `settled`: no further call can turn up that belongs to the old group. */
async function lookAtCalls(
  deps: DrainTrunkGroupDeps,
  { numberId, e164, mode, trunkGroupId, epoch }: TrunkGroupUnassignPayload,
): Promise<{ readonly remaining: readonly NumberCall[]; readonly settled: boolean }> {
  const numberRef = recordRef.number(mode, e164);
  const record = (await deps.records.read([numberRef])).get(numberRef);
  // While agents may still decide by the old record new calls may begin there. Absent is a tombstone that has aged, or nobody's.
  const unrouted = record === undefined || record.version === 0 || record.version >= epoch;
  const live = await deps.numberCalls.liveCalls(numberId, CALLS_MAX);
  const decided = await deps.callsDecided(live.map(({ callId }) => callId));
  const groupRef = recordRef.trunkGroup(trunkGroupId);
  const remaining = live.filter(({ callId }) => {
    const versions = decided.get(callId);
    const by = versions?.find((one) => one.record === numberRef)?.version;
    return by !== undefined && by < epoch && versions?.some((one) => one.record === groupRef) === true;
  });
  // A call whose record is still on its way from the call log may be one of them.
  return { remaining, settled: unrouted && live.every(({ callId }) => decided.has(callId)) };
}

/** Soon after the change, and while something is unclear, often; later in steps of a tenth of the time that has passed. */
const lookAgainMs = ({ leftAt }: TrunkGroupUnassignPayload, now: number, settled: boolean): number =>
  settled ? Math.min(Math.max((now - leftAt) / 10, LOOK_MS_MIN), LOOK_MS_MAX) : LOOK_MS_MIN;

async function hangUpAll(inbox: AgentInbox, calls: readonly NumberCall[]): Promise<readonly NumberCall[]> {
  const ended: NumberCall[] = [];
  for (let at = 0; at < calls.length; at += HANGUPS_AT_ONCE) {
    const some = calls.slice(at, at + HANGUPS_AT_ONCE);
    const answers = await Promise.all(some.map(({ agentId, callId }) => inbox.hangUp(agentId, callId)));
    ended.push(...some.filter((_, index) => answers[index] === 'ended'));
  }
  return ended;
}

/** The end of it: one audit row and one event, in the transaction that closes the job. */
async function report(
  tx: Transaction,
  { numberId, e164, mode, accountId, trunkGroupId, epoch, leftAt }: TrunkGroupUnassignPayload,
  { seen, ended }: Progress,
  left: readonly string[],
  at: number,
): Promise<JobSettlement> {
  const result = { drained: seen.length - ended.length - left.length, ended: ended.length, left: left.length };
  const resource = `number:${numberId}`;
  await tx.audit({
    action: 'number.trunk_group_unassigned',
    resource,
    accountId,
    before: { trunkGroupId, epoch, leftAt, calls: seen.length },
    after: { ...result, finishedAt: at },
  });
  await tx.events.append({
    key: `number.trunk_group_unassigned:${numberId}:${epoch}`,
    type: 'number.trunk_group_unassigned',
    accountId,
    mode,
    resource,
    payload: { number_id: numberId, e164, trunk_group_id: trunkGroupId, ...result },
    at,
  });
  return { kind: 'done', result };
}

const union = (known: readonly string[], calls: readonly NumberCall[]): readonly string[] =>
  [...new Set([...known, ...calls.map(({ callId }) => callId)])].slice(0, CALLS_MAX);

function progressOf(stored: unknown): Progress {
  const { seen = [], ended = [] } = (stored ?? {}) as Partial<Progress>;
  return { seen, ended };
}
