import type { z } from 'zod';
import { accountOf } from '../../app/tenant.ts';
import { createTrunkPart, deleteTrunkPart, updateTrunkPart } from '../../app/trunk-groups/change-trunk-part.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { accountParams } from './fields.ts';
import { objectsBody, partHeaders, presentUri } from './present-trunk.ts';
import { ownerOf, type VobizTrunkDeps } from './trunk-operations.ts';
import * as schema from './trunk-schemas.ts';

const TAG = 'Trunk origination URIs';
const ONE = '/Account/:auth_id/origination-uris/:part_id';
const kind = 'uri' as const;
const resource = 'trunk_uri' as const;
const field = 'sip_uri';
const write = { role: 'admin', scope: 'endpoints:write' } as const;

/** Where calls to the numbers of a trunk go; a trunk uses them by `primary_uri_uuid` and `fallback_uri_uuid`. */
export const originationOperations = (deps: VobizTrunkDeps): AnyOperation[] => [list(deps), create(deps), update(deps), remove(deps)];

const list = (deps: VobizTrunkDeps) =>
  operation({
    method: 'GET',
    path: '/Account/:auth_id/trunks/origination-uris',
    operationId: 'listOriginationUris',
    summary: 'List origination URIs',
    tag: TAG,
    params: accountParams,
    query: schema.listQuery,
    need: { scope: 'endpoints:read' },
    responses: { 200: { description: 'A page of origination URIs', schema: schema.objectList(schema.uri) } },
    async handle({ actor, query }) {
      const filter = { accountId: accountOf(actor).id, mode: actor.mode, kind };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.trunkParts.list(filter, query));
      const objects = rows.map((part) => presentUri(part, ownerOf(actor, deps)));
      return ok({ status: 200, body: objectsBody(query, total, objects) });
    },
  });

const create = (deps: VobizTrunkDeps) =>
  operation({
    method: 'POST',
    path: '/Account/:auth_id/origination-uris',
    operationId: 'createOriginationUri',
    summary: 'Create an origination URI; a trunk uses it once it names it',
    tag: TAG,
    params: accountParams,
    body: schema.createUriBody,
    need: write,
    changes: true,
    responses: { 201: { description: 'The origination URI', schema: schema.uri } },
    handle({ actor, body, wait }) {
      const { name, sip_uri: value, priority, weight, enabled, description } = body;
      const input = { kind, field, name, value, priority, weight, enabled, description: description || null };
      return answerOnce(
        actor,
        () => createTrunkPart(deps, actor, input, wait),
        (changed) => ({
          status: 201,
          body: presentUri(changed.value.part, ownerOf(actor, deps)),
          headers: partHeaders(changed),
        }),
      );
    },
  });

const update = (deps: VobizTrunkDeps) =>
  operation({
    method: 'PUT',
    path: ONE,
    operationId: 'updateOriginationUri',
    summary: 'Change an origination URI, and with it the trunk that uses it',
    tag: TAG,
    resource,
    params: schema.partParams,
    body: schema.updateUriBody,
    need: write,
    changes: true,
    responses: {
      200: { description: 'The origination URI', schema: schema.uri },
      404: { description: 'No such origination URI of yours' },
    },
    async handle({ actor, params, body, wait }) {
      const done = await updateTrunkPart(deps, actor, { ...patchOf(body), kind, part: { id: params.part_id }, field }, wait);
      if (!done.ok) return done;
      return ok({ status: 200, body: presentUri(done.value.value.part, ownerOf(actor, deps)), headers: partHeaders(done.value) });
    },
  });

const remove = (deps: VobizTrunkDeps) =>
  operation({
    method: 'DELETE',
    path: ONE,
    operationId: 'deleteOriginationUri',
    summary: 'Delete an origination URI',
    tag: TAG,
    resource,
    params: schema.partParams,
    need: write,
    changes: true,
    responses: { 204: { description: 'Deleted' }, 404: { description: 'No such origination URI of yours' } },
    async handle({ actor, params, wait }) {
      const done = await deleteTrunkPart(deps, actor, { kind, part: { id: params.part_id } }, wait);
      return done.ok ? ok({ status: 204, headers: partHeaders(done.value) }) : done;
    },
  });

function patchOf({ name, uri, sip_uri = uri, priority, weight, enabled, description }: z.output<typeof schema.updateUriBody>) {
  return {
    ...(name === undefined ? {} : { name: name || null }),
    ...(sip_uri === undefined ? {} : { value: sip_uri }),
    ...(priority === undefined ? {} : { priority }),
    ...(weight === undefined ? {} : { weight }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(description === undefined ? {} : { description: description || null }),
  };
}
