// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type { FreeLeaseQuery, LimitUseAnswer, ListLeaseHoldersAnswer, ListLeaseHoldersQuery } from './limits-wire.ts';

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
});
