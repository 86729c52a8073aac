// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  CreateExpectationBody,
  CreateExpectationQuery,
  ExpectationAnswer,
  ListExpectationChecksAnswer,
  ListExpectationsAnswer,
  ListExpectationsQuery,
  UpdateExpectationBody,
} from './expectations-wire.ts';

/** Expectations: one method an operation. */
export const expectationsApi = (send: Send) => ({
  /** Say what must be decided of a call; from then on changes that would break it are refused. */
  createExpectation: (body: CreateExpectationBody, query: CreateExpectationQuery = {}, options?: CallOptions) =>
    send<ExpectationAnswer>({ method: 'POST', path: '/admin/v1/expectations', query, json: body, answer: 'json' }, options),
  /** List expectations, as last judged. */
  listExpectations: (query: ListExpectationsQuery = {}, options?: CallOptions) =>
    send<ListExpectationsAnswer>({ method: 'GET', path: '/admin/v1/expectations', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateExpectations: (query: ListExpectationsQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListExpectationsAnswer>(
        { method: 'GET', path: '/admin/v1/expectations', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Judge a page of enabled expectations by the routing plane as it is now; changes nothing. */
  listExpectationChecks: (query: ListExpectationsQuery = {}, options?: CallOptions) =>
    send<ListExpectationChecksAnswer>({ method: 'GET', path: '/admin/v1/expectations/check', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateExpectationChecks: (query: ListExpectationsQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListExpectationChecksAnswer>(
        { method: 'GET', path: '/admin/v1/expectations/check', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get one expectation with the decision it was last judged by. */
  getExpectation: (id: string, options?: CallOptions) =>
    send<ExpectationAnswer>({ method: 'GET', path: `/admin/v1/expectations/${segment(id)}`, answer: 'json' }, options),
  /** Change an expectation; call and expected are replaced whole. */
  updateExpectation: (id: string, body: UpdateExpectationBody, query: CreateExpectationQuery = {}, options?: CallOptions) =>
    send<ExpectationAnswer>({ method: 'PATCH', path: `/admin/v1/expectations/${segment(id)}`, query, json: body, answer: 'json' }, options),
  /** Forget an expectation. */
  deleteExpectation: (id: string, query: CreateExpectationQuery = {}, options?: CallOptions) =>
    send<void>({ method: 'DELETE', path: `/admin/v1/expectations/${segment(id)}`, query, answer: 'none' }, options),
});
