import type { CallParties, Candidate, Decision } from './call.ts';
import { chosenFirst, endpointCandidates, gatewayCandidates } from './candidates.ts';
import { connectWithinLimits } from './connect-within-limits.ts';
import { impassable, reject } from './decision-outcome.ts';
import { boundCallerText } from './dial-string.ts';
import { byHealth } from './gateway-health.ts';
import { type HolderAccount, isWithin, noteAccount, readHolderAccount } from './holder-account.ts';
import { wantedLease } from './lease.ts';
import { type Deciding, type DecisionContext, note, readRecord, want } from './record-view.ts';
import { type NumberRecord, type RecordRef, recordRef } from './records.ts';
import type { CallRefusalCode } from './refusal.ts';
import { withUsers } from './registered-user.ts';
import type { OwnedCalled, SourceGroup } from './source-groups.ts';

/** Parties of a call that came from a carrier group for a number that is not, or not known to be, ours. */
export const carrierParties = (context: DecisionContext, { group }: SourceGroup, called: string): CallParties => ({
  direction: 'inbound',
  mode: group.mode,
  called,
  // Free text, kept as it came and never a reason to refuse (decision C15).
  caller: boundCallerText(context.request.caller.from),
  numberId: null,
  accountId: null,
  subAccountId: null,
  identifiedBy: { kind: 'trunk_group', id: group.id },
});

/** True while the number is its holder's to use: a pending one is not delivered yet, a releasing one is gone (decision C22). */
export const isInUse = (number: NumberRecord): boolean => number.lifecycle === 'active' || number.lifecycle === 'suspended';

/** True when anybody stopped it (decision B25). */
export const isSuspended = (number: NumberRecord): boolean => number.lifecycle === 'suspended' || number.suspendedBy.length > 0;

function refusalOf(context: DecisionContext, number: NumberRecord, account: HolderAccount): CallRefusalCode | null {
  note(context, 'number', isInUse(number), { numberId: number.id, lifecycle: number.lifecycle });
  if (!isInUse(number)) return 'number_unknown';
  if (!noteAccount(context, account)) return 'account_disabled';
  const suspended = isSuspended(number);
  note(context, 'suspension', !suspended, { suspendedBy: number.suspendedBy });
  if (suspended) return 'number_suspended';
  note(context, 'allow_inbound', number.allowInbound, { allowInbound: number.allowInbound });
  return number.allowInbound ? null : 'number_inbound_disabled';
}

function* endpointTargets(
  context: DecisionContext,
  found: OwnedCalled,
  account: HolderAccount,
  endpointId: string,
): Deciding<readonly Candidate[]> {
  const endpoint = yield* readRecord(context, 'endpoint', recordRef.endpoint(endpointId));
  // Another account's endpoint never rings, whatever the row says.
  const usable = endpoint !== null && endpoint.status === 'active' && isWithin(account.holder, endpoint.accountId);
  const listed = usable ? endpointCandidates(context.request.callId, endpoint, found.called) : [];
  const targets = yield* withUsers(context, listed, { holder: account.holder, mode: found.number.mode, ring: endpoint?.ring });
  note(context, 'destination', targets.length > 0, { endpointId, status: endpoint?.status ?? 'absent', targets: targets.length });
  return targets;
}

function* groupTargets(
  context: DecisionContext,
  found: OwnedCalled,
  account: HolderAccount,
  trunkGroupId: string,
): Deciding<readonly Candidate[]> {
  const group = yield* readRecord(context, 'trunk_group', recordRef.trunkGroup(trunkGroupId));
  const usable = group?.enabled === true && group.mode === found.number.mode && isWithin(account.holder, group.accountId);
  const listed = usable ? gatewayCandidates(context.request.callId, group, { e164: found.called }, '') : [];
  // A gateway that names a SIP user of the holder is wherever that user registered.
  const placed = yield* withUsers(context, listed, { holder: account.holder, mode: found.number.mode, ring: undefined });
  const gateways = byHealth(placed, context.request.unwell ?? [], false);
  note(context, 'destination', gateways.length > 0, {
    trunkGroupId,
    enabled: group?.enabled ?? 'absent',
    usable,
    gateways: gateways.length,
  });
  return gateways;
}

function* destination(context: DecisionContext, found: OwnedCalled, account: HolderAccount): Deciding<readonly Candidate[]> {
  const { endpointId, trunkGroupId } = found.number;
  if (endpointId !== null) return yield* endpointTargets(context, found, account, endpointId);
  if (trunkGroupId !== null) return yield* groupTargets(context, found, account, trunkGroupId);
  note(context, 'destination', false, { endpointId, trunkGroupId });
  return [];
}

function refsOf(number: NumberRecord): RecordRef[] {
  const accounts = [number.ownerAccountId, number.subAccountId].filter((id) => id !== null).map(recordRef.account);
  const endpoint = number.endpointId === null ? [] : [recordRef.endpoint(number.endpointId)];
  const group = number.trunkGroupId === null ? [] : [recordRef.trunkGroup(number.trunkGroupId)];
  return [...accounts, ...endpoint, ...group];
}

// What is there and down is another matter than what is not there.
const withoutTarget = (candidates: readonly Candidate[]): CallRefusalCode =>
  candidates.some(({ reason }) => reason.startsWith('down ')) ? 'target_unreachable' : 'no_destination';

/** Decides a call from a carrier to a number of ours: state, flags, then the targets of its endpoint or trunk group in order. */
export function* decideInbound(context: DecisionContext, found: OwnedCalled): Deciding<Decision> {
  const { number } = found;
  const parties: CallParties = {
    ...carrierParties(context, found, found.called),
    numberId: number.id,
    accountId: number.ownerAccountId,
    subAccountId: number.subAccountId,
  };
  const stop = impassable(context);
  if (stop !== null) return reject(context, parties, stop);
  // Everything that could matter is asked for in one trip; what is not read in the end is not in the versions.
  yield* want(context, refsOf(number));
  const account = yield* readHolderAccount(context, number.ownerAccountId, number.subAccountId);
  const refusal = refusalOf(context, number, account);
  if (refusal !== null) return reject(context, parties, refusal);
  const candidates = chosenFirst(yield* destination(context, found, account));
  if (!candidates.some((candidate) => candidate.chosen)) return reject(context, parties, withoutTarget(candidates), candidates);
  const leases = [wantedLease('number', number), ...account.leases, wantedLease('trunk_group', found.group)];
  return connectWithinLimits(context, { parties, candidates, leases, unlimited: false });
}
