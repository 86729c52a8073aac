import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Face } from '../../src/http/face.ts';
import type { FaceName } from '../../src/http/mount-table.ts';
import type { AnyOperation } from '../../src/http/operation.ts';
import { telnyxFace } from '../../src/http/telnyx/telnyx-face.ts';
import { vobizFace } from '../../src/http/vobiz/vobiz-face.ts';
import { newId } from '../../src/kit/ids.ts';
import { postgresNumberUsage } from '../../src/store/number-usage.ts';
import type { ApiAnswer } from '../support/api-call.ts';
import type { TestAccount } from '../support/api-harness.ts';
import { TELNYX_RULES } from '../support/telnyx-rules.ts';
import { aChannel, aDelivery, aSetting, HOOK } from '../support/webhook-samples.ts';
import { type AdminApi, startAdminApi } from './admin/admin-api.ts';
import { aComment, aJob, anOpenCall, aReview, standInAgent } from './admin/jobs-and-calls.ts';
import { connectionChanges } from './telnyx/connection-samples.ts';

let api: AdminApi;
let mine: TestAccount;
let child: TestAccount;
let agent: ReturnType<typeof standInAgent>;
beforeAll(async () => {
  api = await startAdminApi({
    moreFaces: (deps, { pool }) => [
      vobizFace({ ...deps, usage: postgresNumberUsage(pool), releaseTerms: { windowMs: 86_400_000, quarantineMs: 0 } }),
      telnyxFace({ ...deps, ...TELNYX_RULES, callingCodeOf: () => null }),
    ],
    testClock: ({ clock }) => ({
      advance: async (ms) => {
        clock.advance(ms);
        return ms;
      },
    }),
  });
  mine = await api.newAccount({ creditMinor: 10_000_000 });
  child = await api.newAccount({ parent: mine.account });
  agent = standInAgent(api, 'agent-7');
});
afterAll(async () => {
  await agent.stop();
  await api.close();
});

const accountPath = (rest: string) => `/accounts/${mine.account.id}/${rest}`;
const aUser = async (): Promise<string> => (await api.made('/users', { email: 'ann@example.com' })).id;
const aGroup = (changes: object): Promise<ApiAnswer['body']> =>
  api.made('/trunk-groups', { name: newId(), gateways: [{ uri: 'sip:192.0.2.8' }], ...changes });
const newPath = async (rest: string): Promise<string> => {
  const { e164 } = await api.newNumber(mine.key);
  return `/api/v1/Account/${mine.account.authId}/numbers/${encodeURIComponent(e164)}/${rest}`;
};
const GROUP = { country_code: 'QZ', phone_number_type: 'local', action: 'ordering' };
const ADDRESS = { business_name: 'Acme', street_address: 'Hauptstr. 1', locality: 'Berlin', postal_code: '10115', country_code: 'DE' };
const aRequirementGroup = async (): Promise<string> =>
  (await api.call('POST', '/v2/requirement_groups', { key: mine.key, body: GROUP })).body.id;
/** An order of a number that needs something. */
async function aWaitingOrder() {
  await api.admin('POST', '/requirements', { body: { country: 'QZ', type: 'local', name: 'Name', field_type: 'textual' } });
  const { e164 } = await api.newStock({ country: 'QZ' });
  return (await api.call('POST', '/v2/number_orders', { key: mine.key, body: { phone_numbers: [{ phone_number: e164 }] } })).body.data;
}
const KROS_HOOK = { url: HOOK, events: ['number.released'] };
const krosWebhook = async (): Promise<string> => (await api.call('POST', '/webhooks', { key: mine.key, body: KROS_HOOK })).body.id;
const PBX = { name: 'PBX', type: 'custom_sip', url: 'sip:pbx@203.0.113.7' };

const vobizPath = (rest: string): string => `/api/v1/Account/${mine.account.authId}/${rest}`;
const aSipUser = () => ({ username: newId().replaceAll('-', ''), password: 'long-enough' });
const vobizHeaders = () => ({ 'X-Auth-ID': mine.account.authId, 'X-Auth-Token': mine.key });

