import type { Changed } from '../../app/change.ts';
import type { SubAccountLabels } from '../../app/ports/sub-accounts.ts';
import { createSubAccount } from '../../app/sub-accounts/create-sub-account.ts';
import { deleteSubAccount } from '../../app/sub-accounts/delete-sub-account.ts';
import { getSubAccount, listSubAccounts } from '../../app/sub-accounts/read-sub-accounts.ts';
import { updateSubAccount } from '../../app/sub-accounts/update-sub-account.ts';
import { accountOf } from '../../app/tenant.ts';
import type { Account } from '../../domain/account.ts';
import { recordRef } from '../../domain/records.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { accountParams, forceQuery, subAccountParams } from './fields.ts';
import type { VobizNumberDeps } from './number-operations.ts';
import { presentSubAccount } from './present-sub-account.ts';
import * as schema from './sub-account-schemas.ts';

const TAG = 'Sub-accounts';
const COLLECTION = '/accounts/:auth_id/sub-accounts';
const ONE = `${COLLECTION}/:sub_auth_id`;
const resource = 'account' as const;
// No key scope covers accounts: a key that is limited to some things is not for making or ending accounts.
const need = { role: 'admin', scope: 'accounts' } as const;

/** Sub-accounts of a parent account (seed-apis B.4). */
export const subAccountOperations = (deps: VobizNumberDeps): AnyOperation[] => [
  list(deps),
  create(deps),
  details(deps),
  update(deps),
  remove(deps),
];

const list = (deps: VobizNumberDeps) =>
  operation({
    method: 'GET',
    path: COLLECTION,
    operationId: 'listSubAccounts',
    summary: 'List sub-accounts, newest first',
    tag: TAG,
    params: accountParams,
    query: schema.listQuery,
    need,
    responses: { 200: { description: 'A page of sub-accounts', schema: schema.subAccountList } },
    async handle({ actor, query: { page, size, active_only } }) {
      const found = await listSubAccounts(deps, actor, { activeOnly: active_only === 'true' }, { limit: size, offset: (page - 1) * size });
      if (!found.ok) return found;
      const { authId } = accountOf(actor);
      const rows = found.value.rows.map((one) => presentSubAccount(one, authId));
      return ok({ status: 200, body: { sub_accounts: rows, total: found.value.total, page, size } });
    },
  });

const create = (deps: VobizNumberDeps) =>
  operation({
    method: 'POST',
    path: COLLECTION,
    operationId: 'createSubAccount',
    summary: 'Create a sub-account; its auth token is told once',
    tag: TAG,
    params: accountParams,
    body: schema.createBody,
    need,
    changes: true,
    secrets: ['auth_token'],
    responses: { 201: { description: 'Created', schema: schema.created } },
    handle({ actor, body, wait }) {
      const { authId: parentAuthId } = accountOf(actor);
      const input = { name: body.name, enabled: body.enabled, labels: { ...NO_LABELS, ...labelsOf(body) } };
      return answerOnce(
        actor,
        () => createSubAccount(deps, actor, input, wait),
        ({ value: { subAccount, authToken }, propagation }) => ({
          status: 201,
          body: {
            message: 'Sub-account created successfully',
            sub_account: presentSubAccount(subAccount, parentAuthId, authToken),
            auth_credentials: { auth_id: subAccount.account.authId, auth_token: authToken },
          },
          headers: headersOf(subAccount.account, propagation),
        }),
      );
    },
  });

const details = (deps: VobizNumberDeps) =>
  operation({
    method: 'GET',
    path: ONE,
    operationId: 'getSubAccount',
    summary: 'Get one sub-account',
    tag: TAG,
    resource,
    params: subAccountParams,
    need,
    responses: { 200: { description: 'The sub-account', schema: schema.subAccount }, 404: { description: 'No such sub-account of yours' } },
    async handle({ actor, params }) {
      const found = await getSubAccount(deps, actor, params.sub_auth_id);
      return found.ok ? ok({ status: 200, body: presentSubAccount(found.value, accountOf(actor).authId) }) : found;
    },
  });

const update = (deps: VobizNumberDeps) =>
  operation({
    method: 'PUT',
    path: ONE,
    operationId: 'updateSubAccount',
    summary: 'Rename, enable or disable a sub-account, or change its labels',
    tag: TAG,
    resource,
    params: subAccountParams,
    body: schema.updateBody,
    need,
    changes: true,
    responses: { 200: { description: 'Updated', schema: schema.updated }, 404: { description: 'No such sub-account of yours' } },
    async handle({ actor, params, body, wait }) {
      const input = {
        authId: params.sub_auth_id,
        labels: labelsOf(body),
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.enabled === undefined ? {} : { enabled: body.enabled }),
      };
      const done = await updateSubAccount(deps, actor, input, wait);
      if (!done.ok) return done;
      const shown = presentSubAccount(done.value.value, accountOf(actor).authId);
      const headers = headersOf(done.value.value.account, done.value.propagation);
      return ok({ status: 200, body: { message: 'Sub-account updated successfully', sub_account: shown }, headers });
    },
  });

const remove = (deps: VobizNumberDeps) =>
  operation({
    method: 'DELETE',
    path: ONE,
    operationId: 'deleteSubAccount',
    summary: 'Delete a sub-account; its numbers go to the parent pool',
    tag: TAG,
    resource,
    params: subAccountParams,
    query: forceQuery,
    need,
    changes: true,
    responses: {
      200: { description: 'Deleted', schema: schema.deleted },
      404: { description: 'No such sub-account of yours' },
      409: { description: 'One of its numbers cools off' },
      503: { description: 'The last calls of its numbers are not known now' },
    },
    async handle({ actor, params, query }) {
      const done = await deleteSubAccount(deps, actor, { authId: params.sub_auth_id, force: query.force === 'true' });
      if (!done.ok) return done;
      return ok({
        status: 200,
        body: { message: 'Sub-account deleted successfully' },
        headers: headersOf(done.value.value, done.value.propagation),
      });
    },
  });

const headersOf = (account: Account, propagation: Changed<unknown>['propagation']) =>
  propagationHeaders(propagation, { record: recordRef.account(account.id), version: account.version });

const NO_LABELS: SubAccountLabels = { email: null, phone: null, description: null, rateLimit: 1000, businessType: null };

interface LabelBody {
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly rate_limit?: number | undefined;
  readonly business_type?: string | null | undefined;
}

const labelsOf = ({ email, phone, description, rate_limit, business_type }: LabelBody): Partial<SubAccountLabels> => ({
  ...(email === undefined ? {} : { email }),
  ...(phone === undefined ? {} : { phone }),
  ...(description === undefined ? {} : { description }),
  ...(rate_limit === undefined ? {} : { rateLimit: rate_limit }),
  ...(business_type === undefined ? {} : { businessType: business_type }),
});
