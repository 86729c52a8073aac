// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import type { CallOptions, Send } from '../send.ts';
import type { CreateCommentAnswer, CreateCommentBody, CreateCommentQuery, ListCommentsAnswer, ListCommentsQuery } from './comments-wire.ts';

/** Comments: one method an operation. */
export const commentsApi = (send: Send) => ({
  /** Say something about a sub-order or a requirement group to whom it belongs. */
  createComment: (body: CreateCommentBody, query: CreateCommentQuery = {}, options?: CallOptions) =>
    send<CreateCommentAnswer>({ method: 'POST', path: '/admin/v1/comments', query, json: body, answer: 'json' }, options),
  /** List comments, oldest first. */
  listComments: (query: ListCommentsQuery = {}, options?: CallOptions) =>
    send<ListCommentsAnswer>({ method: 'GET', path: '/admin/v1/comments', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateComments: (query: ListCommentsQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListCommentsAnswer>(
        { method: 'GET', path: '/admin/v1/comments', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
});
