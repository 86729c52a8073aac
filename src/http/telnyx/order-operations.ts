import type { Changed } from '../../app/change.ts';
import { type CreatedOrder, type CreateOrderDeps, createOrder } from '../../app/orders/create-order.ts';
import { findOrder } from '../../app/orders/find-order.ts';
import { scopeOf } from '../../app/orders/own-order.ts';
import { updateOrder } from '../../app/orders/update-order.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { given } from './given.ts';
import { listedOrderSchema, orderSchema } from './order-answers.ts';
import * as schema from './order-schemas.ts';
import { listSchema, metaOf, offsetOf, oneSchema } from './page.ts';
import { type OrderView, presentListedOrder, presentOrder, statusesShownAs } from './present-order.ts';
import { isRetry, replayedHeader } from './retry-header.ts';

export interface OrderOperationDeps extends CreateOrderDeps, OrderView {}

const TAG = 'Phone Number Orders';
const BODY_BYTES_MAX = 1024 * 1024;

/** Number orders: list, create, retrieve, update. */
export const orderOperations = (deps: OrderOperationDeps): AnyOperation[] => [list(deps), create(deps), get(deps), update(deps)];

const list = (deps: OrderOperationDeps) =>
  operation({
    method: 'GET',
    path: '/number_orders',
    operationId: 'listNumberOrders',
    summary: 'List number orders',
    tag: TAG,
    query: schema.listOrdersQuery,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of number orders.', schema: listSchema(listedOrderSchema) } },
    async handle({ actor, query }) {
      const filter = {
        ...scopeOf(actor),
        ...given('statuses', statusesShownAs(query['filter[status]'], deps)),
        ...given('createdAfter', query['filter[created_at][gt]']),
        ...given('createdBefore', query['filter[created_at][lt]']),
        ...given('phoneNumbersCount', query['filter[phone_numbers_count]']),
        ...given('customerReference', query['filter[customer_reference]']),
        ...given('requirementsMet', query['filter[requirements_met]']),
      };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.orders.list(filter, offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map((order) => presentListedOrder(order, deps)), meta: metaOf(query, total) } });
    },
  });

const create = (deps: OrderOperationDeps) =>
  operation({
    method: 'POST',
    path: '/number_orders',
    operationId: 'createNumberOrder',
    summary: 'Create a number order',
    tag: TAG,
    body: schema.createOrderBody,
    bodyBytesMax: BODY_BYTES_MAX,
    need: { role: 'admin', scope: 'numbers:write' },
    changes: true,
    responses: {
      200: { description: 'The order; its numbers without requirements are active.', schema: oneSchema(orderSchema) },
      422: { description: 'A bad field, numbers that are not available, or not enough money' },
    },
    async handle({ actor, body, headers, wait, mountedAt }) {
      return answerOnce(
        actor,
        () => createOrder(deps, actor, { ...body, isRetry: isRetry(headers) }, wait),
        (changed) => ({
          status: 200,
          body: { data: presentOrder(changed.value.order, deps, mountedAt) },
          headers: createdHeaders(changed),
        }),
      );
    },
  });

const createdHeaders = ({ value, propagation }: Changed<CreatedOrder>) => ({
  ...propagationHeaders(propagation, null),
  ...replayedHeader(value.replayed),
});

const get = (deps: OrderOperationDeps) =>
  operation({
    method: 'GET',
    path: '/number_orders/:number_order_id',
    operationId: 'retrieveNumberOrder',
    summary: 'Retrieve a number order',
    tag: TAG,
    resource: 'order',
    params: schema.orderParams,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'The order.', schema: oneSchema(orderSchema) }, 404: { description: 'No such order of yours' } },
    async handle({ actor, params, mountedAt }) {
      const found = await findOrder(deps, actor, { resource: 'order', id: params.number_order_id });
      return found.ok ? ok({ status: 200, body: { data: presentOrder(found.value.order, deps, mountedAt) } }) : found;
    },
  });

const update = (deps: OrderOperationDeps) =>
  operation({
    method: 'PATCH',
    path: '/number_orders/:number_order_id',
    operationId: 'updateNumberOrder',
    summary: 'Update a number order',
    tag: TAG,
    resource: 'order',
    params: schema.orderParams,
    body: schema.updateOrderBody,
    bodyBytesMax: BODY_BYTES_MAX,
    need: { scope: 'numbers:write' },
    changes: true,
    responses: {
      200: { description: 'The order after the change.', schema: oneSchema(orderSchema) },
      404: { description: 'No such order of yours' },
      422: { description: 'A bad field, or an order whose requirements cannot change any more' },
    },
    async handle({ actor, params, body, wait, mountedAt }) {
      const ref = { resource: 'order', id: params.number_order_id } as const;
      const done = await updateOrder(deps, actor, { ref, ...body }, wait);
      if (!done.ok) return done;
      const data = presentOrder(done.value.value.order, deps, mountedAt);
      return ok({ status: 200, body: { data }, headers: propagationHeaders(done.value.propagation, null) });
    },
  });
