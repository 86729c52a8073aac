// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  ApiKeyAnswer,
  CreateApiKeyAnswer,
  CreateApiKeyBody,
  CreateApiKeyQuery,
  CreateAuthTokenAnswer,
  ListApiKeysAnswer,
  ListApiKeysQuery,
} from './api-keys-wire.ts';

/** API keys: one method an operation. */
export const apiKeysApi = (send: Send) => ({
  /** Issue an API key; the key is told once. */
  createApiKey: (id: string, body: CreateApiKeyBody, query: CreateApiKeyQuery = {}, options?: CallOptions) =>
    send<CreateApiKeyAnswer>(
      { method: 'POST', path: `/admin/v1/accounts/${segment(id)}/api-keys`, query, json: body, answer: 'json' },
      options,
    ),
  /** List keys and tokens of an account, without their secrets. */
  listApiKeys: (id: string, query: ListApiKeysQuery = {}, options?: CallOptions) =>
    send<ListApiKeysAnswer>({ method: 'GET', path: `/admin/v1/accounts/${segment(id)}/api-keys`, query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateApiKeys: (id: string, query: ListApiKeysQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListApiKeysAnswer>(
        {
          method: 'GET',
          path: `/admin/v1/accounts/${segment(id)}/api-keys`,
          query: { ...query, after: after ?? query.after },
          answer: 'json',
        },
        options,
      ),
    ),
  /** Issue an auth token for the auth id of an account; the token is told once. */
  createAuthToken: (id: string, body: CreateApiKeyBody, query: CreateApiKeyQuery = {}, options?: CallOptions) =>
    send<CreateAuthTokenAnswer>(
      { method: 'POST', path: `/admin/v1/accounts/${segment(id)}/auth-tokens`, query, json: body, answer: 'json' },
      options,
    ),
  /** Get one key or token, without its secret. */
  getApiKey: (id: string, keyId: string, options?: CallOptions) =>
    send<ApiKeyAnswer>({ method: 'GET', path: `/admin/v1/accounts/${segment(id)}/api-keys/${segment(keyId)}`, answer: 'json' }, options),
  /** Revoke a key or token at once. */
  revokeApiKey: (id: string, keyId: string, query: CreateApiKeyQuery = {}, options?: CallOptions) =>
    send<void>({ method: 'DELETE', path: `/admin/v1/accounts/${segment(id)}/api-keys/${segment(keyId)}`, query, answer: 'none' }, options),
});
