import type { AuthDeps } from '../../app/auth/authenticate.ts';
import type { WebhookDeps } from '../../app/webhooks/create-webhook.ts';
import type { Face } from '../face.ts';
import { X_RATE_LIMIT } from '../rate-limit-headers.ts';
import { authenticateKros } from './authenticate.ts';
import { callOperations, type KrosCallDeps } from './call-operations.ts';
import { endpointOperations } from './endpoint-operations.ts';
import { explainOperations, type KrosExplainDeps } from './explain-operations.ts';
import { type KrosNumberDeps, numberOperations } from './number-operations.ts';
import { errorSchema, renderKros } from './refusals.ts';
import { webhookOperations } from './webhook-operations.ts';

export interface KrosDeps extends KrosNumberDeps, WebhookDeps, KrosExplainDeps, KrosCallDeps {
  readonly auth: AuthDeps;
}

/** The Kros face: phone numbers, endpoints, webhooks, and why calls go where they go. */
export const krosFace = (deps: KrosDeps): Face => ({
  name: 'kros',
  title: 'Dialplane: Kros face',
  operations: [
    ...numberOperations(deps),
    ...endpointOperations(deps),
    ...webhookOperations(deps),
    ...callOperations(deps),
    ...explainOperations(deps),
  ],
  caseSensitive: true,
  unknownParameters: 'refuse',
  wait: 'prefer',
  authenticate: (head) => authenticateKros(deps.auth, head),
  render: renderKros,
  answerHeaders: X_RATE_LIMIT,
  securitySchemes: {
    bearer: { type: 'http', scheme: 'bearer', description: 'kros_live_… or kros_test_… key, or a session token.' },
    apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
  },
  headerParameters: [
    {
      name: 'x-organization-id',
      in: 'header',
      required: false,
      description: "Organization to act for. Falls back to the key's own, or the user's first organization.",
      schema: { type: 'string', format: 'uuid' },
    },
  ],
  errorSchema,
  errorMediaType: 'application/json',
});
