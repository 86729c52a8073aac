import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createParty } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { freeUdpPort, type RunningSipp, runSipp, type SippOptions, sippAvailable, startSipp } from '../support/sipp.ts';
import { type Product, startProduct } from './product.ts';

const NUMBER = '+12025550161';
const OUTSIDE = '+442071838750';
if (!sippAvailable()) console.warn('sipp is not installed (Debian: sip-tester): its calls through the product are left out');

/** Calls of a SIP stack that nobody here wrote, through the product as people run it. Without sipp they cannot run; CI installs it. */
describe.runIf(sippAvailable())('sipp through the product', () => {
  let product: Product;
  let carrierPort: number;
  let gatewayPort: number;
  let phonePort: number;
  let login: { username: string; password: string };
  let patch: (body: unknown) => Promise<void>;
  const running: RunningSipp[] = [];

  beforeAll(async () => {
    product = await startProduct({ ROLES: 'api,agent,agent,worker' });
    [carrierPort, gatewayPort, phonePort] = [
      await freeUdpPort('127.0.0.1'),
      await freeUdpPort('127.0.0.1'),
      await freeUdpPort('127.0.0.1'),
    ];
    const account = (await product.admin('POST', '/accounts', { name: 'sipp' })).body;
    const { key } = (await product.admin('POST', `/accounts/${account.id}/api-keys`, {})).body;
    const gateways = [{ uri: `sip:127.0.0.1:${gatewayPort}` }];
    const group = await product.admin('POST', '/trunk-groups', { name: 'c', kind: 'carrier', acl: [`127.0.0.1:${carrierPort}`], gateways });
    await product.admin('POST', '/outbound-routes', { prefix: '', trunk_group_id: group.body.id });
    await product.admin('POST', '/inventory', { numbers: [{ e164: NUMBER }] });
    const stock = await product.call('GET', '/phone-numbers?action=available', { key });
    const { id } = (await product.call('POST', '/phone-numbers', { key, body: { inventory_id: stock.body.phone_numbers[0].id } })).body;
    const url = `sip:phone@127.0.0.1:${phonePort}`;
    const endpoint = await product.call('POST', '/endpoints', { key, body: { name: 'phone', type: 'custom_sip', url } });
    patch = async (body) => {
      const answer = await product.call('PATCH', `/phone-numbers/${id}`, { key, body });
      expect([answer.status, answer.headers.get('dialplane-propagation')]).toEqual([200, 'applied']);
    };
    await patch({ endpoint_id: endpoint.body.id, allow_outbound: true });
    login = (await product.call('GET', `/phone-numbers/${id}`, { key })).body.sip_credentials;
  }, 90_000);

  afterEach(async () => {
    for (const sipp of running.splice(0)) await sipp.stop();
  });

  afterAll(async () => {
    expect(await product?.stop()).toBe(0);
  }, 60_000);

  const callee = async (scenario: string, port: number) => {
    running.push(await startSipp({ scenario, port, pauseMs: 50 }));
  };
  const callIn = (scenario: string, more: Partial<SippOptions> = {}) =>
    runSipp({ scenario, remote: product.sip, port: carrierPort, service: NUMBER, keys: { caller: OUTSIDE }, pauseMs: 50, ...more });
  const callOut = (scenario: string, more: Partial<SippOptions> = {}) =>
    runSipp({ scenario, remote: product.sip, service: OUTSIDE, keys: { caller: NUMBER }, auth: login, pauseMs: 50, ...more });
  const clean = { exitCode: 0, failed: 0, errors: '' };

  it('answers twenty calls from the carrier', async () => {
    await callee('uas-answers', phonePort);
    expect(await callIn('uac-call-answered', { calls: 20, rate: 10 })).toMatchObject({ ...clean, successful: 20 });
  });

  it('passes the BYE of the called side on', async () => {
    await callee('uas-hangs-up', phonePort);
    expect(await callIn('uac-call-ended-by-peer')).toMatchObject(clean);
  });

  it('relays a re-INVITE', async () => {
    const phone = await createParty({ port: phonePort });
    try {
      phone.onInvite((call) => void call.answer(testSdp()));
      expect(await callIn('uac-reinvite', { timeoutMs: 8000 })).toMatchObject(clean);
      expect(phone.violations).toEqual([]);
    } finally {
      await phone.close();
    }
  });

  it('cancels a ringing call on both sides', async () => {
    await callee('uas-cancelled', phonePort);
    expect(await callIn('uac-cancel')).toMatchObject(clean);
  });

  it('passes a human busy through', async () => {
    await callee('uas-busy', phonePort);
    expect(await callIn('uac-call-refused', { variables: { expected: '486', reason: '' } })).toMatchObject(clean);
  });

  it('refuses with status and code when inbound is off', async () => {
    await patch({ allow_inbound: false });
    const variables = { expected: '403', reason: 'number_inbound_disabled' };
    expect(await callIn('uac-call-refused', { variables })).toMatchObject(clean);
    await patch({ allow_inbound: true });
  });

  it('answers OPTIONS', async () => {
    expect(await callIn('uac-options')).toMatchObject(clean);
  });

  it('lets a digest caller out through the gateway, and over TCP too', async () => {
    await callee('uas-answers', gatewayPort);
    expect(await callOut('uac-outbound-digest', { calls: 5 })).toMatchObject({ ...clean, successful: 5 });
    expect(await callOut('uac-outbound-digest', { transport: 'tcp' })).toMatchObject(clean);
  });

  it('challenges a wrong password again', async () => {
    expect(await callOut('uac-outbound-wrong-password', { auth: { ...login, password: 'not-the-password' } })).toMatchObject(clean);
  });

  it('refuses a caller that is not its own', async () => {
    const variables = { expected: '403', reason: 'caller_not_owned' };
    expect(await callOut('uac-outbound-refused', { keys: { caller: '+12025550199' }, variables })).toMatchObject(clean);
  });

  it('gives 503 no_carrier when the only gateway is unavailable', async () => {
    await callee('uas-unavailable', gatewayPort);
    const variables = { expected: '503', reason: 'no_carrier' };
    expect(await callOut('uac-outbound-refused', { variables })).toMatchObject(clean);
  });
});
