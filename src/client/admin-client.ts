// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { accountsApi } from './admin/accounts.ts';
import { apiKeysApi } from './admin/api-keys.ts';
import { auditApi } from './admin/audit.ts';
import { callsApi } from './admin/calls.ts';
import { commentsApi } from './admin/comments.ts';
import { endpointsApi } from './admin/endpoints.ts';
import { expectationsApi } from './admin/expectations.ts';
import { inventoryApi } from './admin/inventory.ts';
import { jobsApi } from './admin/jobs.ts';
import { limitsApi } from './admin/limits.ts';
import { numbersApi } from './admin/numbers.ts';
import { ordersApi } from './admin/orders.ts';
import { outboundRoutesApi } from './admin/outbound-routes.ts';
import { requirementsApi } from './admin/requirements.ts';
import { reservationsApi } from './admin/reservations.ts';
import { reviewsApi } from './admin/reviews.ts';
import { routingPlaneApi } from './admin/routing-plane.ts';
import { sipBansApi } from './admin/sip-bans.ts';
import { sipUsersApi } from './admin/sip-users.ts';
import { testClockApi } from './admin/test-clock.ts';
import { trunkGroupsApi } from './admin/trunk-groups.ts';
import { usersApi } from './admin/users.ts';
import { webhooksApi } from './admin/webhooks.ts';
import { type ClientOptions, createSend } from './send.ts';

/** Every operation of the admin face, by resource. */
export function adminClient(options: ClientOptions) {
  const send = createSend(options);
  return {
    accounts: accountsApi(send),
    apiKeys: apiKeysApi(send),
    users: usersApi(send),
    inventory: inventoryApi(send),
    numbers: numbersApi(send),
    endpoints: endpointsApi(send),
    trunkGroups: trunkGroupsApi(send),
    outboundRoutes: outboundRoutesApi(send),
    sipUsers: sipUsersApi(send),
    sipBans: sipBansApi(send),
    requirements: requirementsApi(send),
    reviews: reviewsApi(send),
    comments: commentsApi(send),
    orders: ordersApi(send),
    reservations: reservationsApi(send),
    calls: callsApi(send),
    limits: limitsApi(send),
    jobs: jobsApi(send),
    expectations: expectationsApi(send),
    audit: auditApi(send),
    routingPlane: routingPlaneApi(send),
    webhooks: webhooksApi(send),
    testClock: testClockApi(send),
  };
}

/** What `adminClient` returns. */
export type AdminClient = ReturnType<typeof adminClient>;
