import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import type { Journal, JournalAdopter, JournalReader, JournalRegistry, LeftJournal, PlaneLook } from '../ports/journal.ts';
import type { LiveCalls } from '../ports/plane.ts';
import type { Admission } from '../ports/routing.ts';
import { lost } from './close-lost-calls.ts';
import { isEventBefore } from './event-place.ts';
import type { EventQueue } from './event-queue.ts';
import type { PlaneContact } from './plane-contact.ts';
import { resendJournal } from './resend-journal.ts';

/** What delivering journals needs. */
export interface DeliverJournalDeps {
  readonly agentId: string;
  readonly journal: Journal;
  readonly adopter: JournalAdopter;
  readonly registry: JournalRegistry;
  readonly admission: Pick<Admission, 'append' | 'end'>;
  readonly liveCalls: Pick<LiveCalls, 'liveCallsOf'>;
  readonly events: EventQueue;
  readonly contact: PlaneContact;
  readonly clock: Clock;
  readonly log: Logger;
}

/** One journal and how far it got. */
interface Delivery {
  /** Marker of the Redis that has had all of it. */
  marker: string | null;
  /** All up to here is in Postgres. */
  committed: number;
  /** All up to `n` was in Redis when the newest event of its log was `at`. */
  sent: { readonly n: number; readonly at: string } | null;
}

/** The journal of a dead agent, and what of its calls is known beside it. */
interface LeftDelivery {
  readonly journal: LeftJournal;
  readonly delivery: Delivery;
  /** Calls Redis listed when the journal was sent, with their numbers; the journal itself may no longer hold their beginning. */
  readonly listed: Map<string, readonly string[]>;
  /** Redis listed none of its calls any more at an earlier look: all their ends lie in the call log. */
  allEnded: boolean;
}

const ADOPT_MS = 10_000;
const RE_ASSERT_MS = 30_000;
/** A promise rests on a time not older than this: every ms of it is one less to live on. */
const FRESH_MS = 250;

/**
 * Brings what this agent and the dead agents of its disk noted to Redis, and follows how far it gets to Postgres (decisions C4, C5).
 * An event is in Postgres when its place in the call log lies before the oldest that waits there: the drain deletes what it has
 * committed, in order. That holds within one marker; under a new one everything not known to be committed is sent again.
 */
export class JournalDelivery {
  readonly #deps: DeliverJournalDeps;
  readonly #own: Delivery = { marker: null, committed: 0, sent: null };
  readonly #left: LeftDelivery[] = [];
  #adoptAt = 0;
  #reAssertAt = 0;

  constructor(deps: DeliverJournalDeps) {
    this.#deps = deps;
  }

