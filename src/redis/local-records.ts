import type { Redis } from 'ioredis';
import type { LocalRecords } from '../app/ports/routing.ts';
import { kindOf, type RecordRef, type Versioned } from '../domain/records.ts';
import type { Logger } from '../kit/log.ts';
import { BoundedMap } from './bounded-map.ts';
import { InvalidationFeed } from './invalidation-feed.ts';
import { type LoadedSources, LocalSources } from './local-sources.ts';
import type { PlaneMarker, PlaneView } from './plane-view.ts';
import type { PlaneRecordReader } from './record-reader.ts';

/** What the local copy needs. */
export interface LocalRecordsDeps {
  readonly reader: PlaneRecordReader;
  /** A connection of its own. */
  readonly subscriber: Redis;
  /** The same view that the reader and admission have. */
  readonly plane: PlaneView;
  /** Records kept at most, absent ones included; 100,000 when absent (about 1 KB each). */
  readonly entriesMax?: number;
  /** Tells whoever asked that this copy has all it was told before; nobody answers when absent. */
  readonly confirm?: (token: string) => Promise<void>;
  readonly log: Logger;
}

/** A local copy that follows Redis. */
export interface FollowingRecords extends LocalRecords {
  /** True while changes are being told; false: what is here may be old (decision C10). */
  readonly live: boolean;
  stop(): void;
}

interface Entry {
  readonly versioned: Versioned;
  /** Equal to the copy's generation: as far as we were told, this is so. */
  generation: number;
}

/** A change we were told of: no reading that began before it is to be trusted. */
interface Told {
  readonly version: number;
  readonly order: number;
}

const TOLD_MAX = 20_000;
const FILL_ATTEMPTS = 3;
const REFRESH_BATCH = 500;
const NEVER = -1;
const SETTLE_ROUNDS_MAX = 100;

/** Opens the local copy: subscribed and with its sources loaded. Throws when Redis cannot be reached or has no plane. */
export async function openLocalRecords(deps: LocalRecordsDeps): Promise<FollowingRecords> {
  const copy = new SubscribedRecords(deps);
  try {
    await copy.start();
  } catch (error) {
    copy.stop();
    throw error;
  }
  return copy;
}

class SubscribedRecords implements FollowingRecords {
  readonly #deps: LocalRecordsDeps;
  readonly #entries: BoundedMap<RecordRef, Entry>;
  readonly #told = new BoundedMap<RecordRef, Told>(TOLD_MAX);
  readonly #reading = new Map<RecordRef, Promise<void>>();
  readonly #toRefresh = new Set<RecordRef>();
  readonly #sources: LocalSources;
  readonly #feed: InvalidationFeed;
  readonly #forgetPlane: () => void;
  #refreshing: NodeJS.Immediate | undefined;
  #generation = 0;
  #order = 0;
  #live = false;

