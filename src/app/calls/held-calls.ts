import type { CallEvent } from '../../domain/call-event.ts';
import type { HeldCall } from '../ports/journal.ts';

/** The calls of this agent that go on, and what each holds, followed by their events: what a new Redis is told (decision C5). */
export class HeldCalls {
  readonly #calls = new Map<string, HeldCall>();

  note(event: CallEvent): void {
    const { callId, agentId } = event;
    if (event.type === 'admitted') {
      const numberIds = event.parties.numberId === null ? [] : [event.parties.numberId];
      this.#calls.set(callId, { callId, agentId, since: event.at, numberIds, leases: event.leases });
    } else if (event.type === 'attempt') {
      const call = this.#calls.get(callId);
      if (call !== undefined) this.#calls.set(callId, { ...call, leases: event.leases });
    } else if (event.type === 'ended') {
      this.#calls.delete(callId);
    }
  }

  of(callId: string): HeldCall | undefined {
    return this.#calls.get(callId);
  }

  list(): readonly HeldCall[] {
    return [...this.#calls.values()];
  }
}
