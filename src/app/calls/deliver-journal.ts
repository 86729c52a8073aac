import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Journal, JournalAdopter, JournalRegistry, PlaneLook } from '../ports/journal.ts';
import { type DeliverLeftJournalDeps, LeftDelivery } from './deliver-left-journal.ts';
import type { EventQueue } from './event-queue.ts';
import { JournalProgress } from './journal-progress.ts';
import type { PlaneContact } from './plane-contact.ts';
import { ReAssertion } from './re-assert-calls.ts';
import { JournalResend } from './resend-journal.ts';

/** What delivering journals needs. */
export interface DeliverJournalDeps extends DeliverLeftJournalDeps {
  readonly agentId: string;
  readonly journal: Journal;
  readonly adopter: JournalAdopter;
  readonly registry: JournalRegistry;
  readonly events: EventQueue;
  readonly contact: PlaneContact;
  /** False while this process has just stood still: then journals of others look older than they are. */
  readonly isSteady: () => boolean;
}

const ADOPT_MS = 10_000;
/** A round works for so long and a trip more; the promise to the fence must not wait for a whole journal. */
const SLICE_MS = 400;
/** A promise rests on a time not older than this: every ms of it is one less to live on. */
const FRESH_MS = 250;
const FINISH_LOOK_MS = 50;

/**
 * Brings what this agent and the dead agents of its disk noted to Redis, and follows how far it gets to Postgres (decisions C4, C5):
 * a slice in each round, so that nothing waits for all of it. No sign of life waits for it at all (ADR 29).
 */
export class JournalDelivery {
  readonly #deps: DeliverJournalDeps;
  readonly #own: JournalProgress;
  readonly #calls: ReAssertion;
  #left: LeftDelivery[] = [];
  #resend: { readonly marker: string; readonly work: JournalResend } | null = null;
  #adoptAt = 0;
  #wasAlone = false;
  #answers = true;

  constructor(deps: DeliverJournalDeps) {
    this.#deps = deps;
    this.#own = new JournalProgress(deps.journal);
    this.#calls = new ReAssertion(deps.registry, deps.events);
  }

  /** Whether Redis answered the last round's look. */
  get answers(): boolean {
    return this.#answers;
  }

  /** Somebody may have let go of what this agent's calls hold: the next round puts all of them in again. */
  oweAll(): void {
    this.#calls.oweAll();
  }

  /** One round. Returns whether the next is due at once; throws when Redis does not answer: the next goes on from there. */
  async round(): Promise<boolean> {
    const { registry, events, contact } = this.#deps;
    await this.#adopt();
    // Read before Redis is looked at: what was sent by now lies at or before the newest place it tells.
    const sentUpTo = events.sentUpTo;
    const seen = await registry.look().catch((error: unknown) => {
      this.#answers = false;
      throw error;
    });
    this.#answers = true;
    contact.good();
    const receivedAt = performance.now();
    if (seen.marker === null) return false;
    const goesOn = (): boolean => performance.now() - receivedAt < SLICE_MS;
    // Calls let in meanwhile went by limits that nobody counted.
    if (contact.aloneInMs === 0 && !this.#wasAlone) this.#calls.oweAll();
    this.#wasAlone ||= contact.aloneInMs === 0;
    const promised = await this.#promise(seen, receivedAt);
    let more = await this.#deliverOwn(seen.marker, goesOn);
    this.#own.follow(sentUpTo, seen);
    for (const one of this.#left) {
      const became = await one.work(seen, seen.marker, goesOn);
      if (became === 'over') this.#left = this.#left.filter((other) => other !== one);
      more ||= became === 'more';
    }
    if (!promised) await this.#promise(seen, receivedAt);
    return more;
  }

  /**
   * All calls are over: sends what is left, at most for `sendMs`, and waits up to `commitMs` for Postgres to have it. Who leaves with
   * something unsent stays known to the fence; a journal that is not all in Postgres waits for the next agent on this disk
   * (decision C11). Returns whether Redis had everything.
   */
  async finish(sendMs: number, commitMs: number): Promise<boolean> {
    const { agentId, journal, registry, events } = this.#deps;
    let told = false;
    try {
      await events.drain(sendMs);
      for (const deadline = performance.now() + commitMs; ; ) {
        const more = await this.round();
        if (this.#own.committed >= journal.last || performance.now() >= deadline) break;
        if (!more) await delay(FINISH_LOOK_MS);
      }
      const { marker } = this.#own;
      if (events.sentUpTo === journal.last && marker !== null)
        told = await registry.ended(agentId, marker, this.#own.committed >= journal.last);
    } catch (error) {
      this.#deps.log.warn('the journal is left to the next agent', { error: String(error) });
    }
    journal.close(told && this.#own.committed >= journal.last);
    return told;
  }

  async #adopt(): Promise<void> {
    if (performance.now() < this.#adoptAt) return;
    this.#adoptAt = performance.now() + ADOPT_MS;
    for (const journal of await this.#deps.adopter.adopt(this.#deps.isSteady())) {
      this.#deps.log.warn('the journal of an agent that is gone was adopted', { agentId: journal.agentId });
      this.#left.push(new LeftDelivery(journal, this.#deps));
    }
  }

  /** Live calls first: an answer that is sent again must find its lease. Returns whether something is left. */
  async #deliverOwn(marker: string, goesOn: () => boolean): Promise<boolean> {
    const { journal, admission, events, log } = this.#deps;
    const isNew = this.#own.marker !== marker;
    if (isNew && this.#resend?.marker !== marker) {
      // What admission answered before this look is noted by the end of this turn; what comes later is in this Redis.
      await nextTurn();
      this.#calls.oweAll();
      this.#resend = { marker, work: new JournalResend(journal, admission, this.#own.committed, journal.last) };
    }
    await this.#calls.pay(goesOn);
    if (this.#calls.isOwed) return true;
    if (!isNew || this.#resend === null) return this.#calls.walk(goesOn);
    const { work } = this.#resend;
    if (!(await work.work(goesOn))) return true;
    this.#resend = null;
    this.#own.sentTo(marker);
    if (work.sent > 0) log.info('the journal was sent again', { events: work.sent, live: events.held().length });
    return false;
  }

  /**
   * Says that all is here; not while a call that was let in without Redis is on its way, or one may be missing. No await between that
   * look and the promise. Returns whether it was made.
   */
  async #promise(seen: PlaneLook, receivedAt: number): Promise<boolean> {
    const { agentId, registry, events, contact } = this.#deps;
    const mayPromise = (): boolean => !events.holdsUnseen && !this.#calls.isOwed && this.#own.marker === seen.marker;
    if (!mayPromise()) return false;
    let fresh: { at: number; receivedAt: number } = { at: seen.at, receivedAt };
    if (performance.now() - receivedAt > FRESH_MS) {
      const { at } = await registry.look();
      fresh = { at, receivedAt: performance.now() };
    }
    const { marker } = this.#own;
    if (!mayPromise() || marker === null) return false;
    contact.promise(fresh.receivedAt);
    this.#wasAlone = false;
    if (await registry.keepInTouch(agentId, fresh.at, marker)) contact.known();
    return true;
  }
}
