// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  CreateOutboundRouteBody,
  CreateOutboundRouteQuery,
  DestinationsAnswer,
  ListOutboundRoutesAnswer,
  ListOutboundRoutesQuery,
  OutboundRouteAnswer,
  UpdateDestinationsBody,
  UpdateOutboundRouteBody,
} from './outbound-routes-wire.ts';

/** Outbound routes: one method an operation. */
export const outboundRoutesApi = (send: Send) => ({
  /** Send calls whose number starts with a prefix to a carrier trunk group. */
  createOutboundRoute: (body: CreateOutboundRouteBody, query: CreateOutboundRouteQuery = {}, options?: CallOptions) =>
    send<OutboundRouteAnswer>({ method: 'POST', path: '/admin/v1/outbound-routes', query, json: body, answer: 'json' }, options),
  /** List outbound routes. */
  listOutboundRoutes: (query: ListOutboundRoutesQuery = {}, options?: CallOptions) =>
    send<ListOutboundRoutesAnswer>({ method: 'GET', path: '/admin/v1/outbound-routes', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateOutboundRoutes: (query: ListOutboundRoutesQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListOutboundRoutesAnswer>(
        { method: 'GET', path: '/admin/v1/outbound-routes', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get one outbound route. */
  getOutboundRoute: (id: string, options?: CallOptions) =>
    send<OutboundRouteAnswer>({ method: 'GET', path: `/admin/v1/outbound-routes/${segment(id)}`, answer: 'json' }, options),
  /** Change prefix, trunk group, order, cost or hours of a route. */
  updateOutboundRoute: (id: string, body: UpdateOutboundRouteBody, query: CreateOutboundRouteQuery = {}, options?: CallOptions) =>
    send<OutboundRouteAnswer>(
      { method: 'PATCH', path: `/admin/v1/outbound-routes/${segment(id)}`, query, json: body, answer: 'json' },
      options,
    ),
  /** Take a route away. */
  deleteOutboundRoute: (id: string, query: CreateOutboundRouteQuery = {}, options?: CallOptions) =>
    send<void>({ method: 'DELETE', path: `/admin/v1/outbound-routes/${segment(id)}`, query, answer: 'none' }, options),
  /** Where calls of everybody may go. */
  getDestinations: (options?: CallOptions) =>
    send<DestinationsAnswer>({ method: 'GET', path: '/admin/v1/destinations', answer: 'json' }, options),
  /** Say where calls of everybody may go: prefixes without +, the longest that fits decides, one in both lists is blocked. */
  updateDestinations: (body: UpdateDestinationsBody, query: CreateOutboundRouteQuery = {}, options?: CallOptions) =>
    send<DestinationsAnswer>({ method: 'PATCH', path: '/admin/v1/destinations', query, json: body, answer: 'json' }, options),
});
