// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  CreateTrunkGroupBody,
  CreateTrunkGroupQuery,
  ListTrunkGroupsAnswer,
  ListTrunkGroupsQuery,
  TrunkGroupAnswer,
  TrunkGroupHealthAnswer,
  UpdateTrunkGroupBody,
} from './trunk-groups-wire.ts';

/** Trunk groups: one method an operation. */
export const trunkGroupsApi = (send: Send) => ({
  /** Make a carrier or customer trunk group. */
  createTrunkGroup: (body: CreateTrunkGroupBody, query: CreateTrunkGroupQuery = {}, options?: CallOptions) =>
    send<TrunkGroupAnswer>({ method: 'POST', path: '/admin/v1/trunk-groups', query, json: body, answer: 'json' }, options),
  /** List trunk groups. */
  listTrunkGroups: (query: ListTrunkGroupsQuery = {}, options?: CallOptions) =>
    send<ListTrunkGroupsAnswer>({ method: 'GET', path: '/admin/v1/trunk-groups', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateTrunkGroups: (query: ListTrunkGroupsQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListTrunkGroupsAnswer>(
        { method: 'GET', path: '/admin/v1/trunk-groups', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get one trunk group. */
  getTrunkGroup: (id: string, options?: CallOptions) =>
    send<TrunkGroupAnswer>({ method: 'GET', path: `/admin/v1/trunk-groups/${segment(id)}`, answer: 'json' }, options),
  /** Change a trunk group; gateways and acl are replaced whole. */
  updateTrunkGroup: (id: string, body: UpdateTrunkGroupBody, query: CreateTrunkGroupQuery = {}, options?: CallOptions) =>
    send<TrunkGroupAnswer>({ method: 'PATCH', path: `/admin/v1/trunk-groups/${segment(id)}`, query, json: body, answer: 'json' }, options),
  /** Delete a trunk group that nothing points to. */
  deleteTrunkGroup: (id: string, query: CreateTrunkGroupQuery = {}, options?: CallOptions) =>
    send<void>({ method: 'DELETE', path: `/admin/v1/trunk-groups/${segment(id)}`, query, answer: 'none' }, options),
  /** How the gateways of a trunk group are, as calls and OPTIONS found them, and our registrations there. */
  getTrunkGroupHealth: (id: string, options?: CallOptions) =>
    send<TrunkGroupHealthAnswer>({ method: 'GET', path: `/admin/v1/trunk-groups/${segment(id)}/health`, answer: 'json' }, options),
});
