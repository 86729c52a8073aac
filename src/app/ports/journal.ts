import type { CallEvent } from '../../domain/call-event.ts';
import type { LeaseScope } from '../../domain/lease.ts';

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
  /**
   * A sign of life for agents that see these files and not this process. `lost`: one of them had taken the journal over; it is this
   * agent's again, and what it did with the calls in it must be put right.
   */
  touch(): 'ours' | 'lost';
  /** Writes what it can and lets go of the files; `delivered`: all is in Postgres, nobody needs them any more. */
  close(delivered: boolean): void;
}

/** The journal of an agent that is gone, taken over by this one. */
export interface LeftJournal extends JournalReader {
  readonly agentId: string;
  /** False: its owner lives and took it back, or another has it. */
  readonly isOurs: boolean;
  /** Deletes it; only once all of it is in Postgres. False: it is not ours, or its owner wrote to it meanwhile, and it stays. */
  remove(): boolean;
}

/** Finds journals of agents that are gone and makes them ours; those of living agents stay untouched. */
export interface JournalAdopter {
  /** Not `steady`: only those whose process is seen to be gone, not those judged by the age of their signs of life. */
  adopt(steady: boolean): Promise<readonly LeftJournal[]>;
}

/** One look at Redis, all at one moment. */
export interface PlaneLook {
  /** Redis' time in ms. */
  readonly at: number;
  /** Text of the marker; null without a plane, or on another server than the marked one. */
  readonly marker: string | null;
  /** Place of the oldest event that waits for Postgres; null when none does. */
  readonly firstEvent: string | null;
  /** Place of the newest event that ever was in the log of this server. */
  readonly lastEvent: string;
}

/** A call that goes on, and what it holds. */
export interface HeldCall {
  readonly callId: string;
  readonly agentId: string;
  /** Product time in ms. */
  readonly since: number;
  readonly numberIds: readonly string[];
  readonly leases: readonly LeaseScope[];
  /** Since when, product time in ms, it uses up the minutes of which scopes; absent: of none. */
  readonly minutes?: { readonly since: number; readonly scopes: readonly LeaseScope[] };
}

/** An agent's side of what the fence around changes of holder knows (decision C4). */
export interface JournalRegistry {
  look(): Promise<PlaneLook>;
  /**
   * Says that all this agent let in is here under this marker, and that until `promiseMs` after `at` it lets nobody in but by Redis.
   * False: the marker is not that any more.
   */
  keepInTouch(agentId: string, at: number, marker: string): Promise<boolean>;
  /** Says that the agent ended and that all it let in is here under this marker; `committed`: that all of it is in Postgres. */
  ended(agentId: string, marker: string, committed: boolean): Promise<boolean>;
  /**
   * Puts live calls in as holders of their numbers and leases whatever the limits say; last calls only move forward. Returns those that
   * somebody who took this agent for dead had closed, and up to when (product time in ms) their minutes are counted already.
   */
  reAssert(calls: readonly HeldCall[]): Promise<ReadonlyMap<string, number>>;
  readonly promiseMs: number;
}

/** What is known of one agent's journal. */
export interface KnownJournal {
  readonly agentId: string;
  /** `gone`: all it let in is in Postgres, whatever becomes of Redis. */
  readonly state: 'live' | 'ended' | 'gone';
  /** Until then (`live`: its promise; `ended`: its end) it surely let nobody in unseen; Redis' time in ms. */
  readonly at: number;
}

/** The worker's side: agents must not be forgotten with Redis. */
export interface JournalRoster {
  read(): Promise<PlaneLook & { readonly known: boolean; readonly journals: readonly KnownJournal[] }>;
  /** Puts agents of before in, as ones whose replay is awaited, and says that these are all. */
  restore(marker: string, journals: readonly KnownJournal[]): Promise<void>;
  forget(agentIds: readonly string[]): Promise<void>;
}

/** The same in Postgres. */
export interface JournalStore {
  list(): Promise<readonly KnownJournal[]>;
  save(journals: readonly KnownJournal[]): Promise<void>;
  forget(agentIds: readonly string[]): Promise<void>;
}
