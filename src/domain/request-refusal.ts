import type { Explanation } from './explain.ts';

/**
 * Every expected "no" to a request, as a value. Each HTTP face renders the same refusal in its own dialect (decision B2); none of
 * them carries text of a fault. `detail` is one public sentence that says what to do.
 */
export type RequestRefusal =
  | { readonly kind: 'unauthenticated'; readonly detail: string }
  | { readonly kind: 'forbidden'; readonly detail: string }
  /** Unknown and foreign are the same answer, byte for byte (invariant 11). */
  | { readonly kind: 'not_found'; readonly resource: Resource; readonly detail?: string }
  | { readonly kind: 'not_in_stock' }
  | { readonly kind: 'insufficient_balance'; readonly requiredMinor: number; readonly availableMinor: number; readonly currency: string }
  | { readonly kind: 'invalid'; readonly fields: readonly InvalidField[] }
  | { readonly kind: 'malformed_body'; readonly detail: string }
  | { readonly kind: 'unsupported_media_type' }
  | { readonly kind: 'body_too_large'; readonly bytesMax: number }
  | { readonly kind: 'cool_off'; readonly untilMs: number; readonly remainingSeconds: number }
  | { readonly kind: 'in_use'; readonly detail: string; readonly counts: Readonly<Record<string, number>> }
  | { readonly kind: 'locked'; readonly detail: string }
  | { readonly kind: 'wrong_state'; readonly detail: string }
  | { readonly kind: 'conflict'; readonly code: string; readonly detail: string }
  /** Calls would no longer be decided as somebody expects; `failures` holds the first of them. Details are the platform's to see. */
  | { readonly kind: 'expectation_failed'; readonly count: number; readonly failures: readonly FailedExpectation[] }
  /** It was there and is gone for good: 410. */
  | { readonly kind: 'expired'; readonly code: string; readonly detail: string }
  | { readonly kind: 'number_suspended'; readonly suspendedBy: readonly string[] }
  | { readonly kind: 'endpoint_type_not_supported'; readonly type: string }
  | { readonly kind: 'precondition_failed'; readonly currentVersion: number }
  /** The first request with this key still runs: 409, and worth another try. */
  | { readonly kind: 'idempotency_conflict' }
  /** The key was used for another request: 422. */
  | { readonly kind: 'idempotency_mismatch' }
  | { readonly kind: 'idempotency_key_invalid' }
  | { readonly kind: 'rate_limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'unavailable'; readonly part: string; readonly code: string; readonly retryAfterSeconds: number };

/** An expectation that a change would break: the decision as it is and as it would be. */
export interface FailedExpectation {
  readonly id: string;
  readonly name: string;
  readonly accountId: string | null;
  readonly why: string;
  readonly before: Explanation;
  readonly after: Explanation;
}

/** One bad field: where it is (RFC 6901 pointer in the body, or the query/header name), and why. */
export interface InvalidField {
  readonly in: 'body' | 'query' | 'path' | 'header';
  /** Names as on the wire, from the root. */
  readonly path: readonly (string | number)[];
  readonly problem:
    | 'missing'
    | 'invalid'
    | 'unknown'
    | 'not_supported'
    | 'too_long'
    | 'out_of_range'
    /** Not one of the values there are. */
    | 'not_listed'
    | 'not_e164'
    /** It names something that does not exist, or is somebody else's. */
    | 'not_found';
  readonly message: string;
}

/** What a request may name and not find. */
export type Resource =
  | 'account'
  | 'api_key'
  | 'user'
  | 'number'
  | 'inventory_number'
  | 'endpoint'
  | 'expectation'
  | 'trunk_group'
  | 'trunk_address'
  | 'trunk_uri'
  | 'outbound_profile'
  | 'outbound_route'
  | 'sip_user'
  | 'call'
  | 'trace'
  | 'sip_ban'
  | 'job'
  | 'bulk_job'
  | 'number_download'
  | 'country'
  | 'order'
  | 'sub_order'
  | 'order_item'
  | 'requirement'
  | 'comment'
  | 'report'
  | 'reservation'
  | 'requirement_group'
  | 'address'
  | 'document'
  | 'review'
  | 'limit'
  | 'webhook'
  | 'webhook_delivery'
  | 'webhook_group'
  | 'webhook_subscription'
  | 'record';

/** Shorthand for one bad field of the body. */
export const invalidBody = (path: InvalidField['path'], message: string, problem: InvalidField['problem'] = 'invalid'): RequestRefusal => ({
  kind: 'invalid',
  fields: [{ in: 'body', path, problem, message }],
});

/** Shorthand for one bad parameter of the query. */
export const invalidQuery = (
  path: InvalidField['path'],
  message: string,
  problem: InvalidField['problem'] = 'invalid',
): RequestRefusal => ({
  kind: 'invalid',
  fields: [{ in: 'query', path, problem, message }],
});
