import { z } from 'zod';
import type { Transaction } from '../../app/ports/store.ts';
import { createLogin, deleteLogin, type LoginDeps, updateLogin } from '../../app/sip-credentials/change-login.ts';
import { isOwnLogin } from '../../app/sip-credentials/own-login.ts';
import { type Passwords, readPasswords } from '../../app/sip-credentials/read-passwords.ts';
import { accountOf } from '../../app/tenant.ts';
import { recordRef } from '../../domain/records.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { textField, timeText } from '../wire-fields.ts';
import { extIdField } from './connection-fields.ts';
import { read, write } from './connection-operations.ts';
import { enumText, listQuery, timeFilter } from './filters.ts';
import { given } from './given.ts';
import { listSchema, metaOf, offsetOf, oneSchema, pageFields } from './page.ts';

const TAG = 'Credentials';
const COLLECTION = '/telephony_credentials';
const ONE = `${COLLECTION}/:id`;
const resource = 'sip_user' as const;
const purpose = 'issued' as const;
const params = z.object({ id: z.string().max(64) });
const PREFIX = 'connection:';

const credentialSchema = z.object({
  id: z.string(),
  record_type: z.literal('credential'),
  name: z.string(),
  tag: z.string().optional(),
  resource_id: z.string(),
  sip_username: z.string(),
  sip_password: z.string().optional(),
  sip_domain: z.string().describe('Where the login is good: the digest realm.'),
  expired: z.boolean(),
  expires_at: z.string().optional(),
  user_id: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});

const labels = { name: textField(200).optional().describe('A label.'), tag: textField(200).optional().describe('A label.') };
const createBody = z.object({ connection_id: extIdField(), expires_at: timeFilter().optional(), ...labels });
const updateBody = z.object({ connection_id: extIdField().optional(), expires_at: timeFilter().nullable().optional(), ...labels });

/** SIP logins that are made on demand for the clients of a connection. */
export const telephonyCredentialOperations = (deps: LoginDeps): AnyOperation[] => [
  list(deps),
  create(deps),
  get(deps),
  update(deps),
  remove(deps),
];

interface View {
  readonly now: number;
  readonly connection: string;
  readonly passwords: Passwords;
}

function present(login: SipCredential, { now, connection, passwords }: View) {
  const password = passwords.get(login.id);
  return {
    id: login.id,
    record_type: 'credential',
    name: login.name ?? '',
    ...(login.tag === undefined ? {} : { tag: login.tag }),
    resource_id: `${PREFIX}${connection}`,
    sip_username: login.username,
    ...(password === undefined ? {} : { sip_password: password }),
    sip_domain: login.realm,
    expired: login.expiresAt !== undefined && login.expiresAt <= now,
    ...(login.expiresAt === undefined ? {} : { expires_at: timeText(login.expiresAt) }),
    user_id: login.subAccountId ?? login.accountId,
    created_at: timeText(login.createdAt),
    updated_at: timeText(login.updatedAt),
  };
}

const connectionOf = async (tx: Transaction, { trunkGroupId }: SipCredential): Promise<string> =>
  trunkGroupId === undefined ? '' : ((await tx.trunkGroups.get(trunkGroupId))?.extId ?? '');

const list = (deps: LoginDeps) =>
  operation({
    method: 'GET',
    path: COLLECTION,
    operationId: 'listTelephonyCredentials',
    summary: 'List all credentials',
    tag: TAG,
    query: listQuery({
      ...pageFields(50),
      'filter[tag]': textField(200).optional(),
      'filter[name]': textField(200).optional(),
      'filter[status]': enumText(['active', 'expired']).optional(),
      'filter[resource_id]': textField(64).optional(),
      'filter[sip_username]': textField(128).optional(),
    }),
    need: read,
    responses: { 200: { description: 'A page of credentials.', schema: listSchema(credentialSchema) } },
    async handle({ actor, query }) {
      const now = deps.clock.now();
      const found = await deps.unitOfWork.read(async (tx) => {
        const resourceId = query['filter[resource_id]'];
        const group = resourceId === undefined ? undefined : await tx.trunkGroups.byExtId(resourceId.replace(PREFIX, ''));
        if (group === null) return { rows: [], total: 0 };
        const account = accountOf(actor);
        const status = query['filter[status]'];
        const filter = {
          accountId: account.parentId ?? account.id,
          subAccountId: account.parentId === null ? null : account.id,
          mode: actor.mode,
          purpose,
          ...given('trunkGroupId', group?.id),
          ...given('tag', query['filter[tag]']),
          ...given('name', query['filter[name]']),
          ...given('username', query['filter[sip_username]']),
          ...given('expired', status === undefined ? undefined : { is: status === 'expired', at: now }),
        };
        const page = await tx.credentials.listOwn(filter, offsetOf(query));
        const rows = [];
        for (const login of page.rows) rows.push({ login, connection: await connectionOf(tx, login) });
        return { rows, total: page.total };
      });
      const passwords = await readPasswords(
        deps,
        actor,
        found.rows.map(({ login }) => login),
      );
      if (!passwords.ok) return passwords;
      const data = found.rows.map(({ login, connection }) => present(login, { now, connection, passwords: passwords.value }));
      return ok({ status: 200, body: { data, meta: metaOf(query, found.total) } });
    },
  });

