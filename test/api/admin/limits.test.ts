import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LeaseScope } from '../../../src/domain/lease.ts';
import { recordRef } from '../../../src/domain/records.ts';
import { newId, newIdAt } from '../../../src/kit/ids.ts';
import { createAgentRegistry } from '../../../src/redis/agents.ts';
import { keys } from '../../../src/redis/keys.ts';
import { assertLeases } from '../../../src/redis/leases.ts';
import { createMinuteBook } from '../../../src/redis/minute-book.ts';
import { postgresMinutes } from '../../../src/store/minutes.ts';
import type { ApiAnswer } from '../../support/api-call.ts';
import { type AdminApi, startAdminApi, wrongFields } from './admin-api.ts';
import { aLease, standInAgent } from './jobs-and-calls.ts';

let api: AdminApi;
let accountId: string;
let scope: LeaseScope;
beforeAll(async () => {
  api = await startAdminApi();
  accountId = (await api.made('/accounts', { name: 'Acme' })).id;
  scope = { kind: 'account', id: accountId };
});
afterAll(() => api.close());

const alive = (agentId: string) => createAgentRegistry(api.parts.redis).heartbeat(agentId, { epoch: 1, mode: 'normal' });
const path = ({ kind, id }: LeaseScope): string => `/limits/${kind.replace('_', '-')}/${id}/holders`;

describe('GET /admin/v1/limits/{kind}/{id}/holders', () => {
  it('lists who holds a channel, with the limit and how much of it counts', async () => {
    await api.admin('PATCH', `/accounts/${accountId}`, { body: { max_channels: 7, max_cps: 2.5 } });
    await alive('agent-1');
    const [mine, dead] = [await aLease(api, 'agent-1', scope), await aLease(api, 'agent-dead', scope)];
    const answer = await api.admin('GET', path(scope));
    expect([answer.status, answer.body.limit, answer.body.in_use, answer.body.next]).toEqual([
      200,
      { max_channels: 7, max_cps: 2.5, max_call_seconds: null },
      1,
      null,
    ]);
    const since = expect.stringMatching(/^\d{4}-\d\d-\d\dT.+Z$/);
    expect(
      answer.body.data.toSorted((one: { agent_id: string }, other: { agent_id: string }) => (one.agent_id < other.agent_id ? -1 : 1)),
    ).toEqual([
      { call_id: mine, agent_id: 'agent-1', since, alive: true },
      { call_id: dead, agent_id: 'agent-dead', since, alive: false },
    ]);
  });

  it('knows numbers, trunk groups and their gateways', async () => {
    const group = await api.made('/trunk-groups', {
      name: 'B',
      kind: 'carrier',
      max_channels: 3,
      gateways: [{ uri: 'sip:192.0.2.8', max_cps: 4 }],
    });
    const { account, key } = await api.newAccount();
    const number = await api.newNumber(key);
    const limits = async (of: LeaseScope) => (await api.admin('GET', path(of))).body.limit;
    expect(await limits({ kind: 'trunk_group', id: group.id })).toMatchObject({ max_channels: 3, max_cps: null });
    expect(await limits({ kind: 'gateway', id: group.gateways[0].id })).toMatchObject({ max_channels: null, max_cps: 4 });
    expect(await limits({ kind: 'number', id: number.id })).toMatchObject({ max_channels: null, max_cps: null });
    expect(await limits({ kind: 'account', id: account.id })).toEqual({ max_channels: null, max_cps: null, max_call_seconds: null });
    for (const wrong of [path({ kind: 'number', id: account.id }), `/limits/carrier/${group.id}/holders`])
      expect((await api.admin('GET', wrong)).status).toBe(404);
  });

  it('pages through thousands of holders, each once, none of a page too long, and refuses what is no place', async () => {
    const id = (await api.made('/accounts', { name: 'Many' })).id;
    const many = { kind: 'account', id } as const;
    const calls = Array.from({ length: 5000 }, () => ({
      callId: newId(),
      agentId: `agent-${newId()}`,
      since: 1,
      numberIds: [],
      leases: [many],
    }));
    for (const [index, call] of calls.entries()) calls[index] = { ...call, agentId: `agent-${index % 3}` };
    await assertLeases(api.parts.redis, calls);
    for (const limit of [500, 37]) {
      const seen: string[] = [];
      for (let after = ''; ; ) {
        const { body } = await api.admin('GET', `${path(many)}?limit=${limit}${after}`);
        expect(body.data.length).toBeLessThanOrEqual(limit);
        seen.push(...body.data.map((one: { call_id: string }) => one.call_id));
        if (body.next === null) break;
        after = `&after=${body.next}`;
      }
      expect(seen.toSorted()).toEqual(calls.map(({ callId }) => callId).toSorted());
    }
    for (const wrong of ['limit=0', 'limit=501', 'after=x', `after=${Buffer.from('1;2').toString('base64url')}`])
      expect((await api.admin('GET', `${path(many)}?${wrong}`)).status, wrong).toBe(422);
    await api.parts.redis.del(keys.lease(many));
  }, 30_000);

  it('shows a holder that nobody can read, so that it can be freed', async () => {
    const callId = newId();
    await api.parts.redis.hset(keys.lease(scope), callId, 'rubbish');
    const { body } = await api.admin('GET', `${path(scope)}?limit=500`);
    expect(body.data).toContainEqual({ call_id: callId, agent_id: '', since: '1970-01-01T00:00:00.000Z', alive: false });
    expect((await api.admin('DELETE', `${path(scope)}/${callId}`)).status).toBe(204);
    expect(await api.parts.redis.hexists(keys.lease(scope), callId)).toBe(0);
  });
});

