import type { RingOrder } from './binding.ts';
import type { Identity } from './call-identity.ts';
import type { CalleeSide } from './callee-side.ts';
import type { Diversion } from './diversion.ts';
import type { After, Visit } from './fallback.ts';
import type { UnwellGateway } from './gateway-health.ts';
import type { GatewayTerms } from './gateway-terms.ts';
import type { FullLease, WantedLease } from './lease.ts';
import type { Leaving } from './leaving.ts';
import type { ClosedMedia } from './media-reach.ts';
import type { Mode, RecordRef, RecordVersion } from './records.ts';
import type { CallRefusalCode } from './refusal.ts';
import type { MetMarks } from './source-marks.ts';
import type { TransferFact } from './transfer-fact.ts';
import type { WebhookFact } from './webhook-answer.ts';

/**
 * A call as the decision sees it: what the INVITE said, already parsed and bounded, and what was found out about its sender.
 * Plain data, so that the same object can be stored with the call and explained again (decision C12).
 */
export interface CallRequest {
  /** Ours, UUIDv7 (decision C11). Also the seed of the order among equals. */
  readonly callId: string;
  /** Product time in ms. */
  readonly at: number;
  readonly sourceIp: string;
  readonly sourcePort: number;
  readonly transport: 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';
  /** User part of the R-URI as received (still escaped dial string), and whether its host is one of ours. */
  readonly requestUser: string;
  readonly requestUriParams: Readonly<Record<string, string>>;
  readonly requestHostIsOurs: boolean;
  /** Labels of names below our domain that the request is sent to, of R-URI and To; absent: none. */
  readonly domains?: readonly string[];
  /** User part of To; used when the R-URI user is the trunk or registered user (decision C15). */
  readonly toUser: string;
  /** User parts by header, in the order of decision C15; absent headers are absent keys. */
  readonly caller: {
    readonly ppi?: string;
    readonly pai?: string;
    readonly rpid?: string;
    readonly from: string;
  };
  /** User part of the first Diversion (RFC 5806); absent: nobody forwarded the call. */
  readonly diversion?: string;
  /** Display text kept for records only. */
  readonly privacyId: boolean;
  readonly maxForwards: number;
  /** Option tags of `Require` that we do not support; absent: none. */
  readonly requires?: string;
  /** The closed network that the caller's offer wants its media in; absent: none, or no offer. */
  readonly closedMedia?: ClosedMedia;
  /** Set while the last agent leaves: a call that would connect is refused (decision C19). */
  readonly draining?: true;
  /** Set while the agent holds all the calls that it may: only what nothing may block goes on (decision C15). */
  readonly busy?: true;
  /** What admission found full when this call asked before; absent: nothing. */
  readonly full?: readonly FullLease[];
  /** Gateways that are not well, as far as this call could meet them; absent: none is known. */
  readonly unwell?: readonly UnwellGateway[];
  /** Set for the call to where a party of another one is to be transferred: whose call it is instead of an identification. */
  readonly transfer?: TransferFact;
  /** What endpoints' webhooks said of this call; absent: none was asked. */
  readonly answers?: readonly WebhookFact[];
  /** Groups that have too many unanswered calls over what can be forged; absent: none of those that match (decision C21). */
  readonly crowded?: readonly string[];
  /** ACL groups that match the source, best first (entry with port first, then longest prefix). */
  readonly sources: readonly MatchedSource[];
  /** What the digest check said. */
  readonly auth: AuthFact;
}

/** One trunk group whose ACL holds the source address. */
export interface MatchedSource {
  readonly trunkGroupId: string;
  readonly groupKind: 'carrier' | 'customer';
  readonly accountId: string | null;
  readonly mode: Mode;
  /** The entry that matched, for explain. */
  readonly entry: string;
  /** True when the entry names a port. */
  readonly exactPort: boolean;
  /** True when the entry names a transport too. */
  readonly exactTransport: boolean;
  /** Bits of the prefix; 32 or 128 for `ip:port`. */
  readonly prefixBits: number;
  /** What else its requests must bear; absent: nothing. */
  readonly marks?: MetMarks;
  /** True: the group is identified otherwise, and its marks are not asked for. The name stands in stored decisions (decision C12). */
  readonly told?: true;
  /** The login that is registered from exactly there; absent: it is in the ACL. */
  readonly login?: { readonly realm: string; readonly username: string };
}

/** Result of looking at Authorization / Proxy-Authorization before the decision. */
export type AuthFact =
  | { readonly result: 'none' }
  /** Right answer to a nonce of ours; `realm` and `username` name the credential record. */
  | { readonly result: 'valid'; readonly realm: string; readonly username: string }
  /** Right answer, expired or replayed nonce: challenge again with stale=true. */
  | { readonly result: 'stale'; readonly realm: string; readonly username: string }
  | { readonly result: 'wrong'; readonly realm: string; readonly username: string };

/** Settings the decision depends on. */
export interface DecisionSettings {
  readonly defaultCountry: string | null;
  /** What a stranger's INVITE to a foreign host gets. */
  readonly unknownSource: 'drop' | 'forbid';
  /** Targets in this domain are SIP users, rung where they registered; absent: there are none. */
  readonly sipDomain?: string;
  /** Calls of accounts to numbers of ours are put through here (decision C16); absent: they go by the carriers. */
  readonly onNet?: 'internal';
}