/** A connection that a body names and the account does not have is a bad field. */
const badConnection = <T>(done: Result<T, RequestRefusal>): Result<T, RequestRefusal> =>
  !done.ok && done.error.kind === 'not_found' && done.error.resource === 'trunk_group'
    ? err(invalidBody(['connection_id'], 'No such connection of yours.', 'not_found'))
    : done;

const headersOf = ({ realm, username, version }: SipCredential, propagation: 'applied' | 'pending') =>
  propagationHeaders(propagation, { record: recordRef.credential(realm, username), version });

const create = (deps: LoginDeps) =>
  operation({
    method: 'POST',
    path: COLLECTION,
    operationId: 'createTelephonyCredential',
    summary: 'Create a credential',
    tag: TAG,
    body: createBody,
    need: write,
    changes: true,
    responses: { 201: { description: 'The credential.', schema: oneSchema(credentialSchema) }, 422: { description: 'A bad field' } },
    handle({ actor, body, wait }) {
      const now = deps.clock.now();
      const input = {
        username: null,
        password: null,
        purpose,
        trunk: { extId: body.connection_id },
        // The vendor's default name is the time it was made at.
        name: body.name ?? new Date(now).toISOString(),
        ...given('tag', body.tag),
        ...given('expiresAt', body.expires_at),
      };
      const run = async () => badConnection(await createLogin(deps, actor, input, wait));
      return answerOnce(actor, run, ({ value: { credential, password }, propagation }) => ({
        status: 201,
        body: { data: present(credential, { now, connection: body.connection_id, passwords: new Map([[credential.id, password]]) }) },
        headers: headersOf(credential, propagation),
      }));
    },
  });

const get = (deps: LoginDeps) =>
  operation({
    method: 'GET',
    path: ONE,
    operationId: 'retrieveTelephonyCredential',
    summary: 'Get a credential',
    tag: TAG,
    resource,
    params,
    need: read,
    responses: { 200: { description: 'The credential.', schema: oneSchema(credentialSchema) }, 404: { description: 'None of yours' } },
    async handle({ actor, params: { id } }) {
      const found = await deps.unitOfWork.read(async (tx) => {
        const login = await tx.credentials.get(id);
        return login === null || !isOwnLogin(actor, purpose, login) ? null : { login, connection: await connectionOf(tx, login) };
      });
      if (found === null) return err({ kind: 'not_found', resource });
      const passwords = await readPasswords(deps, actor, [found.login]);
      if (!passwords.ok) return passwords;
      const view = { now: deps.clock.now(), connection: found.connection, passwords: passwords.value };
      return ok({ status: 200, body: { data: present(found.login, view) } });
    },
  });

const update = (deps: LoginDeps) =>
  operation({
    method: 'PATCH',
    path: ONE,
    operationId: 'updateTelephonyCredential',
    summary: 'Update a credential',
    tag: TAG,
    resource,
    params,
    body: updateBody,
    need: write,
    changes: true,
    responses: { 200: { description: 'The credential.', schema: oneSchema(credentialSchema) }, 404: { description: 'None of yours' } },
    async handle({ actor, params: { id }, body, wait }) {
      const patch = {
        ...given('name', body.name),
        ...given('tag', body.tag),
        ...given('expiresAt', body.expires_at),
        ...given('trunk', body.connection_id === undefined ? undefined : { extId: body.connection_id }),
      };
      const done = badConnection(await updateLogin(deps, actor, { id, purpose }, patch, wait));
      if (!done.ok) return done;
      const { value, propagation } = done.value;
      const connection = await deps.unitOfWork.read((tx) => connectionOf(tx, value));
      // The row of the change does not tell that its answer shows the password, and a change of nothing has none.
      const passwords = await readPasswords(deps, actor, [value]);
      if (!passwords.ok) return passwords;
      const data = present(value, { now: deps.clock.now(), connection, passwords: passwords.value });
      return ok({ status: 200, body: { data }, headers: headersOf(value, propagation) });
    },
  });

const remove = (deps: LoginDeps) =>
  operation({
    method: 'DELETE',
    path: ONE,
    operationId: 'deleteTelephonyCredential',
    summary: 'Delete a credential; the next call with it fails',
    tag: TAG,
    resource,
    params,
    need: write,
    changes: true,
    responses: { 200: { description: 'As it was.', schema: oneSchema(credentialSchema) }, 404: { description: 'None of yours' } },
    async handle({ actor, params: { id }, wait }) {
      const done = await deleteLogin(deps, actor, { id, purpose }, wait);
      if (!done.ok) return done;
      const { value, propagation } = done.value;
      const connection = await deps.unitOfWork.read((tx) => connectionOf(tx, value));
      const data = present(value, { now: deps.clock.now(), connection, passwords: new Map() });
      return ok({ status: 200, body: { data }, headers: headersOf(value, propagation) });
    },
  });
