import type { LeaseScope } from '../../domain/lease.ts';
import type { PlaneBeat } from './plane-history.ts';

/** The state of the routing plane as a whole (decision C7). */
export type PlaneState =
  /** A complete plane of `epoch`. */
  | { readonly status: 'ready'; readonly epoch: number }
  /** Nothing says that what is there is complete: a new or flushed Redis. Write all records, then mark. */
  | { readonly status: 'missing' }
  /** Complete once, but on another server (restart, failover): apply what changed since the last good moment again, then mark. */
  | { readonly status: 'moved'; readonly epoch: number };

/** A rebuild as Redis knows it. */
export interface PlaneBuild {
  readonly token: string;
  /** The server it writes to. */
  readonly runId: string;
}

/** Marks and watches the plane; the worker rebuilds what it reports. */
export interface RoutingPlane {
  readPlane(): Promise<PlaneState>;
  /** The last beat this Redis has, and how old what it holds may be with it; null: none, or none that can be read. */
  readBeat(): Promise<PlaneBeat | null>;
  writeBeat(beat: PlaneBeat): Promise<void>;
  /** Begins a rebuild, or goes on with the one of `token` while this Redis still knows it. */
  beginBuild(token: string | null): Promise<PlaneBuild>;
  /**
   * Declares that every record of `epoch` is in Redis; `superseded` when a newer epoch is marked already. `first`: no plane was
   * ever marked before, so no call can have been admitted that this Redis does not know. `lost`: Redis was emptied, or is another
   * server, since `build` began.
   */
  markPlane(epoch: number, options?: { readonly first?: boolean; readonly build?: PlaneBuild }): Promise<'marked' | 'superseded' | 'lost'>;
  /** Declares the plane incomplete: from now on nobody is admitted by it. Comes before a rebuild in a new epoch. */
  unmarkPlane(): Promise<void>;
  /** What is wrong with the server's settings: `refuse` must stop the start, `warn` shows in `/readyz` (decision C5). */
  checkPolicy(): Promise<{ readonly refuse: readonly string[]; readonly warn: readonly string[] }>;
}

/** What Redis knows of one number's use. */
export interface NumberUse {
  /** Product time in ms; null: no call that Redis remembers. Postgres may know a later or an older one. */
  readonly lastCallAt: number | null;
  /** Calls in progress, each of which counts as now (decision C4). */
  readonly liveCalls: number;
}

/** Numbers whose calls are refused while their holder changes (decision C4). */
export interface FrozenNumbers {
  readonly status: 'frozen';
  /** Their use at the moment of the freeze; every id asked for has an entry. */
  readonly uses: ReadonlyMap<string, NumberUse>;
  /** How long the freeze surely lasts from now on; 0 once it may be over. */
  remainingMs(): number;
}

/** The fence around a change of holder; the moment of the freeze is the one that counts (decision C4). */
export interface HolderFence {
  /**
   * Refuses new calls of the numbers from now on and tells their use at that very moment. `unknown` when Redis is away, incomplete,
   * or so new that calls may be missing from it: nothing is frozen then. Never throws.
   */
  freeze(
    numberIds: readonly string[],
    token: string,
  ): Promise<FrozenNumbers | { readonly status: 'unknown'; readonly retryAfterMs: number }>;
  /** Lets calls through again as far as `token` kept them out; without it that happens by itself 10 s after the freeze. Never throws. */
  release(numberIds: readonly string[], token: string): Promise<void>;
}

/** A call its agent has not ended. */
export interface LiveCall {
  readonly callId: string;
  readonly numberIds: readonly string[];
  readonly leases: readonly LeaseScope[];
}

/** What dead agents leave behind; the worker closes it as `agent_lost` within 30 s (decision C11). */
export interface LiveCalls {
  /** At most `countMax` (500) calls the agent was admitted with and has not ended. */
  liveCallsOf(agentId: string, countMax?: number): Promise<readonly LiveCall[]>;
}