/** One step of a decision, for explain. */
export interface DecisionStep {
  readonly step: string;
  readonly ok: boolean;
  readonly facts: Readonly<Record<string, unknown>>;
  /** The account whose details these are, where it is not the call's own. */
  readonly of?: string;
}

/** One place the call may be sent to, in order, or the reason why not. */
export interface Candidate {
  readonly trunkGroupId: string | null;
  /** Gateway id, or null for an endpoint's target. */
  readonly gatewayId: string | null;
  readonly endpointId: string | null;
  readonly uri: string;
  /** User part to put into the R-URI: the number as the group writes it, or a short code; null: the target's own user part stays. */
  readonly dialUser: string | null;
  readonly chosen: boolean;
  /** The called number, told beside an R-URI that does not say it: a phone system is rung where it registered. Absent: nothing is. */
  readonly calledAs?: string;
  /** True: it is not chosen because its gateway is down. */
  readonly isDown?: true;
  /** The login of a SIP user, rung where it registered; absent: an address. */
  readonly user?: RecordRef;
  /** How that user's contacts are rung; absent: by their q. */
  readonly ring?: RingOrder;
  /** How it is put through there; absent: as the platform says. */
  readonly terms?: GatewayTerms;
  /** Country whose way of writing numbers its terms ask for; absent: they do not. */
  readonly country?: string | null;
  /** What a call needs while it tries this target, besides its own; absent: nothing. */
  readonly leases?: readonly WantedLease[];
  /** The endpoints whose fallback waits for how this one ends, innermost first; absent: none. */
  readonly within?: readonly Visit[];
  /** The fallbacks it belongs to, outermost first; absent: none. */
  readonly after?: readonly After[];
  /** Numbers of ours that passed the call on to here, the last one first: that one is presented. Absent: nobody did. */
  readonly diverted?: readonly Diversion[];
  /** Set where it leaves by the outbound routes although the call is for a number of ours: who sends it out. Absent: it does not. */
  readonly leaves?: Leaving;
  /** The account whose target it is, where it is not the call's own. */
  readonly of?: string;
  /** Why it is where it is: `priority 10 weight 1`, `disabled`, `shadowed by prefix 4420`, … */
  readonly reason: string;
}

/** What is common to all outcomes: how it was reached and on which versions it rests. */
interface Decided {
  readonly steps: readonly DecisionStep[];
  readonly versions: readonly RecordVersion[];
}

/** `internal`: from one of ours to one of ours, without a carrier (decision C16). */
export type CallDirection = 'inbound' | 'outbound' | 'internal' | 'unknown';

/** All of them. */
export const CALL_DIRECTIONS: readonly CallDirection[] = ['inbound', 'outbound', 'internal', 'unknown'];

/** Parties and numbers found out on the way; null where the decision ended before. */
export interface CallParties {
  readonly direction: CallDirection;
  readonly mode: Mode;
  /** Normalised called number, or the raw dial string if it is none. */
  readonly called: string;
  readonly caller: string;
  /** The own number of this call: the called one inbound, the presented one outbound and internal. */
  readonly numberId: string | null;
  /** Further numbers of ours that the call is for: called on-net, or forwarded to (decision C16). Absent: none. */
  readonly otherNumberIds?: readonly string[];
  readonly accountId: string | null;
  readonly subAccountId: string | null;
  /** Whose number was called, of a call on-net that reached the number of another account; absent: it is nobody else's call. */
  readonly callee?: CalleeSide;
  /** A caller from outside who is not to be told to those called (RFC 3323); absent: may be told. */
  readonly withheld?: true;
  /**
   * The trunk group or credential that identified the sender, or the call whose party is transferred; null: a stranger, who is told
   * nothing and gets no record.
   */
  readonly identifiedBy: Identity | null;
}

export interface Connect extends Decided {
  readonly outcome: 'connect';
  readonly parties: CallParties;
  /** In the order they will be tried; excluded ones are in the list with chosen=false and after the chosen. */
  readonly candidates: readonly Candidate[];
  /** What the call needs whatever its target. */
  readonly leases: readonly WantedLease[];
  /** Nothing may block it: no limit, no closed mode, no freeze (decision C15); absent: it is a call like any other. */
  readonly unlimited?: true;
  /** The group whose call this is, where that was told over what can be forged; absent: it was not (decision C21). */
  readonly unproven?: string;
  /** Presented caller for the B leg (E.164 outbound, as received inbound). */
  readonly presentation: {
    readonly caller: string;
    readonly privacyId: boolean;
    /** Own number of an outbound call's account that forwarded it; absent: none did. */
    readonly divertedBy?: string;
  };
}

export interface Reject extends Decided {
  readonly outcome: 'reject';
  readonly parties: CallParties;
  readonly code: CallRefusalCode;
  readonly sipStatus: number;
  readonly candidates: readonly Candidate[];
}

/** Ask for credentials: 407 (401 for REGISTER), RFC 3261 §22. */
export interface Challenge extends Decided {
  readonly outcome: 'challenge';
  readonly parties: CallParties;
  readonly stale: boolean;
  /** Set when wrong credentials are the reason: counts as a failed authentication. */
  readonly failed: boolean;
}

/** Say nothing at all. */
export interface Drop extends Decided {
  readonly outcome: 'drop';
  readonly parties: CallParties;
}

export type Decision = Connect | Reject | Challenge | Drop;
