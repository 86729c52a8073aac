// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type { OrderItemAnswer, UpdateOrderItemBody, UpdateOrderItemQuery } from './orders-wire.ts';

/** Orders: one method an operation. */
export const ordersApi = (send: Send) => ({
  /** Get an ordered number. */
  getOrderItem: (id: string, options?: CallOptions) =>
    send<OrderItemAnswer>({ method: 'GET', path: `/admin/v1/order-items/${segment(id)}`, answer: 'json' }, options),
  /** Give an ordered number that waits for values another deadline. */
  updateOrderItem: (id: string, body: UpdateOrderItemBody, query: UpdateOrderItemQuery = {}, options?: CallOptions) =>
    send<OrderItemAnswer>({ method: 'PATCH', path: `/admin/v1/order-items/${segment(id)}`, query, json: body, answer: 'json' }, options),
});
