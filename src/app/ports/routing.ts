import type { Binding } from '../../domain/binding.ts';
import type { CallEvent } from '../../domain/call-event.ts';
import type { LeaseScope, WantedLease } from '../../domain/lease.ts';
import type { RecordRef, RecordVersion, RouteRecord, SourceRecord, Versioned } from '../../domain/records.ts';
import type { BindingsOf } from './bindings.ts';

/** One record to be written where it is not older than what is there; `record: null` writes a tombstone (decision C7). */
export interface RecordWrite {
  readonly ref: RecordRef;
  readonly version: number;
  readonly record: RouteRecord | null;
}

export type WriteOutcome = 'applied' | 'superseded' | 'failed';

/** Writes records by compare-and-set on (epoch, version): an older write never wins. */
export interface RecordWriter {
  /**
   * Applies all writes in one trip and tells for each whether it is now in force (`superseded`: something newer is; `failed`: this
   * one cannot be written, which keeps no other back).
   */
  apply(epoch: number, writes: readonly RecordWrite[]): Promise<readonly WriteOutcome[]>;
  /**
   * The same for many records of a plane that nobody reads: they are told to nobody, since its mark tells everybody to read anew.
   * Resolves with how many cannot be written.
   */
  fill(epoch: number, writes: readonly RecordWrite[]): Promise<number>;
}

/** What the copies of the agents have. */
export interface AgentCopies {
  /**
   * Resolves true once every live agent's copy has all that was applied before this call, false when that takes longer than
   * `waitMs`. Throws when Redis cannot be reached.
   */
  upToDate(waitMs: number): Promise<boolean>;
}

/** Reads records as they stand in Redis now. */
export interface RecordReader {
  read(refs: readonly RecordRef[]): Promise<ReadonlyMap<RecordRef, Versioned>>;
  /** Every source record, and the counter that moves with each change of any of them. */
  readSources(): Promise<{ readonly version: number; readonly records: readonly SourceRecord[] }>;
}

/** What admission is asked: are these versions still true, and if so count the call in (decision C3). It decides nothing. */
export interface AdmissionRequest {
  readonly callId: string;
  readonly agentId: string;
  readonly versions: readonly RecordVersion[];
  /** The sources counter the decision saw; null when the sender was identified by credential alone. */
  readonly sourcesVersion: number | null;
  /** Digest nonce to be used up: replayed or lower counts are refused (decision C14). */
  readonly nonce: { readonly id: string; readonly count: number; readonly ttlSeconds: number } | null;
  /** Numbers whose last call is now and which hold this call while it lives. */
  readonly touch: readonly { readonly numberId: string }[];
  /** Taken all or none when `event` is `admitted` (decision C3); each scope once. */
  readonly leases: readonly WantedLease[];
  /** Product time in ms for last call. */
  readonly at: number;
  /** `admitted` or `refused`, appended in the same step. */
  readonly event: CallEvent;
  /** True: a number on its way to another holder does not stop it (decision C15), and is told of it like of any call. */
  readonly evenMoving?: boolean;
  /** SIP users that the call may ring: where they registered comes back in the same trip. Absent: none. */
  readonly users?: readonly BindingsOf[];
}

export type AdmissionReply =
  /** `bindings` of `users` in their order, where there were some. */
  | { readonly result: 'ok'; readonly bindings?: readonly (readonly Binding[])[] }
  /** Decide again with these; `sourcesChanged` asks for a reload of the sources too. */
  | { readonly result: 'stale'; readonly newer: ReadonlyMap<RecordRef, Versioned>; readonly sourcesChanged: boolean }
  | { readonly result: 'replay' }
  /** The number is fenced for a change of holder (decision C4). */
  | { readonly result: 'moving' }
  | LeaseFull;

