import type { CallEvent } from '../../domain/call-event.ts';

/** One call event as an agent noted it on its disk. */
export interface JournalRecord {
  /** 1 for the first of a journal, then without gaps. */
  readonly n: number;
  readonly event: CallEvent;
  /** The numbers the call lets go of with this event; null for any but the last one of an admitted call. */
  readonly release: readonly string[] | null;
}

/** `failing`: the disk does not take what is written; `full`: more waits for Postgres than the journal may hold. */
export type JournalState = 'ok' | 'failing' | 'full';

/** What is on the disk and not yet known to be in Postgres (decision C5). */
export interface JournalReader {
  /** Number of the newest record; 0 without any. */
  readonly last: number;
  /** Records after `n` in parts, in order; what a torn or damaged line held is left out. */
  readAfter(n: number): AsyncIterable<readonly JournalRecord[]>;
  /** All up to `n` is in Postgres: what holds nothing later is deleted. */
  forget(n: number): void;
}

/** The journal of this agent. Nothing here throws: a disk that fails shows in `state`, and what was noted is written once it can be. */
export interface Journal extends JournalReader {
  readonly state: JournalState;
  /** Bytes on the disk. */
  readonly bytes: number;
  /** Notes a record; it is written when `flush` returns, at the latest at the end of this turn of the event loop. Returns its number. */
  append(event: CallEvent, release: readonly string[] | null): number;
  /** Writes what was noted; false while the disk does not take it. */
  flush(): boolean;
  /** A sign of life for agents that see these files and not this process. */
  touch(): void;
  /** Writes what it can and lets go of the files; `delivered`: all is in Postgres, nobody needs them any more. */
  close(delivered: boolean): void;
}

/** The journal of an agent that is gone, taken over by this one. */
export interface LeftJournal extends JournalReader {
  readonly agentId: string;
  /** Deletes it; only once all of it is in Postgres. */
  remove(): void;
}

/** Finds journals of agents that are gone and makes them ours; those of living agents stay untouched. */
export interface JournalAdopter {
  adopt(): Promise<readonly LeftJournal[]>;
}