/** The POSTs among the samples of connections; they are asked for when the harness stands. */
const telnyxConnections = () => {
  const names = ['CredentialConnection', 'IpConnection', 'FqdnConnection', 'Ip', 'Fqdn', 'OutboundVoiceProfile', 'TelephonyCredential'];
  const posts = [...names.map((name) => `create${name}`), 'checkRegistrationStatus'];
  return Object.fromEntries(
    posts.map((name) => [
      name,
      async (): Promise<readonly [string, unknown]> => {
        const [path, body] = (await connectionChanges(api, mine)[name]?.()) ?? ['', null];
        return [path, body];
      },
    ]),
  );
};

/** A path that exists and a body that the operation takes; an operation that is new needs one here. */
const SAMPLES: Readonly<Record<FaceName, Readonly<Record<string, () => Promise<readonly [string, unknown]>>>>> = {
  kros: {
    purchasePhoneNumber: async () => ['/phone-numbers', { inventory_id: (await api.newStock()).id }],
    createEndpoint: async () => ['/v1/endpoints', PBX],
    createWebhook: async () => ['/v1/webhooks', KROS_HOOK],
    explainCall: async () => ['/v1/calls/explain', { direction: 'outbound', from: '+442071838750', to: '+33612345678' }],
    rotateWebhookSecret: async () => [`/webhooks/${await krosWebhook()}/rotate-secret`, undefined],
  },
  vobiz: {
    purchaseFromInventory: async () => [
      `/api/v1/Account/${mine.account.authId}/numbers/purchase-from-inventory`,
      { e164: (await api.newStock()).e164 },
    ],
    assignNumberToSubAccount: async () => [await newPath('assign-subaccount'), { sub_account_id: child.account.authId }],
    assignNumberToTrunkGroup: async () => [
      await newPath('assign'),
      { trunk_group_id: (await aGroup({ kind: 'customer', account_id: mine.account.id })).id },
    ],
    attachNumberToApplication: async () => {
      const endpoint = await api.call('POST', '/endpoints', { key: mine.key, body: PBX });
      return [await newPath('application'), { application_id: endpoint.body.id }];
    },
    cancelNumberRelease: async () => {
      const path = await newPath('cancel-release');
      await api.call('DELETE', path.replace('/cancel-release', ''), { headers: vobizHeaders() });
      return [path, undefined];
    },
    createTrunk: async () => [vobizPath('trunks'), { name: 'PBX' }],
    createTrunkCredential: async () => [vobizPath('credentials'), { username: newId(), password: 'long-enough' }],
    createTrunkIpAcl: async () => [vobizPath('ip-acl'), { name: 'Office', ip_address: '10.1.2.3' }],
    createOriginationUri: async () => [vobizPath('origination-uris'), { name: 'PBX', sip_uri: 'sip:pbx.example', priority: 1 }],
    createSipEndpoint: async () => [vobizPath('Endpoint/'), aSipUser()],
    updateSipEndpoint: async () => {
      const made = await api.call('POST', vobizPath('Endpoint/'), { body: aSipUser(), headers: vobizHeaders() });
      return [vobizPath(`Endpoint/${made.body.endpoint_id}/`), { alias: 'Ann' }];
    },
    createSubAccount: async () => [`/api/v1/accounts/${mine.account.authId}/sub-accounts/`, { name: 'Sub', kyc_mode: 'personal_use' }],
  },
  telnyx: {
    createNumberOrder: async () => ['/v2/number_orders', { phone_numbers: [{ phone_number: (await api.newStock()).e164 }] }],
    createSubNumberOrdersReport: async () => ['/v2/sub_number_orders_report', { country_code: 'GB' }],
    createUpdatePhoneNumbersJob: async () => [
      '/v2/phone_numbers/jobs/update_phone_numbers',
      { phone_numbers: [(await api.newNumber(mine.key)).e164], tags: ['a'] },
    ],
    createDeletePhoneNumbersJob: async () => [
      '/v2/phone_numbers/jobs/delete_phone_numbers',
      { phone_numbers: [(await api.newNumber(mine.key)).e164] },
    ],
    createCsvDownload: async () => ['/v2/phone_numbers/csv_downloads', undefined],
    verifyPhoneNumberOwnership: async () => ['/v2/phone_numbers/actions/verify_ownership', { phone_numbers: ['+442079460000'] }],
    createNumbersFeatures: async () => ['/v2/numbers_features', { phone_numbers: ['+442079460000'] }],
    createNumberReservation: async () => ['/v2/number_reservations', { phone_numbers: [{ phone_number: (await api.newStock()).e164 }] }],
    extendNumberReservation: async () => {
      const body = { phone_numbers: [{ phone_number: (await api.newStock()).e164 }] };
      const made = await api.call('POST', '/v2/number_reservations', { key: mine.key, body });
      return [`/v2/number_reservations/${made.body.data.id}/actions/extend`, undefined];
    },
    createComment: async () => ['/v2/comments', await aComment(api, mine)],
    createNotificationProfile: async () => ['/v2/notification_profiles', { name: 'Mine' }],
    createNotificationChannel: async () => ['/v2/notification_channels', (await aChannel(api, mine)).body],
    createNotificationSetting: async () => ['/v2/notification_settings', await aSetting(api, mine)],
    createRequirementGroup: async () => ['/v2/requirement_groups', GROUP],
    submitRequirementGroup: async () => [`/v2/requirement_groups/${await aRequirementGroup()}/submit_for_approval`, {}],
    updateSubNumberOrderRequirementGroup: async () => [
      `/v2/sub_number_orders/${(await aWaitingOrder()).sub_number_orders_ids[0]}/requirement_group`,
      { requirement_group_id: await aRequirementGroup() },
    ],
    updateNumberOrderPhoneNumberRequirementGroup: async () => [
      `/v2/number_order_phone_numbers/${(await aWaitingOrder()).phone_numbers[0].id}/requirement_group`,
      { requirement_group_id: await aRequirementGroup() },
    ],
    ...telnyxConnections(),
    createAddress: async () => ['/v2/addresses', ADDRESS],
    validateAddress: async () => ['/v2/addresses/actions/validate', ADDRESS],
    uploadDocument: async () => ['/v2/documents', { file: Buffer.from('%PDF-1.7').toString('base64') }],
  },
  admin: {
    createAccount: async () => ['/accounts', { name: 'Acme' }],
    liftTrafficStop: async () => [accountPath('traffic-guard/lift'), undefined],
    creditAccount: async () => [accountPath('credits'), { amount_minor: 5, note: 'x' }],
    createApiKey: async () => [accountPath('api-keys'), {}],
    createAuthToken: async () => [accountPath('auth-tokens'), {}],
    createUser: async () => ['/users', { email: 'ann@example.com' }],
    putMembership: async () => [accountPath('memberships'), { user_id: await aUser(), role: 'admin' }],
    importInventory: async () => ['/inventory', { numbers: [{ e164: '+442079460000', region: newId() }] }],
    createEndpoint: async () => ['/endpoints', { account_id: mine.account.id, name: 'PBX', targets: [{ uri: 'sip:pbx@203.0.113.7' }] }],
    createTrunkGroup: async () => ['/trunk-groups', { name: newId(), kind: 'carrier' }],
    createOutboundRoute: async () => ['/outbound-routes', { prefix: '44', trunk_group_id: (await aGroup({ kind: 'carrier' })).id }],
    createSipUser: async () => ['/sip-users', { account_id: mine.account.id, username: newId().slice(0, 30) }],
    createComment: async () => ['/comments', await aComment(api)],
    createRequirement: async () => ['/requirements', { country: 'ZZ', type: 'local', name: newId(), field_type: 'textual' }],
    approveReview: async () => [`/reviews/${await aReview(api)}/approve`, {}],
    declineReview: async () => [`/reviews/${await aReview(api)}/decline`, { reason: 'No.' }],
    createWebhook: async () => ['/webhooks', { url: HOOK }],
    rotateWebhookSecret: async () => [`/webhooks/${(await api.made('/webhooks', { url: HOOK })).id}/rotate-secret`, {}],
    replayWebhookDelivery: async () => [`/webhook-deliveries/${await aDelivery(api)}/replay`, {}],
    createExpectation: async () => [
      '/expectations',
      { name: newId(), call: { direction: 'inbound', to: '+442071838750' }, expected: { outcome: 'reject' } },
    ],
    explainCall: async () => ['/explain', { from: '+33612345678', to: '+442071838750' }],
    hangUpCall: async () => [`/calls/${await anOpenCall(api, 'agent-7')}/hangup`, {}],
    retryJob: async () => [`/jobs/${await aJob(api)}/retry`, {}],
    advanceTestClock: async () => ['/test-clock', { advance_seconds: 0.001 }],
  },
};

