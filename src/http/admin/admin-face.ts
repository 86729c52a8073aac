import { z } from 'zod';
import { type AuthDeps, authenticatePlatform } from '../../app/auth/authenticate.ts';
import { err, ok } from '../../kit/result.ts';
import type { Face } from '../face.ts';
import { RATE_LIMIT } from '../rate-limit-headers.ts';
import { accountOperations } from './accounts.ts';
import type { AdminDeps } from './admin-deps.ts';
import { alertOperations } from './alerts.ts';
import { apiKeyOperations } from './api-keys.ts';
import { callTraceOperations } from './call-trace.ts';
import { callOperations } from './calls.ts';
import { commentOperations } from './comments.ts';
import { destinationOperations } from './destinations.ts';
import { endpointOperations } from './endpoints.ts';
import { expectationOperations } from './expectations.ts';
import { explainOperations } from './explain.ts';
import { gatewayHealthOperations } from './gateway-health.ts';
import { hangUpOperations } from './hang-up.ts';
import { inventoryOperations } from './inventory.ts';
import { jobOperations } from './jobs.ts';
import { ledgerOperations } from './ledger.ts';
import { limitOperations } from './limits.ts';
import { numberOperations } from './numbers.ts';
import { operateOperations } from './operate.ts';
import { orderItemOperations } from './order-items.ts';
import { orderOperations } from './orders.ts';
import { outboundProfileOperations } from './outbound-profiles.ts';
import { outboundRouteOperations } from './outbound-routes.ts';
import { registrationOperations } from './registrations.ts';
import { renderAdminRefusal } from './render.ts';
import { requirementOperations } from './requirements.ts';
import { reservationOperations } from './reservations.ts';
import { reviewOperations } from './reviews.ts';
import { sipBanOperations } from './sip-bans.ts';
import { sipUserOperations } from './sip-users.ts';
import { testClockOperations } from './test-clock.ts';
import { trafficGuardOperations } from './traffic-guard.ts';
import { trunkGroupOperations } from './trunk-groups.ts';
import { userOperations } from './users.ts';
import { webhookDeliveryOperations } from './webhook-deliveries.ts';
import { webhookOperations } from './webhooks.ts';

const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string().optional(),
  errors: z
    .array(z.object({ pointer: z.string().optional(), parameter: z.string().optional(), code: z.string(), detail: z.string() }))
    .optional(),
  request_id: z.string(),
});

/** The platform's own face (decision B15). */
export const adminFace = (deps: AdminDeps & { readonly auth: AuthDeps }): Face => ({
  name: 'admin',
  title: 'Dialplane: admin',
  operations: [
    accountOperations,
    ledgerOperations,
    apiKeyOperations,
    userOperations,
    inventoryOperations,
    numberOperations,
    endpointOperations,
    trunkGroupOperations,
    gatewayHealthOperations,
    outboundRouteOperations,
    outboundProfileOperations,
    destinationOperations,
    sipUserOperations,
    registrationOperations,
    sipBanOperations,
    requirementOperations,
    reviewOperations,
    commentOperations,
    orderOperations,
    orderItemOperations,
    reservationOperations,
    callOperations,
    callTraceOperations,
    hangUpOperations,
    limitOperations,
    trafficGuardOperations,
    alertOperations,
    jobOperations,
    explainOperations,
    expectationOperations,
    operateOperations,
    webhookOperations,
    webhookDeliveryOperations,
    testClockOperations,
  ].flatMap((operations) => operations(deps)),
  caseSensitive: true,
  unknownParameters: 'refuse',
  wait: 'query',
  async authenticate({ headers, ip, requestId }) {
    const secret = /^Bearer +(\S{1,512})$/i.exec(headers.authorization ?? '')?.[1];
    const actor = secret === undefined ? null : authenticatePlatform(deps.auth, secret, { ip, requestId, mode: 'live' });
    return actor === null ? err({ kind: 'unauthenticated', detail: 'Send the platform key as a Bearer token.' }) : ok(actor);
  },
  render: renderAdminRefusal,
  answerHeaders: RATE_LIMIT,
  securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'The platform key (ADMIN_API_KEY).' } },
  headerParameters: [],
  errorSchema: problemSchema,
  errorMediaType: 'application/problem+json',
});
