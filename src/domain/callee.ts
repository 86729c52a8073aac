import type { Candidate } from './call.ts';
import { endpointCandidates, gatewayCandidates, loginCandidates } from './candidates.ts';
import type { E164 } from './e164.ts';
import { byHealth } from './gateway-health.ts';
import { type HolderAccount, isWithin, noteAccount } from './holder-account.ts';
import { type Deciding, type DecisionContext, note, readRecord } from './record-view.ts';
import { type EndpointRecord, type NumberRecord, recordRef } from './records.ts';
import type { CallRefusalCode } from './refusal.ts';
import { withUsers } from './registered-user.ts';

/** A number of ours that is called, and who holds it. */
export interface Callee {
  readonly called: E164;
  readonly number: NumberRecord;
  readonly account: HolderAccount;
}

/** True while the number is its holder's to use: a pending one is not delivered yet, a releasing one is gone (decision C22). */
export const isInUse = (number: NumberRecord): boolean => number.lifecycle === 'active' || number.lifecycle === 'suspended';

/** True when anybody stopped it (decision B25). */
export const isSuspended = (number: NumberRecord): boolean => number.lifecycle === 'suspended' || number.suspendedBy.length > 0;

/** Why a number of ours takes no calls; null: it does. */
export function calleeRefusal(context: DecisionContext, number: NumberRecord, account: HolderAccount): CallRefusalCode | null {
  note(context, 'number', isInUse(number), { numberId: number.id, lifecycle: number.lifecycle });
  if (!isInUse(number)) return 'number_unknown';
  if (!noteAccount(context, account)) return 'account_disabled';
  const suspended = isSuspended(number);
  note(context, 'suspension', !suspended, { suspendedBy: number.suspendedBy });
  if (suspended) return 'number_suspended';
  note(context, 'allow_inbound', number.allowInbound, { allowInbound: number.allowInbound });
  return number.allowInbound ? null : 'number_inbound_disabled';
}

/** Targets of an endpoint of the callee's, in order. */
export function* ringTargets(
  context: DecisionContext,
  { called, number, account }: Callee,
  endpoint: EndpointRecord,
): Deciding<readonly Candidate[]> {
  const listed = endpointCandidates(context.request.callId, endpoint, called);
  const targets = yield* withUsers(context, listed, { holder: account.holder, mode: number.mode, ring: endpoint.ring });
  note(context, 'destination', targets.length > 0, { endpointId: endpoint.id, status: endpoint.status, targets: targets.length });
  return targets;
}

/** The gateways of a trunk group of the callee's in order, or else where its peer registered. */
export function* ringGroup(
  context: DecisionContext,
  { called, number, account }: Callee,
  trunkGroupId: string,
): Deciding<readonly Candidate[]> {
  const group = yield* readRecord(context, 'trunk_group', recordRef.trunkGroup(trunkGroupId));
  const usable = group?.enabled === true && group.mode === number.mode && isWithin(account.holder, group.accountId);
  const dialled = { e164: called };
  const listed = usable ? gatewayCandidates(context.request.callId, group, dialled, '') : [];
  const logins = usable ? loginCandidates(group, dialled) : [];
  // A gateway that names a SIP user of the holder is wherever that user registered.
  const placed = yield* withUsers(context, [...logins, ...listed], { holder: account.holder, mode: number.mode, ring: undefined });
  const targets = byHealth(placed, context.request.unwell ?? [], false);
  note(context, 'destination', targets.length > 0, {
    trunkGroupId,
    enabled: group?.enabled ?? 'absent',
    usable,
    gateways: listed.length,
    ...(logins.length === 0 ? {} : { logins: logins.length }),
  });
  return targets;
}
