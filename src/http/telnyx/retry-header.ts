import type { IncomingHttpHeaders } from 'node:http';

/** True when the vendor's client says that it has sent this request before and got no answer (decision B14). */
export const isRetry = (headers: IncomingHttpHeaders): boolean => /^[1-9]\d{0,3}$/.test(String(headers['x-stainless-retry-count'] ?? ''));

/** Says that the answer tells of what an earlier request did. */
export const replayedHeader = (replayed: boolean): Readonly<Record<string, string>> => (replayed ? { 'Idempotent-Replayed': 'true' } : {});
