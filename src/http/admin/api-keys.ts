import { isIP } from 'node:net';
import { z } from 'zod';
import { type IssueKeyInput, issueKey } from '../../app/accounts/issue-key.ts';
import { revokeKey } from '../../app/accounts/revoke-key.ts';
import { type ApiKey, SCOPES } from '../../domain/account.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { idParams, textField, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange, answerChangeOnce } from './answer-change.ts';
import { timeField } from './fields.ts';
import { listBody, listSchema, pageOf, pageQuery } from './page.ts';

const keySchema = z.object({
  id: z.string(),
  account_id: z.string(),
  kind: z.enum(['key', 'auth_token']),
  prefix: z.string(),
  mode: z.enum(['live', 'test']),
  role: z.enum(['owner', 'admin', 'member']),
  scopes: z.array(z.string()).nullable(),
  allowed_ips: z.array(z.string()),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
  created_at: z.string(),
});

const presentKey = (key: ApiKey) => ({
  id: key.id,
  account_id: key.accountId,
  kind: key.kind,
  prefix: key.prefix,
  mode: key.mode,
  role: key.role,
  scopes: key.scopes,
  allowed_ips: key.allowedIps,
  expires_at: key.expiresAt === null ? null : timeText(key.expiresAt),
  revoked_at: key.revokedAt === null ? null : timeText(key.revokedAt),
  created_at: timeText(key.createdAt),
});

function isNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/');
  const family = isIP(address);
  return family !== 0 && (bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)));
}

const issueBody = z.object({
  mode: z.enum(['live', 'test']).default('live'),
  role: z.enum(['owner', 'admin', 'member']).default('owner'),
  scopes: z.array(z.enum(SCOPES)).max(SCOPES.length).nullable().default(null),
  allowed_ips: z.array(textField(50).refine(isNetwork, 'Must be an address or CIDR.')).max(100).default([]),
  expires_at: timeField().nullable().default(null),
});

const inputOf = (accountId: string, kind: IssueKeyInput['kind'], body: z.infer<typeof issueBody>): IssueKeyInput => ({
  accountId,
  kind,
  mode: body.mode,
  role: body.role,
  scopes: body.scopes,
  allowedIps: body.allowed_ips,
  expiresAt: body.expires_at,
});

const tag = 'API keys';
const resource = 'account' as const;

/** Keys (`kros_live_…`, `kros_test_…`) and auth tokens of an account. */
export const apiKeyOperations = (deps: AdminDeps): AnyOperation[] => [
  createApiKeyOperation(deps),
  createAuthTokenOperation(deps),
  listApiKeysOperation(deps),
  getApiKeyOperation(deps),
  revokeApiKeyOperation(deps),
];

const createApiKeyOperation = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/accounts/:id/api-keys',
    operationId: 'createApiKey',
    summary: 'Issue an API key; the key is told once.',
    tag,
    resource,
    changes: true,
    secrets: ['key'],
    params: idParams,
    body: issueBody,
    responses: { 201: { description: 'The key.', schema: keySchema.extend({ key: z.string() }) } },
    async handle({ actor, params, body }) {
      return answerChangeOnce(actor, () => issueKey(deps, actor, inputOf(params.id, 'key', body)), {
        status: 201,
        body: ({ key, secret }) => ({ ...presentKey(key), key: secret }),
        location: ({ key }) => `/accounts/${key.accountId}/api-keys/${key.id}`,
      });
    },
  });

const createAuthTokenOperation = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/accounts/:id/auth-tokens',
    operationId: 'createAuthToken',
    secrets: ['auth_token'],
    summary: 'Issue an auth token for the auth id of an account; the token is told once.',
    tag,
    resource,
    changes: true,
    params: idParams,
    body: issueBody,
    responses: { 201: { description: 'The token.', schema: keySchema.extend({ auth_id: z.string(), auth_token: z.string() }) } },
    async handle({ actor, params, body }) {
      return answerChangeOnce(actor, () => issueKey(deps, actor, inputOf(params.id, 'auth_token', body)), {
        status: 201,
        body: ({ key, secret, authId }) => ({ ...presentKey(key), auth_id: authId, auth_token: secret }),
        location: ({ key }) => `/accounts/${key.accountId}/api-keys/${key.id}`,
      });
    },
  });

const listApiKeysOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/accounts/:id/api-keys',
    operationId: 'listApiKeys',
    summary: 'List keys and tokens of an account, without their secrets.',
    tag,
    resource,
    params: idParams,
    query: pageQuery,
    responses: { 200: { description: 'A page of keys.', schema: listSchema(keySchema) } },
    async handle({ params, query }) {
      return deps.unitOfWork.read(async (tx) => {
        if ((await tx.accounts.get(params.id)) === null) return err({ kind: 'not_found', resource } as const);
        const rows = await tx.keys.list(params.id, pageOf(query));
        return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, presentKey) });
      });
    },
  });

const getApiKeyOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/accounts/:id/api-keys/:key_id',
    operationId: 'getApiKey',
    summary: 'Get one key or token, without its secret.',
    tag,
    resource: 'api_key',
    params: idParams.extend({ key_id: uuidField() }),
    responses: { 200: { description: 'The key.', schema: keySchema } },
    async handle({ params }) {
      const key = await deps.unitOfWork.read((tx) => tx.keys.get(params.key_id));
      return key === null || key.accountId !== params.id
        ? err({ kind: 'not_found', resource: 'api_key' })
        : ok({ status: 200, body: presentKey(key) });
    },
  });

const revokeApiKeyOperation = (deps: AdminDeps) =>
  operation({
    method: 'DELETE',
    path: '/accounts/:id/api-keys/:key_id',
    operationId: 'revokeApiKey',
    summary: 'Revoke a key or token at once.',
    tag,
    resource: 'api_key',
    changes: true,
    params: idParams.extend({ key_id: uuidField() }),
    responses: { 204: { description: 'Revoked.' } },
    async handle({ actor, params }) {
      return answerChange(await revokeKey(deps, actor, { accountId: params.id, keyId: params.key_id }), { status: 204 });
    },
  });
