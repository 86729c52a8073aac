import type { Actor } from '../../app/actor.ts';
import { createLogin, deleteLogin, updateLogin } from '../../app/sip-credentials/change-login.ts';
import { isOwnLogin } from '../../app/sip-credentials/own-login.ts';
import { areRegistered } from '../../app/sip-credentials/registrations.ts';
import { accountOf } from '../../app/tenant.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import { err, ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import * as schema from './endpoint-schemas.ts';
import { accountParams } from './fields.ts';
import { loginHeaders } from './present-trunk.ts';
import type { VobizTrunkDeps } from './trunk-operations.ts';

const TAG = 'Endpoints';
const COLLECTION = '/Account/:auth_id/Endpoint';
const ONE = `${COLLECTION}/:endpoint_id`;
const resource = 'sip_user' as const;
const purpose = 'user' as const;
const read = { scope: 'endpoints:read' } as const;
const write = { role: 'admin', scope: 'endpoints:write' } as const;

/** SIP users; the vendor calls them endpoints (seed-apis B.3). */
export const endpointOperations = (deps: VobizTrunkDeps): AnyOperation[] => [
  list(deps),
  create(deps),
  get(deps),
  update(deps),
  remove(deps),
];

const pathOf = (actor: Actor): string => `/api/v1/Account/${accountOf(actor).authId}/Endpoint/`;

function present(login: SipCredential, actor: Actor, registered: boolean) {
  const account = accountOf(actor);
  return {
    endpoint_id: login.id,
    username: login.username,
    alias: login.name ?? '',
    sip_uri: `sip:${login.username}@${login.realm}`,
    sip_registered: registered ? 'true' : 'false',
    application: null,
    sub_account: account.parentId === null ? null : account.authId,
    allow_voice: true,
    allow_message: true,
    allow_video: false,
    allow_same_domain: true,
    allow_other_domains: false,
    allow_phones: true,
    allow_apps: true,
    resource_uri: `${pathOf(actor)}${login.id}/`,
  };
}

const list = (deps: VobizTrunkDeps) =>
  operation({
    method: 'GET',
    path: COLLECTION,
    operationId: 'listSipEndpoints',
    summary: 'List SIP users',
    tag: TAG,
    params: accountParams,
    query: schema.endpointQuery,
    need: read,
    responses: { 200: { description: 'A page of SIP users', schema: schema.endpointList } },
    async handle({ actor, query: { limit, offset }, requestId }) {
      const account = accountOf(actor);
      const holder = { accountId: account.parentId ?? account.id, subAccountId: account.parentId === null ? null : account.id };
      const filter = { ...holder, mode: actor.mode, purpose };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.credentials.listOwn(filter, { limit, offset }));
      const link = (at: number) => `${pathOf(actor)}?limit=${limit}&offset=${at}`;
      const meta = {
        limit,
        offset,
        total_count: total,
        next: offset + limit < total ? link(offset + limit) : null,
        previous: offset > 0 ? link(Math.max(0, offset - limit)) : null,
      };
      const registered = await areRegistered(deps, rows);
      const objects = rows.map((login, at) => present(login, actor, registered[at] === true));
      return ok({ status: 200, body: { api_id: requestId, meta, objects } });
    },
  });

const create = (deps: VobizTrunkDeps) =>
  operation({
    method: 'POST',
    path: COLLECTION,
    operationId: 'createSipEndpoint',
    summary: 'Create a SIP user; its password is never told',
    tag: TAG,
    params: accountParams,
    body: schema.createEndpointBody,
    need: write,
    changes: true,
    responses: { 201: { description: 'The SIP user', schema: schema.endpointMade }, 409: { description: 'The username exists' } },
    handle({ actor, body: { username, password, alias }, wait }) {
      return answerOnce(
        actor,
        () => createLogin(deps, actor, { username, password, ...(alias ? { name: alias } : {}) }, wait),
        ({ value: { credential }, propagation }) => ({
          status: 201,
          body: { ...present(credential, actor, false), api_id: actor.requestId, message: 'created' },
          headers: loginHeaders(propagation, credential),
        }),
      );
    },
  });

const get = (deps: VobizTrunkDeps) =>
  operation({
    method: 'GET',
    path: ONE,
    operationId: 'getSipEndpoint',
    summary: 'Get one SIP user',
    tag: TAG,
    resource,
    params: schema.endpointParams,
    need: read,
    responses: { 200: { description: 'The SIP user', schema: schema.endpoint }, 404: { description: 'No such SIP user of yours' } },
    async handle({ actor, params }) {
      const login = await deps.unitOfWork.read((tx) => tx.credentials.get(params.endpoint_id));
      if (login === null || !isOwnLogin(actor, purpose, login)) return err({ kind: 'not_found', resource });
      const [registered = false] = await areRegistered(deps, [login]);
      return ok({ status: 200, body: present(login, actor, registered) });
    },
  });

const update = (deps: VobizTrunkDeps) =>
  operation({
    method: 'POST',
    path: ONE,
    operationId: 'updateSipEndpoint',
    summary: 'Change password or alias of a SIP user',
    tag: TAG,
    resource,
    params: schema.endpointParams,
    body: schema.updateEndpointBody,
    need: write,
    changes: true,
    responses: { 202: { description: 'Changed', schema: schema.endpointChanged }, 404: { description: 'No such SIP user of yours' } },
    handle({ actor, params, body: { password, alias }, wait }) {
      const patch = { ...(password === undefined ? {} : { password }), ...(alias === undefined ? {} : { name: alias || null }) };
      return answerOnce(
        actor,
        () => updateLogin(deps, actor, { id: params.endpoint_id, purpose }, patch, wait),
        ({ value, propagation }) => ({
          status: 202,
          body: { api_id: actor.requestId, message: 'changed' },
          headers: loginHeaders(propagation, value),
        }),
      );
    },
  });

const remove = (deps: VobizTrunkDeps) =>
  operation({
    method: 'DELETE',
    path: ONE,
    operationId: 'deleteSipEndpoint',
    summary: 'Delete a SIP user; the next call with it fails',
    tag: TAG,
    resource,
    params: schema.endpointParams,
    need: write,
    changes: true,
    responses: { 204: { description: 'Deleted' }, 404: { description: 'No such SIP user of yours' } },
    async handle({ actor, params, wait }) {
      const done = await deleteLogin(deps, actor, { id: params.endpoint_id, purpose }, wait);
      return done.ok ? ok({ status: 204, headers: loginHeaders(done.value.propagation, done.value.value) }) : done;
    },
  });
