import type { Candidate } from './call.ts';
import { type Callee, calleeRefusal, type Place, ringGroup, type Search } from './callee.ts';
import { chosenFirst } from './candidates.ts';
import type { E164 } from './e164.ts';
import { onceEach, withoutOrphans } from './fallback.ts';
import { forwardCall } from './forward-call.ts';
import { readHolderAccount } from './holder-account.ts';
import { type WantedLease, wantedLease } from './lease.ts';
import { type Deciding, type DecisionContext, note, want } from './record-view.ts';
import { type NumberRecord, type RecordRef, recordRef } from './records.ts';
import type { CallRefusalCode } from './refusal.ts';
import { ringEndpoint } from './ring-endpoint.ts';

/** Where calls of a number of ours go, or why they go nowhere. */
export interface RungNumber {
  /** null: at least one candidate is chosen. */
  readonly refusal: CallRefusalCode | null;
  readonly candidates: readonly Candidate[];
  /** Of the number and of whoever holds it. */
  readonly leases: readonly WantedLease[];
}

function refsOf(number: NumberRecord): RecordRef[] {
  const accounts = [number.ownerAccountId, number.subAccountId].filter((id) => id !== null).map(recordRef.account);
  const endpoint = number.endpointId === null ? [] : [recordRef.endpoint(number.endpointId)];
  const group = number.trunkGroupId === null ? [] : [recordRef.trunkGroup(number.trunkGroupId)];
  return [...accounts, ...endpoint, ...group];
}

// What is there and down is another matter than what is not there.
const withoutTarget = (candidates: readonly Candidate[], { refusals }: Search): CallRefusalCode =>
  refusals[0] ?? (candidates.some(({ reason }) => reason.startsWith('down ')) ? 'target_unreachable' : 'no_destination');

function* destination(context: DecisionContext, callee: Callee, place: Place, search: Search): Deciding<readonly Candidate[]> {
  const { endpointId, trunkGroupId } = callee.number;
  if (endpointId !== null) return yield* ringEndpoint(context, callee, endpointId, place, search);
  if (trunkGroupId !== null) return yield* ringGroup(context, callee, trunkGroupId);
  note(context, 'destination', false, { endpointId, trunkGroupId });
  return [];
}

function* ring(context: DecisionContext, called: E164, number: NumberRecord, place: Place, search: Search): Deciding<RungNumber> {
  // Everything that could matter is asked for in one trip; what is not read in the end is not in the versions.
  yield* want(context, refsOf(number));
  const account = yield* readHolderAccount(context, number.ownerAccountId, number.subAccountId);
  const refusal = calleeRefusal(context, number, account);
  const leases = [wantedLease('number', number), ...account.leases];
  if (refusal !== null) return { refusal, candidates: [], leases };
  const found = yield* destination(context, { called, number, account }, place, search);
  const candidates = chosenFirst(withoutOrphans(onceEach(found)));
  const isRung = candidates.some((candidate) => candidate.chosen);
  return { refusal: isRung ? null : withoutTarget(candidates, search), candidates, leases };
}

/** Finds where a call to a number of ours goes: its state and flags, then the targets of its endpoint or trunk group in order. */
export function* ringNumber(context: DecisionContext, called: E164, number: NumberRecord): Deciding<RungNumber> {
  const search: Search = {
    endpoints: new Set(),
    numbers: new Set([called]),
    turnedAway: new Set(),
    refusals: [],
    forward: (seenBy, callee, to, place) => forwardCall(seenBy, callee, to, place, search, ring),
  };
  return yield* ring(context, called, number, { depth: 1, reason: 'unconditional' }, search);
}