/** A lease could not be had: its channels are in use, its minutes used up, or it was asked for faster than its rate. Nothing was taken. */
export interface LeaseFull {
  readonly result: 'full';
  readonly scope: LeaseScope;
  readonly why: 'channels' | 'rate' | 'minutes';
}

/** What a call asks for before it tries another target (decision C9). */
export interface NextTarget {
  readonly callId: string;
  readonly agentId: string;
  readonly numberIds: readonly string[];
  /** When the call was let in, product time in ms. */
  readonly since: number;
  /** What it holds now. */
  readonly held: readonly LeaseScope[];
  /** All it will hold then; what is held already is kept as it is. */
  readonly wanted: readonly WantedLease[];
}

/** The one script a call passes, and what follows it. */
export interface Admission {
  admit(request: AdmissionRequest): Promise<AdmissionReply>;
  /** True when what `admit` threw says that it did nothing and will not; false: nobody knows. */
  isUndone(error: unknown): boolean;
  /** Gives back the last target's leases and takes the next's, in one trip, all or none. */
  nextTarget(next: NextTarget): Promise<{ readonly result: 'ok' } | LeaseFull>;
  /** Appends later events of an admitted call; from an answer on, the minutes of the scopes it names are used up. */
  append(events: readonly CallEvent[]): Promise<void>;
  /** Appends the last event, lets go of the numbers, whose last call moves to `at`, and of every lease the call may hold. */
  end(event: CallEvent, numberIds: readonly string[]): Promise<void>;
}

/** The agent's bounded copy of records. Whatever it returns may be old: admission tells. */
export interface LocalRecords {
  /** What is known without asking anybody; undefined: not here. */
  peek(ref: RecordRef): Versioned | undefined;
  /** What was last known, however old; for inbound calls while Redis is away (decision C10), and for what never changes. */
  lastKnown(ref: RecordRef): Versioned | undefined;
  /** Reads what is missing from Redis and keeps it. */
  fill(refs: readonly RecordRef[]): Promise<void>;
  /** Keeps what admission found newer. */
  learn(newer: ReadonlyMap<RecordRef, Versioned>): void;
  /** The sources as last loaded, and their counter. */
  sources(): { readonly version: number; readonly records: readonly SourceRecord[] };
  /** Loads the sources again; cheap when the counter did not move. */
  refreshSources(): Promise<void>;
}

/** One entry of the call log with its place in the stream. */
export interface LoggedCallEvent {
  readonly streamId: string;
  readonly event: CallEvent;
}

/** The drain's end of the call log: read, commit to Postgres, then forget (decision C5). */
export interface CallLog {
  /** Waits up to `waitMs` for entries not yet forgotten, oldest first. */
  read(countMax: number, waitMs: number): Promise<readonly LoggedCallEvent[]>;
  forget(streamIds: readonly string[]): Promise<void>;
  backlog(): Promise<number>;
}

/** What is registered of one agent. */
export interface RegisteredAgent {
  readonly id: string;
  /** Its last sign of life in ms of Redis' clock. */
  readonly seenAt: number;
  /** Not dead: that was less than `deadAfterMs` (6 s) ago. */
  readonly alive: boolean;
  readonly epoch: number;
  readonly mode: string;
  /** All of this as one text that is another one behind every sign of life: whoever judges an agent by it names what it judged. */
  readonly sign: string;
}

/** Who is alive: agents announce themselves by real time, never by the product clock (decision C9). */
export interface AgentRegistry {
  /**
   * Called every 2 s by the agent. Returns what names the unbroken row of its signs of life: another one than last time means that it
   * was missing or silent for so long that somebody may have let go of what it holds.
   */
  heartbeat(agentId: string, facts: { readonly epoch: number; readonly mode: 'normal' | 'degraded' | 'draining' }): Promise<string>;
  /** Unlists an agent; with `judged` only while that is what is registered of it. */
  leave(agentId: string, judged?: string): Promise<void>;
  list(): Promise<readonly RegisteredAgent[]>;
}
