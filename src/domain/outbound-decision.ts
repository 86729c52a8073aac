import type { CallParties, Decision } from './call.ts';
import type { Dialled } from './candidates.ts';
import { connectOut } from './connect-out.ts';
import { challenge, impassable, reject, strangers } from './decision-outcome.ts';
import { boundCallerText, type Called, normaliseCalledOutbound } from './dial-string.ts';
import { onNetNumber } from './forward-call.ts';
import { type HolderAccount, noteAccount, readHolderAccount } from './holder-account.ts';
import { wantedLease } from './lease.ts';
import { mayCall } from './may-call.ts';
import { decideOnNet } from './on-net-decision.ts';
import { type OutboundCaller, outboundCaller, withheldBy } from './outbound-caller.ts';
import type { OutboundPeer } from './outbound-peer.ts';
import { outboundRouting } from './outbound-routes.ts';
import { type Deciding, type DecisionContext, note } from './record-view.ts';
import { type Mode, type RecordRef, recordRef } from './records.ts';
import { decideNamed } from './user-call.ts';

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

const isUnlisted = (called: Called): boolean => called.kind === 'short' && called.service === 'unlisted';

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
  const calling = { peer, account, dial };
  if (dialled === null) return yield* decideNamed(context, calling, called, known);
  const caller = yield* outboundCaller(context, account, peer, dial, { also: onNetRefs(context, peer.mode, dialled), emergency });
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
  const own = caller.number === null ? [] : [wantedLease('number', caller.number)];
  const leases = [...own, ...account.leases, ...peer.leases];
  // Whoever is called for help learns who calls.
  const seen = isProtected(called) ? context : withheldBy(context, caller);
  const number = 'e164' in dialled ? yield* onNetNumber(context, peer.mode, dialled.e164) : null;
  if (number !== null && 'e164' in dialled) return yield* decideOnNet(seen, calling, { parties, leases }, dialled.e164, number);
  const { matched, candidates } = yield* outboundRouting(context, account, peer.mode, dialled);
  if (!matched && isUnlisted(called)) return yield* decideNamed(context, calling, called, known);
  if (!matched) return reject(context, parties, 'no_route', candidates);
  if (!candidates.some((candidate) => candidate.chosen)) return reject(context, parties, 'no_carrier', candidates);
  return yield* connectOut(seen, calling, { parties, candidates, leases, unlimited: isProtected(called) });
}

/** The called number is asked for together with the presented one: that costs no trip more. */
const onNetRefs = ({ settings }: DecisionContext, mode: Mode, dialled: Dialled): RecordRef[] =>
  settings.onNet === 'internal' && 'e164' in dialled ? [recordRef.number(mode, dialled.e164)] : [];

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
