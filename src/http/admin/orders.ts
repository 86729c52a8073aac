import { z } from 'zod';
import { areMet, itemsOf, type NumberOrder, ORDER_STATUSES, statusOfOrder, statusOfSubOrder } from '../../domain/order.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const orderSchema = z.object({
  id: z.string(),
  mode: z.enum(['live', 'test']),
  account_id: z.string(),
  status: z.enum(ORDER_STATUSES),
  requirements_met: z.boolean(),
  customer_reference: z.string().nullable(),
  billing_group_id: z.string().nullable(),
  trunk_group_id: z.string().nullable(),
  sub_orders: z.array(
    z.object({
      id: z.string(),
      country: z.string(),
      type: z.string(),
      status: z.enum(ORDER_STATUSES),
      items: z.array(z.object({ id: z.string(), number_id: z.string(), e164: z.string(), status: z.enum(ORDER_STATUSES) })),
    }),
  ),
  version: z.number().int(),
  created_at: z.string(),
  updated_at: z.string(),
});

const presentOrder = (order: NumberOrder) => ({
  id: order.id,
  mode: order.mode,
  account_id: order.holder.subAccountId ?? order.holder.ownerAccountId,
  status: statusOfOrder(order),
  requirements_met: areMet(order.items),
  customer_reference: order.customerReference,
  billing_group_id: order.billingGroupId,
  trunk_group_id: order.trunkGroup?.id ?? null,
  sub_orders: order.subOrders.map(({ id, country, type }) => ({
    id,
    country,
    type,
    status: statusOfSubOrder(order, id),
    items: itemsOf(order, id).map((item) => ({ id: item.id, number_id: item.numberId, e164: item.e164, status: item.status })),
  })),
  version: order.version,
  created_at: timeText(order.createdAt),
  updated_at: timeText(order.updatedAt),
});

/** Each may have a thousand numbers, and all of them are in the answer. */
const PAGE_ORDERS_MAX = 20;

/** Orders of every account. */
export const orderOperations = (deps: AdminDeps): AnyOperation[] => [
  operation({
    method: 'GET',
    path: '/orders',
    operationId: 'listOrders',
    summary: 'List orders of numbers, oldest first.',
    tag: 'Orders',
    query: z.object({
      ...pageFields,
      account_id: uuidField().optional(),
      mode: z.enum(['live', 'test']).optional(),
      status: z.enum(ORDER_STATUSES).optional(),
    }),
    responses: {
      200: { description: `A page of at most ${PAGE_ORDERS_MAX} orders, whatever \`limit\` asks for.`, schema: listSchema(orderSchema) },
    },
    async handle({ query }) {
      const filter = {
        ...(query.account_id === undefined ? {} : { accountId: query.account_id }),
        ...(query.mode === undefined ? {} : { mode: query.mode }),
        ...(query.status === undefined ? {} : { status: query.status }),
      };
      const limit = Math.min(query.limit, PAGE_ORDERS_MAX);
      const rows = await deps.unitOfWork.read((tx) => tx.orders.listAll(filter, pageOf({ ...query, limit })));
      return ok({ status: 200, body: listBody(rows, limit, (row) => row, presentOrder) });
    },
  }),
];
