// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type { LiftSipBanQuery, ListSipBansAnswer } from './sip-bans-wire.ts';

/** SIP bans: one method an operation. */
export const sipBansApi = (send: Send) => ({
  /** Addresses that failed to log in by SIP too often and are not answered; an IPv6 /64 stands under its first address. */
  listSipBans: (options?: CallOptions) => send<ListSipBansAnswer>({ method: 'GET', path: '/admin/v1/sip-bans', answer: 'json' }, options),
  /** Answer an address again; agents and engines know within a heartbeat. */
  liftSipBan: (address: string, query: LiftSipBanQuery = {}, options?: CallOptions) =>
    send<void>({ method: 'DELETE', path: `/admin/v1/sip-bans/${segment(address)}`, query, answer: 'none' }, options),
});
