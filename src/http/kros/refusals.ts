import { z } from 'zod';
import type { InvalidField, Resource } from '../../domain/request-refusal.ts';
import { EXPECTATION_CONFLICT } from '../expectation-conflict.ts';
import type { HttpRefusal, RefusalContext } from '../http-refusal.ts';
import type { Answer } from '../operation.ts';

/** Kros's error: `{error, code, details?}`. */
export const errorSchema = z.object({
  error: z.string(),
  code: z.string(),
  details: z.unknown().optional(),
});

const answer = (status: number, code: string, error: string, details?: unknown, headers?: Record<string, string>): Answer => ({
  status,
  body: { error, code, ...(details === undefined ? {} : { details }) },
  ...(headers === undefined ? {} : { headers }),
});

/** Says no as Kros does (decision B2). */
export function renderKros(refusal: HttpRefusal, { operation }: RefusalContext): Answer {
  switch (refusal.kind) {
    case 'unauthenticated':
      return answer(401, 'UNAUTHORIZED', refusal.detail);
    case 'forbidden':
      return answer(403, 'FORBIDDEN', refusal.detail);
    case 'not_found':
      return notFound(refusal.resource, operation?.resource);
    case 'not_in_stock':
      return answer(404, 'NUMBER_NOT_AVAILABLE', 'This number is not available for purchase.');
    case 'insufficient_balance':
      return answer(402, 'INSUFFICIENT_BALANCE', 'The balance does not cover the price of this number.', {
        required_cents: refusal.requiredMinor,
        available_cents: refusal.availableMinor,
        currency: refusal.currency,
      });
    case 'invalid':
      return invalid(refusal.fields);
    case 'number_suspended':
      return answer(403, 'NUMBER_SUSPENDED', 'The number is suspended by somebody else than you.', { suspended_by: refusal.suspendedBy });
    case 'endpoint_type_not_supported':
      return answer(400, 'ENDPOINT_TYPE_NOT_SUPPORTED', 'Endpoints of this type need provider_config.sip_uri.', [
        { field: 'type', message: `Nothing rings an endpoint of type ${refusal.type} without a SIP URI.` },
      ]);
    case 'rate_limited':
      return tooMany(refusal.retryAfterSeconds);
    default:
      return renderConflict(refusal) ?? renderHttp(refusal);
  }
}

function renderConflict(refusal: HttpRefusal): Answer | null {
  switch (refusal.kind) {
    case 'cool_off':
      return answer(409, 'DID_COOL_OFF_IN_EFFECT', 'The number is cooling off after its last call.', {
        cool_off_until: new Date(Math.ceil(refusal.untilMs / 1000) * 1000).toISOString().replace('.000Z', 'Z'),
        cool_off_remaining_seconds: refusal.remainingSeconds,
      });
    case 'in_use':
      return answer(409, 'IN_USE', refusal.detail, refusal.counts);
    case 'locked':
      return answer(409, 'LOCKED', refusal.detail);
    case 'wrong_state':
      return answer(409, 'WRONG_STATE', refusal.detail);
    case 'expectation_failed':
      return renderConflict(EXPECTATION_CONFLICT);
    case 'conflict':
      // No exchange between currencies: the purchase itself is wrong, not its moment (decision B13).
      return answer(refusal.code === 'currency_mismatch' ? 400 : 409, refusal.code.toUpperCase(), refusal.detail);
    case 'idempotency_conflict':
      return answer(409, 'IDEMPOTENCY_CONFLICT', 'The first request with this Idempotency-Key is still running. Try again.');
    case 'idempotency_mismatch':
      return answer(422, 'IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used for another request.');
    case 'expired':
      return answer(410, refusal.code.toUpperCase(), refusal.detail);
    case 'precondition_failed':
      return answer(412, 'PRECONDITION_FAILED', 'The resource has changed since the version in If-Match.', {
        current_version: refusal.currentVersion,
      });
    default:
      return null;
  }
}

function renderHttp(refusal: HttpRefusal): Answer {
  switch (refusal.kind) {
    case 'idempotency_key_invalid':
      return answer(400, 'VALIDATION_ERROR', 'The request is not valid.', [
        { field: 'Idempotency-Key', message: 'Must be 1 to 255 printable ASCII characters without spaces.' },
      ]);
    case 'malformed_body':
      return answer(400, 'INVALID_JSON', refusal.detail);
    case 'malformed_url':
      return answer(400, 'VALIDATION_ERROR', 'The URL is not valid.');
    case 'unsupported_media_type':
      return answer(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send the body as application/json in UTF-8, not compressed.');
    case 'body_too_large':
      return answer(413, 'PAYLOAD_TOO_LARGE', `The body may have at most ${refusal.bytesMax} bytes.`);
    case 'method_not_allowed':
      return answer(405, 'METHOD_NOT_ALLOWED', 'This method is not allowed here.', { allow: refusal.allow });
    case 'unavailable':
      return answer(503, 'INTERNAL', 'The service is temporarily unavailable. Try again.', undefined, {
        'Retry-After': String(refusal.retryAfterSeconds),
      });
    default:
      return answer(500, 'INTERNAL', 'An internal error occurred.');
  }
}

const WORDS: Partial<Record<Resource, string>> = {
  number: 'Phone number',
  endpoint: 'Endpoint',
  account: 'Organization',
  webhook: 'Webhook',
};

/** What the path names is NOT_FOUND; what the body names says which it is. */
function notFound(resource: Resource, inPath: Resource | undefined): Answer {
  const word = WORDS[resource] ?? 'Resource';
  const code = resource === inPath ? 'NOT_FOUND' : `${word.toUpperCase().replaceAll(' ', '_')}_NOT_FOUND`;
  return answer(404, code, `${word} not found.`);
}

function invalid(fields: readonly InvalidField[]): Answer {
  const missing = fields.every(({ problem }) => problem === 'missing');
  const error = missing ? 'Required fields are missing.' : 'The request is not valid.';
  const details = fields.map((each) => ({ field: each.path.join('.') || each.in, message: each.message }));
  return answer(400, missing ? 'MISSING_FIELDS' : 'VALIDATION_ERROR', error, details);
}

/** As Kros's guide shows it, `retry_after` included. */
const tooMany = (seconds: number): Answer => ({
  status: 429,
  body: { error: 'Rate limit exceeded', code: 'RATE_LIMIT_EXCEEDED', retry_after: seconds },
  headers: { 'Retry-After': String(seconds) },
});
