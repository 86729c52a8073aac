import { assignToSubAccount } from '../../app/numbers/assign-to-sub-account.ts';
import { unassignFromSubAccount } from '../../app/numbers/unassign-from-sub-account.ts';
import { parentOf } from '../../app/sub-accounts/own-sub-account.ts';
import { assignTrunkGroup } from '../../app/trunk-groups/assign-trunk-group.ts';
import { unassignTrunkGroup } from '../../app/trunk-groups/unassign-trunk-group.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { changeHeaders } from './change-headers.ts';
import { forceQuery, numberParams } from './fields.ts';
import type { VobizNumberDeps } from './number-operations.ts';
import * as schema from './number-schemas.ts';

const resource = 'number' as const;
const need = { role: 'admin', scope: 'numbers:write' } as const;
const TRUNKS = 'Numbers on trunks';
const SUB_ACCOUNTS = 'Numbers of sub-accounts';

/** Numbers to sub-accounts and trunk groups, and back. */
export const assignmentOperations = (deps: VobizNumberDeps): AnyOperation[] => [
  assignSubAccount(deps),
  unassignSubAccount(deps),
  assignTrunk(deps),
  unassignTrunk(deps),
];

const assignSubAccount = (deps: VobizNumberDeps) =>
  operation({
    method: 'POST',
    path: '/account/:auth_id/numbers/:e164/assign-subaccount',
    operationId: 'assignNumberToSubAccount',
    summary: 'Assign a number of the parent pool to a sub-account',
    tag: SUB_ACCOUNTS,
    resource,
    params: numberParams,
    query: forceQuery,
    body: schema.assignSubAccountBody,
    need,
    changes: true,
    responses: {
      204: { description: 'The sub-account has it' },
      404: { description: 'The number is not in the pool, or there is no such enabled sub-account' },
      409: { description: 'The number cools off from another sub-account' },
      503: { description: 'The last calls of the number are not known now' },
    },
    async handle({ actor, params, query, body }) {
      const parent = parentOf(actor);
      if (!parent.ok) return parent;
      const input = { number: params, subAuthId: body.sub_account_id, force: query.force === 'true' };
      return answerOnce(
        actor,
        () => assignToSubAccount(deps, actor, input),
        (changed) => ({ status: 204, headers: changeHeaders(changed) }),
      );
    },
  });

const unassignSubAccount = (deps: VobizNumberDeps) =>
  operation({
    method: 'DELETE',
    path: '/account/:auth_id/numbers/:e164/assign-subaccount',
    operationId: 'unassignNumberFromSubAccount',
    summary: 'Move a number back to the parent pool, subject to the cool-off',
    tag: SUB_ACCOUNTS,
    resource,
    params: numberParams,
    query: forceQuery,
    need,
    changes: true,
    responses: {
      204: { description: 'Back in the pool' },
      403: { description: 'Force without its scope' },
      404: { description: 'No sub-account of yours has this number' },
      409: { description: 'The number had a call within the cool-off' },
      503: { description: 'The last calls of the number are not known now' },
    },
    async handle({ actor, params, query }) {
      const parent = parentOf(actor);
      if (!parent.ok) return parent;
      const done = await unassignFromSubAccount(deps, actor, { number: params, force: query.force === 'true' });
      return done.ok ? ok({ status: 204, headers: changeHeaders(done.value) }) : done;
    },
  });

const assignTrunk = (deps: VobizNumberDeps) =>
  operation({
    method: 'POST',
    path: '/Account/:auth_id/numbers/:e164/assign',
    operationId: 'assignNumberToTrunkGroup',
    summary: 'Route a number to a trunk group; it replaces an application',
    tag: TRUNKS,
    resource,
    params: numberParams,
    body: schema.assignTrunkBody,
    need,
    changes: true,
    responses: {
      204: { description: 'Calls go to the trunk group' },
      400: { description: 'A trunk group is assigned already' },
      404: { description: 'No such number or trunk group of yours' },
    },
    handle({ actor, params, body, wait }) {
      return answerOnce(
        actor,
        () => assignTrunkGroup(deps, actor, { e164: params.e164, trunkGroupId: body.trunk_group_id }, wait),
        (changed) => ({ status: 204, headers: changeHeaders(changed) }),
      );
    },
  });

const unassignTrunk = (deps: VobizNumberDeps) =>
  operation({
    method: 'DELETE',
    path: '/Account/:auth_id/numbers/:e164/assign',
    operationId: 'unassignNumberFromTrunkGroup',
    summary: 'Take a number off its trunk group at once; live calls are ended by a job',
    tag: TRUNKS,
    resource,
    params: numberParams,
    need,
    changes: true,
    responses: { 204: { description: 'No more calls go there' }, 404: { description: 'No such number, or none on a trunk group' } },
    async handle({ actor, params, wait }) {
      const done = await unassignTrunkGroup(deps, actor, { e164: params.e164 }, wait);
      return done.ok ? ok({ status: 204, headers: changeHeaders(done.value) }) : done;
    },
  });
