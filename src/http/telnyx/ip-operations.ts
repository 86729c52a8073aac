import { accountOf } from '../../app/tenant.ts';
import { createTrunkPart, deleteTrunkPart, resourceOf, updateTrunkPart } from '../../app/trunk-groups/change-trunk-part.ts';
import { findOwnPart } from '../../app/trunk-groups/own-trunk.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { TrunkPart } from '../../domain/trunk-part.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { integerText, textField, timeText } from '../wire-fields.ts';
import { connectionParams, read, write } from './connection-operations.ts';
import type { ConnectionDeps } from './connection-sorts.ts';
import { listQuery } from './filters.ts';
import { given } from './given.ts';
import { FQDNS, IPS, type PartWords, type WithConnection } from './ip-words.ts';
import { listSchema, metaOf, offsetOf, oneSchema, pageFields } from './page.ts';
import { connectionHeaders } from './present-connection.ts';

/** Addresses of IP connections, and host names of FQDN connections. */
export const ipOperations = (deps: ConnectionDeps): AnyOperation[] => [...operationsOf(deps, IPS), ...operationsOf(deps, FQDNS)];

const operationsOf = <B extends WithConnection>(deps: ConnectionDeps, words: PartWords<B>): AnyOperation[] => [
  list(deps, words),
  create(deps, words),
  get(deps, words),
  update(deps, words),
  remove(deps, words),
];

const shown = <B>({ present }: PartWords<B>, part: TrunkPart, connectionExtId: string | null) => ({
  id: part.extId,
  ...present(part),
  connection_id: connectionExtId ?? '',
  created_at: timeText(part.createdAt),
  updated_at: timeText(part.updatedAt),
});

const list = <B>(deps: ConnectionDeps, words: PartWords<B>) =>
  operation({
    method: 'GET',
    path: words.path,
    operationId: `list${words.many}`,
    summary: `List ${words.many}`,
    tag: words.tag,
    query: listQuery({
      ...pageFields(250),
      'filter[connection_id]': textField(20).optional(),
      [`filter[${words.field}]`]: textField(255).optional(),
      'filter[port]': integerText(1, 65_535).optional(),
    }),
    need: read,
    responses: { 200: { description: 'A page of them.', schema: listSchema(words.schema) } },
    async handle({ actor, query }) {
      const { rows, total } = await deps.unitOfWork.read(async (tx) => {
        const extId = query['filter[connection_id]'];
        const group = extId === undefined ? undefined : await tx.trunkGroups.byExtId(extId);
        if (group === null) return { rows: [], total: 0 };
        const filter = {
          accountId: accountOf(actor).id,
          mode: actor.mode,
          kind: words.kind,
          ...words.filter,
          ...given('trunkGroupId', group?.id),
          ...given('host', query[`filter[${words.field}]`] as string | undefined),
          ...given('port', query['filter[port]']),
        };
        const page = await tx.trunkParts.list(filter, offsetOf(query));
        const found = [];
        for (const part of page.rows) found.push(shown(words, part, (await groupOf(tx, part))?.extId ?? null));
        return { rows: found, total: page.total };
      });
      return ok({ status: 200, body: { data: rows, meta: metaOf(query, total) } });
    },
  });

const groupOf = (tx: Parameters<Parameters<ConnectionDeps['unitOfWork']['read']>[0]>[0], { trunkGroupId }: TrunkPart) =>
  trunkGroupId === null ? Promise.resolve(null) : tx.trunkGroups.get(trunkGroupId);

/** A connection that a body names and the account does not have is a bad field. */
const badConnection = <T>(done: Result<T, RequestRefusal>): Result<T, RequestRefusal> =>
  !done.ok && done.error.kind === 'not_found' && done.error.resource === 'trunk_group'
    ? err(invalidBody(['connection_id'], 'No such connection of yours.', 'not_found'))
    : done;

const trunkOf = (extId: string | null | undefined) => (extId === undefined ? undefined : extId === null ? null : { extId });

