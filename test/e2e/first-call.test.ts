import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onlyOn } from '../sip/support/only-on.ts';
import { until } from '../support/daemon.ts';
import { createParty, type Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type Product, startProduct } from './product.ts';

const NUMBER = '+12025550123';
const OUTSIDE = '+442071838750';

/** One account's story on the product as people run it: bought, routed, called, calling, refused, released. */
describe('from an empty directory to real calls', () => {
  let product: Product;
  let carrier: Party;
  let phone: Party;
  let key: string;
  let numberId: string;
  let accountId: string;

  beforeAll(async () => {
    // Two agents on one engine (decision C26): calls go to them in turn.
    product = await startProduct({ ROLES: 'api,agent,agent,worker' });
    carrier = await createParty();
    phone = await createParty({ user: 'phone' });
    const account = await product.admin('POST', '/accounts', { name: 'First' });
    accountId = account.body.id;
    key = (await product.admin('POST', `/accounts/${accountId}/api-keys`, { mode: 'live' })).body.key;
    const at = `${carrier.host}:${carrier.port}`;
    const group = await product.admin('POST', '/trunk-groups', {
      name: 'Carrier',
      kind: 'carrier',
      acl: [at],
      gateways: [{ uri: `sip:${at}` }],
    });
    expect(group.status).toBe(201);
    expect((await product.admin('POST', '/outbound-routes', { prefix: '', trunk_group_id: group.body.id })).status).toBe(201);
    const stock = { e164: NUMBER, setup_fee_minor: 100, monthly_fee_minor: 250, currency: 'USD' };
    expect((await product.admin('POST', '/inventory', { numbers: [stock] })).body).toMatchObject({ created: 1, rejected: [] });
  }, 90_000);

  afterAll(async () => {
    await carrier?.close();
    await phone?.close();
    expect(await product?.stop()).toBe(0);
  }, 60_000);

  const callIn = () => carrier.invite({ to: NUMBER, from: OUTSIDE, target: product.sip, sdp: testSdp() });
  const refusedIn = async () => {
    const call = callIn();
    const final = await call.final();
    return { status: final.status, reason: final.header('x-dialplane-reason'), callId: call.callId };
  };
  const patch = (body: unknown) => product.call('PATCH', `/phone-numbers/${numberId}`, { key, body });

  it('does not sell to an account without money, and takes the price of one with', async () => {
    const forSale = await product.call('GET', '/phone-numbers?action=available&country=US', { key });
    const inventoryId = forSale.body.phone_numbers[0].id;
    expect((await product.call('POST', '/phone-numbers', { key, body: { inventory_id: inventoryId } })).status).toBe(402);
    expect((await product.admin('POST', `/accounts/${accountId}/credits`, { amount_minor: 1000, note: 'test' })).status).toBe(200);
    const bought = await product.call('POST', '/phone-numbers', { key, body: { inventory_id: inventoryId } });
    expect(bought.status).toBe(201);
    expect(bought.headers.get('dialplane-propagation')).toBe('applied');
    numberId = bought.body.id;
    expect((await product.admin('GET', `/accounts/${accountId}`)).body.balance_minor).toBe(650);
  });

  it('refuses a call to a number that leads nowhere, and says why', async () => {
    expect(await refusedIn()).toMatchObject({ status: 480, reason: 'no_destination' });
  });

  it('rings the endpoint the moment it is set, media untouched, and records the call', async () => {
    const endpoint = await product.call('POST', '/endpoints', {
      key,
      body: { name: 'Desk', type: 'custom_sip', url: `sip:phone@${phone.host}:${phone.port}` },
    });
    expect(endpoint.status).toBe(201);
    expect((await patch({ endpoint_id: endpoint.body.id })).headers.get('dialplane-propagation')).toBe('applied');
    const call = callIn();
    const ringing = await phone.expectInvite();
    expect(ringing.request.body).toBe(testSdp());
    ringing.ring();
    const leg = ringing.answer(testSdp(41000));
    const answered = await call.answered();
    expect(call.leg().remoteSdp).toBe(testSdp(41000));
    expect(answered.header('x-dialplane-call-id')).toMatch(/^[0-9a-f-]{36}$/);
    await call.bye();
    await leg.waitBye();
    const record = await product.admin('GET', `/calls?sip_call_id=${encodeURIComponent(call.callId)}&wait_ms=5000`);
    expect(record.body.data).toHaveLength(1);
    expect(record.body.data[0]).toMatchObject({
      direction: 'inbound',
      from: OUTSIDE,
      to: NUMBER,
      number_id: numberId,
      outcome: 'completed',
      sip_status: 200,
    });
    expect(record.body.data[0].attempts).toHaveLength(1);
  });

  it('decides the very next call by a change it answered as applied', async () => {
    expect((await patch({ allow_inbound: false })).headers.get('dialplane-propagation')).toBe('applied');
    expect(await refusedIn()).toMatchObject({ status: 403, reason: 'number_inbound_disabled' });
    await patch({ allow_inbound: true });
    const call = callIn();
    (await phone.expectInvite()).answer(testSdp());
    await call.answered();
    await call.bye();
  });

  it('lets the number call out with its own login, and only so', async () => {
    const details = await product.call('GET', `/phone-numbers/${numberId}`, { key });
    const { username, password } = details.body.sip_credentials;
    const callOut = (auth: { username: string; password: string }, from: string = NUMBER) =>
      phone.invite({ to: OUTSIDE, from, target: product.sip, sdp: testSdp(), auth });
    expect((await callOut({ username, password }).final()).header('x-dialplane-reason')).toBe('number_outbound_disabled');
    await patch({ allow_outbound: true });
    const call = callOut({ username, password });
    const atCarrier = await carrier.expectInvite();
    expect(atCarrier.request.uri).toContain(OUTSIDE);
    const leg = atCarrier.answer(testSdp());
    await call.answered();
    await leg.bye();
    await call.waitBye();
    expect((await callOut({ username, password: 'wrong-password-1' }).final()).status).toBe(407);
    const foreign = await callOut({ username, password }, '+12025559999').final();
    expect([foreign.status, foreign.header('x-dialplane-reason')]).toEqual([403, 'caller_not_owned']);
  });

  it('lets nobody out beyond the minutes of the day, and tells of a gateway that went down', async () => {
    const { username, password } = (await product.call('GET', `/phone-numbers/${numberId}`, { key })).body.sip_credentials;
    const callOut = () => phone.invite({ to: OUTSIDE, from: NUMBER, target: product.sip, sdp: testSdp(), auth: { username, password } });
    const limit = (minutes_per_day: number | null) => product.admin('PATCH', `/accounts/${accountId}`, { minutes_per_day });
    await limit(0);
    expect((await callOut().final()).header('x-dialplane-reason')).toBe('minutes_exhausted');
    expect((await product.admin('GET', `/limits/account/${accountId}`)).body.minutes).toMatchObject({ limit: 0 });
    await limit(null);
    const [group] = (await product.admin('GET', '/trunk-groups')).body.data;
    await product.admin('PATCH', `/trunk-groups/${group.id}`, { health: { down_after: 1 } });
    const call = callOut();
    (await carrier.expectInvite()).reject(503);
    expect((await call.final()).header('x-dialplane-reason')).toBe('no_carrier');
    const told = await until(async () => {
      const { data } = (await product.admin('GET', '/alerts?type=gateway.down')).body;
      return data.length > 0 && data;
    }, 10_000);
    expect(told).toMatchObject([{ type: 'gateway.down', account_id: null, data: { gateway_id: group.gateways[0].id, reason: '503' } }]);
  });

  it('explains the same call as it was decided', async () => {
    await patch({ allow_inbound: false });
    const refused = await refusedIn();
    const list = await product.admin('GET', `/calls?sip_call_id=${encodeURIComponent(refused.callId)}&wait_ms=5000`);
    const past = await product.admin('POST', '/explain', { call_id: list.body.data[0].call_id });
    const source = `${carrier.host}:${carrier.port}`;
    const now = await product.admin('POST', '/explain', { from: OUTSIDE, to: NUMBER, source });
    expect(past.body).toMatchObject({ outcome: 'reject', sip_status: 403, code: 'number_inbound_disabled' });
    expect(now.body.code).toBe(past.body.code);
    expect(past.body.versions).toEqual(list.body.data[0].versions);
    await patch({ allow_inbound: true });
  });

  it('takes the number back, and nothing of it is left on the wire', async () => {
    const { username, password } = (await product.call('GET', `/phone-numbers/${numberId}`, { key })).body.sip_credentials;
    expect((await product.call('DELETE', `/phone-numbers/${numberId}`, { key })).status).toBe(204);
    expect(await refusedIn()).toMatchObject({ status: 404, reason: 'number_unknown' });
    const call = phone.invite({ to: OUTSIDE, from: NUMBER, target: product.sip, sdp: testSdp(), auth: { username, password } });
    expect((await call.final()).status).toBe(407);
    expect((await product.call('GET', `/phone-numbers/${numberId}`, { key })).status).toBe(404);
  });

  it('shows all of it in metrics that Prometheus accepts', async () => {
    const { text } = await product.call('GET', '/metrics');
    for (const series of [
      /^dialplane_calls_total\{.*direction="inbound".*reason="number_inbound_disabled".*\} [1-9]/m,
      /^dialplane_calls_total\{.*direction="outbound".*outcome="completed".*\} [1-9]/m,
      /^dialplane_admission_seconds_count\{/m,
      /^dialplane_http_requests_total\{.*face="kros"/m,
      /^dialplane_propagation_pending/m,
      ...(onlyOn('metrics of the SIP server') ? [/^dialplane_sip_messages_total\{/m] : []),
      /^dialplane_call_log_backlog/m,
    ]) {
      expect(text).toMatch(series);
    }
    if (!hasPromtool()) return;
    expect(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8', stdio: 'pipe' })).toBe('');
  });

  it('never broke a rule of SIP that the parties watch for', () => {
    expect([...carrier.violations, ...phone.violations]).toEqual([]);
  });
});

function hasPromtool(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
