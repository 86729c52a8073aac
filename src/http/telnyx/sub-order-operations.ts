import type { Changed } from '../../app/change.ts';
import { cancelSubOrder } from '../../app/orders/cancel-sub-order.ts';
import { type FoundOrder, findOrder, subOrderIn } from '../../app/orders/find-order.ts';
import { scopeOf } from '../../app/orders/own-order.ts';
import { updateOrder } from '../../app/orders/update-order.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { ok, type Result } from '../../kit/result.ts';
import { type Answer, type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { given } from './given.ts';
import { subOrderSchema } from './order-answers.ts';
import type { OrderOperationDeps } from './order-operations.ts';
import * as schema from './order-schemas.ts';
import { listSchema, metaOf, offsetOf, oneSchema } from './page.ts';
import { presentSubOrder, statusesShownAs } from './present-order.ts';

const TAG = 'Phone Number Orders';
const resource = 'sub_order' as const;
const responses = {
  200: { description: 'The sub number order.', schema: oneSchema(subOrderSchema) },
  404: { description: 'No such sub number order of yours' },
};

/** Sub number orders: list, retrieve, update, cancel. */
export const subOrderOperations = (deps: OrderOperationDeps): AnyOperation[] => [list(deps), get(deps), update(deps), cancel(deps)];

const list = (deps: OrderOperationDeps) =>
  operation({
    method: 'GET',
    path: '/sub_number_orders',
    operationId: 'listSubNumberOrders',
    summary: 'List sub number orders',
    tag: TAG,
    query: schema.listSubOrdersQuery,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of sub number orders.', schema: listSchema(subOrderSchema) } },
    async handle({ actor, query }) {
      const filter = {
        ...scopeOf(actor),
        ...given('statuses', statusesShownAs(query['filter[status]'], deps)),
        ...given('orderId', query['filter[order_request_id]']),
        ...given('country', query['filter[country_code]']),
        ...given('type', query['filter[phone_number_type]']),
        ...given('phoneNumbersCount', query['filter[phone_numbers_count]']),
      };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.orders.listSubOrders(filter, offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map((part) => presentSubOrder(part, deps, false)), meta: metaOf(query, total) } });
    },
  });

const get = (deps: OrderOperationDeps) =>
  operation({
    method: 'GET',
    path: '/sub_number_orders/:sub_number_order_id',
    operationId: 'retrieveSubNumberOrder',
    summary: 'Retrieve a sub number order',
    tag: TAG,
    resource,
    params: schema.subOrderParams,
    query: schema.getSubOrderQuery,
    need: { scope: 'numbers:read' },
    responses,
    async handle({ actor, params, query }) {
      const id = params.sub_number_order_id;
      const found = await findOrder(deps, actor, { resource, id });
      if (!found.ok) return found;
      const { order } = found.value;
      const withNumbers = query['filter[include_phone_numbers]'] === true;
      return ok({ status: 200, body: { data: presentSubOrder({ order, sub: subOrderIn(order, id) }, deps, withNumbers) } });
    },
  });

const update = (deps: OrderOperationDeps) =>
  operation({
    method: 'PATCH',
    path: '/sub_number_orders/:sub_number_order_id',
    operationId: 'updateSubNumberOrder',
    summary: "Update a sub number order's requirements",
    tag: TAG,
    resource,
    params: schema.subOrderParams,
    body: schema.updateRequirementsBody,
    need: { scope: 'numbers:write' },
    changes: true,
    responses: { ...responses, 422: { description: 'A bad field, or requirements that cannot change any more' } },
    async handle({ actor, params, body, wait }) {
      const id = params.sub_number_order_id;
      return answer(deps, id, await updateOrder(deps, actor, { ref: { resource, id }, ...body }, wait));
    },
  });

const cancel = (deps: OrderOperationDeps) =>
  operation({
    method: 'PATCH',
    path: '/sub_number_orders/:sub_number_order_id/cancel',
    operationId: 'cancelSubNumberOrder',
    summary: 'Cancel a sub number order; its active numbers stay',
    tag: TAG,
    resource,
    params: schema.subOrderParams,
    need: { role: 'admin', scope: 'numbers:write' },
    changes: true,
    responses: { ...responses, 422: { description: 'The sub number order is not pending' } },
    async handle({ actor, params, wait }) {
      const id = params.sub_number_order_id;
      return answer(deps, id, await cancelSubOrder(deps, actor, id, wait));
    },
  });

function answer(deps: OrderOperationDeps, id: string, done: Result<Changed<FoundOrder>, RequestRefusal>): Result<Answer, RequestRefusal> {
  if (!done.ok) return done;
  const { value, propagation } = done.value;
  const data = presentSubOrder({ order: value.order, sub: subOrderIn(value.order, id) }, deps, false);
  return ok({ status: 200, body: { data }, headers: propagationHeaders(propagation, null) });
}
