import type { InvalidField } from '../../domain/request-refusal.ts';
import type { HttpRefusal, RefusalContext } from '../http-refusal.ts';
import type { Answer, AnyOperation } from '../operation.ts';
import { type Problem, problemAnswer } from '../problem.ts';
import { presentExplanation } from './present-explanation.ts';

/** The platform's dialect of every refusal: RFC 9457 problems (decision B2, column admin). */
export function renderAdminRefusal(refusal: HttpRefusal, { operation, requestId }: RefusalContext): Answer {
  const headers = 'retryAfterSeconds' in refusal ? { 'Retry-After': String(refusal.retryAfterSeconds) } : {};
  return problemAnswer(problemOf(refusal, operation), requestId, headers);
}

const problem = (status: number, title: string, code: string, detail?: string, more?: Problem['more']): Problem => ({
  status,
  title,
  code,
  ...(detail === undefined ? {} : { detail }),
  ...(more === undefined ? {} : { more }),
});

function problemOf(refusal: HttpRefusal, operation: AnyOperation | null): Problem {
  switch (refusal.kind) {
    case 'unauthenticated':
      return problem(401, 'Unauthorized', 'unauthorized', refusal.detail);
    case 'forbidden':
      return problem(403, 'Forbidden', 'forbidden', refusal.detail);
    case 'not_found':
      if ('detail' in refusal && refusal.detail !== undefined) return problem(404, 'Not Found', 'trace_not_found', refusal.detail);
      return problem(404, 'Not Found', 'not_found', 'No such resource.');
    case 'malformed_url':
      return problem(400, 'Bad Request', 'malformed_url');
    case 'malformed_body':
      return problem(400, 'Bad Request', 'malformed_body', refusal.detail);
    case 'idempotency_key_invalid':
      return problem(400, 'Bad Request', 'invalid', 'Idempotency-Key: Must be 1 to 255 printable ASCII characters without spaces.', {
        errors: [{ header: 'Idempotency-Key', code: 'invalid', detail: 'Must be 1 to 255 printable ASCII characters without spaces.' }],
      });
    case 'idempotency_conflict':
      return problem(409, 'Conflict', 'idempotency_conflict', 'The first request with this Idempotency-Key is still running; try again.');
    case 'idempotency_mismatch':
      return problem(422, 'Unprocessable Content', 'idempotency_key_reused', 'This Idempotency-Key was used for another request.');
    case 'unsupported_media_type':
      return problem(
        415,
        'Unsupported Media Type',
        'unsupported_media_type',
        `Send ${['application/json', ...(operation?.streams ?? [])].join(' or ')}, in UTF-8 and not compressed.`,
      );
    case 'body_too_large':
      return problem(413, 'Content Too Large', 'body_too_large', `At most ${refusal.bytesMax} bytes.`);
    case 'method_not_allowed':
      return problem(405, 'Method Not Allowed', 'method_not_allowed', `Allowed: ${refusal.allow}.`);
    case 'rate_limited':
      return problem(429, 'Too Many Requests', 'rate_limited');
    case 'unavailable':
      return problem(503, 'Service Unavailable', refusal.code, `${refusal.part} is not available; try again.`);
    case 'precondition_failed':
      return problem(412, 'Precondition Failed', 'version_changed', `The resource is at version ${refusal.currentVersion}.`);
    case 'expired':
      return problem(410, 'Gone', refusal.code, refusal.detail);
    case 'fault':
      return problem(500, 'Internal Server Error', 'internal');
    default:
      return unprocessable(refusal);
  }
}

type Conflict = Extract<
  HttpRefusal,
  {
    kind:
      | 'invalid'
      | 'endpoint_type_not_supported'
      | 'not_in_stock'
      | 'insufficient_balance'
      | 'cool_off'
      | 'in_use'
      | 'locked'
      | 'wrong_state'
      | 'conflict'
      | 'expectation_failed'
      | 'number_suspended';
  }
>;

function unprocessable(refusal: Conflict): Problem {
  switch (refusal.kind) {
    case 'invalid':
      return problem(422, 'Unprocessable Content', 'invalid', summaryOf(refusal.fields), { errors: refusal.fields.map(fieldError) });
    case 'endpoint_type_not_supported':
      return problem(422, 'Unprocessable Content', 'endpoint_type_not_supported', `Nothing can ring an endpoint of type ${refusal.type}.`);
    case 'not_in_stock':
      return problem(409, 'Conflict', 'not_in_stock', 'The number is not for sale.');
    case 'insufficient_balance':
      return problem(409, 'Conflict', 'insufficient_balance', 'The balance is too low.', {
        required_minor: refusal.requiredMinor,
        available_minor: refusal.availableMinor,
        currency: refusal.currency,
      });
    case 'cool_off':
      return problem(409, 'Conflict', 'did_cool_off_in_effect', 'The number had a call too recently.', {
        cool_off_until: new Date(refusal.untilMs).toISOString().replace('.000Z', 'Z'),
        cool_off_remaining_seconds: refusal.remainingSeconds,
      });
    case 'in_use':
      return problem(409, 'Conflict', 'in_use', refusal.detail, { counts: refusal.counts });
    case 'locked':
      return problem(409, 'Conflict', 'locked', refusal.detail);
    case 'wrong_state':
      return problem(409, 'Conflict', 'wrong_state', refusal.detail);
    case 'conflict':
      return problem(409, 'Conflict', refusal.code, refusal.detail);
    case 'expectation_failed':
      return problem(409, 'Conflict', 'expectation_failed', failedText(refusal), {
        failed: refusal.count,
        expectations: refusal.failures.map(({ id, name, accountId, why, before, after }) => ({
          id,
          name,
          account_id: accountId,
          why,
          before: presentExplanation(before),
          after: presentExplanation(after),
        })),
      });
    case 'number_suspended':
      return problem(409, 'Conflict', 'number_suspended', 'The number is suspended.', { suspended_by: refusal.suspendedBy });
  }
}

const failedText = ({ count, failures: [first] }: Extract<HttpRefusal, { kind: 'expectation_failed' }>): string =>
  `${first?.name}: ${first?.why}${count > 1 ? ` ${count - 1} more would fail.` : ''} Nothing was changed; expectations=override changes it anyway.`;

const summaryOf = (fields: readonly InvalidField[]): string =>
  fields.length === 1 ? `${fields[0]?.path.join('.')}: ${fields[0]?.message}` : `${fields.length} fields are not right.`;

/** RFC 6901 pointers for the body; plain names elsewhere. */
const fieldError = ({ in: where, path, problem: code, message }: InvalidField) => ({
  ...(where === 'body'
    ? { pointer: path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('') }
    : { [where === 'header' ? 'header' : 'parameter']: path.join('.') }),
  code,
  detail: message,
});
