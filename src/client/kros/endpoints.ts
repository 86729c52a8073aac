// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byOffset } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type { CreateEndpointBody, EndpointAnswer, ListEndpointsAnswer, ListEndpointsQuery, UpdateEndpointBody } from './endpoints-wire.ts';

/** Endpoints: one method an operation. */
export const endpointsApi = (send: Send) => ({
  /** List endpoints */
  listEndpoints: (query: ListEndpointsQuery = {}, options?: CallOptions) =>
    send<ListEndpointsAnswer>({ method: 'GET', path: '/endpoints', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateEndpoints: (query: ListEndpointsQuery = {}, options?: CallOptions) =>
    byOffset(
      Number(query.offset ?? 0),
      async (offset) =>
        (await send<ListEndpointsAnswer>({ method: 'GET', path: '/endpoints', query: { ...query, offset }, answer: 'json' }, options))
          .endpoints,
    ),
  /** Create an endpoint */
  createEndpoint: (body: CreateEndpointBody, options?: CallOptions) =>
    send<EndpointAnswer>({ method: 'POST', path: '/endpoints', json: body, answer: 'json' }, options),
  /** Get an endpoint */
  getEndpoint: (id: string, options?: CallOptions) =>
    send<EndpointAnswer>({ method: 'GET', path: `/endpoints/${segment(id)}`, answer: 'json' }, options),
  /** Update an endpoint */
  updateEndpoint: (id: string, body: UpdateEndpointBody, options?: CallOptions) =>
    send<EndpointAnswer>({ method: 'PATCH', path: `/endpoints/${segment(id)}`, json: body, answer: 'json' }, options),
  /** Delete an endpoint; its phone numbers stop receiving calls until they get another */
  deleteEndpoint: (id: string, options?: CallOptions) =>
    send<void>({ method: 'DELETE', path: `/endpoints/${segment(id)}`, answer: 'none' }, options),
});
