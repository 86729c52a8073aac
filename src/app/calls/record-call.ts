import type { Candidate } from '../../domain/call.ts';
import type { CallEvent, CallOutcome } from '../../domain/call-event.ts';
import type { AttemptEnd } from '../../domain/failover.ts';
import type { LeaseScope } from '../../domain/lease.ts';
import type { CallRefusalCode } from '../../domain/refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import type { EventQueue } from './event-queue.ts';

/** How an admitted call came to its end. */
export interface CallEnd {
  readonly outcome: CallOutcome;
  readonly sipStatus: number | null;
  readonly code: CallRefusalCode | null;
  readonly endedBy: 'caller' | 'callee' | 'platform';
}

type WithoutBase<T> = T extends CallEvent ? Omit<T, 'callId' | 'seq' | 'agentId' | 'at'> : never;

/** The record of one admitted call: its events in order without gaps, closed exactly once (invariant 12). */
export class CallRecord {
  readonly callId: string;
  readonly #agentId: string;
  readonly #numberIds: readonly string[];
  readonly #clock: Clock;
  readonly #events: EventQueue;
  #seq: number;
  #ended: CallEnd | undefined;
  #heard: { readonly postDialDelayMs?: number } = {};

  /** `seq` is the number of the next event: 1 when `admitted` was event 0. */
  constructor(call: { callId: string; agentId: string; numberIds: readonly string[]; seq: number }, clock: Clock, events: EventQueue) {
    this.callId = call.callId;
    this.#agentId = call.agentId;
    this.#numberIds = call.numberIds;
    this.#seq = call.seq;
    this.#clock = clock;
    this.#events = events;
  }

  /** How it ended; undefined while it lives. */
  get end(): CallEnd | undefined {
    return this.#ended;
  }

  /** An INVITE is about to leave, and the call holds these leases. */
  attempt(n: number, candidate: Candidate, uri: string, sipCallId: string, leases: readonly LeaseScope[]): void {
    const { trunkGroupId, gatewayId, leaves } = candidate;
    this.#push({ type: 'attempt', n, trunkGroupId, gatewayId, uri, ...(leaves === undefined ? {} : { left: leaves }), sipCallId, leases });
    this.#events.flush();
  }

  attemptEnded(n: number, end: AttemptEnd, sipCallId: string): void {
    this.#push({ type: 'attempt_ended', n, sipCallId, sipStatus: end.sipStatus, outcome: end.outcome });
  }

  /** The caller hears something for the first time; later events say after how many ms. */
  heard(postDialDelayMs: number): void {
    this.#heard = { postDialDelayMs: Math.round(postDialDelayMs) };
  }

  /** The caller is about to hear of the answer: that is on the disk first (decision C5). The minutes of these scopes begin to run. */
  answered(sipStatus: number, minutes: readonly LeaseScope[] = []): void {
    this.#push({ type: 'answered', sipStatus, ...this.#heard, ...(minutes.length === 0 ? {} : { minutes }) });
    this.#events.flush();
  }

  /** Closes the record and lets go of its numbers; further closings are ignored and answered false. */
  close(end: CallEnd): boolean {
    if (this.#ended !== undefined) return false;
    this.#ended = end;
    this.#events.pushEnd(this.#stamp({ type: 'ended', ...end, ...this.#heard }), this.#numberIds);
    return true;
  }

  #push(event: WithoutBase<CallEvent>): void {
    if (this.#ended === undefined) this.#events.push(this.#stamp(event));
  }

  #stamp(event: WithoutBase<CallEvent>): CallEvent {
    const seq = this.#seq;
    this.#seq += 1;
    return { ...event, callId: this.callId, seq, agentId: this.#agentId, at: this.#clock.now() } as CallEvent;
  }
}
