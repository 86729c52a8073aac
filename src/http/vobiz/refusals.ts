import { z } from 'zod';
import type { InvalidField, Resource } from '../../domain/request-refusal.ts';
import { EXPECTATION_CONFLICT } from '../expectation-conflict.ts';
import type { HttpRefusal, RefusalContext } from '../http-refusal.ts';
import type { Answer } from '../operation.ts';
import { amountOf } from './present.ts';

/** Vobiz's errors: `{error, message}` nearly everywhere; the cool-off and wrong credentials have their own forms (seed-apis B.5). */
export const errorSchema = z.union([
  z.object({ error: z.string(), message: z.string(), details: z.unknown().optional() }),
  z.object({ error: z.literal('did_cool_off_in_effect'), cool_off_until: z.string(), cool_off_remaining_seconds: z.int() }),
  z.object({ error: z.object({ code: z.int(), message: z.string() }) }),
  z.object({ error: z.string(), code: z.int().optional() }),
]);

const answer = (status: number, error: string, message: string, more: object = {}, headers?: Record<string, string>): Answer => ({
  status,
  body: { error, message, ...more },
  ...(headers === undefined ? {} : { headers }),
});

const badRequest = (message: string): Answer => answer(400, 'invalid request', message);

/** Says no as Vobiz does (decision B2). */
export function renderVobiz(refusal: HttpRefusal, { operation }: RefusalContext): Answer {
  const operationId = operation?.operationId ?? '';
  switch (refusal.kind) {
    case 'unauthenticated':
      return {
        status: 401,
        body: { error: { code: 401, message: 'Invalid token' } },
        headers: { 'WWW-Authenticate': 'Basic realm="vobiz"' },
      };
    case 'forbidden':
      return answer(403, 'forbidden', refusal.detail);
    case 'not_found':
      return notFound(refusal.resource, operationId);
    case 'not_in_stock':
      return answer(404, 'not_found', 'number not found in inventory');
    case 'insufficient_balance':
      return insufficientBalance(refusal);
    case 'invalid':
      return badRequest(invalidText(refusal.fields));
    case 'number_suspended':
      return answer(403, 'forbidden', 'The number is suspended by somebody else than you.');
    case 'rate_limited':
      return answer(429, 'rate_limit_exceeded', 'Too many requests.', {}, { 'Retry-After': String(refusal.retryAfterSeconds) });
    case 'wrong_state':
      return wrongState(refusal.detail, operationId);
    default:
      return renderConflict(refusal) ?? renderHttp(refusal);
  }
}

function renderConflict(refusal: HttpRefusal): Answer | null {
  switch (refusal.kind) {
    case 'cool_off':
      return { status: 409, body: coolOffBody(refusal) };
    case 'in_use':
      return answer(409, 'in_use', refusal.detail, { details: refusal.counts });
    case 'locked':
      return answer(409, 'locked', refusal.detail);
    case 'expectation_failed':
      return renderConflict(EXPECTATION_CONFLICT);
    case 'conflict':
      if (refusal.code === 'username_taken') return { status: 409, body: { error: 'Username already exists', code: 409 } };
      // No exchange between currencies: the purchase itself is wrong, not its moment (decision B13).
      return refusal.code === 'currency_mismatch' ? badRequest(refusal.detail) : answer(409, refusal.code, refusal.detail);
    case 'precondition_failed':
      return answer(412, 'precondition_failed', 'The resource has changed since the version in If-Match.');
    case 'idempotency_conflict':
      return answer(409, 'idempotency_conflict', 'The first request with this Idempotency-Key is still running.');
    case 'idempotency_mismatch':
      return answer(422, 'idempotency_mismatch', 'This Idempotency-Key was used for another request.');
    case 'idempotency_key_invalid':
      return badRequest('Idempotency-Key must be 1 to 255 visible ASCII characters.');
    case 'expired':
      return answer(410, refusal.code, refusal.detail);
    default:
      return null;
  }
}

