import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTellGateways } from '../../../src/app/gateways/tell-gateways.ts';
import type { TrafficReader } from '../../../src/app/ports/traffic.ts';
import { createWatchTraffic } from '../../../src/app/traffic/watch-traffic.ts';
import { recordRef } from '../../../src/domain/records.ts';
import { newId, newIdAt } from '../../../src/kit/ids.ts';
import { trafficMetrics } from '../../../src/metrics/recorders.ts';
import { createGatewayHealthStore } from '../../../src/redis/gateway-health.ts';
import { postgresTraffic } from '../../../src/store/traffic.ts';
import { type AdminApi, startAdminApi, wrongFields } from './admin-api.ts';

const HOUR = 3_600_000;
let api: AdminApi;
beforeAll(async () => {
  api = await startAdminApi();
});
afterAll(() => api.close());

const alerts = async (query: string) => (await api.admin('GET', `/alerts?${query}`)).body.data;

describe('gateways that go down and come up', () => {
  const store = () => createGatewayHealthStore(api.parts.redis);
  const note = (gatewayId: string, trunkGroupId: string, isGood: boolean) =>
    store().note({ gatewayId, trunkGroupId, from: 'call', isGood, why: '503', ofCall: null, downAfter: 1, upAfter: 1, retryMs: 1000 });

  it('are told of once, however many agents and workers saw it, to the platform’s webhooks too, and listed', async () => {
    const hook = await api.made('/webhooks', { url: 'http://127.0.0.1:9/', events: ['gateway.down', 'gateway.up'] });
    const group = await api.made('/trunk-groups', { name: 'Carrier', kind: 'carrier', gateways: [{ uri: 'sip:192.0.2.8' }] });
    const gatewayId = group.gateways[0].id;
    const worker = (everyMs: number) => createTellGateways({ ...api.deps, gateways: store(), clock: api.parts.clock, everyMs });
    const [one, two] = [worker(60_000), worker(60_000)];
    await note(gatewayId, group.id, false);
    await Promise.all([one(), two()]);
    await Promise.all([one(), two()]);
    const [down, ...more] = await alerts(`resource=gateway:${gatewayId}`);
    expect(more).toEqual([]);
    expect(down).toMatchObject({ type: 'gateway.down', account_id: null, mode: 'live' });
    expect(down.data).toMatchObject({
      gateway_id: gatewayId,
      uri: 'sip:192.0.2.8',
      trunk_group_name: 'Carrier',
      state: 'down',
      reason: '503',
    });
    const deliveries = await api.sql('select event_type from webhook_deliveries where webhook_id = $1', [hook.id]);
    expect(deliveries).toEqual([{ event_type: 'gateway.down' }]);
    // It flaps: nobody is told before the minute is over, then of what it is.
    for (const isGood of [true, false, true]) await note(gatewayId, group.id, isGood);
    expect(await one()).toBe(0);
    expect(await worker(0)()).toBe(1);
    expect((await alerts(`resource=gateway:${gatewayId}`)).map(({ type }: { type: string }) => type)).toEqual([
      'gateway.up',
      'gateway.down',
    ]);
    expect((await alerts('type=gateway.up'))[0].resource).toBe(`gateway:${gatewayId}`);
  });

  it('that are gone are told of no more', async () => {
    const gone = newId();
    await note(gone, newId(), false);
    expect((await store().read(null)).states?.map(({ gatewayId }) => gatewayId)).toContain(gone);
    // It was looked at.
    expect(await createTellGateways({ ...api.deps, gateways: store(), clock: api.parts.clock, everyMs: 0 })()).toBeGreaterThan(0);
    expect(await alerts(`resource=gateway:${gone}`)).toEqual([]);
  });
});

