// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  FreeLeaseQuery,
  LimitUseAnswer,
  ListAlertsAnswer,
  ListAlertsQuery,
  ListLeaseHoldersAnswer,
  ListLeaseHoldersQuery,
  TrafficGuardAnswer,
  UpdateTrafficGuardBody,
} from './limits-wire.ts';

/** Limits: one method an operation. */
export const limitsApi = (send: Send) => ({
  /** What is used of the limits of a number, account, trunk group, outbound profile or gateway: channels now, minutes of calls out in this day (UTC). */
  getLimitUse: (kind: string, id: string, options?: CallOptions) =>
    send<LimitUseAnswer>({ method: 'GET', path: `/admin/v1/limits/${segment(kind)}/${segment(id)}`, answer: 'json' }, options),
  /** Calls that hold a channel of a number, account, trunk group, outbound profile or gateway; `in_use` counts those of agents that are alive. */
  listLeaseHolders: (kind: string, id: string, query: ListLeaseHoldersQuery = {}, options?: CallOptions) =>
    send<ListLeaseHoldersAnswer>(
      { method: 'GET', path: `/admin/v1/limits/${segment(kind)}/${segment(id)}/holders`, query, answer: 'json' },
      options,
    ),
  /** The same, row after row through all pages. */
  iterateLeaseHolders: (kind: string, id: string, query: ListLeaseHoldersQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListLeaseHoldersAnswer>(
        {
          method: 'GET',
          path: `/admin/v1/limits/${segment(kind)}/${segment(id)}/holders`,
          query: { ...query, after: after ?? query.after },
          answer: 'json',
        },
        options,
      ),
    ),
  /** Take the channel of one limit away from a call, which goes on without it. */
  freeLease: (kind: string, id: string, callId: string, query: FreeLeaseQuery = {}, options?: CallOptions) =>
    send<void>(
      { method: 'DELETE', path: `/admin/v1/limits/${segment(kind)}/${segment(id)}/holders/${segment(callId)}`, query, answer: 'none' },
      options,
    ),
  /** What is watched of the calls out of an account, and whether they are stopped. */
  getTrafficGuard: (id: string, options?: CallOptions) =>
    send<TrafficGuardAnswer>({ method: 'GET', path: `/admin/v1/accounts/${segment(id)}/traffic-guard`, answer: 'json' }, options),
  /** Say what is far from usual for an account, and what is done then. */
  updateTrafficGuard: (id: string, body: UpdateTrafficGuardBody, query: FreeLeaseQuery = {}, options?: CallOptions) =>
    send<TrafficGuardAnswer>(
      { method: 'PATCH', path: `/admin/v1/accounts/${segment(id)}/traffic-guard`, query, json: body, answer: 'json' },
      options,
    ),
  /** Let the calls out of an account go on that the guard stopped. */
  liftTrafficStop: (id: string, query: FreeLeaseQuery = {}, options?: CallOptions) =>
    send<TrafficGuardAnswer>(
      { method: 'POST', path: `/admin/v1/accounts/${segment(id)}/traffic-guard/lift`, query, answer: 'json' },
      options,
    ),
  /** Gateways that went down or came up, and accounts whose calls out are far from usual; newest first. */
  listAlerts: (query: ListAlertsQuery = {}, options?: CallOptions) =>
    send<ListAlertsAnswer>({ method: 'GET', path: '/admin/v1/alerts', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateAlerts: (query: ListAlertsQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListAlertsAnswer>(
        { method: 'GET', path: '/admin/v1/alerts', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
});
