import type { CallParties } from './call.ts';
import type { LeaseScope } from './lease.ts';
import type { Leaving } from './leaving.ts';
import type { RecordVersion } from './records.ts';
import type { CallRefusalCode } from './refusal.ts';

/** Fields every event of a call carries; `(callId, seq)` is unique and makes the drain to Postgres exactly-once (decision C5). */
interface EventBase {
  readonly callId: string;
  /** 0 for the first event, then without gaps. */
  readonly seq: number;
  readonly agentId: string;
  /** Product time in ms. */
  readonly at: number;
}

/** How the routing plane stood for the agent that decided (decision C10). */
export type PlaneMode = 'normal' | 'degraded';

/** How the call presented itself on the wire; indexed attributes, never keys (decision C11). */
export interface CallOrigin {
  readonly sipCallId: string;
  readonly sourceIp: string;
  readonly sourcePort: number;
  readonly transport: string;
}

/** The call was let in: all that happens later belongs to this record. */
export interface AdmittedEvent extends EventBase {
  readonly type: 'admitted';
  readonly parties: CallParties;
  readonly origin: CallOrigin;
  readonly versions: readonly RecordVersion[];
  /** JSON of the decision input, for explain of a past call (decision C12). */
  readonly decisionInput: string;
  /** Every scope the call holds a channel of from now on, its first target's among them. */
  readonly leases: readonly LeaseScope[];
  /** Absent in events of older agents. */
  readonly planeMode?: PlaneMode;
}

/** The call of an identified sender was refused; its record is complete with this event. */
export interface RefusedEvent extends EventBase {
  readonly type: 'refused';
  readonly parties: CallParties;
  readonly origin: CallOrigin;
  readonly versions: readonly RecordVersion[];
  readonly decisionInput: string;
  readonly code: CallRefusalCode;
  readonly sipStatus: number;
  readonly planeMode?: PlaneMode;
}

/** An INVITE is about to leave for one candidate. */
export interface AttemptEvent extends EventBase {
  readonly type: 'attempt';
  /** 1 for the first. */
  readonly n: number;
  readonly trunkGroupId: string | null;
  readonly gatewayId: string | null;
  readonly uri: string;
  /** Whose call out this leg is, where the call is for a number of ours and was passed on; absent: it is none, or its call's own. */
  readonly left?: Leaving;
  readonly sipCallId: string | null;
  /** Every scope the call holds a channel of from now on: what it held of the target before is given back. */
  readonly leases: readonly LeaseScope[];
}

/** That attempt came to its end: answered, failed with a status, given up by a timer, or cancelled. */
export interface AttemptEndedEvent extends EventBase {
  readonly type: 'attempt_ended';
  readonly n: number;
  readonly sipCallId: string | null;
  readonly sipStatus: number | null;
  readonly outcome: AttemptOutcome;
}

export type AttemptOutcome = 'answered' | 'failed' | 'no_response' | 'ring_timeout' | 'cancelled' | 'unreachable' | LimitOutcome;

/** Nothing was sent: the target's trunk group or gateway had no channel or minute left, or was over its rate. */
export type LimitOutcome = 'limit_reached' | 'rate_exceeded' | 'minutes_exhausted';

export interface AnsweredEvent extends EventBase {
  readonly type: 'answered';
  readonly sipStatus: number;
  /** From the INVITE to the first 18x or answer the caller heard, ms; absent while nothing was heard. */
  readonly postDialDelayMs?: number;
  /** Scopes whose minutes the call uses up from now on; absent: none. */
  readonly minutes?: readonly LeaseScope[];
}

/** The last event of an admitted call. */
export interface EndedEvent extends EventBase {
  readonly type: 'ended';
  readonly outcome: CallOutcome;
  readonly sipStatus: number | null;
  /** Why, where it was us: refusal code. */
  readonly code: CallRefusalCode | null;
  readonly endedBy: 'caller' | 'callee' | 'platform';
  /** As in `answered`; a call that rang and was not answered has it here alone. */
  readonly postDialDelayMs?: number;
}

/** How a call record closes. */
export type CallOutcome = 'completed' | 'refused' | 'failed' | 'cancelled' | 'agent_lost';

export type CallEvent = AdmittedEvent | RefusedEvent | AttemptEvent | AttemptEndedEvent | AnsweredEvent | EndedEvent;
