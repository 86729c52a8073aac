import type { z } from 'zod';
import type { Actor } from '../../app/actor.ts';
import { openPasswords, readPasswords } from '../../app/sip-credentials/read-passwords.ts';
import type { RegistrationDeps } from '../../app/sip-credentials/registrations.ts';
import {
  type CreateTrunkInput,
  createTrunk,
  findTrunk,
  loginOf,
  type TrunkDeps,
  updateTrunk,
} from '../../app/trunk-groups/change-trunk.ts';
import { type DeleteTrunkDeps, deleteTrunk } from '../../app/trunk-groups/delete-trunk.ts';
import type { ShownTrunk } from '../../app/trunk-groups/show-trunk.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { inputOf, namedInBody } from './connection-body.ts';
import * as fields from './connection-fields.ts';
import { answerList, connectionParams, connectionsQuery, read, write } from './connection-operations.ts';
import { listSchema, oneSchema } from './page.ts';
import { connectionHeaders, connectionSchema, presentConnection, type Sort } from './present-connection.ts';
import { registeredTrunks } from './registration-status.ts';

export type ConnectionDeps = DeleteTrunkDeps & TrunkDeps & RegistrationDeps;

interface Words {
  readonly sort: Sort;
  readonly path: string;
  /** In operation ids, one and many. */
  readonly one: string;
  readonly many: string;
  /** In summaries. */
  readonly noun: string;
  readonly tag: string;
  readonly createBody: z.ZodType<fields.ConnectionBody>;
  readonly updateBody: z.ZodType<fields.ConnectionBody>;
}

const SORTS: readonly Words[] = [
  {
    sort: 'login',
    path: '/credential_connections',
    one: 'CredentialConnection',
    many: 'CredentialConnections',
    noun: 'credential connection',
    tag: 'Credential Connections',
    createBody: fields.credentialCreate,
    updateBody: fields.credentialUpdate,
  },
  {
    sort: 'address',
    path: '/ip_connections',
    one: 'IpConnection',
    many: 'IpConnections',
    noun: 'Ip connection',
    tag: 'IP Connections',
    createBody: fields.ipCreate,
    updateBody: fields.connectionUpdate,
  },
  {
    sort: 'name',
    path: '/fqdn_connections',
    one: 'FqdnConnection',
    many: 'FqdnConnections',
    noun: 'FQDN connection',
    tag: 'FQDN Connections',
    createBody: fields.fqdnCreate,
    updateBody: fields.connectionUpdate,
  },
];

const resource = 'trunk_group' as const;

/** The three sorts of connections: each a trunk group of kind customer (decision B9). */
export const connectionSortOperations = (deps: ConnectionDeps): AnyOperation[] =>
  SORTS.flatMap((words) => [list(deps, words), create(deps, words), get(deps, words), update(deps, words), remove(deps, words)]);

const loginsOf = (shown: ShownTrunk) => {
  const login = loginOf(shown);
  return login === null ? [] : [login];
};
/** Whoever made a connection said its password. */
const presentMade = (deps: ConnectionDeps, shown: ShownTrunk) => presentConnection(shown, openPasswords(deps, loginsOf(shown)));

const list = (deps: ConnectionDeps, { sort, path, many, noun, tag }: Words) =>
  operation({
    method: 'GET',
    path,
    operationId: `list${many}`,
    summary: `List ${noun}s`,
    tag,
    query: connectionsQuery,
    need: read,
    responses: { 200: { description: 'A page of connections.', schema: listSchema(connectionSchema) } },
    handle: ({ actor, query }) => answerList(deps, actor, query, { identifiedBy: sort }),
  });

const create = (deps: ConnectionDeps, { sort, path, one, noun, tag, createBody }: Words) =>
  operation({
    method: 'POST',
    path,
    operationId: `create${one}`,
    summary: `Create a ${noun}`,
    tag,
    body: createBody,
    need: write,
    changes: true,
    responses: { 201: { description: 'The connection.', schema: oneSchema(connectionSchema) }, 422: { description: 'A bad field' } },
    async handle({ actor, body, wait }) {
      const asked = inputOf(deps.sealer, sort, body);
      if (!asked.ok) return asked;
      const { arrange: _, login: __, ...input } = asked.value;
      const made: CreateTrunkInput = { ...input, ...namesOf(sort, body), identifiedBy: sort };
      const run = async () => namedInBody(await createTrunk(deps, actor, made, wait));
      return answerOnce(actor, run, ({ value, propagation }) => ({
        status: 201,
        body: { data: presentMade(deps, value) },
        headers: connectionHeaders(value, propagation),
      }));
    },
  });

