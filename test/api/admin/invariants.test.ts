import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyOperation } from '../../../src/http/operation.ts';
import { newId } from '../../../src/kit/ids.ts';
import type { ApiAnswer } from '../../support/api-call.ts';
import { registerPhone } from '../../support/register-phone.ts';
import { aDelivery, HOOK } from '../../support/webhook-samples.ts';
import { type AdminApi, startAdminApi } from './admin-api.ts';
import { decidedCall } from './decided-call.ts';
import {
  aComment,
  aJob,
  aLease,
  aLiveAgent,
  anOpenCall,
  aReview,
  aSipBan,
  aTracedMessage,
  aWaitingItem,
  standInAgent,
} from './jobs-and-calls.ts';

let api: AdminApi;
let groupId: string;
let agent: { stop(): Promise<void> };
beforeAll(async () => {
  api = await startAdminApi();
  agent = standInAgent(api, 'a', { x: [aTracedMessage('x')] });
  groupId = (await api.made('/trunk-groups', { name: 'Carrier', kind: 'carrier' })).id;
});
afterAll(async () => {
  await agent.stop();
  await api.close();
});

const operations = (): readonly AnyOperation[] => api.faces.find(({ name }) => name === 'admin')!.operations;
const account = async (): Promise<string> => (await api.made('/accounts', { name: 'Acme' })).id;
/** Made as the face of its tenant makes one. */
const profile = async (): Promise<string> => {
  const id = newId();
  await api.sql(
    "insert into outbound_profiles (id, account_id, mode, name, created_at, updated_at) values ($1, $2, 'live', 'P', now(), now())",
    [id, await account()],
  );
  return id;
};
/** One that the guard stopped. */
const stoppedAccount = async (): Promise<string> => {
  const id = await account();
  await api.sql('update accounts set outbound_stopped_at = now(), version = version + 1 where id = $1', [id]);
  return id;
};
const user = async (): Promise<string> => (await api.made('/users', { email: 'ann@example.com' })).id;
const owned = async (): Promise<string> => (await api.newNumber((await api.newAccount()).key)).id;
const endpoint = async (): Promise<string> =>
  (await api.made('/endpoints', { account_id: await account(), name: 'PBX', targets: [{ uri: 'sip:a@203.0.113.7' }] })).id;
const group = async (): Promise<string> => (await api.made('/trunk-groups', { name: 'B', kind: 'carrier' })).id;
const route = async (): Promise<string> => (await api.made('/outbound-routes', { prefix: '44', trunk_group_id: groupId })).id;
const sipUser = async (): Promise<string> => (await api.made('/sip-users', { account_id: await account(), username: 'alice' })).id;
const registeredUser = async (): Promise<string> => {
  const { id, realm } = await api.made('/sip-users', { account_id: await account(), username: 'desk' });
  await registerPhone(api, realm, 'desk');
  return id;
};
const key = async (): Promise<string> => {
  const id = await account();
  return `${id}/api-keys/${(await api.made(`/accounts/${id}/api-keys`, {})).id}`;
};
const member = async (): Promise<string> => {
  const [id, userId] = [await account(), await user()];
  await api.made(`/accounts/${id}/memberships`, { user_id: userId, role: 'member' });
  return `${id}/memberships/${userId}`;
};

/** An ordered number that waits for a value. */
const anOrderItem = async (): Promise<string> => {
  await api.made('/requirements', { ...aRequirement(), country: 'ZY' });
  return aWaitingItem(api, { country: 'ZY' });
};

const anExpectation = () => ({ name: newId(), call: { direction: 'inbound', to: '+442071838750' }, expected: { outcome: 'reject' } });
const expectation = async (): Promise<string> => (await api.made('/expectations', anExpectation())).id;
const webhook = async (): Promise<string> => (await api.made('/webhooks', { url: HOOK })).id;

/** Of a country whose numbers nobody orders here. */
const aRequirement = () => ({ country: 'ZZ', type: 'local', name: newId(), field_type: 'textual' });

