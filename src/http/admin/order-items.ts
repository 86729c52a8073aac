import { z } from 'zod';
import { findOrder } from '../../app/orders/find-order.ts';
import { setDeadline } from '../../app/orders/set-deadline.ts';
import { type NumberOrder, ORDER_STATUSES, type OrderItem, requirementsStatusOf } from '../../domain/order.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { idParams, timeText } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange } from './answer-change.ts';
import { timeField } from './fields.ts';

const tag = 'Orders';
const resource = 'order_item' as const;

const itemSchema = z.object({
  id: z.string(),
  order_id: z.string(),
  sub_order_id: z.string(),
  account_id: z.string(),
  number_id: z.string(),
  e164: z.string(),
  status: z.enum(ORDER_STATUSES),
  requirements_status: z.string(),
  requirements: z.array(
    z.object({
      requirement_id: z.string(),
      name: z.string(),
      field_type: z.string(),
      value: z.string().nullable(),
      status: z.enum(['unset', 'provided', 'approved', 'rejected']),
    }),
  ),
  deadline: z.string().nullable(),
});

const presentItem = ({ order, item }: { readonly order: NumberOrder; readonly item: OrderItem }) => ({
  id: item.id,
  order_id: order.id,
  sub_order_id: item.subOrderId,
  account_id: order.holder.subAccountId ?? order.holder.ownerAccountId,
  number_id: item.numberId,
  e164: item.e164,
  status: item.status,
  requirements_status: requirementsStatusOf(item),
  requirements: item.requirements.map(({ requirementId, name, fieldType, value, status }) => ({
    requirement_id: requirementId,
    name,
    field_type: fieldType,
    value,
    status,
  })),
  deadline: item.deadline === null ? null : timeText(item.deadline),
});

/** Ordered numbers as the platform looks after them. */
export const orderItemOperations = (deps: AdminDeps): AnyOperation[] => [get(deps), update(deps)];

const get = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/order-items/:id',
    operationId: 'getOrderItem',
    summary: 'Get an ordered number.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'The ordered number.', schema: itemSchema } },
    async handle({ actor, params }) {
      const found = await findOrder(deps, actor, { resource, id: params.id });
      if (!found.ok) return found;
      const [item] = found.value.items;
      if (item === undefined) throw new Error('an ordered number without its item');
      return ok({ status: 200, body: presentItem({ order: found.value.order, item }) });
    },
  });

const update = (deps: AdminDeps) =>
  operation({
    method: 'PATCH',
    path: '/order-items/:id',
    operationId: 'updateOrderItem',
    summary: 'Give an ordered number that waits for values another deadline.',
    tag,
    resource,
    params: idParams,
    changes: true,
    body: z.strictObject({ deadline: timeField() }),
    responses: {
      200: { description: 'The ordered number.', schema: itemSchema },
      409: { description: 'It waits for no values' },
    },
    async handle({ actor, params, body }) {
      return answerChange(await setDeadline(deps, actor, params.id, body.deadline), { status: 200, body: presentItem });
    },
  });