function renderHttp(refusal: HttpRefusal): Answer {
  switch (refusal.kind) {
    case 'malformed_body':
      return badRequest(refusal.detail);
    case 'malformed_url':
      return badRequest('The URL is not valid. Encode the + of a number as %2B.');
    case 'endpoint_type_not_supported':
      return badRequest('Applications of this type cannot be called.');
    case 'unsupported_media_type':
      return answer(415, 'unsupported_media_type', 'Send the body as application/json in UTF-8, not compressed.');
    case 'body_too_large':
      return answer(413, 'payload_too_large', `The body may have at most ${refusal.bytesMax} bytes.`);
    case 'method_not_allowed':
      return answer(405, 'method_not_allowed', 'This method is not allowed here.');
    case 'unavailable':
      return unavailable(refusal.code, refusal.retryAfterSeconds);
    default:
      return answer(500, 'internal_server_error', 'An internal error occurred.');
  }
}

/** Exactly three keys; the time in whole seconds, rounded up (decision B1). */
const coolOffBody = ({ untilMs, remainingSeconds }: { readonly untilMs: number; readonly remainingSeconds: number }) => ({
  error: 'did_cool_off_in_effect',
  cool_off_until: new Date(Math.ceil(untilMs / 1000) * 1000).toISOString().replace('.000Z', 'Z'),
  cool_off_remaining_seconds: remainingSeconds,
});

/** 402, not the documented 500: the vendor's SDK repeats every 5xx (decision B1). */
function insufficientBalance({ requiredMinor, availableMinor, currency }: HttpRefusal & { readonly kind: 'insufficient_balance' }): Answer {
  const details = { required: amountOf(requiredMinor, currency), available: amountOf(availableMinor, currency), currency };
  return answer(402, 'insufficient_balance', 'The balance does not cover the setup and monthly fee of this number.', { details });
}

const NUMBER_NOT_FOUND: Readonly<Record<string, readonly [number, string, string]>> = {
  // The same for a number of somebody else and for none at all (decision B2).
  unrentNumber: [403, 'forbidden', 'account does not own this number'],
  cancelNumberRelease: [403, 'forbidden', 'account does not own this number'],
  assignNumberToTrunkGroup: [
    404,
    'Number not found',
    'The phone number could not be found. Ensure it is in your inventory and URL-encoded correctly.',
  ],
  unassignNumberFromTrunkGroup: [404, 'Number not found', 'The phone number could not be found or is not assigned to any trunk.'],
  assignNumberToSubAccount: [404, 'not_found', 'number or sub-account not found'],
  unassignNumberFromSubAccount: [404, 'not_found', 'number or sub-account not found'],
};

const WORDS: Partial<Record<Resource, string>> = {
  number: 'number not found',
  account: 'account not found',
  endpoint: 'application not found',
  trunk_group: 'trunk group not found',
  trunk_address: 'IP ACL not found',
  trunk_uri: 'origination URI not found',
  sip_user: 'credential not found',
};

function notFound(resource: Resource, operationId: string): Answer {
  const known = resource === 'number' ? NUMBER_NOT_FOUND[operationId] : undefined;
  return known === undefined ? answer(404, 'not_found', WORDS[resource] ?? 'not found') : answer(...known);
}

/** A number without a trunk is to be taken off one: the vendor answers as for an unknown number. */
function wrongState(detail: string, operationId: string): Answer {
  if (operationId === 'unassignNumberFromTrunkGroup') return notFound('number', operationId);
  if (operationId === 'cancelNumberRelease') return { status: 400, body: { error: detail } };
  return badRequest(operationId === 'assignNumberToTrunkGroup' ? 'This number is already assigned to a trunk.' : detail);
}

const invalidText = (fields: readonly InvalidField[]): string =>
  fields.map(({ path, in: where, message }) => `${path.join('.') || where}: ${message}`).join(' ');

function unavailable(code: string, retryAfterSeconds: number): Answer {
  const headers = { 'Retry-After': String(retryAfterSeconds) };
  if (code !== 'last_call_unknown')
    return answer(503, 'internal_server_error', 'The service is temporarily unavailable. Try again.', {}, headers);
  return answer(503, code, 'The last calls of the number are not known right now, so it cannot change hands. Try again.', {}, headers);
}
