import { z } from 'zod';
import type { WaitingReview } from '../../app/ports/regulation.ts';
import { findReview, type Reviewed, reviewValues, type Verdict, versionOf } from '../../app/requirements/review-values.ts';
import type { Holder } from '../../domain/account.ts';
import { COMMENT_CHARACTERS_MAX } from '../../domain/comment.ts';
import type { Mode } from '../../domain/records.ts';
import { groupStateAt } from '../../domain/requirement-group.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf } from '../preconditions.ts';
import { idParams, linesField, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChangeOnce } from './answer-change.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const DAY_MS = 86_400_000;
const GROUP_VALID_MS = 365 * DAY_MS;
const KINDS = ['requirement_group', 'sub_order'] as const;
const tag = 'Reviews';
const resource = 'review' as const;

const waitingSchema = z.object({
  id: z.string(),
  kind: z.enum(KINDS),
  account_id: z.string(),
  mode: z.enum(['live', 'test']),
  country: z.string(),
  type: z.string(),
  order_id: z.string().nullable(),
  waiting: z.int(),
  created_at: z.string(),
});

const presentWaiting = (review: WaitingReview) => ({
  id: review.id,
  kind: review.kind,
  account_id: review.accountId,
  mode: review.mode,
  country: review.country,
  type: review.numberType,
  order_id: review.orderId,
  waiting: review.waiting,
  created_at: timeText(review.createdAt),
});

const reviewSchema = z.object({
  id: z.string(),
  kind: z.enum([...KINDS, 'order_item']),
  account_id: z.string(),
  mode: z.enum(['live', 'test']),
  order_id: z.string().nullable(),
  status: z.string().describe('Of a group its state; of ordered numbers `waiting` while a value waits for a review.'),
  version: z.int().describe('Of the group or the order: with it in `If-Match` a verdict is of these values and no others.'),
  requirements: z.array(
    z.object({
      number: z.object({ id: z.string(), e164: z.string(), status: z.string() }).nullable(),
      requirement_id: z.string(),
      name: z.string(),
      field_type: z.string(),
      value: z.string().nullable(),
      status: z.string(),
    }),
  ),
});

/** Shown to the platform only: it sees everybody's. */
function presentReview(id: string, found: Reviewed, nowMs: number) {
  if (found.kind === 'requirement_group') {
    const { group } = found;
    const status = groupStateAt(group, nowMs);
    const requirements = group.values.map((each) => presentValue(null, { ...each, status: each.value === null ? 'unset' : status }));
    return { id, kind: found.kind, ...ownerOf(group), order_id: null, status, version: versionOf(found), requirements };
  }
  const { order, items } = found;
  const isWaiting = items.some((item) => item.status === 'pending' && item.requirements.some((each) => each.status === 'provided'));
  const requirements = items.flatMap((item) =>
    item.requirements.map((each) => presentValue({ id: item.id, e164: item.e164, status: item.status }, each)),
  );
  const status = isWaiting ? 'waiting' : 'done';
  return { id, kind: found.kind, ...ownerOf(order), order_id: order.id, status, version: versionOf(found), requirements };
}

const ownerOf = ({ holder, mode }: { readonly holder: Holder; readonly mode: Mode }) => ({
  account_id: holder.subAccountId ?? holder.ownerAccountId,
  mode,
});

const presentValue = (
  number: { readonly id: string; readonly e164: string; readonly status: string } | null,
  each: {
    readonly requirementId: string;
    readonly name: string;
    readonly fieldType: string;
    readonly value: string | null;
    readonly status: string;
  },
) => ({
  number,
  requirement_id: each.requirementId,
  name: each.name,
  field_type: each.fieldType,
  value: each.value,
  status: each.status,
});

const requirementIds = () =>
  z.array(uuidField()).min(1).max(100).nullable().optional().describe('Only these; a group is reviewed as a whole.');
const reason = () => linesField(COMMENT_CHARACTERS_MAX);
const approveBody = z.strictObject({ requirement_ids: requirementIds(), reason: reason().nullable().optional() });
const declineBody = z.strictObject({ requirement_ids: requirementIds(), reason: reason().describe('Said to the customer as a comment.') });

/** What waits for a reviewer, and what the reviewer says of it. */
export const reviewOperations = (deps: AdminDeps): AnyOperation[] => [list(deps), get(deps), approve(deps), decline(deps)];

const list = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/reviews',
    operationId: 'listReviews',
    summary: 'List what waits for a review, oldest first.',
    tag,
    query: z.object({ ...pageFields, kind: z.enum(KINDS).optional(), account_id: uuidField().optional() }),
    responses: { 200: { description: 'A page of what waits.', schema: listSchema(waitingSchema) } },
    async handle({ query }) {
      const filter = {
        ...(query.kind === undefined ? {} : { kind: query.kind }),
        ...(query.account_id === undefined ? {} : { accountId: query.account_id }),
      };
      const rows = await deps.unitOfWork.read((tx) => tx.reviews.list(filter, pageOf(query)));
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, presentWaiting) });
    },
  });

const get = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/reviews/:id',
    operationId: 'getReview',
    summary: 'Get the values of a requirement group, a sub-order or an ordered number.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'Its values.', schema: reviewSchema } },
    async handle({ params: { id } }) {
      const found = await deps.unitOfWork.read((tx) => findReview(tx, id));
      if (found === null) return err({ kind: 'not_found', resource });
      return ok({ status: 200, body: presentReview(id, found, deps.clock.now()), headers: { ETag: etagOf(versionOf(found)) } });
    },
  });

const judgedResponses = {
  200: { description: 'The values after it.', schema: reviewSchema },
  409: { description: 'Nothing of it waits' },
  412: { description: 'Other values than those of the version in `If-Match`' },
};

const approve = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/reviews/:id/approve',
    operationId: 'approveReview',
    summary: 'Approve what waits; numbers that have all they need become active and are paid.',
    tag,
    resource,
    changes: true,
    params: idParams,
    body: approveBody,
    responses: judgedResponses,
    handle: ({ actor, params: { id }, body, ifVersion }) =>
      judge(deps, actor, { id, verdict: 'approved', reason: body.reason ?? null, requirementIds: body.requirement_ids ?? null, ifVersion }),
  });

const decline = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/reviews/:id/decline',
    operationId: 'declineReview',
    summary: 'Decline what waits; its numbers wait for other values until a new deadline.',
    tag,
    resource,
    changes: true,
    params: idParams,
    body: declineBody,
    responses: judgedResponses,
    handle: ({ actor, params: { id }, body, ifVersion }) =>
      judge(deps, actor, { id, verdict: 'declined', reason: body.reason, requirementIds: body.requirement_ids ?? null, ifVersion }),
  });

const judge = (deps: AdminDeps, actor: Parameters<typeof reviewValues>[1], verdict: Verdict) =>
  answerChangeOnce(actor, () => reviewValues({ ...deps, groupValidMs: deps.groupValidMs ?? GROUP_VALID_MS }, actor, verdict), {
    status: 200,
    body: (value) => presentReview(verdict.id, value, deps.clock.now()),
    version: versionOf,
  });
