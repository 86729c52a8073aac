// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  CreateUserAnswer,
  CreateUserBody,
  CreateUserQuery,
  ListMembershipsAnswer,
  ListUsersAnswer,
  ListUsersQuery,
  MembershipAnswer,
  PutMembershipBody,
  UserAnswer,
} from './users-wire.ts';

/** Users: one method an operation. */
export const usersApi = (send: Send) => ({
  /** Register a user; `id` is the `sub` of the tokens. */
  createUser: (body: CreateUserBody, query: CreateUserQuery = {}, options?: CallOptions) =>
    send<CreateUserAnswer>({ method: 'POST', path: '/admin/v1/users', query, json: body, answer: 'json' }, options),
  /** List users. */
  listUsers: (query: ListUsersQuery = {}, options?: CallOptions) =>
    send<ListUsersAnswer>({ method: 'GET', path: '/admin/v1/users', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateUsers: (query: ListUsersQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListUsersAnswer>(
        { method: 'GET', path: '/admin/v1/users', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get a user with the accounts it is a member of. */
  getUser: (id: string, options?: CallOptions) =>
    send<UserAnswer>({ method: 'GET', path: `/admin/v1/users/${segment(id)}`, answer: 'json' }, options),
  /** Make a user a member of an account, or change the role. */
  putMembership: (id: string, body: PutMembershipBody, query: CreateUserQuery = {}, options?: CallOptions) =>
    send<MembershipAnswer>(
      { method: 'POST', path: `/admin/v1/accounts/${segment(id)}/memberships`, query, json: body, answer: 'json' },
      options,
    ),
  /** List the members of an account. */
  listMemberships: (id: string, query: ListUsersQuery = {}, options?: CallOptions) =>
    send<ListMembershipsAnswer>({ method: 'GET', path: `/admin/v1/accounts/${segment(id)}/memberships`, query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateMemberships: (id: string, query: ListUsersQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListMembershipsAnswer>(
        {
          method: 'GET',
          path: `/admin/v1/accounts/${segment(id)}/memberships`,
          query: { ...query, after: after ?? query.after },
          answer: 'json',
        },
        options,
      ),
    ),
  /** Get the membership of a user in an account. */
  getMembership: (id: string, userId: string, options?: CallOptions) =>
    send<MembershipAnswer>(
      { method: 'GET', path: `/admin/v1/accounts/${segment(id)}/memberships/${segment(userId)}`, answer: 'json' },
      options,
    ),
  /** Take a user out of an account. */
  removeMembership: (id: string, userId: string, query: CreateUserQuery = {}, options?: CallOptions) =>
    send<void>(
      { method: 'DELETE', path: `/admin/v1/accounts/${segment(id)}/memberships/${segment(userId)}`, query, answer: 'none' },
      options,
    ),
});
