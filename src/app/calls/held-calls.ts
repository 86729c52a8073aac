import type { CallEvent } from '../../domain/call-event.ts';
import { isSameScope, type LeaseScope } from '../../domain/lease.ts';
import { numberIdsOf } from '../../domain/numbers-of-call.ts';
import type { HeldCall } from '../ports/journal.ts';

/** The calls of this agent that go on, and what each holds, followed by their events: what a new Redis is told (decision C5). */
export class HeldCalls {
  readonly #calls = new Map<string, HeldCall>();
  readonly #released = new Map<string, readonly LeaseScope[]>();
  /** Calls let in without Redis, which has only their events. */
  readonly #alone = new Set<string>();

  note(event: CallEvent): void {
    const { callId, agentId } = event;
    if (event.type === 'admitted') {
      const numberIds = numberIdsOf(event.parties);
      this.#calls.set(callId, { callId, agentId, since: event.at, numberIds, leases: event.leases });
    } else if (event.type === 'attempt') {
      const call = this.#calls.get(callId);
      const released = this.#released.get(callId) ?? [];
      const leases = event.leases.filter((scope) => !released.some((other) => isSameScope(scope, other)));
      if (call !== undefined) this.#calls.set(callId, { ...call, leases });
    } else if (event.type === 'answered') {
      const call = this.#calls.get(callId);
      if (call !== undefined && event.minutes !== undefined)
        this.#calls.set(callId, { ...call, minutes: { since: event.at, scopes: event.minutes } });
    } else if (event.type === 'ended') {
      this.#calls.delete(callId);
      this.#released.delete(callId);
      this.#alone.delete(callId);
    }
  }

  /** Redis did not let this call in. */
  noteAlone(callId: string): void {
    if (this.#calls.has(callId)) this.#alone.add(callId);
  }

  get hasAlone(): boolean {
    return this.#alone.size > 0;
  }

  /** Calls let in without Redis since this was asked last. */
  takeAlone(): readonly string[] {
    const callIds = [...this.#alone];
    this.#alone.clear();
    return callIds;
  }

  /** The minutes of a call are counted up to `at` (product time in ms) whatever becomes of Redis: the record of its false end says so. */
  countFrom(callId: string, at: number): void {
    const call = this.#calls.get(callId);
    if (call?.minutes === undefined || call.minutes.since >= at) return;
    this.#calls.set(callId, { ...call, minutes: { ...call.minutes, since: at } });
  }

  /** The platform took this lease away from the call, which must not put it back; false: there is no such call. */
  release(callId: string, scope: LeaseScope): boolean {
    const call = this.#calls.get(callId);
    if (call === undefined) return false;
    this.#calls.set(callId, { ...call, leases: call.leases.filter((other) => !isSameScope(scope, other)) });
    this.#released.set(callId, [...(this.#released.get(callId) ?? []), scope]);
    return true;
  }

  of(callId: string): HeldCall | undefined {
    return this.#calls.get(callId);
  }

  list(): readonly HeldCall[] {
    return [...this.#calls.values()];
  }
}
