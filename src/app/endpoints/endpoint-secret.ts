import { randomBytes } from 'node:crypto';
import type { Endpoint } from '../../domain/endpoint.ts';
import { publicRoute } from '../../domain/endpoint-route.ts';
import type { Sealer } from '../../kit/seal.ts';
import { standardSecret } from '../webhooks/standard-form.ts';

const SECRET_BYTES = 32;

/** What the secrets of an account's endpoints are bound to. */
export const endpointSecretContext = (accountId: string): string => `endpoint-secret:${accountId}`;

/** An endpoint as the audit keeps it. */
export const withoutEndpointSecret = (endpoint: Endpoint): Endpoint =>
  endpoint.route === undefined ? endpoint : { ...endpoint, route: publicRoute(endpoint.route) };

/** Makes the secret that signs questions to an endpoint's webhook: in clear for the one answer that shows it, sealed for the row. */
export function newEndpointSecret(sealer: Pick<Sealer, 'seal'>, accountId: string): { readonly secret: string; readonly sealed: string } {
  const secret = standardSecret(randomBytes(SECRET_BYTES));
  return { secret, sealed: sealer.seal(secret, endpointSecretContext(accountId)) };
}