describe('DELETE /admin/v1/limits/{kind}/{id}/holders/{call_id}', () => {
  it('frees the lease of a dead agent at once, once, with one audit row', async () => {
    const id = (await api.made('/accounts', { name: 'Audited' })).id;
    const [one, other] = [{ kind: 'account', id } as const, { kind: 'gateway', id: newId() } as const];
    const callId = await aLease(api, 'agent-dead', one, other);
    expect((await api.admin('DELETE', `${path(one)}/${callId}`)).status).toBe(204);
    expect(await api.parts.redis.exists(keys.lease(one))).toBe(0);
    expect(await api.parts.redis.hexists(keys.lease(other), callId)).toBe(1);
    expect((await api.admin('DELETE', `${path(one)}/${callId}`)).status).toBe(404);
    const rows = await api.sql('select action, before, account_id from audit where resource = $1', [`account:${id}`]);
    expect(rows.filter(({ action }) => action === 'lease.free')).toEqual([
      { action: 'lease.free', account_id: id, before: expect.objectContaining({ callId, agentId: 'agent-dead' }) },
    ]);
  });

  it('asks a living agent to forget it first; is 503 and frees nothing when that does not answer', async () => {
    await alive('agent-8');
    const callId = await aLease(api, 'agent-8', scope);
    const silent = await api.admin('DELETE', `${path(scope)}/${callId}`);
    expect([silent.status, silent.body.code]).toEqual([503, 'agent_no_answer']);
    expect(await api.parts.redis.hexists(keys.lease(scope), callId)).toBe(1);
    const agent = standInAgent(api, 'agent-8');
    try {
      expect((await api.admin('DELETE', `${path(scope)}/${callId}`)).status).toBe(204);
      expect(agent.asked).toEqual([callId]);
      expect(await api.parts.redis.hexists(keys.lease(scope), callId)).toBe(0);
    } finally {
      await agent.stop();
    }
  });
});