/** A path that exists, and a body, for each operation; a changing one changes something by it. */
const samples: Readonly<Record<string, () => Promise<readonly [string, unknown?]>>> = {
  createAccount: async () => ['/accounts', { name: 'Acme' }],
  listAccounts: async () => ['/accounts'],
  getAccount: async () => [`/accounts/${await account()}`],
  updateAccount: async () => [`/accounts/${await account()}`, { status: 'disabled' }],
  listLedger: async () => [`/accounts/${await account()}/ledger`],
  creditAccount: async () => [`/accounts/${await account()}/credits`, { amount_minor: 5, note: 'x' }],
  createApiKey: async () => [`/accounts/${await account()}/api-keys`, {}],
  createAuthToken: async () => [`/accounts/${await account()}/auth-tokens`, {}],
  listApiKeys: async () => [`/accounts/${await account()}/api-keys`],
  getApiKey: async () => [`/accounts/${await key()}`],
  revokeApiKey: async () => [`/accounts/${await key()}`],
  createUser: async () => ['/users', { id: newId(), email: 'ann@example.com' }],
  listUsers: async () => ['/users'],
  getUser: async () => [`/users/${await user()}`],
  putMembership: async () => [`/accounts/${await account()}/memberships`, { user_id: await user(), role: 'admin' }],
  listMemberships: async () => [`/accounts/${await account()}/memberships`],
  getMembership: async () => [`/accounts/${await member()}`],
  removeMembership: async () => [`/accounts/${await member()}`],
  importInventory: async () => ['/inventory', { numbers: [{ e164: '+442070000123', region: newId() }] }],
  listNumbers: async () => ['/numbers'],
  getNumber: async () => [`/numbers/${await owned()}`],
  updateNumber: async () => [`/numbers/${await owned()}`, { allow_outbound: true }],
  createEndpoint: async () => ['/endpoints', { account_id: await account(), name: 'PBX', targets: [{ uri: 'sip:a@203.0.113.7' }] }],
  listEndpoints: async () => ['/endpoints'],
  getEndpoint: async () => [`/endpoints/${await endpoint()}`],
  updateEndpoint: async () => [`/endpoints/${await endpoint()}`, { name: 'Other' }],
  deleteEndpoint: async () => [`/endpoints/${await endpoint()}`],
  createTrunkGroup: async () => ['/trunk-groups', { name: 'B', kind: 'carrier' }],
  listTrunkGroups: async () => ['/trunk-groups'],
  getTrunkGroup: async () => [`/trunk-groups/${await group()}`],
  getTrunkGroupHealth: async () => [`/trunk-groups/${await group()}/health`],
  updateTrunkGroup: async () => [`/trunk-groups/${await group()}`, { acl: ['203.0.113.9'] }],
  deleteTrunkGroup: async () => [`/trunk-groups/${await group()}`],
  createOutboundRoute: async () => ['/outbound-routes', { prefix: '44', trunk_group_id: groupId }],
  listOutboundRoutes: async () => ['/outbound-routes'],
  getOutboundRoute: async () => [`/outbound-routes/${await route()}`],
  updateOutboundRoute: async () => [`/outbound-routes/${await route()}`, { weight: 7 }],
  deleteOutboundRoute: async () => [`/outbound-routes/${await route()}`],
  listOutboundProfiles: async () => ['/outbound-profiles'],
  getOutboundProfile: async () => [`/outbound-profiles/${await profile()}`],
  updateOutboundProfile: async () => [`/outbound-profiles/${await profile()}`, { max_cps: 2 }],
  getDestinations: async () => ['/destinations'],
  updateDestinations: async () => ['/destinations', { blocked_destinations: [String(performance.now()).replace('.', '').slice(0, 15)] }],
  createSipUser: async () => ['/sip-users', { account_id: await account(), username: 'alice' }],
  listSipUsers: async () => ['/sip-users'],
  getSipUser: async () => [`/sip-users/${await sipUser()}`],
  listRegistrations: async () => [`/sip-users/${await sipUser()}/registrations`],
  endRegistrations: async () => [`/sip-users/${await registeredUser()}/registrations`],
  updateSipUser: async () => [`/sip-users/${await sipUser()}`, { enabled: false }],
  deleteSipUser: async () => [`/sip-users/${await sipUser()}`],
  createRequirement: async () => ['/requirements', aRequirement()],
  createComment: async () => ['/comments', await aComment(api)],
  getOrderItem: async () => [`/order-items/${await anOrderItem()}`],
  updateOrderItem: async () => [`/order-items/${await anOrderItem()}`, { deadline: '2031-01-01T00:00:00Z' }],
  listComments: async () => ['/comments'],
  listOrders: async () => ['/orders'],
  listReservations: async () => ['/reservations'],
  listRequirements: async () => ['/requirements'],
  getRequirement: async () => [`/requirements/${(await api.made('/requirements', aRequirement())).id}`],
  listReviews: async () => ['/reviews'],
  getReview: async () => [`/reviews/${await aReview(api)}`],
  approveReview: async () => [`/reviews/${await aReview(api)}/approve`, {}],
  declineReview: async () => [`/reviews/${await aReview(api)}/decline`, { reason: 'No.' }],
  listCalls: async () => ['/calls'],
  exportCalls: async () => ['/calls/export?format=csv'],
  getCall: async () => {
    const callId = newId();
    const event = {
      callId,
      seq: 1,
      agentId: 'a',
      at: api.clock.now(),
      n: 1,
      trunkGroupId: null,
      gatewayId: null,
      uri: 'sip:a',
      sipCallId: 'x',
      leases: [],
    };
    await api.folder.fold([{ ...event, type: 'attempt' }]);
    return [`/calls/${callId}`];
  },
  getCallTrace: async () => {
    await aLiveAgent(api, 'a');
    return [`/calls/${await anOpenCall(api, 'a')}/trace`];
  },
  listSipBans: async () => ['/sip-bans'],
  liftSipBan: async () => [`/sip-bans/${await aSipBan(api)}`],
  hangUpCall: async () => [`/calls/${await anOpenCall(api, 'a')}/hangup`],
  getLimitUse: async () => [`/limits/number/${await owned()}`],
  listLeaseHolders: async () => [`/limits/number/${await owned()}/holders`],
  freeLease: async () => {
    const scope = { kind: 'number', id: await owned() } as const;
    return [`/limits/number/${scope.id}/holders/${await aLease(api, 'a', scope)}`];
  },
  getTrafficGuard: async () => [`/accounts/${await account()}/traffic-guard`],
  updateTrafficGuard: async () => [`/accounts/${await account()}/traffic-guard`, { action: 'block' }],
  liftTrafficStop: async () => [`/accounts/${await stoppedAccount()}/traffic-guard/lift`],
  listAlerts: async () => ['/alerts'],
  listJobs: async () => ['/jobs'],
  getJob: async () => [`/jobs/${await aJob(api)}`],
  retryJob: async () => [`/jobs/${await aJob(api)}/retry`],
  explainCall: async () => ['/explain', { from: '+33612345678', to: '+442071838750' }],
  createExpectation: async () => ['/expectations', anExpectation()],
  listExpectations: async () => ['/expectations'],
  listExpectationChecks: async () => ['/expectations/check'],
  getExpectation: async () => [`/expectations/${await expectation()}`],
  updateExpectation: async () => [`/expectations/${await expectation()}`, { enabled: false }],
  deleteExpectation: async () => [`/expectations/${await expectation()}`],
  explainPastCall: async () => [`/calls/${(await decidedCall(api)).callId}/explain`],
  createWebhook: async () => ['/webhooks', { url: HOOK }],
  listWebhooks: async () => ['/webhooks'],
  getWebhook: async () => [`/webhooks/${await webhook()}`],
  updateWebhook: async () => [`/webhooks/${await webhook()}`, { enabled: false }],
  deleteWebhook: async () => [`/webhooks/${await webhook()}`],
  rotateWebhookSecret: async () => [`/webhooks/${await webhook()}/rotate-secret`],
  listWebhookDeliveries: async () => ['/webhook-deliveries'],
  getWebhookDelivery: async () => [`/webhook-deliveries/${await aDelivery(api)}`],
  replayWebhookDelivery: async () => [`/webhook-deliveries/${await aDelivery(api)}/replay`],
  listAudit: async () => ['/audit'],
  getPropagation: async () => ['/propagation'],
};
const sampleOf = ({ operationId }: AnyOperation) => {
  const sample = samples[operationId];
  if (sample === undefined) throw new Error(`${operationId}: no sample`);
  return sample();
};
const send = ({ method }: AnyOperation, path: string, body: unknown, headers: Record<string, string> = {}) =>
  api.admin(method, path, { headers, ...(body === undefined ? {} : { body }) });
