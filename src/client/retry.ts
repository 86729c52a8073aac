import { ApiError, NoAnswerError } from './api-error.ts';

const FIRST_PAUSE_MS = 200;
const PAUSE_MS_MAX = 5000;
/** A server that asks for more than this is not waited for. */
const ASKED_MS_MAX = 60_000;

interface Failure {
  readonly error: ApiError | NoAnswerError;
  /** What the server says of it in `x-should-retry`; null when it does not. */
  readonly shouldRetry: boolean | null;
}

/**
 * Whether sending the same again can help and cannot harm. A POST has its Idempotency-Key; a PATCH or DELETE with
 * If-Match whose answer was lost would be refused for its own first success.
 */
export function isWorthRetrying(method: string, conditional: boolean, { error, shouldRetry }: Failure): boolean {
  if (shouldRetry !== null) return shouldRetry;
  const harmless = !conditional || method === 'GET' || method === 'POST';
  if (error instanceof NoAnswerError) return harmless;
  if (error.status === 429 || error.status === 503) return true;
  // 409 with Retry-After: the first attempt is still being answered.
  if (error.status === 409) return error.retryAfterMs !== null;
  return error.status >= 500 && harmless;
}

/** How long to wait after attempt `attempt` (1, 2, …), in milliseconds; null when the server asks for too long. */
export function pauseMs(attempt: number, error: ApiError | NoAnswerError, random: () => number): number | null {
  const asked = error instanceof ApiError ? error.retryAfterMs : null;
  if (asked !== null && asked > ASKED_MS_MAX) return null;
  // Full jitter: clients that failed together do not come back together.
  const jittered = random() * Math.min(PAUSE_MS_MAX, FIRST_PAUSE_MS * 2 ** (attempt - 1));
  return Math.max(asked ?? 0, Math.round(jittered));
}

/** `Retry-After` in milliseconds, from seconds or a date (RFC 9110 §10.2.3); null when absent or unreadable. */
export function retryAfterMsOf(headers: Headers, nowMs: number): number | null {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = text === '' ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
