import { createLogin, deleteLogin, updateLogin } from '../../app/sip-credentials/change-login.ts';
import { accountOf } from '../../app/tenant.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { accountParams } from './fields.ts';
import { loginHeaders, objectsBody, presentCredential } from './present-trunk.ts';
import { ownerOf, type VobizTrunkDeps } from './trunk-operations.ts';
import * as schema from './trunk-schemas.ts';

const TAG = 'Trunk credentials';
const ONE = '/Account/:auth_id/credentials/:part_id';
const resource = 'sip_user' as const;
const purpose = 'trunk' as const;
const write = { role: 'admin', scope: 'endpoints:write' } as const;

/** Logins of trunks; a trunk uses one by its `credential_uuid`. */
export const credentialOperations = (deps: VobizTrunkDeps): AnyOperation[] => [list(deps), create(deps), update(deps), remove(deps)];

const list = (deps: VobizTrunkDeps) =>
  operation({
    method: 'GET',
    path: '/Account/:auth_id/trunks/credentials',
    operationId: 'listTrunkCredentials',
    summary: 'List trunk credentials, without their passwords',
    tag: TAG,
    params: accountParams,
    query: schema.listQuery,
    need: { scope: 'endpoints:read' },
    responses: { 200: { description: 'A page of credentials', schema: schema.objectList(schema.credential) } },
    async handle({ actor, query }) {
      const account = accountOf(actor);
      const holder = { accountId: account.parentId ?? account.id, subAccountId: account.parentId === null ? null : account.id };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.credentials.listOwn({ ...holder, mode: actor.mode, purpose }, query));
      const objects = rows.map((login) => presentCredential(login, ownerOf(actor, deps)));
      return ok({ status: 200, body: objectsBody(query, total, objects) });
    },
  });

const create = (deps: VobizTrunkDeps) =>
  operation({
    method: 'POST',
    path: '/Account/:auth_id/credentials',
    operationId: 'createTrunkCredential',
    summary: 'Create a trunk credential; its name is unique in the account and stays',
    tag: TAG,
    params: accountParams,
    body: schema.createCredentialBody,
    need: write,
    changes: true,
    responses: { 201: { description: 'The credential', schema: schema.credential }, 409: { description: 'The username exists' } },
    handle({ actor, body, wait }) {
      const { username, password, enabled, description } = body;
      const input = { username, password, enabled, purpose, ...(description ? { description } : {}) };
      return answerOnce(
        actor,
        () => createLogin(deps, actor, input, wait),
        ({ value: { credential }, propagation }) => ({
          status: 201,
          body: presentCredential(credential, ownerOf(actor, deps)),
          headers: loginHeaders(propagation, credential),
        }),
      );
    },
  });

const update = (deps: VobizTrunkDeps) =>
  operation({
    method: 'PUT',
    path: ONE,
    operationId: 'updateTrunkCredential',
    summary: 'Change password, description or whether it is enabled',
    tag: TAG,
    resource,
    params: schema.partParams,
    body: schema.updateCredentialBody,
    need: write,
    changes: true,
    responses: { 200: { description: 'The credential', schema: schema.credential }, 404: { description: 'No such credential of yours' } },
    async handle({ actor, params, body: { password, enabled, description }, wait }) {
      const patch = {
        ...(password === undefined ? {} : { password }),
        ...(enabled === undefined ? {} : { enabled }),
        ...(description === undefined ? {} : { description: description || null }),
      };
      const done = await updateLogin(deps, actor, { id: params.part_id, purpose }, patch, wait);
      if (!done.ok) return done;
      const { value, propagation } = done.value;
      return ok({ status: 200, body: presentCredential(value, ownerOf(actor, deps)), headers: loginHeaders(propagation, value) });
    },
  });

const remove = (deps: VobizTrunkDeps) =>
  operation({
    method: 'DELETE',
    path: ONE,
    operationId: 'deleteTrunkCredential',
    summary: 'Delete a trunk credential; the next call with it fails',
    tag: TAG,
    resource,
    params: schema.partParams,
    need: write,
    changes: true,
    responses: { 204: { description: 'Deleted' }, 404: { description: 'No such credential of yours' } },
    async handle({ actor, params, wait }) {
      const done = await deleteLogin(deps, actor, { id: params.part_id, purpose }, wait);
      return done.ok ? ok({ status: 204, headers: loginHeaders(done.value.propagation, done.value.value) }) : done;
    },
  });
