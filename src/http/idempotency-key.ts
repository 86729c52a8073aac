import type { IncomingHttpHeaders } from 'node:http';
import type { RequestRefusal } from '../domain/request-refusal.ts';
import { err, ok, type Result } from '../kit/result.ts';

/** The header parameter of every POST, for the OpenAPI documents. */
export const IDEMPOTENCY_PARAMETER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Makes the request safe to repeat: the same key with the same request gets the first successful answer again, with ' +
    '`Idempotent-Replayed: true` and without secrets that are told once. 409 while the first one runs, 422 for another request.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
};

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Reads `Idempotency-Key` (decision B14). Two of them arrive joined by a comma and a space, which no key has. */
export function readIdempotencyKey(headers: IncomingHttpHeaders): Result<string | null, RequestRefusal> {
  const key = headers['idempotency-key'];
  if (key === undefined) return ok(null);
  return typeof key === 'string' && KEY.test(key) ? ok(key) : err({ kind: 'idempotency_key_invalid' });
}
