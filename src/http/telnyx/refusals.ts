import { z } from 'zod';
import { decimalOf, money } from '../../domain/money.ts';
import type { InvalidField } from '../../domain/request-refusal.ts';
import { EXPECTATION_CONFLICT } from '../expectation-conflict.ts';
import type { HttpRefusal, RefusalContext } from '../http-refusal.ts';
import type { Answer } from '../operation.ts';
import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

/** The vendor's errors: `{errors: [{code, title, detail, source, meta}]}`. */
export const errorSchema = z.object({
  errors: z.array(
    z.object({
      code: z.string(),
      title: z.string(),
      detail: z.string(),
      source: z.object({ pointer: z.string().optional(), parameter: z.string().optional() }).optional(),
      meta: z.object({ url: z.string() }),
    }),
  ),
});

type Source = { readonly pointer: string } | { readonly parameter: string };

const entry = (code: ErrorCode, detail: string = ERROR_CODES[code].detail, source?: Source) => ({
  code,
  title: ERROR_CODES[code].title,
  detail,
  ...(source === undefined ? {} : { source }),
  meta: { url: `https://developers.telnyx.com/docs/overview/errors/${code}` },
});

const answer = (status: number, code: ErrorCode, detail?: string, source?: Source): Answer => ({
  status,
  body: { errors: [entry(code, detail, source)] },
});

/** Says no as the vendor does (decision B2). Its client retries 409 and 5xx unless it is told not to (decision B14). */
export function renderTelnyx(refusal: HttpRefusal, { operation }: RefusalContext): Answer {
  const rendered = render(refusal);
  const again = operation?.method === 'POST' && (rendered.status === 409 || rendered.status >= 500);
  return again ? { ...rendered, headers: { ...rendered.headers, 'x-should-retry': 'false' } } : rendered;
}

function render(refusal: HttpRefusal): Answer {
  switch (refusal.kind) {
    case 'unauthenticated':
      return answer(401, '10009');
    case 'forbidden':
      return answer(403, '10006');
    case 'not_found':
      return answer(404, '10005');
    case 'not_in_stock':
      return answer(422, '85001');
    case 'insufficient_balance':
      return answer(422, '20100', fundsDetail(refusal));
    case 'invalid':
      return invalid(refusal.fields);
    case 'cool_off':
      return answer(422, '10027', `The number is cooling off after its last call until ${isoSeconds(refusal.untilMs)}.`);
    case 'in_use':
      return answer(422, '10021', refusal.detail);
    case 'locked':
      return answer(422, '10035', refusal.detail);
    case 'wrong_state':
      return answer(422, '10027', refusal.detail);
    case 'expectation_failed':
      return conflict(EXPECTATION_CONFLICT);
    case 'conflict':
      return conflict(refusal);
    case 'number_suspended':
      return answer(422, '10027', 'The number is suspended by somebody else than you.');
    case 'endpoint_type_not_supported':
      return answer(422, '10027', `Nothing can ring an endpoint of type ${refusal.type}.`);
    case 'rate_limited':
      return { ...answer(429, '10011'), headers: rateLimited(refusal.retryAfterSeconds) };
    default:
      return renderHttp(refusal);
  }
}

type HttpPart = Extract<
  HttpRefusal,
  {
    kind:
      | 'malformed_body'
      | 'malformed_url'
      | 'unsupported_media_type'
      | 'body_too_large'
      | 'method_not_allowed'
      | 'expired'
      | 'precondition_failed'
      | 'idempotency_conflict'
      | 'idempotency_mismatch'
      | 'idempotency_key_invalid'
      | 'unavailable'
      | 'fault';
  }
>;

function renderHttp(refusal: HttpPart): Answer {
  switch (refusal.kind) {
    case 'malformed_body':
      return answer(400, '10023', refusal.detail);
    case 'malformed_url':
      return answer(400, '10015', 'The URL is not valid.');
    case 'unsupported_media_type':
      return answer(400, '10029');
    case 'body_too_large':
      return answer(413, '10015', `The body may have at most ${refusal.bytesMax} bytes.`);
    case 'method_not_allowed':
      return answer(405, '10030');
    case 'expired':
      return answer(410, '10005', refusal.detail);
    case 'precondition_failed':
      return answer(412, '10015', `The resource has changed since the version in If-Match; it is at ${refusal.currentVersion}.`);
    case 'idempotency_conflict':
      return answer(409, '10015', 'The first request with this Idempotency-Key is still running. Try again.');
    case 'idempotency_mismatch':
      return answer(422, '10015', 'This Idempotency-Key was used for another request.');
    case 'idempotency_key_invalid':
      return answer(400, '10015', 'Idempotency-Key must be 1 to 255 printable ASCII characters without spaces.');
    case 'unavailable':
      return { ...answer(503, '10037'), headers: { 'Retry-After': String(refusal.retryAfterSeconds) } };
    case 'fault':
      return answer(500, '10007');
  }
}

/** What the core calls by a code of its own and the vendor by a number. */
const CONFLICTS: Readonly<Record<string, ErrorCode>> = {
  requirements_satisfied: '85003',
  search_required: '85000',
  invalid_connection_id: '85004',
  number_reserved: '85006',
  reservation_limit: '85007',
  reservation_extension_limit: '85008',
  duplicate: '10012',
};

/** Those whose detail is better than the vendor's. */
const detailed: ReadonlySet<ErrorCode> = new Set(['85007', '85008']);

function conflict({ code, detail }: Extract<HttpRefusal, { kind: 'conflict' }>): Answer {
  const known = CONFLICTS[code];
  if (known === undefined) return answer(422, '10027', detail);
  return known === '85004'
    ? answer(422, known, detail, { pointer: '/connection_id' })
    : answer(422, known, detailed.has(known) ? detail : undefined);
}

const fundsDetail = ({ requiredMinor, availableMinor, currency }: Extract<HttpRefusal, { kind: 'insufficient_balance' }>): string => {
  const [required, available] = [requiredMinor, availableMinor].map((amount) => decimalOf(money(amount, currency)));
  return `This needs ${required} ${currency}; ${available} ${currency} are available.`;
};

const isoSeconds = (ms: number): string => new Date(Math.ceil(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');

const rateLimited = (seconds: number) => ({
  'Retry-After': String(seconds),
  'X-RateLimit-Remaining': '0',
  'X-RateLimit-Reset': String(seconds),
});

/** One error a field. Filters that a list does not have and bad headers are 400, everything else is 422 (decisions B2, B10, B31). */
function invalid(fields: readonly InvalidField[]): Answer {
  const errors = fields.map((field) => entry(codeOf(field), field.message, sourceOf(field)));
  const isMalformed = errors.some(({ code }) => code === '10031') || fields.some((field) => field.in === 'header');
  return { status: isMalformed ? 400 : 422, body: { errors } };
}

function codeOf({ in: where, problem }: InvalidField): ErrorCode {
  switch (problem) {
    case 'missing':
      return '10004';
    case 'not_listed':
      return '10032';
    case 'not_e164':
      return '10016';
    case 'not_found':
      return '10017';
    case 'out_of_range':
      return '10033';
    case 'unknown':
      return where === 'query' ? '10031' : '10015';
    case 'invalid':
    case 'not_supported':
    case 'too_long':
      return '10015';
  }
}

/** RFC 6901 pointers for the body, names for the rest. */
const sourceOf = ({ in: where, path }: InvalidField): Source =>
  where === 'body'
    ? { pointer: path.length === 0 ? '/' : path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('') }
    : { parameter: path.join('.') };