describe('GET /admin/v1/limits/{kind}/{id}', () => {
  it('tells minutes of the day against what may be used, and when they come back', async () => {
    const { account, key } = await api.newAccount();
    const number = await api.newNumber(key);
    const group = await api.made('/trunk-groups', {
      name: 'M',
      kind: 'carrier',
      minutes_per_day: 90,
      gateways: [{ uri: 'sip:192.0.2.8' }],
    });
    expect(group.minutes_per_day).toBe(90);
    const patched = await api.admin('PATCH', `/accounts/${account.id}`, { body: { minutes_per_day: 100 } });
    expect([patched.status, patched.body.minutes_per_day]).toEqual([200, 100]);
    expect((await api.admin('PATCH', `/numbers/${number.id}`, { body: { minutes_per_day: 0 } })).body.minutes_per_day).toBe(0);
    expect((await api.admin('PATCH', `/trunk-groups/${group.id}`, { body: { minutes_per_day: -1 } })).status).toBe(422);
    const now = api.parts.clock.now();
    await createMinuteBook(api.parts.redis).check({ kind: 'account', id: account.id }, now, 90_600);
    const use = async (kind: string, id: string) => (await api.admin('GET', `/limits/${kind}/${id}`)).body;
    expect(await use('account', account.id)).toMatchObject({
      kind: 'account',
      id: account.id,
      limit: { max_channels: null, max_cps: null, minutes_per_day: 100 },
      channels_in_use: 0,
      minutes: { used: 1.51, limit: 100, resets_at: expect.stringMatching(/T00:00:00(\.000)?Z$/) },
    });
    expect((await use('number', number.id)).minutes).toMatchObject({ used: 0, limit: 0 });
    expect((await use('trunk-group', group.id)).minutes).toMatchObject({ used: 0, limit: 90 });
    expect((await use('gateway', group.gateways[0].id)).minutes).toBeNull();
    await api.admin('PATCH', `/accounts/${account.id}`, { body: { minutes_per_day: null } });
    expect((await use('account', account.id)).minutes).toBeNull();
    expect((await api.admin('GET', `/limits/account/${newId()}`)).status).toBe(404);
  });

  it('reads what Postgres has of the day: calls of the number, of account and sub-account, of the group that took or brought them', async () => {
    const now = Date.UTC(2026, 4, 5, 0, 30);
    const [account, sub, number, carrier] = [newId(), newId(), newId(), newId()];
    const reader = postgresMinutes(api.parts.pool);
    await api.sql(
      `insert into accounts (id, auth_id, name, kind, parent_id, status, currency, version, created_at, updated_at)
      values ($1, 'MA_MINUTES', 'M', 'account', null, 'active', 'USD', 1, now(), now()), ($2, 'SA_MINUTES', 'S', 'sub_account', $1, 'active', 'USD', 1, now(), now())`,
      [account, sub],
    );
    const customer = (await api.made('/trunk-groups', { name: 'C', kind: 'customer', account_id: account })).id;
    await api.sql(`select make_call_day('2026-05-04'), make_call_day('2026-05-05')`);
    const call = async (fromMs: number, toMs: number, more: { direction?: string; subId?: string } = {}) => {
      const callId = newIdAt(now + fromMs - 1000);
      await api.sql(
        `insert into calls (call_id, direction, called, account_id, sub_account_id, number_id, identified_by, agent_id, started_at, answered_at, ended_at, last_seq)
         values ($1, $2, '+33142685300', $3, $4, $5, $6, 'a', $7, $7, $8, 1)`,
        [
          callId,
          more.direction ?? 'outbound',
          account,
          more.subId ?? null,
          number,
          JSON.stringify({ kind: 'trunk_group', id: customer }),
          new Date(now + fromMs).toISOString(),
          new Date(now + toMs).toISOString(),
        ],
      );
      await api.sql(`insert into call_attempts (call_id, n, trunk_group_id, outcome) values ($1, 1, $2, 'answered')`, [callId, carrier]);
    };
    await call(0, 60_000);
    // Half an hour past midnight: of an hour that began the day before the second half counts.
    await call(-3_600_000, 0, { subId: sub });
    await call(-86_400_000, -86_300_000);
    await call(0, 600_000, { direction: 'inbound' });
    const of = (kind: LeaseScope['kind'], id: string) => reader.ended({ kind, id }, now + 700_000);
    expect(await of('number', number)).toBe(31 * 60_000);
    expect(await of('account', account)).toBe(31 * 60_000);
    expect(await of('account', sub)).toBe(30 * 60_000);
    expect(await of('trunk_group', carrier)).toBe(31 * 60_000);
    expect(await of('trunk_group', customer)).toBe(31 * 60_000);
    expect(await of('gateway', carrier)).toBe(0);
    await api.admin('PATCH', `/accounts/${account}`, { body: { minutes_per_day: 3 } });
    expect(await reader.limited('account', null, 100)).toContain(account);
    expect(await reader.limited('account', account, 100)).not.toContain(account);
  });
});