const create = <B extends WithConnection>(deps: ConnectionDeps, words: PartWords<B>) =>
  operation({
    method: 'POST',
    path: words.path,
    operationId: `create${words.one}`,
    summary: `Create an ${words.one}`,
    tag: words.tag,
    body: words.createBody,
    need: write,
    changes: true,
    responses: { 201: { description: 'Made.', schema: oneSchema(words.schema) }, 422: { description: 'A bad field' } },
    handle({ actor, body, wait }) {
      const { kind, field } = words;
      const input = { kind, field, ...words.valueOf(body, null), ...given('trunk', trunkOf(body.connection_id)) };
      const run = async () => badConnection(await createTrunkPart(deps, actor, input, wait));
      return answerOnce(actor, run, ({ value, propagation }) => ({
        status: 201,
        body: { data: shown(words, value.part, value.group?.extId ?? null) },
        headers: connectionHeaders(value, propagation),
      }));
    },
  });

const get = <B>(deps: ConnectionDeps, words: PartWords<B>) =>
  operation({
    method: 'GET',
    path: `${words.path}/:id`,
    operationId: `retrieve${words.one}`,
    summary: `Retrieve an ${words.one}`,
    tag: words.tag,
    resource: resourceOf(words.kind),
    params: connectionParams,
    need: read,
    responses: { 200: { description: 'Found.', schema: oneSchema(words.schema) }, 404: { description: 'None of yours' } },
    async handle({ actor, params }) {
      const data = await deps.unitOfWork.read(async (tx) => {
        const part = await findOwnPart(tx, actor, words.kind, { extId: params.id });
        return part === null ? null : shown(words, part, (await groupOf(tx, part))?.extId ?? null);
      });
      return data === null ? err({ kind: 'not_found', resource: resourceOf(words.kind) }) : ok({ status: 200, body: { data } });
    },
  });

const update = <B extends WithConnection>(deps: ConnectionDeps, words: PartWords<B>) =>
  operation({
    method: 'PATCH',
    path: `${words.path}/:id`,
    operationId: `update${words.one}`,
    summary: `Update an ${words.one}`,
    tag: words.tag,
    resource: resourceOf(words.kind),
    params: connectionParams,
    body: words.updateBody,
    need: write,
    changes: true,
    responses: { 200: { description: 'Changed.', schema: oneSchema(words.schema) }, 404: { description: 'None of yours' } },
    async handle({ actor, params, body, wait }) {
      const { kind, field } = words;
      const patchOf = (locked: TrunkPart) => words.valueOf(body, locked);
      const input = { kind, field, part: { extId: params.id }, patchOf, ...given('trunk', trunkOf(body.connection_id)) };
      const done = badConnection(await updateTrunkPart(deps, actor, input, wait));
      if (!done.ok) return done;
      const { value, propagation } = done.value;
      const data = shown(words, value.part, value.part.trunkGroupId === null ? null : (value.group?.extId ?? null));
      return ok({ status: 200, body: { data }, headers: connectionHeaders(value, propagation) });
    },
  });

const remove = <B>(deps: ConnectionDeps, words: PartWords<B>) =>
  operation({
    method: 'DELETE',
    path: `${words.path}/:id`,
    operationId: `delete${words.one}`,
    summary: `Delete an ${words.one}`,
    tag: words.tag,
    resource: resourceOf(words.kind),
    params: connectionParams,
    need: write,
    changes: true,
    responses: { 200: { description: 'As it was.', schema: oneSchema(words.schema) }, 404: { description: 'None of yours' } },
    async handle({ actor, params, wait }) {
      const done = await deleteTrunkPart(deps, actor, { kind: words.kind, part: { extId: params.id } }, wait);
      if (!done.ok) return done;
      const { value, propagation } = done.value;
      const data = shown(words, value.part, value.group?.extId ?? null);
      return ok({ status: 200, body: { data }, headers: connectionHeaders(value, propagation) });
    },
  });
