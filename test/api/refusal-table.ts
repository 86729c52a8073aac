import type { HttpRefusal } from '../../src/http/http-refusal.ts';

export type Kind = HttpRefusal['kind'];
type Row = readonly [kros: string, vobiz: string, telnyx: string, admin: string];

export const detail = 'Says what to do.';
/** A refusal of each kind: a kind that is not here does not compile (decision B2). */
export const SAMPLES: { readonly [K in Kind]: Extract<HttpRefusal, { readonly kind: K }> } = {
  unauthenticated: { kind: 'unauthenticated', detail },
  forbidden: { kind: 'forbidden', detail },
  not_found: { kind: 'not_found', resource: 'number' },
  not_in_stock: { kind: 'not_in_stock' },
  insufficient_balance: { kind: 'insufficient_balance', requiredMinor: 300, availableMinor: 100, currency: 'USD' },
  invalid: { kind: 'invalid', fields: [{ in: 'body', path: ['a', 0, 'b/c'], problem: 'invalid', message: detail }] },
  malformed_body: { kind: 'malformed_body', detail },
  unsupported_media_type: { kind: 'unsupported_media_type' },
  body_too_large: { kind: 'body_too_large', bytesMax: 9 },
  cool_off: { kind: 'cool_off', untilMs: Date.UTC(2026, 0, 15), remainingSeconds: 3 },
  in_use: { kind: 'in_use', detail, counts: { numbers: 2 } },
  locked: { kind: 'locked', detail },
  wrong_state: { kind: 'wrong_state', detail },
  conflict: { kind: 'conflict', code: 'name_taken', detail },
  expectation_failed: { kind: 'expectation_failed', count: 1, failures: [] },
  expired: { kind: 'expired', code: 'call_expired', detail },
  number_suspended: { kind: 'number_suspended', suspendedBy: ['platform'] },
  endpoint_type_not_supported: { kind: 'endpoint_type_not_supported', type: 'agent' },
  precondition_failed: { kind: 'precondition_failed', currentVersion: 7 },
  idempotency_conflict: { kind: 'idempotency_conflict' },
  idempotency_mismatch: { kind: 'idempotency_mismatch' },
  idempotency_key_invalid: { kind: 'idempotency_key_invalid' },
  rate_limited: { kind: 'rate_limited', retryAfterSeconds: 5 },
  unavailable: { kind: 'unavailable', part: 'store', code: 'store_unavailable', retryAfterSeconds: 1 },
  method_not_allowed: { kind: 'method_not_allowed', allow: 'GET' },
  malformed_url: { kind: 'malformed_url' },
  fault: { kind: 'fault' },
};

/** The whole table: status and code of each kind in each face. */
export const TABLE: Readonly<Record<Kind, Row>> = {
  unauthenticated: ['401 UNAUTHORIZED', '401 401', '401 10009', '401 unauthorized'],
  forbidden: ['403 FORBIDDEN', '403 forbidden', '403 10006', '403 forbidden'],
  not_found: ['404 NOT_FOUND', '404 not_found', '404 10005', '404 not_found'],
  not_in_stock: ['404 NUMBER_NOT_AVAILABLE', '404 not_found', '422 85001', '409 not_in_stock'],
  insufficient_balance: ['402 INSUFFICIENT_BALANCE', '402 insufficient_balance', '422 20100', '409 insufficient_balance'],
  invalid: ['400 VALIDATION_ERROR', '400 invalid request', '422 10015', '422 invalid'],
  malformed_body: ['400 INVALID_JSON', '400 invalid request', '400 10023', '400 malformed_body'],
  unsupported_media_type: ['415 UNSUPPORTED_MEDIA_TYPE', '415 unsupported_media_type', '400 10029', '415 unsupported_media_type'],
  body_too_large: ['413 PAYLOAD_TOO_LARGE', '413 payload_too_large', '413 10015', '413 body_too_large'],
  cool_off: ['409 DID_COOL_OFF_IN_EFFECT', '409 did_cool_off_in_effect', '422 10027', '409 did_cool_off_in_effect'],
  in_use: ['409 IN_USE', '409 in_use', '422 10021', '409 in_use'],
  locked: ['409 LOCKED', '409 locked', '422 10035', '409 locked'],
  wrong_state: ['409 WRONG_STATE', '400 invalid request', '422 10027', '409 wrong_state'],
  conflict: ['409 NAME_TAKEN', '409 name_taken', '422 10027', '409 name_taken'],
  expectation_failed: ['409 EXPECTATION_FAILED', '409 expectation_failed', '422 10027', '409 expectation_failed'],
  expired: ['410 CALL_EXPIRED', '410 call_expired', '410 10005', '410 call_expired'],
  number_suspended: ['403 NUMBER_SUSPENDED', '403 forbidden', '422 10027', '409 number_suspended'],
  endpoint_type_not_supported: ['400 ENDPOINT_TYPE_NOT_SUPPORTED', '400 invalid request', '422 10027', '422 endpoint_type_not_supported'],
  precondition_failed: ['412 PRECONDITION_FAILED', '412 precondition_failed', '412 10015', '412 version_changed'],
  idempotency_conflict: ['409 IDEMPOTENCY_CONFLICT', '409 idempotency_conflict', '409 10015', '409 idempotency_conflict'],
  idempotency_mismatch: ['422 IDEMPOTENCY_KEY_REUSED', '422 idempotency_mismatch', '422 10015', '422 idempotency_key_reused'],
  idempotency_key_invalid: ['400 VALIDATION_ERROR', '400 invalid request', '400 10015', '400 invalid'],
  rate_limited: ['429 RATE_LIMIT_EXCEEDED', '429 rate_limit_exceeded', '429 10011', '429 rate_limited'],
  unavailable: ['503 INTERNAL', '503 internal_server_error', '503 10037', '503 store_unavailable'],
  method_not_allowed: ['405 METHOD_NOT_ALLOWED', '405 method_not_allowed', '405 10030', '405 method_not_allowed'],
  malformed_url: ['400 VALIDATION_ERROR', '400 invalid request', '400 10015', '400 malformed_url'],
  fault: ['500 INTERNAL', '500 internal_server_error', '500 10007', '500 internal'],
};
