// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  CreateEndpointAnswer,
  CreateEndpointBody,
  CreateEndpointQuery,
  DeleteEndpointQuery,
  EndpointAnswer,
  ListEndpointsAnswer,
  ListEndpointsQuery,
  UpdateEndpointBody,
} from './endpoints-wire.ts';

/** Endpoints: one method an operation. */
export const endpointsApi = (send: Send) => ({
  /** Make an endpoint with its targets in order, or with a route to somewhere else. */
  createEndpoint: (body: CreateEndpointBody, query: CreateEndpointQuery = {}, options?: CallOptions) =>
    send<CreateEndpointAnswer>({ method: 'POST', path: '/admin/v1/endpoints', query, json: body, answer: 'json' }, options),
  /** List endpoints. */
  listEndpoints: (query: ListEndpointsQuery = {}, options?: CallOptions) =>
    send<ListEndpointsAnswer>({ method: 'GET', path: '/admin/v1/endpoints', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateEndpoints: (query: ListEndpointsQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListEndpointsAnswer>(
        { method: 'GET', path: '/admin/v1/endpoints', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get one endpoint. */
  getEndpoint: (id: string, options?: CallOptions) =>
    send<EndpointAnswer>({ method: 'GET', path: `/admin/v1/endpoints/${segment(id)}`, answer: 'json' }, options),
  /** Change an endpoint; targets and routes are replaced whole, and each takes the place of the other. */
  updateEndpoint: (id: string, body: UpdateEndpointBody, query: CreateEndpointQuery = {}, options?: CallOptions) =>
    send<CreateEndpointAnswer>({ method: 'PATCH', path: `/admin/v1/endpoints/${segment(id)}`, query, json: body, answer: 'json' }, options),
  /** Delete an endpoint; refused while numbers or endpoints point to it, unless ?detach=true. */
  deleteEndpoint: (id: string, query: DeleteEndpointQuery = {}, options?: CallOptions) =>
    send<void>({ method: 'DELETE', path: `/admin/v1/endpoints/${segment(id)}`, query, answer: 'none' }, options),
});
