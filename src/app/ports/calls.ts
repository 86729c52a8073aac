import type { CallEvent, CallOrigin } from '../../domain/call-event.ts';
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
}

/** The record of one call, folded from its events. */
export interface CallRecord {
  readonly callId: string;
  readonly direction: string;
  readonly mode: Mode;
  readonly caller: string;
  readonly called: string;
  readonly numberId: string | null;
  readonly accountId: string | null;
  readonly subAccountId: string | null;
  readonly origin: CallOrigin;
  readonly agentId: string;
  readonly startedAt: number;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
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

export interface CallFilter {
  /** Any leg's SIP Call-ID. */
  readonly sipCallId?: string;
  /** Called or calling own number, E.164. */
  readonly number?: string;
  readonly accountId?: string;
  /** Started at or after, ms. */
  readonly since?: number;
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
