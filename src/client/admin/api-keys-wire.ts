// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getApiKey` answers. */
export interface ApiKeyAnswer {
  readonly id: string;
  readonly account_id: string;
  readonly kind: 'key' | 'auth_token';
  readonly prefix: string;
  readonly mode: 'live' | 'test';
  readonly role: 'owner' | 'admin' | 'member';
  readonly scopes: readonly string[] | null;
  readonly allowed_ips: readonly string[];
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly created_at: string;
}

/** What `createApiKey` answers. */
export interface CreateApiKeyAnswer {
  readonly id: string;
  readonly account_id: string;
  readonly kind: 'key' | 'auth_token';
  readonly prefix: string;
  readonly mode: 'live' | 'test';
  readonly role: 'owner' | 'admin' | 'member';
  readonly scopes: readonly string[] | null;
  readonly allowed_ips: readonly string[];
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly created_at: string;
  readonly key: string;
}

/** What `createApiKey` is sent. */
export interface CreateApiKeyBody {
  readonly mode?: 'live' | 'test' | undefined;
  readonly role?: 'owner' | 'admin' | 'member' | undefined;
  readonly scopes?:
    | readonly (
        | 'numbers:read'
        | 'numbers:write'
        | 'endpoints:read'
        | 'endpoints:write'
        | 'webhooks:read'
        | 'webhooks:write'
        | 'calls:read'
        | 'cool_off:force'
      )[]
    | null
    | undefined;
  readonly allowed_ips?: readonly string[] | undefined;
  readonly expires_at?: string | null | undefined;
}

/** How `createApiKey` is asked. */
export interface CreateApiKeyQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** What `listApiKeys` answers. */
export interface ListApiKeysAnswer {
  readonly data: readonly ApiKeyAnswer[];
  readonly next: string | null;
}

/** How `listApiKeys` is asked. */
export interface ListApiKeysQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
}

/** What `createAuthToken` answers. */
export interface CreateAuthTokenAnswer {
  readonly id: string;
  readonly account_id: string;
  readonly kind: 'key' | 'auth_token';
  readonly prefix: string;
  readonly mode: 'live' | 'test';
  readonly role: 'owner' | 'admin' | 'member';
  readonly scopes: readonly string[] | null;
  readonly allowed_ips: readonly string[];
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly created_at: string;
  readonly auth_id: string;
  readonly auth_token: string;
}
