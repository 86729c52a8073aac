import { z } from 'zod';
import { createUser, putMembership, removeMembership } from '../../app/accounts/manage-members.ts';
import type { Membership, User } from '../../app/ports/store.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { idParams, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange, answerChangeOnce } from './answer-change.ts';
import { listBody, listSchema, pageOf, pageQuery } from './page.ts';

const userSchema = z.object({ id: z.string(), email: z.string(), created_at: z.string() });
const membershipSchema = z.object({
  account_id: z.string(),
  user_id: z.string(),
  role: z.enum(['owner', 'admin', 'member']),
  created_at: z.string(),
});

const presentMembership = (membership: Membership) => ({
  account_id: membership.accountId,
  user_id: membership.userId,
  role: membership.role,
  created_at: timeText(membership.createdAt),
});

const presentUser = ({ id, email, createdAt }: User) => ({ id, email, created_at: timeText(createdAt) });

const membershipParams = idParams.extend({ user_id: uuidField() });
const tag = 'Users';

/** Users who log in elsewhere, and the accounts they may act for. */
export const userOperations = (deps: AdminDeps): AnyOperation[] => [
  createUserOperation(deps),
  listUsersOperation(deps),
  getUserOperation(deps),
  putMembershipOperation(deps),
  listMembershipsOperation(deps),
  getMembershipOperation(deps),
  removeMembershipOperation(deps),
];

const createUserOperation = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/users',
    operationId: 'createUser',
    summary: 'Register a user; `id` is the `sub` of the tokens.',
    tag,
    changes: true,
    body: z.object({ id: uuidField().nullable().default(null), email: z.email().max(254) }),
    responses: { 201: { description: 'The user.', schema: userSchema } },
    async handle({ actor, body }) {
      return answerChangeOnce(actor, () => createUser(deps, actor, body), {
        status: 201,
        body: presentUser,
        location: ({ id }) => `/users/${id}`,
      });
    },
  });

const listUsersOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/users',
    operationId: 'listUsers',
    summary: 'List users.',
    tag,
    query: pageQuery,
    responses: { 200: { description: 'A page of users.', schema: listSchema(userSchema) } },
    async handle({ query }) {
      const rows = await deps.unitOfWork.read((tx) => tx.users.list(pageOf(query)));
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, presentUser) });
    },
  });

const getUserOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/users/:id',
    operationId: 'getUser',
    summary: 'Get a user with the accounts it is a member of.',
    tag,
    resource: 'user',
    params: idParams,
    responses: { 200: { description: 'The user.', schema: userSchema.extend({ memberships: z.array(membershipSchema) }) } },
    async handle({ params }) {
      return deps.unitOfWork.read(async (tx) => {
        const user = await tx.users.get(params.id);
        if (user === null) return err({ kind: 'not_found', resource: 'user' } as const);
        const memberships = (await tx.users.membershipsOf(user.id)).map(presentMembership);
        return ok({ status: 200, body: { ...presentUser(user), memberships } });
      });
    },
  });

const putMembershipOperation = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/accounts/:id/memberships',
    operationId: 'putMembership',
    summary: 'Make a user a member of an account, or change the role.',
    tag,
    resource: 'account',
    changes: true,
    params: idParams,
    body: z.object({ user_id: uuidField(), role: z.enum(['owner', 'admin', 'member']) }),
    responses: { 201: { description: 'The membership.', schema: membershipSchema } },
    async handle({ actor, params, body }) {
      const membership = { accountId: params.id, userId: body.user_id, role: body.role };
      return answerChangeOnce(actor, () => putMembership(deps, actor, membership), {
        status: 201,
        body: presentMembership,
        location: ({ accountId, userId }) => `/accounts/${accountId}/memberships/${userId}`,
      });
    },
  });

const listMembershipsOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/accounts/:id/memberships',
    operationId: 'listMemberships',
    summary: 'List the members of an account.',
    tag,
    resource: 'account',
    params: idParams,
    query: pageQuery,
    responses: { 200: { description: 'A page of memberships.', schema: listSchema(membershipSchema) } },
    async handle({ params, query }) {
      return deps.unitOfWork.read(async (tx) => {
        if ((await tx.accounts.get(params.id)) === null) return err({ kind: 'not_found', resource: 'account' } as const);
        const rows = await tx.users.listMemberships(params.id, pageOf(query));
        return ok({
          status: 200,
          body: listBody(rows, query.limit, (row) => ({ createdAt: row.createdAt, id: row.userId }), presentMembership),
        });
      });
    },
  });

const getMembershipOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/accounts/:id/memberships/:user_id',
    operationId: 'getMembership',
    summary: 'Get the membership of a user in an account.',
    tag,
    resource: 'user',
    params: membershipParams,
    responses: { 200: { description: 'The membership.', schema: membershipSchema } },
    async handle({ params }) {
      const all = await deps.unitOfWork.read((tx) => tx.users.membershipsOf(params.user_id));
      const membership = all.find(({ accountId }) => accountId === params.id);
      return membership === undefined
        ? err({ kind: 'not_found', resource: 'user' })
        : ok({ status: 200, body: presentMembership(membership) });
    },
  });

const removeMembershipOperation = (deps: AdminDeps) =>
  operation({
    method: 'DELETE',
    path: '/accounts/:id/memberships/:user_id',
    operationId: 'removeMembership',
    summary: 'Take a user out of an account.',
    tag,
    resource: 'user',
    changes: true,
    params: membershipParams,
    responses: { 204: { description: 'Removed.' } },
    async handle({ actor, params }) {
      return answerChange(await removeMembership(deps, actor, { accountId: params.id, userId: params.user_id }), { status: 204 });
    },
  });
