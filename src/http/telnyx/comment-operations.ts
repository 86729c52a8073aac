import { z } from 'zod';
import { addComment } from '../../app/comments/add-comment.ts';
import { findComment, markCommentRead } from '../../app/comments/read-comments.ts';
import { scopeOf } from '../../app/orders/own-order.ts';
import { COMMENT_CHARACTERS_MAX, COMMENTED_TYPES, type Comment } from '../../domain/comment.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { idParams, linesField, timeText, uuidField } from '../wire-fields.ts';
import { enumText, listQuery } from './filters.ts';
import { given } from './given.ts';
import type { OrderOperationDeps } from './order-operations.ts';
import { UNPAGED } from './order-schemas.ts';
import { listSchema, metaOf, offsetOf, oneSchema, pageFields } from './page.ts';

type Deps = Pick<OrderOperationDeps, 'unitOfWork' | 'outbox' | 'records' | 'log' | 'propagationWaitMs' | 'clock'>;

const TAG = 'Phone Number Orders';
const resource = 'comment' as const;

/** The vendor's schema has no `record_type` here. */
const commentSchema = z.object({
  id: z.string(),
  body: z.string(),
  comment_record_id: z.string(),
  comment_record_type: z.enum(COMMENTED_TYPES),
  commenter: z.string(),
  commenter_type: z.enum(['admin', 'user']),
  created_at: z.string(),
  read_at: z.string().optional(),
  updated_at: z.string(),
});

/** `read_at` is left out until there is one: null fails the vendor's schema (decision B1). */
const presentComment = (comment: Comment) => ({
  id: comment.id,
  body: comment.body,
  comment_record_id: comment.recordId,
  comment_record_type: comment.recordType,
  commenter: comment.commenter,
  commenter_type: comment.commenterType,
  created_at: timeText(comment.createdAt),
  ...(comment.readAt === null ? {} : { read_at: timeText(comment.readAt) }),
  updated_at: timeText(comment.updatedAt),
});

const responses = {
  200: { description: 'The comment.', schema: oneSchema(commentSchema) },
  404: { description: 'No such comment of yours' },
};

/** Comments on orders and requirement groups: list, create, retrieve, mark as read. */
export const commentOperations = (deps: Deps): AnyOperation[] => [list(deps), create(deps), get(deps), read(deps)];

const list = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/comments',
    operationId: 'listComments',
    summary: 'Retrieve all comments',
    tag: TAG,
    query: listQuery({
      ...pageFields(UNPAGED),
      'filter[comment_record_type]': enumText(COMMENTED_TYPES).optional(),
      'filter[comment_record_id]': uuidField().optional(),
    }),
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of comments, newest first.', schema: listSchema(commentSchema) } },
    async handle({ actor, query }) {
      const filter = {
        ...scopeOf(actor),
        ...given('recordType', query['filter[comment_record_type]']),
        ...given('recordId', query['filter[comment_record_id]']),
      };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.comments.list(filter, offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map(presentComment), meta: metaOf(query, total) } });
    },
  });

const create = (deps: Deps) =>
  operation({
    method: 'POST',
    path: '/comments',
    operationId: 'createComment',
    summary: 'Create a comment',
    tag: TAG,
    body: z.object({
      body: linesField(COMMENT_CHARACTERS_MAX),
      comment_record_id: uuidField(),
      comment_record_type: enumText(COMMENTED_TYPES),
    }),
    need: { scope: 'numbers:write' },
    changes: true,
    responses: { 200: responses[200], 422: { description: 'A bad field, or a record that is not yours' } },
    async handle({ actor, body }) {
      const { comment_record_type: recordType, comment_record_id: recordId } = body;
      return answerOnce(
        actor,
        () => addComment(deps, actor, { recordType, recordId, body: body.body, commenter: null }),
        ({ value, propagation }) => ({
          status: 200,
          body: { data: presentComment(value) },
          headers: propagationHeaders(propagation, null),
        }),
      );
    },
  });

const get = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/comments/:id',
    operationId: 'retrieveComment',
    summary: 'Retrieve a comment',
    tag: TAG,
    resource,
    params: idParams,
    need: { scope: 'numbers:read' },
    responses,
    async handle({ actor, params }) {
      const found = await findComment(deps, actor, params.id);
      return found.ok ? ok({ status: 200, body: { data: presentComment(found.value) } }) : found;
    },
  });

const read = (deps: Deps) =>
  operation({
    method: 'PATCH',
    path: '/comments/:id/read',
    operationId: 'markCommentRead',
    summary: 'Mark a comment as read',
    tag: TAG,
    resource,
    params: idParams,
    need: { scope: 'numbers:write' },
    changes: true,
    responses,
    async handle({ actor, params }) {
      const done = await markCommentRead(deps, actor, params.id);
      if (!done.ok) return done;
      const { value, propagation } = done.value;
      return ok({ status: 200, body: { data: presentComment(value) }, headers: propagationHeaders(propagation, null) });
    },
  });