describe('limits of accounts and numbers', () => {
  const anAccount = async (): Promise<string> => `/accounts/${(await api.made('/accounts', { name: 'Limited' })).id}`;
  const aNumber = async (): Promise<string> => `/numbers/${(await api.newNumber((await api.newAccount()).key)).id}`;
  const shown = ({ max_channels, max_cps }: ApiAnswer['body']) => [max_channels, max_cps];

  it.each([
    ['an account', anAccount],
    ['a number', aNumber],
  ])('of %s are set each by itself, taken away with null, versioned, published and audited', async (_name, make) => {
    const of = await make();
    const { version, id } = (await api.admin('GET', of)).body;
    const patch = (body: object, headers: Record<string, string> = {}) => api.admin('PATCH', of, { body, headers });
    const first = await patch({ max_channels: 0 }, { 'If-Match': `"${version}"` });
    expect([first.status, first.headers.get('etag'), ...shown(first.body)]).toEqual([200, `"${version + 1}"`, 0, null]);
    expect((await patch({ max_cps: 0.5 }, { 'If-Match': `"${version}"` })).status).toBe(412);
    expect(shown((await patch({ max_cps: 0.5 })).body)).toEqual([0, 0.5]);
    // Nothing changes: no version, no audit row.
    const same = await patch({ max_channels: 0, max_cps: 0.5 });
    expect([same.status, same.body.version]).toEqual([200, version + 2]);
    const published = await publishedLimits(of, id);
    expect(published).toEqual({ channelsMax: 0, perSecondMax: 0.5 });
    expect(shown((await patch({ max_channels: null })).body)).toEqual([null, 0.5]);
    expect(shown((await patch({ max_cps: null })).body)).toEqual([null, null]);
    expect((await patch({ max_call_seconds: 90 })).body.max_call_seconds).toBe(90);
    expect(await publishedLimits(of, id)).toEqual({ channelsMax: null, perSecondMax: null, callSecondsMax: 90 });
    expect((await patch({ max_call_seconds: null })).body.max_call_seconds).toBeNull();
    expect(await publishedLimits(of, id)).toBeUndefined();
    expect(shown((await api.admin('GET', of)).body)).toEqual([null, null]);
    const kind = of.startsWith('/numbers') ? 'number' : 'account';
    expect((await api.actions(`${kind}:${id}`)).filter((action) => action === `${kind}.update`)).toHaveLength(6);
  });

  it.each([
    ['below none', { max_channels: -1 }, '/max_channels'],
    ['above a million', { max_channels: 1_000_001 }, '/max_channels'],
    ['half a channel', { max_channels: 1.5 }, '/max_channels'],
    ['a text', { max_channels: '3' }, '/max_channels'],
    ['no call ever', { max_cps: 0 }, '/max_cps'],
    ['a call of no length', { max_call_seconds: 0 }, '/max_call_seconds'],
    ['a call of more than a day', { max_call_seconds: 86_401 }, '/max_call_seconds'],
    ['less than one in 100 s', { max_cps: 0.009 }, '/max_cps'],
    ['above a hundred thousand a second', { max_cps: 100_001 }, '/max_cps'],
  ])('of %s are refused', async (_name, body, pointer) => {
    for (const of of [await anAccount(), await aNumber()]) {
      const answer = await api.admin('PATCH', of, { body });
      expect([answer.status, Object.keys(wrongFields(answer))]).toEqual([422, [pointer]]);
    }
  });

  it('of a number end with its holder: who has it next inherits none (decision B7)', async () => {
    const [seller, buyer] = [await api.newAccount(), await api.newAccount()];
    const { id } = await api.newNumber(seller.key);
    await api.admin('PATCH', `/numbers/${id}`, { body: { max_channels: 1, max_cps: 1 } });
    expect((await api.call('DELETE', `/phone-numbers/${id}`, { key: seller.key })).status).toBeLessThan(300);
    expect(shown((await api.admin('GET', `/numbers/${id}`)).body)).toEqual([null, null]);
    const bought = await api.call('POST', '/phone-numbers', { key: buyer.key, body: { inventory_id: id } });
    expect(bought.status, bought.text).toBe(201);
    expect((await api.admin('GET', `/numbers/${id}`)).body).toMatchObject({
      owner_account_id: buyer.account.id,
      max_channels: null,
      max_cps: null,
    });
    expect(await publishedLimits(`/numbers/${id}`, id)).toBeUndefined();
  });
});

describe('limits of an outbound profile', () => {
  it('are what it has of them, as it answers and as it is used; a length of calls, which it has not, is refused by name', async () => {
    const id = newId();
    await api.sql(
      "insert into outbound_profiles (id, account_id, mode, name, created_at, updated_at) values ($1, $2, 'live', 'P', now(), now())",
      [id, accountId],
    );
    const patch = (body: object) => api.admin('PATCH', `/outbound-profiles/${id}`, { body });
    const limits = { max_channels: 3, max_cps: 0.5 };
    const changed = await patch({ ...limits, enabled: false, allowed_countries: ['FR'] });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.+Z$/);
    expect([changed.status, changed.body]).toEqual([
      200,
      {
        id,
        ext_id: expect.stringMatching(/^\d+$/),
        account_id: accountId,
        mode: 'live',
        name: 'P',
        enabled: false,
        ...limits,
        allowed_countries: ['FR'],
        created_at: time,
        updated_at: time,
      },
    ]);
    const refused = await patch({ max_channels: 4, max_call_seconds: 60 });
    expect([refused.status, Object.keys(wrongFields(refused))]).toEqual([422, ['/max_call_seconds']]);
    expect((await api.admin('GET', `/outbound-profiles/${id}`)).body).toEqual(changed.body);
    expect((await api.admin('GET', `/limits/outbound-profile/${id}`)).body).toMatchObject({
      limit: limits,
      channels_in_use: 0,
      minutes: null,
    });
  });
});

/** The limits in the record of an account or a number. */
async function publishedLimits(of: string, id: string): Promise<unknown> {
  const e164 = (await api.admin('GET', of)).body.e164;
  const ref = e164 === undefined ? recordRef.account(id) : recordRef.number('live', e164);
  const record = (await api.records.read([ref])).get(ref)?.record;
  if (record === null || record === undefined) throw new Error(`${ref} has no record`);
  return 'limits' in record ? record.limits : undefined;
}
