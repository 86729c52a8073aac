import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordRef } from '../../../src/domain/records.ts';
import { keys } from '../../../src/redis/keys.ts';
import { DAY_MS, PLATFORM_KEY } from '../../support/api-harness.ts';
import { openVobiz, type VobizWorld } from './support/vobiz-world.ts';

let api: VobizWorld;
beforeAll(async () => {
  api = await openVobiz();
});
afterAll(() => api.close());

const auditOf = (id: string) =>
  api.sql("select action, forced, after from audit where resource = $1 and action = 'number.unassign_sub_account'", [`number:${id}`]);

describe('204', () => {
  it('moves a number that was never used at once, and hands nothing on', async () => {
    const { parent, child } = await api.newFamily();
    const number = await api.newAssigned(parent, child);
    const login = (await api.call('GET', `/phone-numbers/${number.id}`, { key: child.key })).body.sip_credentials;
    await api.call('PATCH', `/phone-numbers/${number.id}`, { key: child.key, body: { allow_outbound: true, allow_inbound: false } });
    const answer = await api.as(parent, 'DELETE', `${number.path}/assign-subaccount`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers.get('dialplane-propagation')).toBe('applied');
    const shown = (await api.as(parent, 'GET', number.path.replace('account', 'Account'))).body;
    expect(shown).toMatchObject({ account_id: parent.account.authId, auth_id: parent.account.authId, status: 'active' });
    const own = await api.call('GET', `/phone-numbers/${number.id}`, { key: parent.key });
    expect(own.body).toMatchObject({ allow_outbound: false, allow_inbound: true });
    expect(own.body.sip_credentials.username).not.toBe(login.username);
    const ref = recordRef.credential('sip.test', login.username);
    expect((await api.records.read([ref])).get(ref)?.record).toBeNull();
    expect((await api.call('GET', `/phone-numbers/${number.id}`, { key: child.key })).status).toBe(404);
    expect(await auditOf(number.id)).toHaveLength(1);
    const history = await api.sql(
      'select sub_account_id, to_at is null as open from number_holders where number_id = $1 order by from_at, to_at',
      [number.id],
    );
    expect(history.map((row) => [row.sub_account_id, row.open])).toEqual([
      [null, false],
      [child.account.id, false],
      [null, true],
    ]);
    expect(await api.redis.exists(keys.freeze(number.id))).toBe(0);
  });
});

describe('409', () => {
  it('has exactly three keys, the time in whole seconds', async () => {
    const { parent, child } = await api.newFamily();
    const number = await api.newAssigned(parent, child);
    const calledAt = api.clock.now() - 3 * DAY_MS;
    await api.called(number.id, calledAt);
    const answer = await api.as(parent, 'DELETE', `${number.path}/assign-subaccount`);
    expect(answer.status).toBe(409);
    expect(Object.keys(answer.body)).toEqual(['error', 'cool_off_until', 'cool_off_remaining_seconds']);
    expect(answer.body.error).toBe('did_cool_off_in_effect');
    expect(answer.body.cool_off_until).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(answer.body.cool_off_until)).toBe(Math.ceil((calledAt + 15 * DAY_MS) / 1000) * 1000);
    // Nothing has changed, so calls come through again at once.
    expect(await api.redis.exists(keys.freeze(number.id))).toBe(0);
    expect(await auditOf(number.id)).toEqual([]);
  });

  it('knows a last call that only Postgres has, and one that only Redis has', async () => {
    const { parent, child } = await api.newFamily();
    for (const know of [
      (id: string) => api.called(id, api.clock.now() - 1000),
      (id: string) => api.sql('update numbers set last_call_at = $2 where id = $1', [id, new Date(api.clock.now() - 1000)]),
      // The later one counts.
      async (id: string) => {
        await api.called(id, api.clock.now() - 40 * DAY_MS);
        await api.sql('update numbers set last_call_at = $2 where id = $1', [id, new Date(api.clock.now() - 1000)]);
      },
    ]) {
      const number = await api.newAssigned(parent, child);
      await know(number.id);
      expect((await api.as(parent, 'DELETE', `${number.path}/assign-subaccount`)).status).toBe(409);
    }
  });

  it('counts a live call as now, however long ago it began', async () => {
    const { parent, child } = await api.newFamily();
    const number = await api.newAssigned(parent, child);
    await api.called(number.id, api.clock.now() - 20 * DAY_MS);
    await api.startCall(number.id, 'call-1');
    const answer = await api.as(parent, 'DELETE', `${number.path}/assign-subaccount`);
    expect(answer.status).toBe(409);
    expect(answer.body.cool_off_remaining_seconds).toBe((15 * DAY_MS) / 1000);
    await api.redis.hdel(keys.use(number.id), 'call-1');
    expect((await api.as(parent, 'DELETE', `${number.path}/assign-subaccount`)).status).toBe(204);
  });
});

