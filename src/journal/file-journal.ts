import { closeSync, constants, existsSync, fstatSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import type { Journal, JournalRecord, JournalState } from '../app/ports/journal.ts';
import type { CallEvent } from '../domain/call-event.ts';
import type { Logger } from '../kit/log.ts';
import { isOwned, makeFolder, ownClaim, takeBack, touchFolder } from './folder.ts';
import { encodeLine } from './record-line.ts';
import { dropSegments, readSegments, type Segment, segmentPath } from './segments.ts';

export interface FileJournalOptions {
  /** A folder of this journal alone. */
  readonly folder: string;
  /** From this size on a new segment is begun; 1 MiB when absent. */
  readonly segmentBytes?: number;
  /** With more than this on the disk the journal is full. */
  readonly bytesMax: number;
  readonly log: Logger;
}

const SEGMENT_BYTES = 1024 * 1024;
const RETRY_MS = 500;
// What a failed write left in a segment that holds nothing whole goes; appending, so that after a cut the next byte follows the last.
const { O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } = constants;
const SEGMENT_FLAGS = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND;

/** Opens a journal in a folder of its own. Throws when the folder cannot be made. */
export function openFileJournal(options: FileJournalOptions): Journal {
  const claim = ownClaim();
  makeFolder(options.folder, claim);
  return new FileJournal(options, claim);
}

/**
 * Lines appended to segments. `write` and no fsync: what the system has taken survives every end of this process (decision C5). Lines
 * of one turn of the event loop go out in one write. A line that did not fit whole is cut off again, so that only a kill leaves a
 * torn one, and that at the end of a segment.
 */
class FileJournal implements Journal {
  readonly #options: FileJournalOptions;
  readonly #claim: string;
  readonly #segmentBytes: number;
  #segments: Segment[] = [];
  #fd: number | undefined;
  #last = 0;
  #written = 0;
  #lines: string[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failing = false;
  #closed = false;
  /** Another agent had the folder, and nobody was told yet. */
  #wasLost = false;

  constructor(options: FileJournalOptions, claim: string) {
    this.#options = options;
    this.#claim = claim;
    this.#segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
  }

  get last(): number {
    return this.#last;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get state(): JournalState {
    if (this.#failing) return 'failing';
    return this.bytes > this.#options.bytesMax ? 'full' : 'ok';
  }

  append(event: CallEvent, release: readonly string[] | null): number {
    this.#last += 1;
    this.#lines.push(encodeLine(this.#last, event, release));
    this.#scheduled ??= setImmediate(() => this.flush());
    return this.#last;
  }

  flush(): boolean {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    if (this.#lines.length === 0) return !this.#failing;
    if (this.#closed) return false;
    try {
      this.#write(Buffer.from(this.#lines.join('')));
      this.#lines = [];
      this.#written = this.#last;
      if (this.#failing) this.#options.log.info('the journal is written again');
      this.#failing = false;
    } catch (error) {
      this.#fail(error);
    }
    return !this.#failing;
  }

  async *readAfter(n: number): AsyncGenerator<readonly JournalRecord[]> {
    this.flush();
    yield* readSegments([...this.#segments], n, (path) => this.#options.log.warn('a segment of the journal is torn', { path }));
  }

  forget(n: number): void {
    try {
      this.#segments = dropSegments(this.#segments, n);
    } catch (error) {
      this.#options.log.warn('a segment of the journal stays', { error: String(error) });
    }
  }

  touch(): 'ours' | 'lost' {
    try {
      if (isOwned(this.#options.folder, this.#claim)) touchFolder(this.#options.folder);
      else this.#takeBack();
      // A disk that was full is tried again although no call comes.
      if (this.#failing) this.flush();
    } catch (error) {
      this.#fail(error);
    }
    const said = this.#wasLost ? 'lost' : 'ours';
    this.#wasLost = false;
    return said;
  }

  close(delivered: boolean): void {
    this.flush();
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#closeFile();
    if (this.#lines.length > 0) this.#options.log.error('call events were not written', { events: this.#lines.length });
    if (delivered) rmSync(this.#options.folder, { recursive: true, force: true });
  }

  /** Whoever took it has brought what it found to Postgres, or leaves it alone from now on; what it deleted is not missed. */
  #takeBack(): void {
    takeBack(this.#options.folder, this.#claim);
    this.#wasLost = true;
    const current = this.#segments.at(-1);
    if (current !== undefined && !existsSync(current.path)) this.#closeFile();
    this.#segments = this.#segments.filter(({ path }) => existsSync(path));
    this.#options.log.error('another agent took this one for dead and had its journal');
  }

  #write(data: Buffer): void {
    // Written to a file that has no name any more it would be lost for whoever adopts this journal.
    if (this.#fd !== undefined && fstatSync(this.#fd).nlink === 0) this.#takeBack();
    const current = this.#segments.at(-1);
    if (this.#fd === undefined || current === undefined || current.bytes >= this.#segmentBytes) this.#begin();
    const segment = this.#segments.at(-1);
    if (segment === undefined || this.#fd === undefined) throw new Error('no segment');
    try {
      for (let at = 0; at < data.length; ) at += writeSync(this.#fd, data, at);
    } catch (error) {
      this.#cut(segment.bytes);
      throw error;
    }
    segment.bytes += data.length;
  }

  /** Where even that fails the segment is left, torn, and another one begun. */
  #cut(bytes: number): void {
    try {
      if (this.#fd !== undefined) ftruncateSync(this.#fd, bytes);
    } catch {
      this.#closeFile();
    }
  }

  #begin(): void {
    this.#closeFile();
    const first = this.#written + 1;
    const path = segmentPath(this.#options.folder, first);
    this.#fd = openSync(path, SEGMENT_FLAGS, 0o600);
    if (this.#segments.at(-1)?.path !== path) this.#segments.push({ path, first, bytes: 0 });
  }

  #closeFile(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #fail(error: unknown): void {
    if (!this.#failing) this.#options.log.error('the journal cannot be written', { error: String(error) });
    this.#failing = true;
    if (this.#closed) return;
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.flush();
    }, RETRY_MS).unref();
  }
}