  /** One round, at every heartbeat. Throws when Redis does not answer; the next round goes on from there. */
  async round(): Promise<void> {
    const { journal, registry, events } = this.#deps;
    journal.touch();
    await this.#adopt();
    // Read before Redis is looked at: what was sent by now lies at or before the newest place it tells.
    const sentUpTo = events.sentUpTo;
    const seen = await registry.look();
    const receivedAt = performance.now();
    if (seen.marker === null) return;
    await this.#deliverOwn(seen, seen.marker);
    follow(this.#own, journal, sentUpTo, seen);
    for (const one of [...this.#left]) await this.#deliverLeft(one, seen, seen.marker);
    await this.#promise(seen, receivedAt);
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
        await this.round();
        if (this.#own.committed >= journal.last || performance.now() >= deadline) break;
        await delay(FINISH_LOOK_MS);
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
    for (const journal of await this.#deps.adopter.adopt()) {
      this.#deps.log.warn('the journal of an agent that is gone was adopted', { agentId: journal.agentId });
      this.#left.push({ journal, delivery: { marker: null, committed: 0, sent: null }, listed: new Map(), allEnded: false });
    }
  }

  async #deliverOwn({ at }: PlaneLook, marker: string): Promise<void> {
    const { events, journal, log } = this.#deps;
    if (this.#own.marker === marker && at < this.#reAssertAt && this.#deps.contact.aloneInMs !== 0) return;
    const isNew = this.#own.marker !== marker;
    // What admission answered before this look is noted by the end of this turn.
    if (isNew) await nextTurn();
    // Again and again: whoever took this agent for dead may have let go of its calls.
    await this.#reAssert();
    this.#reAssertAt = at + RE_ASSERT_MS;
    if (!isNew) return;
    const { sent } = await resendJournal(journal, this.#own.committed, this.#deps.admission);
    this.#own.marker = marker;
    this.#own.sent = null;
    if (sent > 0) log.info('the journal was sent again', { events: sent, live: events.held().length });
  }

  /** Some at a time, each as it stands when it is sent: what ended meanwhile must not come back. */
  async #reAssert(): Promise<void> {
    const { registry, events } = this.#deps;
    const callIds = events.held().map(({ callId }) => callId);
    for (let at = 0; at < callIds.length; at += RE_ASSERT_CALLS) {
      await registry.reAssert(callIds.slice(at, at + RE_ASSERT_CALLS).flatMap((callId) => events.heldBy(callId) ?? []));
    }
  }

  async #deliverLeft(one: LeftDelivery, seen: PlaneLook, marker: string): Promise<void> {
    const { journal, delivery } = one;
    if (delivery.marker !== marker) {
      await this.#resendLeft(one);
      if (!(await this.#deps.registry.ended(journal.agentId, marker, false))) return;
      delivery.marker = marker;
      delivery.sent = null;
      one.allEnded = false;
      return;
    }
    if (!one.allEnded) {
      // Kept until the worker has closed what Redis lists: a flush before that would leave calls nobody closes. What ended between
      // `seen` and this answer lies behind `seen`, hence the next look.
      one.allEnded = (await this.#deps.liveCalls.liveCallsOf(journal.agentId, 1)).length === 0;
      return;
    }
    follow(delivery, journal, journal.last, seen);
    if (delivery.committed < journal.last) return;
    if (!(await this.#deps.registry.ended(journal.agentId, marker, true))) return;
    journal.remove();
    this.#left.splice(this.#left.indexOf(one), 1);
    this.#deps.log.info('an adopted journal is in Postgres', { agentId: journal.agentId });
  }

  /** Calls that Redis still lists are closed by the worker, which also ends their legs; of the others nobody else knows. */
  async #resendLeft({ journal, delivery, listed }: LeftDelivery): Promise<void> {
    const { admission, liveCalls, clock, log } = this.#deps;
    const { sent, open } = await resendJournal(journal, delivery.committed, admission);
    const now = new Map((await liveCalls.liveCallsOf(journal.agentId, LISTED_MAX)).map(({ callId, numberIds }) => [callId, numberIds]));
    const unlisted = [...new Map([...listed, ...open])].filter(([callId]) => !now.has(callId));
    for (const [callId, numberIds] of now) listed.set(callId, numberIds);
    for (const [callId, numberIds] of unlisted) await admission.end(lost(callId, journal.agentId, clock.now()), numberIds);
    log.info('an adopted journal was sent', { agentId: journal.agentId, events: sent, closed: unlisted.length });
  }

  /** Says that all is here; not while a call that was let in without Redis is on its way. No await between that look and the promise. */
  async #promise(seen: PlaneLook, receivedAt: number): Promise<void> {
    const { agentId, registry, events, contact } = this.#deps;
    let fresh: { at: number; receivedAt: number } = { at: seen.at, receivedAt };
    if (performance.now() - receivedAt > FRESH_MS) {
      const { at } = await registry.look();
      fresh = { at, receivedAt: performance.now() };
    }
    const { marker } = this.#own;
    if (events.holdsUnseen || marker === null) return;
    contact.promise(fresh.receivedAt);
    if (await registry.keepInTouch(agentId, fresh.at, marker)) contact.known();
  }
}

const FINISH_LOOK_MS = 50;
const RE_ASSERT_CALLS = 100;
const LISTED_MAX = 20_000;

/** Notes what of a journal is committed by now, and up to where the next answer will tell. */
function follow(delivery: Delivery, journal: JournalReader, sentUpTo: number, seen: PlaneLook): void {
  if (delivery.marker !== seen.marker) return;
  const { sent } = delivery;
  if (sent !== null && (seen.firstEvent === null || isEventBefore(sent.at, seen.firstEvent))) {
    delivery.committed = sent.n;
    delivery.sent = null;
    journal.forget(sent.n);
  }
  if (delivery.sent === null && sentUpTo > delivery.committed) delivery.sent = { n: sentUpTo, at: seen.lastEvent };
}
