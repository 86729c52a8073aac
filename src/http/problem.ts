import type { Answer } from './operation.ts';

/** An RFC 9457 problem; `about:blank` means that `title` says what the status says. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly code: string;
  readonly detail?: string;
  /** Further members by name. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Builds the answer of a problem: `application/problem+json` with the request id in it. */
export const problemAnswer = (problem: Problem, requestId: string, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status: problem.status,
  headers: { 'Content-Type': 'application/problem+json', ...headers },
  body: {
    type: 'about:blank',
    title: problem.title,
    status: problem.status,
    code: problem.code,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    ...problem.more,
    request_id: requestId,
  },
});
