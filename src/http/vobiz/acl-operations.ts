import type { z } from 'zod';
import { accountOf } from '../../app/tenant.ts';
import { createTrunkPart, deleteTrunkPart, updateTrunkPart } from '../../app/trunk-groups/change-trunk-part.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { accountParams } from './fields.ts';
import { objectsBody, partHeaders, presentAcl } from './present-trunk.ts';
import { ownerOf, type VobizTrunkDeps } from './trunk-operations.ts';
import * as schema from './trunk-schemas.ts';

const TAG = 'Trunk IP ACL';
const ONE = '/Account/:auth_id/ip-acl/:part_id';
const kind = 'address' as const;
const resource = 'trunk_address' as const;
const field = 'ip_address';
const write = { role: 'admin', scope: 'endpoints:write' } as const;

/** Addresses that calls of a trunk come from; a trunk uses one by its `ipacl_uuid`. */
export const aclOperations = (deps: VobizTrunkDeps): AnyOperation[] => [list(deps), create(deps), update(deps), remove(deps)];

const list = (deps: VobizTrunkDeps) =>
  operation({
    method: 'GET',
    path: '/Account/:auth_id/trunks/ip-acl',
    operationId: 'listTrunkIpAcl',
    summary: 'List IP ACLs',
    tag: TAG,
    params: accountParams,
    query: schema.listQuery,
    need: { scope: 'endpoints:read' },
    responses: { 200: { description: 'A page of IP ACLs', schema: schema.objectList(schema.acl) } },
    async handle({ actor, query }) {
      const filter = { accountId: accountOf(actor).id, mode: actor.mode, kind };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.trunkParts.list(filter, query));
      const objects = rows.map((part) => presentAcl(part, ownerOf(actor, deps)));
      return ok({ status: 200, body: objectsBody(query, total, objects) });
    },
  });

const create = (deps: VobizTrunkDeps) =>
  operation({
    method: 'POST',
    path: '/Account/:auth_id/ip-acl',
    operationId: 'createTrunkIpAcl',
    summary: 'Create an IP ACL; a trunk uses it once it names it',
    tag: TAG,
    params: accountParams,
    body: schema.createAclBody,
    need: write,
    changes: true,
    responses: { 201: { description: 'The IP ACL', schema: schema.acl } },
    handle({ actor, body, wait }) {
      const { name, ip_address: value, enabled, description } = body;
      const input = { kind, field, name, value, enabled, description: description || null };
      return answerOnce(
        actor,
        () => createTrunkPart(deps, actor, input, wait),
        (changed) => ({
          status: 201,
          body: presentAcl(changed.value.part, ownerOf(actor, deps)),
          headers: partHeaders(changed),
        }),
      );
    },
  });

const update = (deps: VobizTrunkDeps) =>
  operation({
    method: 'PUT',
    path: ONE,
    operationId: 'updateTrunkIpAcl',
    summary: 'Change an IP ACL, and with it the trunk that uses it',
    tag: TAG,
    resource,
    params: schema.partParams,
    body: schema.updateAclBody,
    need: write,
    changes: true,
    responses: { 200: { description: 'The IP ACL', schema: schema.acl }, 404: { description: 'No such IP ACL of yours' } },
    async handle({ actor, params, body, wait }) {
      const done = await updateTrunkPart(deps, actor, { ...patchOf(body), kind, part: { id: params.part_id }, field }, wait);
      if (!done.ok) return done;
      return ok({ status: 200, body: presentAcl(done.value.value.part, ownerOf(actor, deps)), headers: partHeaders(done.value) });
    },
  });

const remove = (deps: VobizTrunkDeps) =>
  operation({
    method: 'DELETE',
    path: ONE,
    operationId: 'deleteTrunkIpAcl',
    summary: 'Delete an IP ACL',
    tag: TAG,
    resource,
    params: schema.partParams,
    need: write,
    changes: true,
    responses: { 204: { description: 'Deleted' }, 404: { description: 'No such IP ACL of yours' } },
    async handle({ actor, params, wait }) {
      const done = await deleteTrunkPart(deps, actor, { kind, part: { id: params.part_id } }, wait);
      return done.ok ? ok({ status: 204, headers: partHeaders(done.value) }) : done;
    },
  });

const patchOf = ({ name, ip_address, enabled, description }: z.output<typeof schema.updateAclBody>) => ({
  ...(name === undefined ? {} : { name: name || null }),
  ...(ip_address === undefined ? {} : { value: ip_address }),
  ...(enabled === undefined ? {} : { enabled }),
  ...(description === undefined ? {} : { description: description || null }),
});
