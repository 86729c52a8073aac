import type { ChangeDeps, Changed } from '../../app/change.ts';
import { createEndpoint } from '../../app/endpoints/create-endpoint.ts';
import { deleteEndpoint } from '../../app/endpoints/delete-endpoint.ts';
import { getEndpoint } from '../../app/endpoints/get-endpoint.ts';
import { listEndpoints } from '../../app/endpoints/list-endpoints.ts';
import { updateEndpoint } from '../../app/endpoints/update-endpoint.ts';
import { accountOf } from '../../app/tenant.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { recordRef } from '../../domain/records.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf, isNotModified } from '../preconditions.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { idParams } from '../wire-fields.ts';
import * as schema from './endpoint-schemas.ts';
import { presentEndpoint } from './present.ts';

type Deps = ChangeDeps & { readonly clock: Clock };

const TAG = 'Endpoints';

/** The operations of the Kros group "Endpoints". */
export const endpointOperations = (deps: Deps): AnyOperation[] => [list(deps), create(deps), get(deps), update(deps), remove(deps)];

const list = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/endpoints',
    operationId: 'listEndpoints',
    summary: 'List endpoints',
    tag: TAG,
    query: schema.listEndpointsQuery,
    need: { scope: 'endpoints:read' },
    responses: { 200: { description: 'List of endpoints', schema: schema.endpointList } },
    async handle({ actor, query: { limit, offset, type, status } }) {
      const filter = { ...(type === undefined ? {} : { type }), ...(status === undefined ? {} : { status }) };
      const { rows, total } = await listEndpoints(deps, actor, filter, { limit, offset });
      return ok({ status: 200, body: { endpoints: rows.map(presentEndpoint), total, limit, offset } });
    },
  });

const create = (deps: Deps) =>
  operation({
    method: 'POST',
    path: '/endpoints',
    operationId: 'createEndpoint',
    summary: 'Create an endpoint',
    tag: TAG,
    body: schema.createEndpointBody,
    need: { scope: 'endpoints:write' },
    changes: true,
    responses: {
      201: { description: 'Endpoint created', schema: schema.endpoint },
      404: { description: 'No such phone number of yours' },
    },
    async handle({ actor, body, wait }) {
      const input = { ...body, accountId: accountOf(actor).id, mode: actor.mode };
      return answerOnce(
        actor,
        () => createEndpoint(deps, actor, input, wait),
        (changed) => ({
          status: 201,
          body: presentEndpoint(changed.value),
          headers: { ...changeHeaders(changed), Location: `/v1/endpoints/${changed.value.id}` },
        }),
      );
    },
  });

const get = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/endpoints/:id',
    operationId: 'getEndpoint',
    summary: 'Get an endpoint',
    tag: TAG,
    resource: 'endpoint',
    params: idParams,
    need: { scope: 'endpoints:read' },
    responses: {
      200: { description: 'The endpoint', schema: schema.endpoint },
      304: { description: 'Not modified' },
      404: { description: 'No such endpoint of yours' },
    },
    async handle({ actor, params, headers }) {
      const found = await getEndpoint(deps, actor, params.id);
      if (!found.ok) return found;
      const etag = { ETag: etagOf(found.value.version) };
      if (isNotModified(headers, found.value.version)) return ok({ status: 304, headers: etag });
      return ok({ status: 200, body: presentEndpoint(found.value), headers: etag });
    },
  });

const update = (deps: Deps) =>
  operation({
    method: 'PATCH',
    path: '/endpoints/:id',
    operationId: 'updateEndpoint',
    summary: 'Update an endpoint',
    tag: TAG,
    resource: 'endpoint',
    params: idParams,
    body: schema.updateEndpointBody,
    need: { scope: 'endpoints:write' },
    changes: true,
    responses: {
      200: { description: 'Endpoint updated', schema: schema.endpoint },
      404: { description: 'No such endpoint of yours' },
      412: { description: 'Changed since the version in If-Match' },
    },
    async handle({ actor, params, body, wait, ifVersion }) {
      const patch = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
      const done = await updateEndpoint(deps, actor, { endpointId: params.id, patch, ifVersion }, wait);
      if (!done.ok) return done;
      return ok({ status: 200, body: presentEndpoint(done.value.value), headers: changeHeaders(done.value) });
    },
  });

const remove = (deps: Deps) =>
  operation({
    method: 'DELETE',
    path: '/endpoints/:id',
    operationId: 'deleteEndpoint',
    summary: 'Delete an endpoint; its phone numbers stop receiving calls until they get another',
    tag: TAG,
    resource: 'endpoint',
    params: idParams,
    need: { scope: 'endpoints:write' },
    changes: true,
    responses: {
      204: { description: 'Endpoint deleted' },
      404: { description: 'No such endpoint of yours' },
      412: { description: 'Changed since the version in If-Match' },
    },
    async handle({ actor, params, wait, ifVersion }) {
      // Kros detaches (decision B28).
      const done = await deleteEndpoint(deps, actor, { endpointId: params.id, detach: true, ifVersion }, wait);
      if (!done.ok) return done;
      const { ETag: _, ...headers } = changeHeaders(done.value);
      return ok({ status: 204, headers });
    },
  });

const changeHeaders = ({ value, propagation }: Changed<Endpoint>) => ({
  ETag: etagOf(value.version),
  ...propagationHeaders(propagation, { record: recordRef.endpoint(value.id), version: value.version }),
});
