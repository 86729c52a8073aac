// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  CreateSipUserAnswer,
  CreateSipUserBody,
  CreateSipUserQuery,
  ListRegistrationsAnswer,
  ListSipUsersAnswer,
  ListSipUsersQuery,
  SipUserAnswer,
  UpdateSipUserBody,
} from './sip-users-wire.ts';

/** SIP users: one method an operation. */
export const sipUsersApi = (send: Send) => ({
  /** Make a SIP login of an account; its password is told once. */
  createSipUser: (body: CreateSipUserBody, query: CreateSipUserQuery = {}, options?: CallOptions) =>
    send<CreateSipUserAnswer>({ method: 'POST', path: '/admin/v1/sip-users', query, json: body, answer: 'json' }, options),
  /** List SIP logins, without their passwords. */
  listSipUsers: (query: ListSipUsersQuery = {}, options?: CallOptions) =>
    send<ListSipUsersAnswer>({ method: 'GET', path: '/admin/v1/sip-users', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateSipUsers: (query: ListSipUsersQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListSipUsersAnswer>(
        { method: 'GET', path: '/admin/v1/sip-users', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get one SIP login, without its password. */
  getSipUser: (id: string, options?: CallOptions) =>
    send<SipUserAnswer>({ method: 'GET', path: `/admin/v1/sip-users/${segment(id)}`, answer: 'json' }, options),
  /** Switch a SIP login on or off, or change what its calls out present. */
  updateSipUser: (id: string, body: UpdateSipUserBody, query: CreateSipUserQuery = {}, options?: CallOptions) =>
    send<SipUserAnswer>({ method: 'PATCH', path: `/admin/v1/sip-users/${segment(id)}`, query, json: body, answer: 'json' }, options),
  /** Delete a SIP login. */
  deleteSipUser: (id: string, query: CreateSipUserQuery = {}, options?: CallOptions) =>
    send<void>({ method: 'DELETE', path: `/admin/v1/sip-users/${segment(id)}`, query, answer: 'none' }, options),
  /** Phones that are registered with a SIP login now, and the way calls take to them. */
  listRegistrations: (id: string, options?: CallOptions) =>
    send<ListRegistrationsAnswer>({ method: 'GET', path: `/admin/v1/sip-users/${segment(id)}/registrations`, answer: 'json' }, options),
  /** Forget the phones of a SIP login; they ring again once they have registered again. */
  endRegistrations: (id: string, query: CreateSipUserQuery = {}, options?: CallOptions) =>
    send<void>({ method: 'DELETE', path: `/admin/v1/sip-users/${segment(id)}/registrations`, query, answer: 'none' }, options),
});
