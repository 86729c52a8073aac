import type { Actor } from '../../app/actor.ts';
import type { RegistrationDeps } from '../../app/sip-credentials/registrations.ts';
import { accountOf } from '../../app/tenant.ts';
import { createTrunk, findTrunk, type TrunkDeps, updateTrunk } from '../../app/trunk-groups/change-trunk.ts';
import { type DeleteTrunkDeps, deleteTrunk } from '../../app/trunk-groups/delete-trunk.ts';
import { showTrunk } from '../../app/trunk-groups/show-trunk.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { accountParams } from './fields.ts';
import { objectsBody, presentTrunk, type TrunkOwner, trunkHeaders } from './present-trunk.ts';
import * as schema from './trunk-schemas.ts';

export type VobizTrunkDeps = DeleteTrunkDeps & TrunkDeps & RegistrationDeps;

const TAG = 'Trunks';
const COLLECTION = '/Account/:auth_id/trunks';
const ONE = `${COLLECTION}/:trunk_id`;
const resource = 'trunk_group' as const;
const read = { scope: 'endpoints:read' } as const;
const write = { role: 'admin', scope: 'endpoints:write' } as const;
/** What the vendor gives a trunk that names no limits. */
const CALLS_DEFAULT = 10;
const CALLS_PER_SECOND_DEFAULT = 2;

/** Whose trunks an actor sees. */
export const ownerOf = (actor: Actor, { sipDomain }: { readonly sipDomain: string }): TrunkOwner => ({
  authId: accountOf(actor).authId,
  sipDomain,
});

/** Trunks: trunk groups of kind customer (decision B9). */
export const trunkOperations = (deps: VobizTrunkDeps): AnyOperation[] => [list(deps), create(deps), get(deps), update(deps), remove(deps)];

const list = (deps: VobizTrunkDeps) =>
  operation({
    method: 'GET',
    path: COLLECTION,
    operationId: 'listTrunks',
    summary: 'List trunks',
    tag: TAG,
    params: accountParams,
    query: schema.listQuery,
    need: read,
    responses: { 200: { description: 'A page of trunks', schema: schema.objectList(schema.trunk) } },
    async handle({ actor, query }) {
      const filter = { accountId: accountOf(actor).id, mode: actor.mode };
      const { rows, total } = await deps.unitOfWork.read(async (tx) => {
        const page = await tx.trunkGroups.listOwn(filter, query);
        const shown = [];
        for (const group of page.rows) shown.push(await showTrunk(tx, group));
        return { rows: shown, total: page.total };
      });
      const objects = rows.map((shown) => presentTrunk(shown, ownerOf(actor, deps)));
      return ok({ status: 200, body: objectsBody(query, total, objects) });
    },
  });

const create = (deps: VobizTrunkDeps) =>
  operation({
    method: 'POST',
    path: COLLECTION,
    operationId: 'createTrunk',
    summary: 'Create a trunk',
    tag: TAG,
    params: accountParams,
    body: schema.createTrunkBody,
    need: write,
    changes: true,
    responses: { 201: { description: 'The trunk', schema: schema.trunk } },
    handle({ actor, body, wait }) {
      const limits = { channelsMax: CALLS_DEFAULT, perSecondMax: CALLS_PER_SECOND_DEFAULT, ...limitsOf(body) };
      return answerOnce(
        actor,
        () => createTrunk(deps, actor, { ...patchOf(body), name: body.name, limits }, wait),
        (changed) => ({ status: 201, body: presentTrunk(changed.value, ownerOf(actor, deps)), headers: trunkHeaders(changed) }),
      );
    },
  });

const get = (deps: VobizTrunkDeps) =>
  operation({
    method: 'GET',
    path: ONE,
    operationId: 'getTrunk',
    summary: 'Get one trunk',
    tag: TAG,
    resource,
    params: schema.trunkParams,
    need: read,
    responses: { 200: { description: 'The trunk', schema: schema.trunk }, 404: { description: 'No such trunk of yours' } },
    async handle({ actor, params }) {
      const found = await findTrunk(deps, actor, { id: params.trunk_id });
      return found.ok ? ok({ status: 200, body: presentTrunk(found.value, ownerOf(actor, deps)) }) : found;
    },
  });

const update = (deps: VobizTrunkDeps) =>
  operation({
    method: 'PUT',
    path: ONE,
    operationId: 'updateTrunk',
    summary: 'Change a trunk; what is absent stays',
    tag: TAG,
    resource,
    params: schema.trunkParams,
    body: schema.updateTrunkBody,
    need: write,
    changes: true,
    responses: { 200: { description: 'The trunk', schema: schema.trunk }, 404: { description: 'No such trunk of yours' } },
    async handle({ actor, params, body, wait }) {
      const limits = limitsOf(body);
      const input = { ...patchOf(body), ...(Object.keys(limits).length === 0 ? {} : { limits }) };
      const done = await updateTrunk(deps, actor, { id: params.trunk_id }, input, wait);
      if (!done.ok) return done;
      return ok({ status: 200, body: presentTrunk(done.value.value, ownerOf(actor, deps)), headers: trunkHeaders(done.value) });
    },
  });

const remove = (deps: VobizTrunkDeps) =>
  operation({
    method: 'DELETE',
    path: ONE,
    operationId: 'deleteTrunk',
    summary: 'Delete a trunk with its credentials, ACL and URIs; its numbers lose their route',
    tag: TAG,
    resource,
    params: schema.trunkParams,
    need: write,
    changes: true,
    responses: {
      204: { description: 'Deleted' },
      404: { description: 'No such trunk of yours' },
      409: { description: 'Calls are in progress: they are never cut' },
    },
    async handle({ actor, params, wait }) {
      const done = await deleteTrunk(deps, actor, { trunk: { id: params.trunk_id }, detach: true }, wait);
      return done.ok ? ok({ status: 204, headers: trunkHeaders(done.value) }) : done;
    },
  });

function limitsOf({ max_concurrent_calls, concurrent_calls_limit = max_concurrent_calls, cps_limit }: schema.TrunkBody) {
  return {
    ...(concurrent_calls_limit === undefined ? {} : { channelsMax: concurrent_calls_limit }),
    ...(cps_limit === undefined ? {} : { perSecondMax: cps_limit }),
  };
}

function patchOf(body: schema.TrunkBody) {
  const direction = body.trunk_direction ?? body.trunk_type;
  const status = body.trunk_status === undefined ? body.enabled : body.trunk_status === 'enabled' || body.trunk_status === 'active';
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(status === undefined ? {} : { enabled: status }),
    ...(direction === undefined ? {} : { direction: direction === 'both' ? null : direction }),
    ...(body.description === undefined ? {} : { description: body.description === '' ? null : body.description }),
    use: {
      ...(body.credential_uuid === undefined ? {} : { loginId: body.credential_uuid }),
      ...(body.ipacl_uuid === undefined ? {} : { addressId: body.ipacl_uuid }),
      ...(body.primary_uri_uuid === undefined ? {} : { primaryId: body.primary_uri_uuid }),
      ...(body.fallback_uri_uuid === undefined ? {} : { fallbackId: body.fallback_uri_uuid }),
    },
  };
}