/** A connection without a name gets one, as nothing is required of an IP connection. */
function namesOf(sort: Sort, { connection_name, user_name, password }: fields.ConnectionBody): Pick<CreateTrunkInput, 'name' | 'login'> {
  const name = connection_name ?? 'IP connection';
  return sort === 'login' && user_name !== undefined && password !== undefined
    ? { name, login: { username: user_name, password } }
    : { name };
}

const get = (deps: ConnectionDeps, { sort, path, one, noun, tag }: Words) =>
  operation({
    method: 'GET',
    path: `${path}/:id`,
    operationId: `retrieve${one}`,
    summary: `Retrieve a ${noun}`,
    tag,
    resource,
    params: connectionParams,
    need: read,
    responses: {
      200: { description: 'The connection.', schema: oneSchema(connectionSchema) },
      404: { description: 'No such connection of yours' },
    },
    handle: ({ actor, params }) => answerOne(deps, actor, params.id, sort),
  });

async function answerOne(deps: ConnectionDeps, actor: Actor, extId: string, sort: Sort) {
  const found = await findTrunk(deps, actor, { extId }, sort);
  if (!found.ok) return found;
  const passwords = await readPasswords(deps, actor, sort === 'login' ? loginsOf(found.value) : []);
  if (!passwords.ok) return passwords;
  const registered = await registeredTrunks(deps, [found.value]);
  return ok({ status: 200, body: { data: presentConnection(found.value, passwords.value, registered) } });
}

const update = (deps: ConnectionDeps, { sort, path, one, noun, tag, updateBody }: Words) =>
  operation({
    method: 'PATCH',
    path: `${path}/:id`,
    operationId: `update${one}`,
    summary: `Update a ${noun}`,
    tag,
    resource,
    params: connectionParams,
    body: updateBody,
    need: write,
    changes: true,
    responses: {
      200: { description: 'The connection.', schema: oneSchema(connectionSchema) },
      404: { description: 'No such connection of yours' },
      422: { description: 'A bad field' },
    },
    async handle({ actor, params, body, wait }) {
      const asked = inputOf(deps.sealer, sort, body);
      if (!asked.ok) return asked;
      const login = { ...(body.user_name && { username: body.user_name }), ...(body.password && { password: body.password }) };
      const input = { ...asked.value, identifiedBy: sort, ...(sort === 'login' ? { login } : {}) };
      const done = namedInBody(await updateTrunk(deps, actor, { extId: params.id }, input, wait));
      if (!done.ok) return done;
      const { value, propagation } = done.value;
      // The row of the change does not tell that its answer shows the password, and a change of nothing has none.
      const passwords = await readPasswords(deps, actor, sort === 'login' ? loginsOf(value) : []);
      if (!passwords.ok) return passwords;
      const data = presentConnection(value, passwords.value, await registeredTrunks(deps, [value]));
      return ok({ status: 200, body: { data }, headers: connectionHeaders(value, propagation) });
    },
  });

const remove = (deps: ConnectionDeps, { sort, path, one, noun, tag }: Words) =>
  operation({
    method: 'DELETE',
    path: `${path}/:id`,
    operationId: `delete${one}`,
    summary: `Delete a ${noun}`,
    tag,
    resource,
    params: connectionParams,
    need: write,
    changes: true,
    responses: {
      200: { description: 'The connection as it was.', schema: oneSchema(connectionSchema) },
      404: { description: 'No such connection of yours' },
      422: { description: 'Numbers still point to it' },
    },
    async handle({ actor, params, wait }) {
      const done = await deleteTrunk(deps, actor, { trunk: { extId: params.id }, detach: false, identifiedBy: sort }, wait);
      if (!done.ok) return done;
      const { value, propagation } = done.value;
      return ok({ status: 200, body: { data: presentConnection(value, new Map()) }, headers: connectionHeaders(value, propagation) });
    },
  });