describe('force', () => {
  const force = async (value: string, scope: 'owner' | 'force' | 'platform', used: boolean) => {
    const { parent, child } = await api.newFamily();
    const number = await api.newAssigned(parent, child);
    if (used) await api.called(number.id, api.clock.now());
    const who = scope === 'force' ? await api.newForce(parent.account) : scope === 'platform' ? { ...parent, key: PLATFORM_KEY } : parent;
    const answer = await api.as(who, 'DELETE', `${number.path}/assign-subaccount?force=${value}`);
    const [audit] = await auditOf(number.id);
    return [answer.status, audit?.forced, audit?.after.force?.needed];
  };

  it.each([
    ['true', 'owner', true, [403, undefined, undefined]],
    ['true', 'owner', false, [403, undefined, undefined]],
    ['true', 'force', true, [204, true, true]],
    ['true', 'force', false, [204, true, false]],
    ['true', 'platform', true, [204, true, true]],
    ['1', 'force', true, [409, undefined, undefined]],
    ['TRUE', 'force', true, [409, undefined, undefined]],
    ['', 'force', true, [409, undefined, undefined]],
    ['false', 'owner', false, [204, false, undefined]],
  ] as const)('force=%s of %s, called: %s → %j', async (value, scope, used, expected) => {
    expect(await force(value, scope, used)).toEqual(expected);
  });

  it('without the scope is 403 for an unknown number too, and a role never grants it', async () => {
    const { parent } = await api.newFamily();
    const path = `/api/v1/account/${parent.account.authId}/numbers/%2B14155550100/assign-subaccount?force=true`;
    const answer = await api.as(parent, 'DELETE', path);
    expect([answer.status, answer.body.error]).toEqual([403, 'forbidden']);
  });
});

describe('403 and 404', () => {
  it('is for parents only', async () => {
    const { parent, child } = await api.newFamily();
    const number = await api.newAssigned(parent, child);
    const path = number.path.replace(parent.account.authId, child.account.authId);
    expect((await api.as(child, 'DELETE', `${path}/assign-subaccount`)).status).toBe(403);
    // With its own id the number of the pool is nobody's; with the parent's id the child finds no account.
    expect((await api.as(child, 'DELETE', `${number.path}/assign-subaccount`)).status).toBe(404);
  });

  it('knows no number of the pool', async () => {
    const { parent } = await api.newFamily();
    const number = await api.newOwn(parent);
    const answer = await api.as(parent, 'DELETE', `${number.path}/assign-subaccount`);
    expect([answer.status, answer.body]).toEqual([404, { error: 'not_found', message: 'number or sub-account not found' }]);
  });
});

describe('503', () => {
  it('says last_call_unknown while the plane is incomplete, force or not', async () => {
    const { parent, child } = await api.newFamily();
    const number = await api.newAssigned(parent, child);
    const marker = (await api.redis.get(keys.plane)) ?? '';
    try {
      for (const value of [null, marker.replace(/\.[0-9a-f]+\./, '.0123456789abcdef.')]) {
        if (value === null) await api.redis.del(keys.plane);
        else await api.redis.set(keys.plane, value);
        for (const query of ['', '?force=true']) {
          const answer = await api.as(await api.newForce(parent.account), 'DELETE', `${number.path}/assign-subaccount${query}`);
          expect([answer.status, answer.body.error]).toEqual([503, 'last_call_unknown']);
          expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
        }
      }
    } finally {
      await api.redis.set(keys.plane, marker);
    }
    expect(await api.redis.exists(keys.freeze(number.id))).toBe(0);
    expect((await api.as(parent, 'DELETE', `${number.path}/assign-subaccount`)).status).toBe(204);
  });
});
