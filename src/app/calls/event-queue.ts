import type { CallEvent } from '../../domain/call-event.ts';
import type { LeaseScope } from '../../domain/lease.ts';
import type { Logger } from '../../kit/log.ts';
import type { HeldCall, Journal, JournalState } from '../ports/journal.ts';
import type { Admission } from '../ports/routing.ts';
import { HeldCalls } from './held-calls.ts';

type Entry = { readonly event: CallEvent; readonly release: readonly string[] | null; readonly n: number };

const BATCH_MAX = 256;
/** What one call says within milliseconds of each other goes in one trip; its end does not wait. */
const GATHER_MS = 10;
const RETRY_MS_FIRST = 50;
const RETRY_MS_MAX = 2000;

/**
 * Events of calls on their way to the call log, in order, sent again until they are there: a call's record must close even when
 * Redis was away as it ended (invariant 12). The log takes each `(callId, seq)` once, so sending twice does no harm. All of them are
 * in the journal first, and stay there until Postgres has them (decision C5).
 */
export class EventQueue {
  readonly #admission: Pick<Admission, 'append' | 'end'>;
  readonly #log: Logger;
  readonly #eventsMax: number;
  readonly #journal: Journal | null;
  readonly #held = new HeldCalls();
  #entries: Entry[] = [];
  /** How many entries each call has; an outage makes many, and every report of leases asks of every call. */
  readonly #unsent = new Map<string, number>();
  #admittedUnsent = 0;
  #sending = false;
  #retryMs = RETRY_MS_FIRST;
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];
  #hurry: (() => void) | undefined;
  #stopped = false;

  /** Without a journal events are kept in memory alone. */
  constructor(admission: Pick<Admission, 'append' | 'end'>, log: Logger, eventsMax = 200_000, journal: Journal | null = null) {
    this.#admission = admission;
    this.#log = log;
    this.#eventsMax = eventsMax;
    this.#journal = journal;
  }

  /** Too much waits: no new call may begin, because nothing that waits may be thrown away. */
  get congested(): boolean {
    return this.#entries.length >= this.#eventsMax;
  }

  get journalState(): JournalState {
    return this.#journal?.state ?? 'ok';
  }

  /** Number of the newest journal record up to which Redis has had everything. */
  get sentUpTo(): number {
    const [first] = this.#entries;
    return first === undefined ? (this.#journal?.last ?? 0) : first.n - 1;
  }

  /** True while Redis has not had a call that was let in without it. */
  get holdsUnseen(): boolean {
    return this.#admittedUnsent > 0;
  }

  /** True while a call that was let in without Redis goes on and `takeAlone` did not tell of it. */
  get hasAlone(): boolean {
    return this.#held.hasAlone;
  }

  /** Calls that go on and were let in without Redis, which nobody was told of yet: it has their events at most. */
  takeAlone(): readonly string[] {
    return this.#held.takeAlone();
  }

  /** Minutes of a call were counted up to `at`, product time in ms, by somebody who closed it by mistake. */
  countFrom(callId: string, at: number): void {
    this.#held.countFrom(callId, at);
  }

  /** Calls that go on, with what they hold. */
  held(): readonly HeldCall[] {
    return this.#held.list();
  }

  /** What one call holds; undefined when it ended. */
  heldBy(callId: string): HeldCall | undefined {
    return this.#held.of(callId);
  }

  /** A call goes on without this lease; false: there is no such call. */
  releaseLease(callId: string, scope: LeaseScope): boolean {
    return this.#held.release(callId, scope);
  }

  /** True while something of the call was not sent. */
  waits(callId: string): boolean {
    return this.#unsent.has(callId);
  }

  /** The journal has all it was given; false while the disk does not take it. Before an INVITE goes out and a 200 goes up. */
  flush(): boolean {
    return this.#journal?.flush() ?? true;
  }

  /** Redis has this one already, from admission: it is kept until Postgres has it. */
  keep(event: CallEvent): void {
    this.#note(event, null);
  }

  push(event: CallEvent): void {
    this.#add(event, null);
  }

  /** The last event of a call, which lets go of its numbers. */
  pushEnd(event: CallEvent, numberIds: readonly string[]): void {
    this.#add(event, numberIds);
  }

  /** Resolves true when everything was sent, false when `ms` have passed. */
  async drain(ms: number): Promise<boolean> {
    if (this.#entries.length === 0) return true;
    this.#hurry?.();
    const emptied = new Promise<boolean>((resolve) => this.#idle.push(() => resolve(true)));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ms);
    });
    return await Promise.race([emptied, late]).finally(() => clearTimeout(timer));
  }

  /** Ends the retries; what still waits is left to the journal, and without one lost and said so. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const events = this.#entries.length;
    if (events > 0 && this.#journal === null) this.#log.error('call events were not delivered', { events });
    if (events > 0 && this.#journal !== null) this.#log.warn('call events are left in the journal', { events });
    this.#entries = [];
    this.#unsent.clear();
    this.#admittedUnsent = 0;
    // Nobody is to hear that everything was sent: what gathers now ends with nothing.
    this.#idle = [];
    this.#hurry?.();
  }

  #note(event: CallEvent, release: readonly string[] | null): number {
    this.#held.note(event);
    if (this.#journal === null) return 0;
    // What is refused because the disk is full must not fill the memory too.
    if (event.type === 'refused' && this.#journal.state !== 'ok') return this.#journal.last;
    return this.#journal.append(event, release);
  }

  #add(event: CallEvent, release: readonly string[] | null): void {
    this.#entries.push({ event, release, n: this.#note(event, release) });
    this.#unsent.set(event.callId, (this.#unsent.get(event.callId) ?? 0) + 1);
    if (event.type === 'admitted') {
      this.#admittedUnsent += 1;
      this.#held.noteAlone(event.callId);
    }
    if (release !== null) this.#hurry?.();
    if (!this.#sending && this.#timer === undefined) void this.#send();
  }

  async #send(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#entries.length > 0) {
        await this.#gather();
        const batch = this.#entries.slice(0, BATCH_MAX);
        await this.#sendBatch(batch).catch((error: unknown) => this.#sendSingly(batch, error));
        for (const { event } of this.#entries.splice(0, batch.length)) this.#sent(event);
        this.#retryMs = RETRY_MS_FIRST;
      }
      for (const tell of this.#idle.splice(0)) tell();
    } catch (error) {
      if (this.#stopped) return;
      this.#log.warn('call events wait', { events: this.#entries.length, error: String(error) });
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        void this.#send();
      }, this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
    } finally {
      this.#sending = false;
    }
  }

  #sent({ callId, type }: CallEvent): void {
    const left = (this.#unsent.get(callId) ?? 1) - 1;
    if (left > 0) this.#unsent.set(callId, left);
    else this.#unsent.delete(callId);
    if (type === 'admitted') this.#admittedUnsent -= 1;
  }

  /** Waits for more events, unless one is there that ends a call. */
  #gather(): Promise<void> {
    if (this.#entries.length >= BATCH_MAX || this.#entries.some(({ release }) => release !== null)) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, GATHER_MS);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** An event that can never be written must not hold up all others: it alone is given up, loudly. */
  async #sendSingly(batch: readonly Entry[], error: unknown): Promise<void> {
    if (!isUnwritable(error)) throw error;
    for (const entry of batch) {
      try {
        await this.#sendBatch([entry]);
      } catch (fault) {
        if (!isUnwritable(fault)) throw fault;
        const { callId, seq, type } = entry.event;
        this.#log.error('a call event cannot be written', { callId, seq, type, error: String(fault) });
      }
    }
  }

  /** In the order of the calls' lives: whatever precedes an end is sent before it; one connection keeps the order. */
  async #sendBatch(batch: readonly Entry[]): Promise<void> {
    const sent: Promise<void>[] = [];
    let plain: CallEvent[] = [];
    const flush = (): void => {
      if (plain.length > 0) sent.push(this.#admission.append(plain));
      plain = [];
    };
    for (const { event, release } of batch) {
      if (release === null) {
        plain.push(event);
        continue;
      }
      flush();
      sent.push(this.#admission.end(event, release));
    }
    flush();
    await Promise.all(sent);
  }
}

const isUnwritable = (error: unknown): boolean => error instanceof RangeError || error instanceof TypeError;
