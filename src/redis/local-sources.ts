import type { SourceRecord } from '../domain/records.ts';
import type { PlaneView } from './plane-view.ts';
import type { PlaneRecordReader } from './record-reader.ts';

/** The sources as last loaded, and their counter; -1 before the first load. */
export interface LoadedSources {
  readonly version: number;
  readonly records: readonly SourceRecord[];
}

/** Keeps the sources of all trunk groups; loads them again only when their counter, or the plane, is another. */
export class LocalSources {
  readonly #reader: PlaneRecordReader;
  readonly #plane: PlaneView;
  #loaded: LoadedSources = { version: -1, records: [] };
  #underMarker = '';
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(reader: PlaneRecordReader, plane: PlaneView) {
    this.#reader = reader;
    this.#plane = plane;
  }

  get current(): LoadedSources {
    return this.#loaded;
  }

  /**
   * Resolves when what is loaded is at least as new as this call. One load runs at a time; who comes meanwhile shares the next
   * one, because the one that runs may have looked before the change this caller knows of.
   */
  refresh(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    const run = this.#load().finally(() => {
      if (this.#running === run) this.#running = undefined;
    });
    this.#running = run;
    return run;
  }

  async #load(): Promise<void> {
    const version = await this.#reader.readSourcesVersion();
    const marker = this.#plane.text;
    if (version === this.#loaded.version && this.#underMarker === marker) return;
    this.#loaded = await this.#reader.readSources();
    this.#underMarker = marker;
  }
}
