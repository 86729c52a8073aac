import { describe, expect, it } from 'vitest';
import type { HttpRefusal } from '../../../src/http/http-refusal.ts';
import { errorSchema, renderVobiz } from '../../../src/http/vobiz/refusals.ts';

const render = (refusal: HttpRefusal, operationId?: string) =>
  renderVobiz(refusal, { operation: operationId === undefined ? null : ({ operationId } as never), requestId: 'r' });

const text = expect.any(String);
const number = { kind: 'not_found', resource: 'number' } as const;

/** Decision B2, column Vobiz, row by row. */
const rows: readonly (readonly [string, HttpRefusal, string | undefined, number, unknown])[] = [
  ['no or bad credentials', { kind: 'unauthenticated', detail: 'x' }, undefined, 401, { error: { code: 401, message: 'Invalid token' } }],
  ['role or scope lacks it', { kind: 'forbidden', detail: 'No.' }, undefined, 403, { error: 'forbidden', message: 'No.' }],
  ['unknown or foreign number', number, 'getAccountNumber', 404, { error: 'not_found', message: 'number not found' }],
  ['the same, released', number, 'unrentNumber', 403, { error: 'forbidden', message: 'account does not own this number' }],
  [
    'the same, to a sub-account',
    number,
    'assignNumberToSubAccount',
    404,
    { error: 'not_found', message: 'number or sub-account not found' },
  ],
  ['not in stock', { kind: 'not_in_stock' }, undefined, 404, { error: 'not_found', message: 'number not found in inventory' }],
  [
    'balance',
    { kind: 'insufficient_balance', requiredMinor: 500, availableMinor: 5, currency: 'JPY' },
    undefined,
    402,
    { error: 'insufficient_balance', message: text, details: { required: 500, available: 5, currency: 'JPY' } },
  ],
  [
    'field invalid',
    { kind: 'invalid', fields: [{ in: 'body', path: ['a', 0], problem: 'invalid', message: 'Bad.' }] },
    undefined,
    400,
    { error: 'invalid request', message: 'a.0: Bad.' },
  ],
  ['bad JSON', { kind: 'malformed_body', detail: 'x' }, undefined, 400, { error: 'invalid request', message: 'x' }],
  ['media type', { kind: 'unsupported_media_type' }, undefined, 415, { error: 'unsupported_media_type', message: text }],
  ['too large', { kind: 'body_too_large', bytesMax: 1 }, undefined, 413, { error: 'payload_too_large', message: text }],
  [
    'cool-off',
    { kind: 'cool_off', untilMs: Date.UTC(2026, 5, 9, 10) - 1, remainingSeconds: 1_209_600 },
    undefined,
    409,
    { error: 'did_cool_off_in_effect', cool_off_until: '2026-06-09T10:00:00Z', cool_off_remaining_seconds: 1_209_600 },
  ],
  [
    'in use',
    { kind: 'in_use', detail: 'x', counts: { numbers: 1 } },
    undefined,
    409,
    { error: 'in_use', message: 'x', details: { numbers: 1 } },
  ],
  ['locked', { kind: 'locked', detail: 'x' }, undefined, 409, { error: 'locked', message: 'x' }],
  ['wrong state', { kind: 'wrong_state', detail: 'x' }, undefined, 400, { error: 'invalid request', message: 'x' }],
  [
    'a trunk is assigned already',
    { kind: 'wrong_state', detail: 'x' },
    'assignNumberToTrunkGroup',
    400,
    { error: 'invalid request', message: 'This number is already assigned to a trunk.' },
  ],
  [
    'no trunk to be taken off',
    { kind: 'wrong_state', detail: 'x' },
    'unassignNumberFromTrunkGroup',
    404,
    { error: 'Number not found', message: text },
  ],
  [
    'other currency',
    { kind: 'conflict', code: 'currency_mismatch', detail: 'x' },
    undefined,
    400,
    { error: 'invalid request', message: 'x' },
  ],
  ['conflict', { kind: 'conflict', code: 'changed_meanwhile', detail: 'x' }, undefined, 409, { error: 'changed_meanwhile', message: 'x' }],
  ['rate', { kind: 'rate_limited', retryAfterSeconds: 7 }, undefined, 429, { error: 'rate_limit_exceeded', message: text }],
  ['version', { kind: 'precondition_failed', currentVersion: 2 }, undefined, 412, { error: 'precondition_failed', message: text }],
  ['suspended', { kind: 'number_suspended', suspendedBy: ['platform'] }, undefined, 403, { error: 'forbidden', message: text }],
  ['key running', { kind: 'idempotency_conflict' }, undefined, 409, { error: 'idempotency_conflict', message: text }],
  ['key of another', { kind: 'idempotency_mismatch' }, undefined, 422, { error: 'idempotency_mismatch', message: text }],
  ['key malformed', { kind: 'idempotency_key_invalid' }, undefined, 400, { error: 'invalid request', message: text }],
  ['method', { kind: 'method_not_allowed', allow: 'GET' }, undefined, 405, { error: 'method_not_allowed', message: text }],
  ['URL', { kind: 'malformed_url' }, undefined, 400, { error: 'invalid request', message: text }],
  [
    'store away',
    { kind: 'unavailable', part: 'store', code: 'store_unavailable', retryAfterSeconds: 1 },
    undefined,
    503,
    { error: 'internal_server_error', message: text },
  ],
  [
    'last call unknown',
    { kind: 'unavailable', part: 'redis', code: 'last_call_unknown', retryAfterSeconds: 30 },
    undefined,
    503,
    { error: 'last_call_unknown', message: text },
  ],
  ['fault', { kind: 'fault' }, undefined, 500, { error: 'internal_server_error', message: text }],
];

describe('a refusal in Vobiz’s words', () => {
  it.each(rows)('%s', (_, refusal, operationId, status, body) => {
    const answer = render(refusal, operationId);
    expect([answer.status, answer.body]).toEqual([status, body]);
    expect(errorSchema.safeParse(answer.body).success).toBe(true);
    const wait = 'retryAfterSeconds' in refusal ? String(refusal.retryAfterSeconds) : undefined;
    expect(answer.headers?.['Retry-After']).toBe(wait);
  });
});
