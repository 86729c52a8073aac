import type { CallEvent } from '../../domain/call-event.ts';
import type { Logger } from '../../kit/log.ts';
import type { Admission } from '../ports/routing.ts';

type Entry = { readonly event: CallEvent; readonly release: readonly string[] | null };

const BATCH_MAX = 256;
/** What one call says within milliseconds of each other goes in one trip; its end does not wait. */
const GATHER_MS = 10;
const RETRY_MS_FIRST = 50;
const RETRY_MS_MAX = 2000;

/**
 * Events of calls on their way to the call log, in order, sent again until they are there: a call's record must close even when
 * Redis was away as it ended (invariant 12). The log takes each `(callId, seq)` once, so sending twice does no harm.
 */
export class EventQueue {
  readonly #admission: Pick<Admission, 'append' | 'end'>;
  readonly #log: Logger;
  readonly #eventsMax: number;
  #entries: Entry[] = [];
  #sending = false;
  #retryMs = RETRY_MS_FIRST;
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];
  #hurry: (() => void) | undefined;

  constructor(admission: Pick<Admission, 'append' | 'end'>, log: Logger, eventsMax = 200_000) {
    this.#admission = admission;
    this.#log = log;
    this.#eventsMax = eventsMax;
  }

  /** Too much waits: no new call may begin, because nothing that waits may be thrown away. */
  get congested(): boolean {
    return this.#entries.length >= this.#eventsMax;
  }

  push(event: CallEvent): void {
    this.#add({ event, release: null });
  }

  /** The last event of a call, which lets go of its numbers. */
  pushEnd(event: CallEvent, numberIds: readonly string[]): void {
    this.#add({ event, release: numberIds });
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

  /** Ends the retries; what still waits is lost and said so. */
  stop(): void {
    clearTimeout(this.#timer);
    if (this.#entries.length > 0) this.#log.error('call events were not delivered', { events: this.#entries.length });
    this.#entries = [];
  }

  #add(entry: Entry): void {
    this.#entries.push(entry);
    if (entry.release !== null) this.#hurry?.();
    if (!this.#sending && this.#timer === undefined) void this.#send();
  }

  async #send(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#entries.length > 0) {
        await this.#gather();
        const batch = this.#entries.slice(0, BATCH_MAX);
        await this.#sendBatch(batch).catch((error: unknown) => this.#sendSingly(batch, error));
        this.#entries.splice(0, batch.length);
        this.#retryMs = RETRY_MS_FIRST;
      }
      for (const tell of this.#idle.splice(0)) tell();
    } catch (error) {
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
