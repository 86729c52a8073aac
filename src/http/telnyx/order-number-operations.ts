import { type FoundOrder, findOrder, subOrderIn } from '../../app/orders/find-order.ts';
import { scopeOf } from '../../app/orders/own-order.ts';
import { updateOrder } from '../../app/orders/update-order.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { given } from './given.ts';
import { itemSchema } from './order-answers.ts';
import type { OrderOperationDeps } from './order-operations.ts';
import * as schema from './order-schemas.ts';
import { listSchema, metaOf, offsetOf, oneSchema } from './page.ts';
import { presentItem } from './present-order.ts';

const TAG = 'Phone Number Orders';
const resource = 'order_item' as const;
/** Here the vendor's schema has it, and allows null (seed-apis E.2). */
const NO_BUNDLE = { bundle_id: null } as const;
const responses = {
  200: { description: 'The ordered number.', schema: oneSchema(itemSchema) },
  404: { description: 'No such ordered number of yours' },
};

/** The numbers of orders: list, retrieve, update. */
export const orderNumberOperations = (deps: OrderOperationDeps): AnyOperation[] => [list(deps), get(deps), update(deps)];

const list = (deps: OrderOperationDeps) =>
  operation({
    method: 'GET',
    path: '/number_order_phone_numbers',
    operationId: 'listNumberOrderPhoneNumbers',
    summary: 'Retrieve a list of phone numbers associated to orders',
    tag: TAG,
    query: schema.listItemsQuery,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of ordered numbers.', schema: listSchema(itemSchema) } },
    async handle({ actor, query }) {
      const filter = { ...scopeOf(actor), ...given('country', query['filter[country_code]']) };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.orders.listItems(filter, offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map((row) => presentItem(row, deps, NO_BUNDLE)), meta: metaOf(query, total) } });
    },
  });

const get = (deps: OrderOperationDeps) =>
  operation({
    method: 'GET',
    path: '/number_order_phone_numbers/:number_order_phone_number_id',
    operationId: 'retrieveNumberOrderPhoneNumber',
    summary: 'Retrieve a single phone number within a number order',
    tag: TAG,
    resource,
    params: schema.itemParams,
    need: { scope: 'numbers:read' },
    responses,
    async handle({ actor, params }) {
      const found = await findOrder(deps, actor, { resource, id: params.number_order_phone_number_id });
      return found.ok ? ok({ status: 200, body: { data: presentFound(deps, found.value) } }) : found;
    },
  });

const update = (deps: OrderOperationDeps) =>
  operation({
    method: 'PATCH',
    path: '/number_order_phone_numbers/:number_order_phone_number_id',
    operationId: 'updateNumberOrderPhoneNumber',
    summary: 'Update requirements for a single phone number within a number order',
    tag: TAG,
    resource,
    params: schema.itemParams,
    body: schema.updateRequirementsBody,
    need: { scope: 'numbers:write' },
    changes: true,
    responses: { ...responses, 422: { description: 'A bad field, or requirements that cannot change any more' } },
    async handle({ actor, params, body, wait }) {
      const ref = { resource, id: params.number_order_phone_number_id };
      const done = await updateOrder(deps, actor, { ref, ...body }, wait);
      if (!done.ok) return done;
      const { value, propagation } = done.value;
      return ok({ status: 200, body: { data: presentFound(deps, value) }, headers: propagationHeaders(propagation, null) });
    },
  });

function presentFound(deps: OrderOperationDeps, { order, items }: FoundOrder) {
  const [item] = items;
  if (item === undefined) throw new Error('an ordered number without its item');
  return presentItem({ order, sub: subOrderIn(order, item.subOrderId), item }, deps, NO_BUNDLE);
}
