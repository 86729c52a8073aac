import type { CallParties, Candidate, Connect, Decision } from './call.ts';
import type { Dialled } from './candidates.ts';
import { connectWithinLimits } from './connect-within-limits.ts';
import { challenge, impassable, reject, strangers } from './decision-outcome.ts';
import { type DestinationList, refusingList } from './destinations.ts';
import { boundCallerText, type Called, type DialContext, normaliseCalledOutbound } from './dial-string.ts';
import { type HolderAccount, noteAccount, readHolderAccount } from './holder-account.ts';
import { wantedLease } from './lease.ts';
import { divertingNumber, type OutboundCaller, outboundCaller } from './outbound-caller.ts';
import type { OutboundPeer } from './outbound-peer.ts';
import { outboundRouting } from './outbound-routes.ts';
import { type Deciding, type DecisionContext, note, readRecord, versionsOf } from './record-view.ts';
import { PLATFORM_ROUTE_SET, recordRef } from './records.ts';

const NOT_YET = { stale: false, failed: false } as const;

function partiesOf(context: DecisionContext, peer: OutboundPeer): CallParties {
  return {
    direction: 'outbound',
    mode: peer.mode,
    called: boundCallerText(context.request.requestUser),
    caller: boundCallerText(context.request.caller.from),
    numberId: null,
    accountId: peer.accountId,
    subAccountId: peer.subAccountId,
    identifiedBy: peer.identifiedBy,
  };
}

/** Emergency and listed short codes: neither ownership nor limits block them (decision C15). */
const isProtected = (called: Called): boolean => called.kind === 'short' && called.service !== 'unlisted';

/** A wrong caller of a protected code goes out as the peer's own number or as sent. */
function presentAnyway(called: Called, caller: OutboundCaller, peer: OutboundPeer): string | null {
  if (!isProtected(called) || caller.refusal === null) return null;
  return caller.number?.e164 ?? peer.onlyE164 ?? caller.text;
}

const dialledOf = (called: Called): Dialled | null => {
  if (called.kind === 'e164') return { e164: called.e164 };
  return called.kind === 'short' ? { digits: called.digits } : null;
};

function* decideFor(context: DecisionContext, peer: OutboundPeer, account: HolderAccount, known: CallParties): Deciding<Decision> {
  const dial = peer.dial(account.country);
  const called = normaliseCalledOutbound(context.request, dial);
  const dialled = dialledOf(called);
  note(context, 'called', dialled !== null, { ...called });
  const emergency = called.kind === 'short' && called.service === 'emergency';
  const active = noteAccount(context, account);
  // Nobody is kept from an emergency call by a matter of accounts; authentication stays (decision C15).
  if (!active && !emergency) return reject(context, known, 'caller_account_disabled');
  if (account.outboundStopped && !isProtected(called)) {
    note(context, 'traffic_guard', false, {});
    return reject(context, known, 'outbound_stopped');
  }
  // SIP users of the same account are dialled by a later issue; until then a name is no number.
  if (dialled === null) return reject(context, known, 'dial_string_invalid');
  const caller = yield* outboundCaller(context, account, peer.mode, peer.onlyE164, dial);
  const shown = presentAnyway(called, caller, peer);
  const parties: CallParties = {
    ...known,
    called: 'e164' in dialled ? dialled.e164 : dialled.digits,
    caller: shown ?? caller.text,
    numberId: caller.number?.id ?? null,
  };
  if (caller.refusal !== null && shown === null) {
    // A neighbour of whoever claimed the block, who has not said yet who he is: as of a carrier's (decision C1 rule 5, ADR 23).
    const isNeighbour = peer.isShared === true && caller.isOfAnother;
    return isNeighbour ? challenge(context, strangers(context.request), NOT_YET) : reject(context, parties, caller.refusal);
  }
  if ('e164' in dialled && !(yield* mayCall(context, [...account.destinations, ...peer.destinations], dialled.e164)))
    return reject(context, parties, 'destination_blocked');
  const { matched, candidates } = yield* outboundRouting(context, account, peer.mode, dialled);
  if (!matched) return reject(context, parties, unrouted(called), candidates);
  if (!candidates.some((candidate) => candidate.chosen)) return reject(context, parties, 'no_carrier', candidates);
  const own = caller.number === null ? [] : [wantedLease('number', caller.number)];
  const leases = [...own, ...account.leases, ...peer.leases];
  const decision = isCrowded(context, peer, called)
    ? reject(context, parties, 'limit_reached', candidates.map(passedOver))
    : connectWithinLimits(context, { parties, candidates, leases, unlimited: isProtected(called) });
  return decision.outcome === 'connect' ? yield* presentedBy(context, peer, account, dial, decision) : decision;
}

const passedOver = (candidate: Candidate): Candidate => ({ ...candidate, chosen: false, reason: 'too many unanswered calls' });

/** Whether too many calls of a group ring already that is told over what can be forged (decision C21). */
function isCrowded({ request, steps }: DecisionContext, peer: OutboundPeer, called: Called): boolean {
  const { id: trunkGroupId } = peer.identifiedBy;
  if (peer.isUnproven !== true || request.crowded?.includes(trunkGroupId) !== true || isProtected(called)) return false;
  steps.push({ step: 'unanswered', ok: false, facts: { trunkGroupId } });
  return true;
}

/** The call with what else its callee may hear of, and whether whose it is was only said. */
function* presentedBy(
  context: DecisionContext,
  peer: OutboundPeer,
  account: HolderAccount,
  dial: DialContext,
  decision: Connect,
): Deciding<Decision> {
  const divertedBy = peer.onlyE164 === null ? yield* divertingNumber(context, account, peer.mode, dial) : null;
  const presentation = divertedBy === null ? decision.presentation : { ...decision.presentation, divertedBy };
  const unproven = peer.isUnproven === true ? { unproven: peer.identifiedBy.id } : {};
  return { ...decision, presentation, ...unproven, versions: versionsOf(context) };
}

/** Emergency and short codes are asked about nowhere: nothing blocks them (decision C15). */
function* mayCall(context: DecisionContext, own: readonly DestinationList[], e164: string): Deciding<boolean> {
  const platform = yield* readRecord(context, 'route_set', recordRef.routeSet(PLATFORM_ROUTE_SET));
  const lists: readonly DestinationList[] =
    platform?.destinations === undefined ? own : [...own, { ...platform.destinations, list: 'platform' }];
  const refused = refusingList(e164.slice(1), lists);
  if (lists.length > 0) note(context, 'destinations', refused === null, refused === null ? { refusal: null } : { ...refused });
  return refused === null;
}

// Digits that are neither a number, nor a code of the country, nor a route of the platform cannot be dialled at all.
const unrouted = (called: Called): 'no_route' | 'dial_string_invalid' =>
  called.kind === 'short' && called.service === 'unlisted' ? 'dial_string_invalid' : 'no_route';

/** Decides a call of an identified customer: account, dial string, caller, then the gateways of the matching routes in order. */
export function* decideOutbound(context: DecisionContext, peer: OutboundPeer): Deciding<Decision> {
  const parties = partiesOf(context, peer);
  const stop = impassable(context);
  if (stop !== null) return reject(context, parties, stop);
  if (peer.accountId === null) {
    note(context, 'account', false, { accountId: null });
    return reject(context, parties, 'caller_not_owned');
  }
  const account = yield* readHolderAccount(context, peer.accountId, peer.subAccountId);
  const { ownerAccountId, subAccountId } = account.holder;
  return yield* decideFor(context, peer, account, { ...parties, accountId: ownerAccountId, subAccountId });
}
