import { recordRef } from '../../domain/records.ts';
import { CALLS_MAX, type CallsLook, type DrainCallsDeps, type DrainRound, drainCalls } from '../jobs/drain-calls.ts';
import type { CallReader } from '../ports/calls.ts';
import type { JobHandler, JobSettlement, NumberCalls, TrunkGroupUnassignPayload } from '../ports/jobs.ts';
import type { RecordReader } from '../ports/routing.ts';
import type { Transaction } from '../ports/store.ts';

export interface DrainTrunkGroupDeps extends DrainCallsDeps {
  /** What agents read. */
  readonly plane: Pick<RecordReader, 'read'>;
  readonly numberCalls: NumberCalls;
  readonly callsDecided: CallReader['decided'];
}

/**
 * The aftermath of a number that left its trunk group: calls that were decided before it did go on until they end by themselves or
 * the deadline ends them (decision B6). Each run is one look; its end commits with audit and event.
 */
export function drainTrunkGroup(deps: DrainTrunkGroupDeps): JobHandler<'trunk-group-unassign'> {
  return async (left, job) => {
    const round = await drainCalls(deps, left.leftAt, job.progress, await lookAtCalls(deps, left));
    return round.kind === 'again' ? round : { kind: 'transact', work: (tx) => report(tx, left, round, deps.clock.now()) };
  };
}

async function lookAtCalls(
  deps: DrainTrunkGroupDeps,
  { numberId, e164, mode, trunkGroupId, epoch }: TrunkGroupUnassignPayload,
): Promise<CallsLook> {
  const numberRef = recordRef.number(mode, e164);
  const record = (await deps.plane.read([numberRef])).get(numberRef);
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

/** The end of it: one audit row and one event, in the transaction that closes the job. */
async function report(
  tx: Transaction,
  { numberId, e164, mode, accountId, trunkGroupId, epoch, leftAt }: TrunkGroupUnassignPayload,
  { calls, counts }: DrainRound & { readonly kind: 'over' },
  at: number,
): Promise<JobSettlement> {
  const resource = `number:${numberId}`;
  await tx.audit({
    action: 'number.trunk_group_unassigned',
    resource,
    accountId,
    before: { trunkGroupId, epoch, leftAt, calls },
    after: { mode, ...counts, finishedAt: at },
  });
  await tx.events.append({
    key: `number.trunk_group_unassigned:${numberId}:${epoch}`,
    type: 'number.trunk_group_unassigned',
    accountId,
    mode,
    resource,
    payload: { number_id: numberId, e164, trunk_group_id: trunkGroupId, ...counts },
    at,
  });
  return { kind: 'done', result: counts };
}
