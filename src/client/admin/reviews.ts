// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  ApproveReviewBody,
  ApproveReviewQuery,
  DeclineReviewBody,
  ListReviewsAnswer,
  ListReviewsQuery,
  ReviewAnswer,
} from './reviews-wire.ts';

/** Reviews: one method an operation. */
export const reviewsApi = (send: Send) => ({
  /** List what waits for a review, oldest first. */
  listReviews: (query: ListReviewsQuery = {}, options?: CallOptions) =>
    send<ListReviewsAnswer>({ method: 'GET', path: '/admin/v1/reviews', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateReviews: (query: ListReviewsQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListReviewsAnswer>(
        { method: 'GET', path: '/admin/v1/reviews', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get the values of a requirement group, a sub-order or an ordered number. */
  getReview: (id: string, options?: CallOptions) =>
    send<ReviewAnswer>({ method: 'GET', path: `/admin/v1/reviews/${segment(id)}`, answer: 'json' }, options),
  /** Approve what waits; numbers that have all they need become active and are paid. */
  approveReview: (id: string, body: ApproveReviewBody, query: ApproveReviewQuery = {}, options?: CallOptions) =>
    send<ReviewAnswer>({ method: 'POST', path: `/admin/v1/reviews/${segment(id)}/approve`, query, json: body, answer: 'json' }, options),
  /** Decline what waits; its numbers wait for other values until a new deadline. */
  declineReview: (id: string, body: DeclineReviewBody, query: ApproveReviewQuery = {}, options?: CallOptions) =>
    send<ReviewAnswer>({ method: 'POST', path: `/admin/v1/reviews/${segment(id)}/decline`, query, json: body, answer: 'json' }, options),
});
