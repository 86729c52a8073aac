import type { LeaseScope, Limits } from '../../domain/lease.ts';

/** A call that holds a channel of a scope. */
export interface LeaseHolder {
  readonly callId: string;
  readonly agentId: string;
  /** Product time in ms of its admission. */
  readonly since: number;
}

/** Some of a scope's holders; `next` says where to go on, null: these were the last. */
export interface LeaseHolderPage {
  readonly holders: readonly LeaseHolder[];
  readonly next: string | null;
}

/** The leases as Redis has them (decision C9). Everything throws while Redis is away. */
export interface LeaseBook {
  /** Channels that count at admission: those of these agents. */
  inUse(scope: LeaseScope, agentIds: readonly string[]): Promise<number>;
  /**
   * At most `countMax` holders behind `after` (null: from the start; what is no `next` of a page: undefined). Who holds throughout a walk
   * is on one page at least; who comes or goes meanwhile may be missed or told twice.
   */
  page(scope: LeaseScope, after: string | null, countMax: number): Promise<LeaseHolderPage | undefined>;
  holder(scope: LeaseScope, callId: string): Promise<LeaseHolder | null>;
  /** Takes a call's lease away, and with it its minutes from `at` (product time in ms) on; false when it held none. */
  free(scope: LeaseScope, callId: string, at: number): Promise<boolean>;
}

/** Minutes of calls out by scope and day (UTC of the product clock), as Redis counts them. Everything throws while Redis is away. */
export interface MinuteBook {
  /** Milliseconds used up in the day of `at`, calls in progress up to then. */
  used(scope: LeaseScope, at: number): Promise<number>;
  /** Of these scopes those whose count was not compared with Postgres in this day, or not for `everyMs`. */
  unchecked(scopes: readonly LeaseScope[], at: number, everyMs: number): Promise<readonly LeaseScope[]>;
  /** What Postgres counts of ended calls of that day: the count is no lower from now on, and is compared. */
  check(scope: LeaseScope, at: number, endedMs: number): Promise<void>;
}

/** Minutes of calls out as Postgres has them. */
export interface MinuteReader {
  /** Ids of what has a limit of minutes, in key order behind `after`. */
  limited(kind: LeaseScope['kind'], after: string | null, countMax: number): Promise<readonly string[]>;
  /** Milliseconds that ended calls out of the scope talked in the day of `at`. */
  ended(scope: LeaseScope, at: number): Promise<number>;
}

/** What Postgres says of a scope. */
export interface ScopeLimits {
  readonly limits: Limits;
  /** Whose it is; null: the platform's, or nobody's. */
  readonly accountId: string | null;
}

/** Limits by scope. */
export interface LimitReader {
  /** null: there is no such number, account, trunk group or gateway. */
  of(scope: LeaseScope): Promise<ScopeLimits | null>;
}
