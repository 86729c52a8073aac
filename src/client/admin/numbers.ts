// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type { ListNumbersAnswer, ListNumbersQuery, NumberAnswer, UpdateNumberBody, UpdateNumberQuery } from './numbers-wire.ts';

/** Numbers: one method an operation. */
export const numbersApi = (send: Send) => ({
  /** Search numbers, in stock and owned. */
  listNumbers: (query: ListNumbersQuery = {}, options?: CallOptions) =>
    send<ListNumbersAnswer>({ method: 'GET', path: '/admin/v1/numbers', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateNumbers: (query: ListNumbersQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListNumbersAnswer>(
        { method: 'GET', path: '/admin/v1/numbers', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get one number. */
  getNumber: (id: string, options?: CallOptions) =>
    send<NumberAnswer>({ method: 'GET', path: `/admin/v1/numbers/${segment(id)}`, answer: 'json' }, options),
  /** Change flags, destination, platform suspension or labels of an owned number. */
  updateNumber: (id: string, body: UpdateNumberBody, query: UpdateNumberQuery = {}, options?: CallOptions) =>
    send<NumberAnswer>({ method: 'PATCH', path: `/admin/v1/numbers/${segment(id)}`, query, json: body, answer: 'json' }, options),
});