function send(face: FaceName, path: string, idempotencyKey: string, body: unknown): Promise<ApiAnswer> {
  const headers = { 'Idempotency-Key': idempotencyKey };
  if (face === 'admin') return api.admin('POST', path, { body, headers });
  if (face !== 'vobiz') return api.call('POST', path, { key: mine.key, body, headers });
  return api.call('POST', path, { body, headers: { ...headers, ...vobizHeaders() } });
}

const posts = (): readonly (readonly [Face, AnyOperation])[] =>
  api.faces.flatMap((face) => face.operations.filter(({ method }) => method === 'POST').map((operation) => [face, operation] as const));
const count = async (table: string): Promise<number> => (await api.sql(`select count(*)::int as n from ${table}`))[0].n;

it('every POST of every face repeats its answer and has no second effect', async () => {
  const all = posts();
  expect(all.map(([{ name }, { operationId }]) => `${name} ${operationId}`).toSorted()).toEqual(
    Object.entries(SAMPLES)
      .flatMap(([name, samples]) => Object.keys(samples).map((operationId) => `${name} ${operationId}`))
      .toSorted(),
  );
  for (const [{ name }, { operationId, secrets = [], body: schema }] of all) {
    const [path, body] = (await SAMPLES[name][operationId]?.()) ?? ['', null];
    const what = `${name} ${operationId}`;
    const key = newId();
    const before = await count('audit');
    const first = await send(name, path, key, body);
    expect(first.status, `${what}: ${first.text}`).toBeLessThan(300);
    expect(first.headers.has('idempotent-replayed'), what).toBe(false);
    const done = await count('audit');
    const again = await send(name, path, key, body);
    expect(again.status, `${what}: ${again.text}`).toBe(first.status);
    expect(again.headers.get('idempotent-replayed'), what).toBe('true');
    if (secrets.length === 0) expect(again.text, what).toBe(first.text);
    for (const secret of secrets) {
      expect(first.text, what).toContain(`"${secret}":"`);
      expect(again.text, what).not.toContain(`"${secret}":"`);
    }
    expect(await count('audit'), what).toBe(done);
    expect(done - before, what).toBeLessThanOrEqual(1);
    if (schema === undefined) continue;
    const other = await send(name, path, key, { ...(body as object), note: 'another', name: 'another' });
    // A field that a strict face does not know is refused before the key is looked at.
    expect(other.status, `${what}: ${other.text}`).toBeOneOf([400, 422]);
  }
});

it('every POST of every face refuses a malformed key with 400 that names it', async () => {
  for (const [{ name }, { operationId }] of posts()) {
    const [path, body] = (await SAMPLES[name][operationId]?.()) ?? ['', null];
    const answer = await send(name, path, 'two words', body);
    expect(answer.status, `${name} ${operationId}: ${answer.text}`).toBe(400);
    expect(answer.text, `${name} ${operationId}`).toContain('Idempotency-Key');
  }
});

it('the OpenAPI document of every face has the header once at each POST', async () => {
  for (const { name } of api.faces) {
    const { body } = await api.call('GET', `/openapi/${name}.json`);
    for (const item of Object.values<Record<string, { parameters: { name: string }[] }>>(body.paths)) {
      for (const [method, { parameters }] of Object.entries(item)) {
        const named = parameters.filter((parameter) => parameter.name === 'Idempotency-Key');
        expect(named).toHaveLength(method === 'post' ? 1 : 0);
      }
    }
  }
});
