import type { JournalRegistry } from '../ports/journal.ts';
import type { EventQueue } from './event-queue.ts';

const CALLS_PER_TRIP = 100;
/** Whoever took this agent for dead may have let go of its calls, and not all that goes wrong is noticed. */
const ROUTINE_MS = 30_000;

/**
 * Puts the calls of this agent in again, some at a time, each as it stands when it is sent: what ended meanwhile must not come back.
 * What is `owed` are calls that Redis may not have: a new Redis, one that let go of them, or one that did not let them in. The rest is
 * routine and may take its time.
 */
export class ReAssertion {
  readonly #registry: Pick<JournalRegistry, 'reAssert'>;
  readonly #events: EventQueue;
  readonly #owed = new Set<string>();
  #routine: string[] = [];
  // By a clock that never jumps: that of Redis may be set back by hours.
  #routineAt = performance.now() + ROUTINE_MS;

  constructor(registry: Pick<JournalRegistry, 'reAssert'>, events: EventQueue) {
    this.#registry = registry;
    this.#events = events;
  }

  /** Redis may not have any of the calls that go on. */
  oweAll(): void {
    for (const { callId } of this.#events.held()) this.#owed.add(callId);
  }

  /** True while Redis may lack a call that goes on: nobody may be promised that all are there. */
  get isOwed(): boolean {
    return this.#owed.size > 0 || this.#events.hasAlone;
  }

  /** Sends what is owed, one trip at least, while `goesOn` says so; throws when a trip failed, which is made again. */
  async pay(goesOn: () => boolean): Promise<void> {
    for (const callId of this.#events.takeAlone()) this.#owed.add(callId);
    while (this.#owed.size > 0) {
      const some = [...this.#owed].slice(0, CALLS_PER_TRIP);
      // Taken out before: what is owed anew while they are on their way stays owed.
      for (const callId of some) this.#owed.delete(callId);
      try {
        await this.#send(some);
      } catch (error) {
        for (const callId of some) this.#owed.add(callId);
        throw error;
      }
      if (!goesOn()) return;
    }
  }

  /** Sends calls of the walk over all of them that begins every 30 s, as `pay` does. Returns whether that walk goes on. */
  async walk(goesOn: () => boolean): Promise<boolean> {
    if (this.#routine.length === 0 && performance.now() >= this.#routineAt) {
      this.#routine = this.#events.held().map(({ callId }) => callId);
      this.#routineAt = performance.now() + ROUTINE_MS;
    }
    while (this.#routine.length > 0) {
      await this.#send(this.#routine.slice(0, CALLS_PER_TRIP));
      this.#routine = this.#routine.slice(CALLS_PER_TRIP);
      if (!goesOn()) break;
    }
    return this.#routine.length > 0;
  }

  async #send(callIds: readonly string[]): Promise<void> {
    const counted = await this.#registry.reAssert(callIds.flatMap((callId) => this.#events.heldBy(callId) ?? []));
    for (const [callId, at] of counted) this.#events.countFrom(callId, at);
  }
}
