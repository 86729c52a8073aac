import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTcpRelay, type TcpRelay } from '../sip/support/tcp-relay.ts';
import type { ApiRequest } from '../support/api-call.ts';
import { until } from '../support/daemon.ts';
import { type Fleet, type FleetEngine, type FleetMember, startFleet, startFleetEngine } from '../support/fleet.ts';
import { type FleetWorld, provisionFleet } from '../support/fleet-load.ts';
import { createTestDatabase, startTestRedis, type TestDatabase, type TestRedisServer } from '../support/services.ts';
import { createParty, type Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';

const WITHIN_MS = 60_000;

/** A URL through a relay to where it points. */
async function behindRelay(text: string): Promise<{ readonly url: string; readonly relay: TcpRelay }> {
  const url = new URL(text);
  const relay = await startTcpRelay({ host: url.hostname, port: Number(url.port) });
  url.hostname = relay.host;
  url.port = String(relay.port);
  return { url: url.href, relay };
}

/** The runbook's table "What works without what", decision C10: one process of each role, its parts taken away one by one. */
describe('what works without what', () => {
  let database: TestDatabase;
  let redis: TestRedisServer;
  let postgresRelay: TcpRelay;
  let redisRelay: TcpRelay;
  let fleet: Fleet;
  let newEngine: FleetEngine | undefined;
  let world: FleetWorld;
  let carrier: Party;
  let phone: Party;
  let api: FleetMember;
  let agent: FleetMember;
  let worker: FleetMember;

  beforeAll(async () => {
    [database, redis, phone] = await Promise.all([createTestDatabase('degraded'), startTestRedis(), createParty({ user: 'callee' })]);
    const [postgres, plane] = [await behindRelay(database.url), await behindRelay(redis.url)];
    [postgresRelay, redisRelay] = [postgres.relay, plane.relay];
    fleet = await startFleet({ databaseUrl: postgres.url, redisUrl: plane.url });
    [api, agent, worker] = [fleet.member('api-1'), fleet.member('agent-1'), fleet.member('worker-1')];
    world = await provisionFleet(fleet, phone.port, 2);
    carrier = await createParty({ user: 'carrier', port: world.sources[0] as number });
  }, 240_000);

  afterEach(async () => {
    postgresRelay.cut(false);
    redisRelay.cut(false);
    for (const member of [api, worker]) await becomes(member, 200);
  }, 70_000);

  afterAll(async () => {
    await Promise.all([carrier?.close(), phone?.close()]);
    await fleet?.stop();
    await newEngine?.stop();
    await Promise.all([postgresRelay?.close(), redisRelay?.close()]);
    await redis?.close();
    await database?.close();
  }, 60_000);

  // biome-ignore lint/suspicious/noExplicitAny: tests read into it.
  const readyz = async (member: FleetMember): Promise<{ status: number; body: any }> => {
    const answer = await fetch(`${member.url()}/readyz`, { signal: AbortSignal.timeout(10_000) });
    return { status: answer.status, body: await answer.json() };
  };
  const degraded = async (member: FleetMember, part: string): Promise<string | undefined> => {
    const text = await (await fetch(`${member.url()}/metrics`, { signal: AbortSignal.timeout(5000) })).text();
    return new RegExp(`^dialplane_degraded\\{part="${part}".*\\} (\\d)$`, 'm').exec(text)?.[1];
  };
  const becomes = async (member: FleetMember, status: number): Promise<void> => {
    expect(await until(async () => (await readyz(member)).status === status, WITHIN_MS), `${member.name}: ${status}`).toBe(true);
  };
  const numberId = (): string => world.numbers[0]?.id ?? '';
  /** One inbound call from its INVITE to its BYE. */
  const callIn = async (): Promise<string> => {
    const call = carrier.invite({
      to: world.numbers[0]?.e164 ?? '',
      from: '+447700900123',
      target: (newEngine ?? fleet.engines[0])?.sip as { host: string; port: number },
      sdp: testSdp(),
    });
    const leg = (await phone.expectInvite(20_000)).answer(testSdp());
    await call.answered(20_000);
    await leg.waitAck(10_000);
    await call.bye();
    await leg.waitBye();
    return call.callId;
  };
  const recordOf = async (sipCallId: string) => {
    const found = await until(async () => {
      const { data } = (await fleet.admin('GET', `/calls?sip_call_id=${encodeURIComponent(sipCallId)}`)).body;
      return data[0]?.outcome != null && data;
    }, WITHIN_MS);
    return found?.map(({ outcome, plane_mode }: Record<string, unknown>) => ({ outcome, plane_mode }));
  };

  it('without PostgreSQL calls go on, every face answers 503 with Retry-After in its dialect, and nothing of the calls is lost', async () => {
    expect([await degraded(api, 'postgres'), await degraded(worker, 'postgres')]).toEqual(['0', '0']);
    postgresRelay.cut(true);
    await becomes(api, 503);
    await becomes(worker, 503);
    for (const member of [api, worker]) {
      expect((await readyz(member)).body.parts.postgres).toEqual({ status: 'down', mode: 'calls_only' });
      expect(await degraded(member, 'postgres')).toBe('1');
    }
    expect(await readyz(agent)).toMatchObject({ status: 200, body: { status: 'ready', parts: { plane: { mode: 'normal' } } } });
    const calls = [await callIn(), await callIn()];

    const key = world.key;
    const headers = { 'X-Auth-ID': 'MA_SOMEBODY', 'X-Auth-Token': 'something' };
    const admin = { key: fleet.adminKey };
    const asked: [string, string, ApiRequest, unknown][] = [
      ['GET', `/phone-numbers/${numberId()}`, { key }, { code: 'INTERNAL' }],
      ['PATCH', `/phone-numbers/${numberId()}`, { key, body: { allow_outbound: true } }, { code: 'INTERNAL' }],
      ['GET', '/api/v1/Account/MA_SOMEBODY/numbers', { headers }, { error: expect.anything() }],
      ['DELETE', '/api/v1/Account/MA_SOMEBODY/numbers/+442079460000', { headers }, { error: expect.anything() }],
      ['GET', '/v2/phone_numbers', { key }, { errors: [{ code: '10037' }] }],
      ['POST', '/v2/number_orders', { key, body: { phone_numbers: [{ phone_number: '+442079460000' }] } }, { errors: [{ code: '10037' }] }],
      ['GET', '/admin/v1/accounts', admin, { code: 'store_unavailable' }],
      ['POST', '/admin/v1/accounts', { ...admin, body: { name: 'x', currency: 'USD' } }, { code: 'store_unavailable' }],
    ];
    for (const [method, path, request, dialect] of asked) {
      const answer = await fleet.call(method, path, request);
      expect([path, answer.status, answer.headers.get('retry-after')], answer.text).toEqual([path, 503, '1']);
      expect(answer.body, path).toMatchObject(dialect as object);
    }

    postgresRelay.cut(false);
    await becomes(api, 200);
    await becomes(worker, 200);
    expect(await degraded(api, 'postgres')).toBe('0');
    for (const sipCallId of calls) expect(await recordOf(sipCallId)).toEqual([{ outcome: 'completed', plane_mode: 'normal' }]);
  }, 240_000);

  it('without Redis inbound calls ring by the last known copy, changes commit as pending, changes of holder are refused, and all is caught up', async () => {
    redisRelay.cut(true);
    await becomes(api, 503);
    expect((await readyz(api)).body.parts.redis).toMatchObject({ status: 'down', mode: 'changes_pending' });
    expect(await degraded(api, 'redis')).toBe('1');
    await until(async () => (await readyz(agent)).body.status === 'degraded', WITHIN_MS);
    expect(await readyz(agent)).toMatchObject({ status: 200, body: { parts: { plane: { status: 'degraded', mode: 'degraded' } } } });
    expect(await degraded(agent, 'plane')).toBe('1');
    const sipCallId = await callIn();
    const changed = await fleet.call('PATCH', `/phone-numbers/${numberId()}`, { key: world.key, body: { allow_outbound: true } });
    expect([changed.status, changed.headers.get('dialplane-propagation')], changed.text).toEqual([200, 'pending']);
    // The same again changes nothing, but what it speaks of is not in force yet either.
    const again = await fleet.call('PATCH', `/phone-numbers/${numberId()}`, { key: world.key, body: { allow_outbound: true } });
    expect([again.status, again.headers.get('dialplane-propagation')], again.text).toEqual([200, 'pending']);
    expect(again.headers.get('dialplane-version')).toBe(changed.headers.get('dialplane-version'));
    const released = await fleet.call('DELETE', `/phone-numbers/${world.numbers[1]?.id}`, { key: world.key });
    expect([released.status, released.headers.get('retry-after')], released.text).toEqual([503, expect.any(String)]);

    redisRelay.cut(false);
    for (const member of [api, agent, worker]) await becomes(member, 200);
    expect(await until(async () => (await readyz(agent)).body.status === 'ready', WITHIN_MS)).toBe(true);
    expect([await degraded(api, 'redis'), await degraded(agent, 'plane')]).toEqual(['0', '0']);
    expect(await until(async () => (await fleet.admin('GET', '/propagation')).body.pending === 0, WITHIN_MS)).toBe(true);
    expect(await recordOf(sipCallId)).toEqual([{ outcome: 'completed', plane_mode: 'degraded' }]);
    expect(await recordOf(await callIn())).toEqual([{ outcome: 'completed', plane_mode: 'normal' }]);
  }, 240_000);

  it('without its SIP server the agent is not ready and everything else is; it connects again by itself', async () => {
    const engine = fleet.engines[0] as FleetEngine;
    const ended = once(engine.process, 'exit');
    engine.process.kill('SIGKILL');
    await ended;
    await becomes(agent, 503);
    expect((await readyz(agent)).body.parts.sip).toMatchObject({ status: 'down', mode: 'no_calls', connected: 0, servers: 1 });
    expect(await degraded(agent, 'sip')).toBe('1');
    expect([(await readyz(api)).status, (await readyz(worker)).status]).toEqual([200, 200]);
    newEngine = await startFleetEngine({ sipPort: engine.sip.port, controlPort: engine.controlPort });
    await becomes(agent, 200);
    expect(await degraded(agent, 'sip')).toBe('0');
    expect(await recordOf(await callIn())).toEqual([{ outcome: 'completed', plane_mode: 'normal' }]);
  }, 180_000);
});
