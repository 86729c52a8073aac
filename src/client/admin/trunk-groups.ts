// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  CreateTrunkGroupBody,
  CreateTrunkGroupQuery,
  ListOutboundProfilesAnswer,
  ListOutboundProfilesQuery,
  ListTrunkGroupsAnswer,
  ListTrunkGroupsQuery,
  OutboundProfileAnswer,
  TrunkGroupAnswer,
  TrunkGroupHealthAnswer,
  UpdateOutboundProfileBody,
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
  /** List outbound profiles. */
  listOutboundProfiles: (query: ListOutboundProfilesQuery = {}, options?: CallOptions) =>
    send<ListOutboundProfilesAnswer>({ method: 'GET', path: '/admin/v1/outbound-profiles', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateOutboundProfiles: (query: ListOutboundProfilesQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListOutboundProfilesAnswer>(
        { method: 'GET', path: '/admin/v1/outbound-profiles', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get one outbound profile; GET /limits/outbound-profile/{id} tells what is used of it. */
  getOutboundProfile: (id: string, options?: CallOptions) =>
    send<OutboundProfileAnswer>({ method: 'GET', path: `/admin/v1/outbound-profiles/${segment(id)}`, answer: 'json' }, options),
  /** Limit the calls out of all trunks with this profile together, and say which countries they may call. */
  updateOutboundProfile: (id: string, body: UpdateOutboundProfileBody, query: CreateTrunkGroupQuery = {}, options?: CallOptions) =>
    send<OutboundProfileAnswer>(
      { method: 'PATCH', path: `/admin/v1/outbound-profiles/${segment(id)}`, query, json: body, answer: 'json' },
      options,
    ),
});
