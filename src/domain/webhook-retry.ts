import type { DisabledReason, Webhook } from './webhook.ts';

/** What receivers may ask us to wait at most, ms: longer, and a mistake of theirs would hold events for ever. */
const ASKED_MS_MAX = 86_400_000;

/** The settings by which deliveries are tried again and webhooks are given up. */
export interface RetryRules {
  /** The longest wait after the first, second … try that failed, ms; after the last one the delivery has failed. */
  readonly waitsMs: readonly number[];
  /** How long nothing may arrive before a webhook is turned off, ms. */
  readonly disableAfterMs: number;
}

/** How a try came out: `status` is null where nobody answered. */
export interface TryResult {
  readonly status: number | null;
  /** `Retry-After` of the answer, ms. */
  readonly askedMs: number | null;
}

/** True for the answers that say that an event has arrived. */
export const hasArrived = ({ status }: TryResult): boolean => status !== null && status >= 200 && status < 300;

/**
 * The wait after the `tries`-th try that failed, ms; null when there is no other. Full jitter (`random` in [0, 1) spreads it over the
 * whole wait), so that a receiver that comes back is not met by everything at once; what the receiver asks for is the least.
 */
export function retryWaitMs({ waitsMs }: RetryRules, tries: number, result: TryResult, random: number): number | null {
  const longest = waitsMs[tries - 1];
  if (longest === undefined || result.status === 410) return null;
  return Math.max(Math.round(random * longest), Math.min(result.askedMs ?? 0, ASKED_MS_MAX));
}

/** Whether a try that failed turns its webhook off; `failingSince` is the time of the first one after the last that arrived. */
export function disabledBy(rules: RetryRules, result: TryResult, failingSince: number, nowMs: number): DisabledReason | null {
  // Standard Webhooks, "Operational considerations": 410 says that the endpoint is gone.
  if (result.status === 410) return 'gone';
  return nowMs - failingSince >= rules.disableAfterMs ? 'failures' : null;
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3) as ms from now; null when it is neither. */
export function retryAfterMs(text: string | null, nowMs: number): number | null {
  if (text === null || text.length > 40) return null;
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/** The secrets that sign now, newest first. */
export function signingSecrets({ secretSealed, previousSecret }: Webhook, nowMs: number): readonly string[] {
  if (secretSealed === null) return [];
  return previousSecret !== null && nowMs < previousSecret.until ? [secretSealed, previousSecret.sealed] : [secretSealed];
}
