// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type { ListOrdersAnswer, ListOrdersQuery, OrderItemAnswer, UpdateOrderItemBody, UpdateOrderItemQuery } from './orders-wire.ts';

/** Orders: one method an operation. */
export const ordersApi = (send: Send) => ({
  /** List orders of numbers, oldest first. */
  listOrders: (query: ListOrdersQuery = {}, options?: CallOptions) =>
    send<ListOrdersAnswer>({ method: 'GET', path: '/admin/v1/orders', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateOrders: (query: ListOrdersQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListOrdersAnswer>(
        { method: 'GET', path: '/admin/v1/orders', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get an ordered number. */
  getOrderItem: (id: string, options?: CallOptions) =>
    send<OrderItemAnswer>({ method: 'GET', path: `/admin/v1/order-items/${segment(id)}`, answer: 'json' }, options),
  /** Give an ordered number that waits for values another deadline. */
  updateOrderItem: (id: string, body: UpdateOrderItemBody, query: UpdateOrderItemQuery = {}, options?: CallOptions) =>
    send<OrderItemAnswer>({ method: 'PATCH', path: `/admin/v1/order-items/${segment(id)}`, query, json: body, answer: 'json' }, options),
});
