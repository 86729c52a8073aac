import type { CallEvent, CallOrigin, PlaneMode } from '../../domain/call-event.ts';
import type { CalleeSide } from '../../domain/callee-side.ts';
import type { Mode, RecordVersion } from '../../domain/records.ts';
import type { PageRequest } from './store.ts';

/** One INVITE to one candidate, as recorded. */
export interface CallAttempt {
  readonly n: number;
  readonly trunkGroupId: string | null;
  readonly gatewayId: string | null;
  readonly uri: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly sipStatus: number | null;
  readonly outcome: string | null;
  readonly sipCallId: string | null;
}

/** The record of one call, folded from its events. */
export interface CallRecord {
  readonly callId: string;
  readonly direction: string;
  readonly mode: Mode;
  /** How the routing plane stood when it was decided; null in records of older agents (decision C10). */
  readonly planeMode: PlaneMode | null;
  readonly caller: string;
  readonly called: string;
  readonly numberId: string | null;
  readonly accountId: string | null;
  readonly subAccountId: string | null;
  /** The called side of a call between two accounts; null: there is none. */
  readonly callee: CalleeSide | null;
  /** The caller as those called know it, where that is not `caller`; null: it is. */
  readonly shownCaller: string | null;
  /** null while only later events of the call have come. */
  readonly origin: CallOrigin | null;
  readonly agentId: string;
  readonly startedAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  /** From the INVITE to what the caller heard first, ms; null when nothing was heard. */
  readonly postDialDelayMs: number | null;
  /** From answer to end, ms; 0 for a call that was not answered, null while it goes on. */
  readonly durationMs: number | null;
  readonly outcome: string | null;
  readonly sipStatus: number | null;
  readonly refusalCode: string | null;
  readonly endedBy: string | null;
  readonly versions: readonly RecordVersion[];
  /** JSON for explain; null once its retention is over (decision C12). */
  readonly decisionInput: string | null;
  readonly sipCallIds: readonly string[];
  readonly attempts: readonly CallAttempt[];
}

/** Which calls; members are joined by "and". */
export interface CallFilter {
  /** Any leg's SIP Call-ID. */
  readonly sipCallId?: string;
  /** Called or calling number, E.164. */
  readonly number?: string;
  readonly numberId?: string;
  /** Calling or called, as the next one. */
  readonly accountId?: string;
  readonly subAccountId?: string;
  /** True: callers are looked for as they were shown to that account; one that was withheld from it is not found. */
  readonly asShown?: true;
  readonly direction?: string;
  readonly mode?: Mode;
  readonly planeMode?: PlaneMode;
  readonly outcome?: string;
  readonly sipStatus?: number;
  readonly refusalCode?: string;
  /** Of any attempt. */
  readonly trunkGroupId?: string;
  readonly gatewayId?: string;
  /** True: goes on; false: is over. */
  readonly live?: boolean;
  /** Talked at least so long, ms. */
  readonly durationMinMs?: number;
  /** Started at or after, ms. */
  readonly since?: number;
  /** Started before, ms. */
  readonly until?: number;
}

/** Reading calls; newest first, pages go back in time. */
export interface CallReader {
  get(callId: string): Promise<CallRecord | null>;
  list(filter: CallFilter, page: PageRequest): Promise<readonly CallRecord[]>;
  /** The records each of these calls was decided by; a call that is not there yet is absent. */
  decided(callIds: readonly string[]): Promise<ReadonlyMap<string, readonly RecordVersion[]>>;
}

/** Writing calls from the log. */
export interface CallFolder {
  /** Folds a batch into call records and last calls, in one transaction, each event once however often it comes (decision C5). */
  fold(events: readonly CallEvent[]): Promise<void>;
  /** Open calls of agents that are not among `aliveAgentIds`, started before `startedBefore`. */
  openCallsOfOthers(
    aliveAgentIds: readonly string[],
    startedBefore: number,
  ): Promise<
    readonly { readonly callId: string; readonly agentId: string; readonly lastSeq: number; readonly numberIds: readonly string[] }[]
  >;
}

/** What is kept of the call log. */
export interface CallKeeper {
  /** Makes room for `count` days from the day of `fromMs` on; what is there already stays. */
  makeDays(fromMs: number, count: number): Promise<void>;
  /**
   * Drops whole days (UTC) that ended at or before these times; events of such calls are put aside from then on. Returns what was
   * dropped. Throws when a reader holds a day for too long: the next call goes on from there.
   */
  dropBefore(before: { readonly callsMs: number; readonly decisionsMs: number }): Promise<readonly string[]>;
}