describe('calls out that are far from usual', () => {
  const registry = new Registry();
  const metrics = trafficMetrics(registry);
  const watch = (more: Partial<TrafficReader> = {}) =>
    createWatchTraffic({
      ...api.deps,
      traffic: { ...postgresTraffic(api.parts.pool as never), ...more },
      metrics,
      clock: api.parts.clock,
    })();
  const path = (id: string) => `/accounts/${id}/traffic-guard`;
  const record = async (id: string) => (await api.records.read([recordRef.account(id)])).get(recordRef.account(id))?.record;
  /** So many calls out of an account that began that long ago. */
  async function calls(accountId: string, count: number, called: string, agoMs: number, outcome = 'completed') {
    const at = api.parts.clock.now() - agoMs;
    await api.sql('select make_call_day($1::date)', [new Date(at).toISOString()]);
    await api.sql(
      `insert into calls (call_id, direction, mode, account_id, called, agent_id, started_at, answered_at, ended_at, outcome, last_seq)
       select id::uuid, 'outbound', 'live', $2, $3, 'a', $4, $4, $4::timestamptz + interval '6 seconds', $5, 1 from unnest($1::text[]) id`,
      [Array.from({ length: count }, () => newIdAt(at)), accountId, called, new Date(at).toISOString(), outcome],
    );
  }

  it('alert by default: one event, one audit row, the metric; nothing is stopped, and nobody hears twice in the hour', async () => {
    const { account } = await api.newAccount();
    await calls(account.id, 201, '+4930123456', 60_000);
    await calls(account.id, 5000, '+4930123456', 60_000, 'refused');
    expect(await watch()).toBe(1);
    expect(await watch()).toBe(0);
    const found = await alerts(`account_id=${account.id}`);
    expect(found.map(({ data }: { data: object }) => data)).toEqual(
      expect.arrayContaining([
        { account_id: account.id, kind: 'surge', measure: 'attempts', value: 201, limit: 200, outbound_stopped: false },
        { account_id: account.id, kind: 'new_destinations', measure: 'attempts', value: 201, limit: 200, outbound_stopped: false },
      ]),
    );
    expect(found).toHaveLength(2);
    expect((await api.actions(`account:${account.id}`)).filter((action) => action.includes('traffic'))).toEqual(['account.traffic_alert']);
    expect(await registry.metrics()).toMatch(/fraud_alerts_total\{kind="surge"\} 1/);
    expect(await record(account.id)).not.toHaveProperty('outboundStopped');
    expect((await api.admin('GET', path(account.id))).body).toMatchObject({
      action: 'alert',
      is_default: true,
      version: 0,
      outbound_stopped_at: null,
    });
  });

  it('are measured against the account’s own days before, as far as they are counted', async () => {
    const { account } = await api.newAccount();
    await calls(account.id, 300, '+4930123456', 100 * HOUR);
    await calls(account.id, 300, '+4930123456', 60_000);
    // Rounds count an hour each, the newest first; 300 an hour is usual then.
    for (let rounds = 0; rounds < 3; rounds += 1) await postgresTraffic(api.parts.pool as never).countHour(hourOf(101), hourOf(99));
    await watch();
    expect(await alerts(`account_id=${account.id}`)).toEqual([]);
    const counted = await api.sql('select prefix, attempts, talk_ms from outbound_hours where account_id = $1', [account.id]);
    expect(counted).toEqual([{ prefix: '4930', attempts: 300, talk_ms: 1_800_000 }]);
  });
  const hourOf = (ago: number) => Math.floor(api.parts.clock.now() / HOUR) * HOUR - ago * HOUR;

  it('count what came in and was passed on as calls out of whoever passed it on, once for each number it was sent to', async () => {
    const [{ account }, other] = [await api.newAccount(), await api.newAccount()];
    await api.admin('PATCH', path(account.id), { body: { action: 'block', attempts_min: 10 } });
    const at = api.parts.clock.now() - 60_000;
    const callIds = Array.from({ length: 8 }, () => newIdAt(at));
    await api.sql(
      `insert into calls (call_id, direction, mode, account_id, called, agent_id, started_at, answered_at, ended_at, outcome, last_seq)
       select id::uuid, (array['inbound', 'internal'])[1 + n % 2], 'live', $2, '+442071838750', 'a', $3, $3,
         $3::timestamptz + interval '6 seconds', 'completed', 1 from unnest($1::text[]) with ordinality as t (id, n)`,
      [callIds, other.account.id, new Date(at).toISOString()],
    );
    // Two gateways for the one number, and one more where nothing was sent; then another number, which answered.
    const legs = [
      ['+881612345678', 'failed'],
      ['+881612345678', 'no_response'],
      ['+23280123456', 'limit_reached'],
      ['+882161234567', 'answered'],
    ] as const;
    for (const [index, [called, outcome]] of legs.entries())
      await api.sql(
        `insert into call_attempts (call_id, n, outcome, left_account_id, left_number_id, left_called)
         select id::uuid, $2, $3, $4, $5, $6 from unnest($1::text[]) id`,
        [callIds, index + 1, outcome, account.id, newId(), called],
      );
    const traffic = postgresTraffic(api.parts.pool as never);
    const seen = (await traffic.between(at - 1000, at + 30_000)).filter(({ accountId }) =>
      [account.id, other.account.id].includes(accountId),
    );
    expect(seen).toEqual([{ accountId: account.id, rows: expect.any(Array) }]);
    expect(seen[0]?.rows.toSorted((one, two) => one.talkMs - two.talkMs)).toEqual([
      { prefix: '8816', attempts: 8, talkMs: 0 },
      { prefix: '8821', attempts: 8, talkMs: 48_000 },
    ]);
    await watch();
    // Forwards are calls out: the record that stops those stops them.
    expect(await record(account.id)).toMatchObject({ outboundStopped: true });
    expect((await alerts(`account_id=${account.id}`)).map(({ data }: { data: { kind: string } }) => data.kind)).toContain(
      'risk_destinations',
    );
    expect(await alerts(`account_id=${other.account.id}`)).toEqual([]);
  });

  it('stop calls out where the policy says so, until an admin lifts that', async () => {
    const { account } = await api.newAccount();
    const patch = (body: object, headers: Record<string, string> = {}) => api.admin('PATCH', path(account.id), { body, headers });
    const set = await patch({ action: 'block', attempts_min: 10 }, { 'If-Match': '"0"' });
    expect([set.status, set.body.action, set.body.attempts_min, set.body.factor, set.body.version]).toEqual([200, 'block', 10, 10, 1]);
    expect((await patch({ factor: 2 }, { 'If-Match': '"0"' })).status).toBe(412);
    expect((await patch({ action: 'block' })).body.version).toBe(1);
    expect(wrongFields(await patch({ factor: 0, risk_prefixes: ['+1'] }))).toEqual({
      '/factor': 'out_of_range',
      '/risk_prefixes/0': 'invalid',
    });
    await calls(account.id, 11, '+4930123456', 60_000);
    expect(await watch()).toBe(1);
    expect(await record(account.id)).toMatchObject({ outboundStopped: true });
    expect((await api.admin('GET', `/accounts/${account.id}`)).body.outbound_stopped_at).toMatch(/Z$/);
    expect((await alerts(`account_id=${account.id}`))[0].data).toMatchObject({ outbound_stopped: true });
    const lifted = await api.admin('POST', `${path(account.id)}/lift`, { body: {} });
    expect([lifted.status, lifted.body.outbound_stopped_at]).toEqual([200, null]);
    expect(await record(account.id)).not.toHaveProperty('outboundStopped');
    // The same is not found again at once.
    expect(await watch()).toBe(0);
    const actions = (await api.actions(`account:${account.id}`)).filter((action) => /outbound|traffic/.test(action));
    expect(actions).toEqual(['account.traffic_policy', 'account.outbound_stop', 'account.outbound_resume']);
    expect((await api.admin('GET', path(newId()))).status).toBe(404);
  });

  it('stop calls out in the next round where the policy says so only after the alert', async () => {
    const { account } = await api.newAccount();
    await calls(account.id, 201, '+4930123456', 60_000);
    await watch();
    expect(await record(account.id)).not.toHaveProperty('outboundStopped');
    await api.admin('PATCH', path(account.id), { body: { action: 'block' } });
    await watch();
    expect(await record(account.id)).toMatchObject({ outboundStopped: true });
    await watch();
    const told = await alerts(`account_id=${account.id}`);
    const stopped = told.filter(({ data }: { data: { outbound_stopped: boolean } }) => data.outbound_stopped);
    expect([told.length, stopped.length]).toEqual([4, 2]);
  });

  it('are told of though another account cannot be judged', async () => {
    const [broken, sound] = [(await api.newAccount()).account.id, (await api.newAccount()).account.id];
    for (const id of [broken, sound]) await calls(id, 201, '+4930123456', 60_000);
    const reader = postgresTraffic(api.parts.pool as never);
    const faulty: Partial<TrafficReader> = {
      between: async (from, to) => (await reader.between(from, to)).toSorted((one, other) => rank(one) - rank(other)),
      counted: async (accountId, from, to) => {
        if (accountId === broken) throw new Error('deadlock detected');
        return await reader.counted(accountId, from, to);
      },
    };
    const rank = ({ accountId }: { readonly accountId: string }): number => (accountId === broken ? 0 : 1);
    await watch(faulty);
    expect(await alerts(`account_id=${broken}`)).toEqual([]);
    expect(await alerts(`account_id=${sound}`)).toHaveLength(2);
    await watch();
    expect(await alerts(`account_id=${broken}`)).toHaveLength(2);
  });
});