/** Everything a client can see but the request's own id and time. */
const seen = ({ status, text, headers }: ApiAnswer) => ({
  status,
  text: text.replace(/"request_id":"[^"]*"/, ''),
  headers: [...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date'),
});
const UUID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;

it('has a sample of every operation', () => {
  expect(
    operations()
      .map(({ operationId }) => operationId)
      .toSorted(),
  ).toEqual(Object.keys(samples).toSorted());
});

describe('invariant 11', () => {
  it('invariant 11: an unknown id, one of another kind and no id at all get byte-equal answers', async () => {
    const taking = operations().filter(({ path }) => path.includes(':'));
    expect(taking.length).toBeGreaterThanOrEqual(20);
    for (const operation of taking) {
      const [path, body] = await sampleOf(operation);
      // A ban is named by its address: sip-bans.test.ts.
      for (const place of (path.match(UUID) ?? []).keys()) {
        const withId = (id: string) => {
          let at = -1;
          return path.replaceAll(UUID, (own) => {
            at += 1;
            return at === place ? id : own;
          });
        };
        const unknown = await send(operation, withId(newId()), body);
        expect(unknown.status, `${operation.operationId} ${place}`).toBe(404);
        for (const id of [groupId, await account(), 'malformed', '7', '%20', `${newId()}x`]) {
          // Of another kind, that is: an account is what some of them look for.
          if (path.startsWith('/trunk-groups') && id === groupId) continue;
          const answer = await send(operation, withId(id), body);
          if (answer.status !== 404 && path.startsWith('/accounts') && place === 0) continue;
          expect(seen(answer), `${operation.operationId} ${place} ${id}`).toEqual(seen(unknown));
        }
      }
      // The comparison means something only where the real id gets another answer.
      expect((await send(operation, path, body)).status, operation.operationId).toBeLessThan(300);
    }
  });
});

describe('invariant 13', () => {
  const auditCount = async (): Promise<number> => (await api.sql('select count(*)::int as n from audit'))[0].n;

  it('invariant 13: every changing operation writes exactly one audit row, every other one none', async () => {
    for (const operation of operations()) {
      const [path, body] = await sampleOf(operation);
      const before = await auditCount();
      const requestId = `audit-${operation.operationId}`;
      const answer = await send(operation, path, body, { 'X-Request-Id': requestId });
      expect(answer.status, `${operation.operationId} ${answer.text}`).toBeLessThan(300);
      expect(await auditCount(), operation.operationId).toBe(before + (operation.changes ? 1 : 0));
      expect(operation.changes ?? false, operation.operationId).toBe(operation.method !== 'GET' && operation.operationId !== 'explainCall');
      if (operation.changes !== true) continue;
      const rows = await api.sql('select actor, ip from audit where request_id = $1', [requestId]);
      expect(rows, operation.operationId).toEqual([{ actor: { kind: 'platform', id: 'platform', account_id: null }, ip: '127.0.0.1' }]);
      expect(answer.headers.get('dialplane-propagation'), operation.operationId).toBe('applied');
    }
  });

  it('invariant 13: what is refused or changes nothing leaves no audit row and no version', async () => {
    for (const operation of operations().filter(({ changes }) => changes)) {
      const [path, body] = await sampleOf(operation);
      const before = await auditCount();
      // Refused for its fields, its path, or its version.
      if (body !== undefined) {
        expect((await send(operation, path, { ...(body as object), colour: 'red' })).status, operation.operationId).toBe(422);
        expect((await api.admin(operation.method, path, { raw: '{' })).status, operation.operationId).toBe(415);
      }
      expect((await send(operation, `${path}?colour=red`, body)).status, operation.operationId).toBe(422);
      if (UUID.test(path)) expect((await send(operation, path.replaceAll(UUID, newId()), body)).status).toBe(404);
      UUID.lastIndex = 0;
      expect(await auditCount(), operation.operationId).toBe(before);
      if (operation.method === 'POST' && !['putMembership', 'createUser', 'createSipUser'].includes(operation.operationId)) continue;
      // The same again is refused or changes nothing.
      const first = await send(operation, path, body);
      expect(first.status, operation.operationId).toBeLessThan(300);
      const again = await auditCount();
      const second = await send(operation, path, body);
      expect(await auditCount(), operation.operationId).toBe(again);
      if (second.status >= 300) continue;
      expect(second.headers.get('dialplane-version'), operation.operationId).toBe(first.headers.get('dialplane-version'));
    }
  });
});
