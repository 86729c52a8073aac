import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { snakeKeys } from '../../../src/http/admin/snake-keys.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { createAgentRegistry } from '../../../src/redis/agents.ts';
import { closeRedis, connectRedis } from '../../../src/redis/client.ts';
import { joinTestClock, type SharedTestClock } from '../../../src/redis/test-clock.ts';
import { type AdminApi, startAdminApi, walk, wrongFields } from './admin-api.ts';

let api: AdminApi;
beforeAll(async () => {
  api = await startAdminApi();
});
afterAll(() => api.close());

describe('audit', () => {
  const audit = async (query: string) => (await api.admin('GET', `/audit?${query}`)).body.data;

  it('200: tells who did what to what, keys as on the wire', async () => {
    const requestId = 'audit-of-acme';
    const made = await api.admin('POST', '/accounts', { body: { name: 'Acme' }, headers: { 'X-Request-Id': requestId } });
    const { id } = made.body;
    const [row] = await audit(`resource=account:${id}`);
    // What is secret, counted elsewhere, a time, or an unset limit is told in another form or not at all.
    const { auth_id, country, currency, kind, name, parent_id, status, version } = made.body;
    const account = { id, auth_id, country, currency, kind, name, parent_id, status, version };
    expect(row).toEqual({
      id: expect.any(String),
      at: expect.stringMatching(/Z$/),
      actor: { kind: 'platform', id: 'platform', account_id: null },
      action: 'account.create',
      resource: `account:${id}`,
      account_id: id,
      before: null,
      after: expect.objectContaining(account),
      forced: false,
      reason: null,
      request_id: requestId,
      ip: '127.0.0.1',
    });
    expect(JSON.stringify(row.after)).not.toMatch(/[A-Z]\w*":/);
  });

  it('200: keeps what tenants wrote as they wrote it', async () => {
    const { key, account } = await api.newAccount();
    const provider_config = { sip_uri: 'sip:a@203.0.113.7', agent_id: 'aB' };
    await api.call('POST', '/endpoints', { key, body: { name: 'A', type: 'webhook', provider_config } });
    const [row] = await audit(`account_id=${account.id}&action=endpoint.create`);
    expect(row.after).toMatchObject({ account_id: account.id, provider_config, targets: [{ uri: 'sip:a@203.0.113.7' }] });
    expect(row.actor).toMatchObject({ kind: 'key', account_id: account.id });
    expect(snakeKeys({ aB: [{ cD: 1 }], providerConfig: { eF: 2 } })).toEqual({ a_b: [{ c_d: 1 }], provider_config: { eF: 2 } });
  });

  it('200: filters by resource, action and account, newest first, page by page', async () => {
    const { id } = await api.made('/accounts', { name: 'Acme' });
    for (const name of ['B', 'C', 'D']) await api.admin('PATCH', `/accounts/${id}`, { body: { name } });
    const names = (rows: { after: { name: string } }[]) => rows.map(({ after }) => after.name);
    expect(names(await audit(`resource=account:${id}`))).toEqual(['D', 'C', 'B', 'Acme']);
    expect(names(await audit(`account_id=${id}&action=account.update`))).toEqual(['D', 'C', 'B']);
    expect(await audit(`resource=account:${id}&action=account.create`)).toHaveLength(1);
    const walked = await walk(api, `/audit?resource=account:${id}&`, 2);
    expect(names(walked as never)).toEqual(['D', 'C', 'B', 'Acme']);
  });

  it('422: names a parameter that is wrong', async () => {
    expect(wrongFields(await api.admin('GET', '/audit?resource=%00&actor=x'))).toEqual({ resource: 'invalid', actor: 'unknown' });
  });
});

describe('propagation', () => {
  it('200: tells what is pending, what there is, and who is alive', async () => {
    const agents = createAgentRegistry(api.parts.redis);
    await agents.heartbeat('agent-1', { epoch: 1, mode: 'normal' });
    await api.made('/accounts', { name: 'Acme' });
    await expect.poll(async () => (await api.admin('GET', '/propagation')).body.pending).toBe(0);
    const { body } = await api.admin('GET', '/propagation');
    const [{ n }] = await api.sql('select count(*)::int as n from accounts');
    expect(body).toEqual({
      pending: 0,
      oldest_pending_ms: null,
      redis: 'up',
      epoch: 1,
      records: { number: 0, endpoint: expect.any(Number), trunk_group: 0, source: 0, route_set: 1, credential: 0, account: n },
      rebuild: null,
      audit: { kind: 'account', checked: 0, rounds: 0, repairs: {}, last_round: null },
      agents: [{ id: 'agent-1', seen_at: expect.stringMatching(/Z$/), epoch: 1, mode: 'normal', alive: true }],
    });
    await agents.leave('agent-1');
    expect((await api.admin('GET', '/propagation')).body.agents).toEqual([]);
  });

  it('200: counts a change that Redis has not heard of', async () => {
    const { id } = await api.made('/accounts', { name: 'Acme' });
    await api.sql('insert into outbox (ref, row_id, version) values ($1, $2, 1)', [`account:${id}`, id]);
    const { body } = await api.admin('GET', '/propagation');
    expect(body.pending).toBeGreaterThanOrEqual(1);
    expect(body.oldest_pending_ms).toBeGreaterThanOrEqual(0);
    await api.sql('delete from outbox');
  });
});

describe('test clock', () => {
  it('404: is not there with the system clock', async () => {
    const answer = await api.admin('POST', '/test-clock', { body: { advance_seconds: 1 } });
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  });

  it('200: moves the clock of everybody with CLOCK=test', async () => {
    let joined: SharedTestClock | undefined;
    const opened: Awaited<ReturnType<typeof connectRedis>>[] = [];
    const timed = await startAdminApi({ testClock: () => ({ advance: async (ms) => (await joining).advance(ms) }) });
    const subscriber = await connectRedis({ url: timed.parts.redisUrl, name: 'test-clock', log: silentLogger });
    opened.push(subscriber);
    const joining = joinTestClock({ redis: timed.parts.redis, subscriber, clock: timed.parts.clock, log: silentLogger });
    try {
      joined = await joining;
      const before = timed.clock.now();
      const answer = await timed.admin('POST', '/test-clock', { body: { advance_seconds: 86_400 } });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body).toEqual({ now: expect.stringMatching(/Z$/), offset_seconds: 86_400 });
      expect(timed.clock.now()).toBeGreaterThanOrEqual(before + 86_400_000);
      expect((await timed.made('/accounts', { name: 'Later' })).created_at > new Date(before + 86_399_000).toISOString()).toBe(true);
      for (const body of [{}, { advance_seconds: -1 }, { advance_seconds: 1e12 }, { advance_seconds: '1' }]) {
        expect((await timed.admin('POST', '/test-clock', { body })).status).toBe(422);
      }
    } finally {
      await joined?.stop();
      for (const connection of opened) await closeRedis(connection);
      await timed.close();
    }
  });
});
