import { z } from 'zod';
import { addComment } from '../../app/comments/add-comment.ts';
import { COMMENT_CHARACTERS_MAX, COMMENTED_TYPES, type Comment } from '../../domain/comment.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { linesField, textField, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChangeOnce } from './answer-change.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const tag = 'Comments';

const commentSchema = z.object({
  id: z.string(),
  mode: z.enum(['live', 'test']),
  account_id: z.string(),
  comment_record_type: z.enum(COMMENTED_TYPES),
  comment_record_id: z.string(),
  body: z.string(),
  commenter: z.string(),
  commenter_type: z.enum(['admin', 'user']),
  created_at: z.string(),
  read_at: z.string().nullable(),
  updated_at: z.string(),
});

const presentComment = (comment: Comment) => ({
  id: comment.id,
  mode: comment.mode,
  account_id: comment.holder.subAccountId ?? comment.holder.ownerAccountId,
  comment_record_type: comment.recordType,
  comment_record_id: comment.recordId,
  body: comment.body,
  commenter: comment.commenter,
  commenter_type: comment.commenterType,
  created_at: timeText(comment.createdAt),
  read_at: comment.readAt === null ? null : timeText(comment.readAt),
  updated_at: timeText(comment.updatedAt),
});

/** The platform's side of what is said about orders and requirement groups. */
export const commentOperations = (deps: AdminDeps): AnyOperation[] => [create(deps), list(deps)];

const create = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/comments',
    operationId: 'createComment',
    summary: 'Say something about a sub-order or a requirement group to whom it belongs.',
    tag,
    changes: true,
    body: z.strictObject({
      comment_record_type: z.enum(COMMENTED_TYPES),
      comment_record_id: uuidField(),
      body: linesField(COMMENT_CHARACTERS_MAX),
      commenter: textField(320).optional().describe('Who says it; `platform` when absent.'),
    }),
    responses: { 201: { description: 'The comment.', schema: commentSchema } },
    async handle({ actor, body }) {
      const { comment_record_type: recordType, comment_record_id: recordId, commenter = null } = body;
      return answerChangeOnce(actor, () => addComment(deps, actor, { recordType, recordId, body: body.body, commenter }), {
        status: 201,
        body: presentComment,
      });
    },
  });

const list = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/comments',
    operationId: 'listComments',
    summary: 'List comments, oldest first.',
    tag,
    query: z.object({
      ...pageFields,
      comment_record_type: z.enum(COMMENTED_TYPES).optional(),
      comment_record_id: uuidField().optional(),
      account_id: uuidField().optional(),
      read: z.enum(['true', 'false']).optional(),
    }),
    responses: { 200: { description: 'A page of comments.', schema: listSchema(commentSchema) } },
    async handle({ query }) {
      const filter = {
        ...(query.comment_record_type === undefined ? {} : { recordType: query.comment_record_type }),
        ...(query.comment_record_id === undefined ? {} : { recordId: query.comment_record_id }),
        ...(query.account_id === undefined ? {} : { accountId: query.account_id }),
        ...(query.read === undefined ? {} : { isRead: query.read === 'true' }),
      };
      const rows = await deps.unitOfWork.read((tx) => tx.comments.listAll(filter, pageOf(query)));
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, presentComment) });
    },
  });
