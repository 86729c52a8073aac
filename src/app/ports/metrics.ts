import type { Damage } from './route-audit.ts';

/** What parts report of their work; implemented over the Prometheus registry. Never a number, account or Call-ID as a label. */

export interface HttpMetrics {
  /** One answered request; `route` is the operation's path template, `seconds` from first byte to answer. */
  observe(request: {
    readonly face: string;
    readonly route: string;
    readonly method: string;
    readonly status: number;
    readonly seconds: number;
    /** The kind of refusal that was the answer; null for anything else. */
    readonly refusal: string | null;
  }): void;
  /** A connection was closed unread: there were too many. */
  dropped(): void;
}

export type CallDirection = 'inbound' | 'outbound' | 'internal' | 'unknown';

export interface CallMetrics {
  /** A call came to its end (or was refused); `reason` is a refusal code, or `none`. */
  ended(call: { readonly direction: CallDirection; readonly outcome: string; readonly reason: string }): void;
  /** INVITE received to final answer sent, seconds. */
  setup(direction: CallDirection, seconds: number): void;
  /** INVITE received to the first 18x or answer passed on, seconds. */
  postDialDelay(direction: CallDirection, seconds: number): void;
  /** Calls between admission and end in this agent. */
  active(direction: CallDirection, change: 1 | -1): void;
  attempt(attempt: { readonly trunkGroup: string; readonly gateway: string; readonly code: string }): void;
  /** Duration of one admission, Redis trip included, seconds. */
  admission(seconds: number, result: string): void;
  /** A call, or an attempt of one, that went on although nobody could say whether a limit was reached (decision C10). */
  limitsOpen(what: 'call' | 'attempt'): void;
  /** A call was let in whose caller wants media where its target cannot send them (decision C20). */
  mediaUnreachable(direction: CallDirection): void;
  /** Leases of calls that this agent no longer had, freed by its report (decision C9). */
  leasesLeaked(count: number): void;
  /** An endpoint's webhook was asked: `answered`, `cached` (an older answer), or why there was none. Seconds until then. */
  endpointWebhook(outcome: string, seconds: number): void;
  /** A new INVITE of somebody unknown that was dropped, challenged or refused. */
  stranger(answer: string): void;
}

export interface PropagationMetrics {
  /** Commit to Redis, seconds. */
  propagated(seconds: number): void;
}

export interface PlaneMetrics extends PropagationMetrics {
  /** Changes that are not in Redis yet, and the age of the oldest, 0 without any. */
  pending(count: number, oldestSeconds: number): void;
  backlog(count: number): void;
  /** Records that differed from Postgres, by how. */
  repaired(damage: Damage, count: number): void;
}
