import type { CallEvent } from '../../domain/call-event.ts';
import { numberIdsOf } from '../../domain/numbers-of-call.ts';
import type { JournalReader, JournalRecord } from '../ports/journal.ts';
import type { Admission } from '../ports/routing.ts';

const EVENTS_PER_TRIP = 200;

/**
 * Sends the records of a journal to the call log of another Redis again; whatever is there already is folded once (decision C5). Ends
 * let go of their numbers and move their last calls, which only go forward. It goes some trips at a time, and on from the last one that
 * arrived: a slow Redis, slow because all agents do this at once, must not hear everything again for each trip that came too late.
 */
export class JournalResend {
  readonly #journal: JournalReader;
  readonly #admission: Pick<Admission, 'append' | 'end'>;
  readonly #upTo: number;
  readonly #open = new Map<string, readonly string[]>();
  #sentTo: number;
  #sent = 0;

  /** What lies after record `after`, and no later than `upTo`. */
  constructor(journal: JournalReader, admission: Pick<Admission, 'append' | 'end'>, after: number, upTo: number) {
    this.#journal = journal;
    this.#admission = admission;
    this.#sentTo = after;
    this.#upTo = upTo;
  }

  /** Events sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Calls without an end in what was sent, with their numbers. */
  get open(): ReadonlyMap<string, readonly string[]> {
    return this.#open;
  }

  /** Sends one trip at least and goes on while `goesOn` says so. Returns true when all was sent; throws when a trip failed. */
  async work(goesOn: () => boolean): Promise<boolean> {
    if (this.#sentTo >= this.#upTo) return true;
    for await (const records of this.#journal.readAfter(this.#sentTo)) {
      for (let at = 0; at < records.length; at += EVENTS_PER_TRIP) {
        const some = records.slice(at, at + EVENTS_PER_TRIP);
        await sendSome(some, this.#admission);
        for (const { event } of some) follow(this.#open, event);
        this.#sent += some.length;
        this.#sentTo = some.at(-1)?.n ?? this.#sentTo;
        if (this.#sentTo >= this.#upTo) return true;
        if (!goesOn()) return false;
      }
    }
    return true;
  }
}

function follow(open: Map<string, readonly string[]>, event: CallEvent): void {
  if (event.type === 'ended' || event.type === 'refused') open.delete(event.callId);
  else if (event.type === 'admitted') open.set(event.callId, numberIdsOf(event.parties));
  else if (!open.has(event.callId)) open.set(event.callId, []);
}

async function sendSome(records: readonly JournalRecord[], admission: Pick<Admission, 'append' | 'end'>): Promise<void> {
  const plain = records.filter(({ release }) => release === null).map(({ event }) => event);
  await admission.append(plain);
  await Promise.all(records.map(({ event, release }) => (release === null ? undefined : admission.end(event, release))));
}
