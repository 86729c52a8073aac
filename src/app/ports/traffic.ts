import type { TrafficPolicy, TrafficRow } from '../../domain/traffic-guard.ts';

/** Calls out of the last hour of one account. */
export interface AccountTraffic {
  readonly accountId: string;
  readonly rows: readonly TrafficRow[];
}

/** Calls out as Postgres has them, for the guard. */
export interface TrafficReader {
  /** Live calls that began in [from, to) and were not refused by us, by account; what goes on talks until `to`. */
  between(from: number, to: number): Promise<readonly AccountTraffic[]>;
  /** The same of one account from counted hours, and how many hours were counted in that time. */
  counted(accountId: string, from: number, to: number): Promise<{ readonly rows: readonly TrafficRow[]; readonly hours: number }>;
  /** Counts the newest whole hour in [from, to) that was not counted yet; false: there is none. */
  countHour(from: number, to: number): Promise<boolean>;
  /** Forgets hours before that. */
  forget(before: number): Promise<void>;
}

/** A policy as it is kept. */
export interface StoredTrafficPolicy {
  readonly accountId: string;
  readonly policy: TrafficPolicy;
  readonly version: number;
  readonly updatedAt: number;
}

export interface TrafficPolicyStore {
  get(accountId: string): Promise<StoredTrafficPolicy | null>;
  /** Those of all accounts that have one of their own. */
  all(): Promise<ReadonlyMap<string, TrafficPolicy>>;
  save(policy: StoredTrafficPolicy): Promise<void>;
}

export interface TrafficMetrics {
  /** The guard found something far from usual. */
  trafficAlert(kind: string): void;
}
