import type { CallParties, Decision, TransferFact } from './call.ts';
import type { Dialled } from './candidates.ts';
import { connectWithinLimits } from './connect-within-limits.ts';
import { impassable, reject } from './decision-outcome.ts';
import { type DestinationList, refusingList } from './destinations.ts';
import { boundCallerText, type Called, type DialContext, normaliseCalledOutbound } from './dial-string.ts';
import { type HolderAccount, noteAccount, readHolderAccount } from './holder-account.ts';
import { type WantedLease, wantedLease } from './lease.ts';
import { type OutboundCaller, outboundCaller } from './outbound-caller.ts';
import { outboundRouting } from './outbound-routes.ts';
import { type Deciding, type DecisionContext, note, readRecord } from './record-view.ts';
import { type CredentialRecord, type Mode, PLATFORM_ROUTE_SET, recordRef, type TrunkGroupRecord } from './records.ts';
import type { SourceGroup } from './source-groups.ts';

/** Who identified themselves for a call out: a SIP credential, or a customer group by its address. */
export interface OutboundPeer {
  readonly accountId: string | null;
  readonly subAccountId: string | null;
  readonly mode: Mode;
  /** A number credential may present only this number (decision C13). */
  readonly onlyE164: string | null;
  readonly dial: (country: string | null) => DialContext;
  readonly identifiedBy: NonNullable<CallParties['identifiedBy']>;
  /** Of the group the call came through. */
  readonly leases: readonly WantedLease[];
  /** What that group says of where its calls may go. */
  readonly destinations: readonly DestinationList[];
}

const leasesOf = (group: TrunkGroupRecord | null): readonly WantedLease[] => {
  if (group === null) return [];
  const own = wantedLease('trunk_group', group);
  return group.profile === undefined ? [own] : [own, wantedLease('outbound_profile', group.profile)];
};

const destinationsOf = (group: TrunkGroupRecord | null): readonly DestinationList[] =>
  group?.destinations === undefined ? [] : [{ ...group.destinations, list: 'trunk_group' }];

/** A credential as peer; it writes numbers as its trunk group does, or as its account's country. */
export const credentialPeer = (
  context: DecisionContext,
  credential: CredentialRecord,
  through: TrunkGroupRecord | null = null,
): OutboundPeer => ({
  accountId: credential.accountId,
  subAccountId: credential.subAccountId,
  mode: credential.mode,
  onlyE164: credential.e164,
  dial: (country) => ({
    numberFormat: through?.numberFormat ?? null,
    country: through?.country ?? country,
    defaultCountry: context.settings.defaultCountry,
  }),
  identifiedBy: { kind: 'credential', id: credential.id },
  leases: leasesOf(through),
  destinations: destinationsOf(through),
});

/** A customer group as peer; its own format and country come first. */
export const customerPeer = (context: DecisionContext, { group }: SourceGroup): OutboundPeer => ({
  accountId: group.accountId,
  subAccountId: null,
  mode: group.mode,
  onlyE164: null,
  dial: (country) => ({
    numberFormat: group.numberFormat,
    country: group.country ?? country,
    defaultCountry: context.settings.defaultCountry,
  }),
  identifiedBy: { kind: 'trunk_group', id: group.id },
  leases: leasesOf(group),
  destinations: destinationsOf(group),
});

/** The party of a transfer as peer: its account, its number in the call it is in, and the trunk group it is there through. */
export const transferPeer = (context: DecisionContext, transfer: TransferFact, through: TrunkGroupRecord | null): OutboundPeer => ({
  accountId: transfer.accountId,
  subAccountId: transfer.subAccountId,
  mode: transfer.mode,
  onlyE164: transfer.e164,
  dial: (country) => ({
    numberFormat: through?.numberFormat ?? null,
    country: through?.country ?? country,
    defaultCountry: context.settings.defaultCountry,
  }),
  identifiedBy: { kind: 'call', id: transfer.callId },
  leases: through === null ? [] : [wantedLease('trunk_group', through)],
  destinations: destinationsOf(through),
});

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
  if (caller.refusal !== null && shown === null) return reject(context, parties, caller.refusal);
  if ('e164' in dialled && !(yield* mayCall(context, [...account.destinations, ...peer.destinations], dialled.e164)))
    return reject(context, parties, 'destination_blocked');
  const { matched, candidates } = yield* outboundRouting(context, account, peer.mode, dialled);
  if (!matched) return reject(context, parties, unrouted(called), candidates);
  if (!candidates.some((candidate) => candidate.chosen)) return reject(context, parties, 'no_carrier', candidates);
  const own = caller.number === null ? [] : [wantedLease('number', caller.number)];
  const leases = [...own, ...account.leases, ...peer.leases];
  return connectWithinLimits(context, { parties, candidates, leases, unlimited: isProtected(called) });
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
