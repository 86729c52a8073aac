import type { Candidate } from './call.ts';
import { calleeRefusal, ringGroup } from './callee.ts';
import { chosenFirst } from './candidates.ts';
import type { E164 } from './e164.ts';
import { onceEach, withoutOrphans } from './fallback.ts';
import { readHolderAccount } from './holder-account.ts';
import { wantedLease } from './lease.ts';
import { type Deciding, type DecisionContext, note, want } from './record-view.ts';
import { type NumberRecord, type RecordRef, recordRef } from './records.ts';
import type { CallRefusalCode } from './refusal.ts';
import { ringEndpoint } from './ring-endpoint.ts';
import type { RungNumber, Search, Walk } from './target-walk.ts';

function refsOf(number: NumberRecord): RecordRef[] {
  const accounts = [number.ownerAccountId, number.subAccountId].filter((id) => id !== null).map(recordRef.account);
  const endpoint = number.endpointId === null ? [] : [recordRef.endpoint(number.endpointId)];
  const group = number.trunkGroupId === null ? [] : [recordRef.trunkGroup(number.trunkGroupId)];
  return [...accounts, ...endpoint, ...group];
}

// What is there and down is another matter than what is not there.
const withoutTarget = (candidates: readonly Candidate[], { refusals }: Search): CallRefusalCode =>
  refusals[0] ?? (candidates.some(({ isDown }) => isDown) ? 'target_unreachable' : 'no_destination');

function* destination(walk: Walk): Deciding<readonly Candidate[]> {
  const { context, callee } = walk;
  const { endpointId, trunkGroupId } = callee.number;
  if (endpointId !== null) return yield* ringEndpoint(walk, endpointId);
  if (trunkGroupId !== null) return yield* ringGroup(context, callee, trunkGroupId);
  note(context, 'destination', false, { endpointId, trunkGroupId });
  return [];
}

function* ring(walk: Omit<Walk, 'callee'>, called: E164, number: NumberRecord): Deciding<RungNumber> {
  const { context } = walk;
  // Everything that could matter is asked for in one trip; what is not read in the end is not in the versions.
  yield* want(context, refsOf(number));
  const account = yield* readHolderAccount(context, number.ownerAccountId, number.subAccountId);
  const refusal = calleeRefusal(context, number, account);
  const leases = [wantedLease('number', number), ...account.leases];
  if (refusal !== null) return { refusal, candidates: [], leases };
  const found = yield* destination({ ...walk, callee: { called, number, account } });
  const candidates = chosenFirst(withoutOrphans(onceEach(found)));
  const isRung = candidates.some((candidate) => candidate.chosen);
  return { refusal: isRung ? null : withoutTarget(candidates, walk.search), candidates, leases };
}

/** Finds where a call to a number of ours goes: its state and flags, then the targets of its endpoint or trunk group in order. */
export function* ringNumber(context: DecisionContext, called: E164, number: NumberRecord): Deciding<RungNumber> {
  const search: Search = { endpoints: new Set(), numbers: new Set([called]), turnedAway: new Set(), refusals: [] };
  return yield* ring({ context, place: { depth: 1, reason: 'unconditional' }, search, ring }, called, number);
}
