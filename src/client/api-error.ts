/** One field that was refused. */
export interface FieldError {
  readonly pointer: string | null;
  readonly code: string;
  readonly detail: string;
}

/** What is told of an answer that says no. */
export interface ApiErrorFacts {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly fields: readonly FieldError[];
  readonly requestId: string | null;
  /** What the server asked to wait, in milliseconds; null when it did not. */
  readonly retryAfterMs: number | null;
}

/** The server said no, in whatever dialect; thrown by every method of the client. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** The stable code of the refusal: `not_found`, `insufficient_balance`, `85001`. */
  readonly code: string;
  readonly detail: string;
  readonly fields: readonly FieldError[];
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;

  constructor(facts: ApiErrorFacts) {
    super(`${facts.status} ${facts.code}: ${facts.detail}`);
    this.status = facts.status;
    this.code = facts.code;
    this.detail = facts.detail;
    this.fields = facts.fields;
    this.requestId = facts.requestId;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** No answer came, or one that is none of ours: refused connection, time out, broken body. The change may have been made or not. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** Reads a refusal: a problem (RFC 9457), `{error, code, details}`, or a list of `{code, title, detail}`. */
export function apiErrorOf(status: number, headers: Headers, body: unknown, retryAfterMs: number | null): ApiError {
  const problem = objectOf(body);
  const listed = listOf(problem.errors).map(objectOf);
  const first = problem.code === undefined ? (listed[0] ?? {}) : problem;
  return new ApiError({
    status,
    code: textOf(first.code) ?? String(status),
    detail: textOf(first.detail) ?? textOf(problem.error) ?? textOf(problem.message) ?? textOf(first.title) ?? 'no details were given',
    fields: listed.map((each) => ({
      pointer: textOf(each.pointer) ?? textOf(each.parameter) ?? textOf(objectOf(each.source).pointer) ?? null,
      code: textOf(each.code) ?? '',
      detail: textOf(each.detail) ?? textOf(each.title) ?? '',
    })),
    requestId: headers.get('x-request-id'),
    retryAfterMs,
  });
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const textOf = (value: unknown): string | undefined => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined);