  constructor(deps: LocalRecordsDeps) {
    this.#deps = deps;
    this.#entries = new BoundedMap(deps.entriesMax ?? 100_000);
    this.#sources = new LocalSources(deps.reader, deps.plane);
    this.#forgetPlane = deps.plane.onChange(() => this.#distrustAll());
    this.#feed = new InvalidationFeed({
      subscriber: deps.subscriber,
      log: deps.log,
      listener: {
        onLive: () => this.#goLive(),
        onLost: () => {
          this.#live = false;
        },
        onRecord: (ref, version) => this.#invalidate(ref, version),
        onPlane: (marker: PlaneMarker) => deps.plane.see(marker),
        onAsk: (token) => this.#answer(token),
        onBadMessage: () => deps.log.warn('not an invalidation'),
      },
    });
  }

  #answer(token: string): void {
    const { confirm, log } = this.#deps;
    if (confirm === undefined) return;
    const answering = this.#settled().then(() => confirm(token));
    answering.catch((error: Error) => log.debug('copy not confirmed', { error: error.message }));
  }

  /** Resolves when what was told by now has been read again. What could not be read is not current, and is read when it is needed. */
  async #settled(): Promise<void> {
    for (let round = 0; round < SETTLE_ROUNDS_MAX; round += 1) {
      await Promise.allSettled([...this.#reading.values(), this.#sources.refresh()]);
      if (this.#refreshing === undefined && this.#reading.size === 0) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async start(): Promise<void> {
    await this.#feed.start();
    await this.#sources.refresh();
  }

  stop(): void {
    this.#feed.stop();
    this.#forgetPlane();
    clearImmediate(this.#refreshing);
    this.#live = false;
  }

  get live(): boolean {
    return this.#live;
  }

  peek(ref: RecordRef): Versioned | undefined {
    const entry = this.#entries.get(ref);
    return entry !== undefined && (entry.generation === this.#generation || !this.#live) ? entry.versioned : undefined;
  }

  lastKnown(ref: RecordRef): Versioned | undefined {
    return this.#entries.get(ref)?.versioned;
  }

  /** One trip, shared with whoever asks for the same at the same time; another only if a change came in between. */
  async fill(refs: readonly RecordRef[]): Promise<void> {
    for (let attempt = 1; attempt <= FILL_ATTEMPTS; attempt += 1) {
      const missing = refs.filter((ref) => !this.#isCurrent(ref));
      if (missing.length === 0) return;
      await this.#read(missing);
      if (!this.#live) return;
    }
    // A record that changes all the time: what was read will do, admission tells.
    for (const ref of refs) this.#trust(ref);
  }

  learn(newer: ReadonlyMap<RecordRef, Versioned>): void {
    for (const [ref, versioned] of newer) {
      const isOld = (this.#told.get(ref)?.version ?? 0) > versioned.version;
      this.#entries.set(ref, { versioned, generation: isOld ? NEVER : this.#generation });
      if (isOld) this.#refreshSoon(ref);
    }
  }

  sources(): LoadedSources {
    return this.#sources.current;
  }

  refreshSources(): Promise<void> {
    return this.#sources.refresh();
  }

  #isCurrent(ref: RecordRef): boolean {
    return this.#live && this.#entries.get(ref)?.generation === this.#generation;
  }

  #trust(ref: RecordRef): void {
    const entry = this.#entries.get(ref);
    if (entry !== undefined) entry.generation = this.#generation;
  }

  async #read(refs: readonly RecordRef[]): Promise<void> {
    const waits = new Set<Promise<void>>();
    const fresh: RecordRef[] = [];
    for (const ref of new Set(refs)) {
      const running = this.#reading.get(ref);
      if (running === undefined) fresh.push(ref);
      else waits.add(running);
    }
    if (fresh.length > 0) {
      const run = this.#load(fresh).finally(() => {
        for (const ref of fresh) this.#reading.delete(ref);
      });
      for (const ref of fresh) this.#reading.set(ref, run);
      waits.add(run);
    }
    await Promise.all(waits);
  }

  async #load(refs: readonly RecordRef[]): Promise<void> {
    const generation = this.#generation;
    const order = this.#order;
    for (const [ref, versioned] of await this.#deps.reader.read(refs)) {
      const told = this.#told.get(ref);
      const changedMeanwhile = told !== undefined && told.order > order && told.version !== versioned.version;
      this.#entries.set(ref, { versioned, generation: changedMeanwhile ? NEVER : generation });
    }
  }

  #goLive(): void {
    this.#live = true;
    this.#distrustAll();
  }

  #distrustAll(): void {
    this.#generation += 1;
    this.#refreshSources();
  }

  #invalidate(ref: RecordRef, version: number): void {
    this.#order += 1;
    this.#told.set(ref, { version, order: this.#order });
    if (kindOf(ref) === 'source') this.#refreshSources();
    const entry = this.#entries.get(ref);
    if (entry === undefined || entry.versioned.version === version) return;
    entry.generation = NEVER;
    this.#refreshSoon(ref);
  }

  /** What is here is in use: it is read again at once, so that the next call finds it and the last-known-good copy is good. */
  #refreshSoon(ref: RecordRef): void {
    this.#toRefresh.add(ref);
    this.#refreshing ??= setImmediate(() => {
      this.#refreshing = undefined;
      const some = [...this.#toRefresh].slice(0, REFRESH_BATCH);
      for (const one of some) this.#toRefresh.delete(one);
      for (const one of this.#toRefresh) {
        this.#refreshSoon(one);
        break;
      }
      this.fill(some).catch((error: Error) => this.#deps.log.debug('records not refreshed', { error: error.message }));
    });
  }

  #refreshSources(): void {
    this.#sources.refresh().catch((error: Error) => this.#deps.log.debug('sources not refreshed', { error: error.message }));
  }
}
