import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, newIdAt } from '../../../src/kit/ids.ts';
import { DAY_MS } from '../../support/api-harness.ts';
import { type Caller, openVobiz, type VobizWorld } from './support/vobiz-world.ts';

let api: VobizWorld;
beforeAll(async () => {
  api = await openVobiz();
});
afterAll(() => api.close());

const detailsOf = async (who: Caller, path: string) => (await api.as(who, 'GET', path)).body;
describe('to a sub-account', () => {
  const assign = (who: Caller, path: string, body: unknown) => api.as(who, 'POST', `${path}/assign-subaccount`, { body });

  it('204: the sub-account has it, with nothing of the pool on it', async () => {
    const { parent, child } = await api.newFamily();
    const number = await api.newOwn(parent);
    const application = await api.newApplication(parent);
    await api.as(parent, 'POST', `${number.path}/application`, { body: { application_id: application } });
    const answer = await assign(parent, number.path, { sub_account_id: child.account.authId });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers.get('dialplane-version')).toBe(`number:live:${number.e164}:4`);
    const shown = await detailsOf(parent, number.path);
    expect(shown.account_id).toBe(child.account.authId);
    expect(shown).not.toHaveProperty('application_id');
    const record = await api.call('GET', `/phone-numbers/${number.id}`, { key: child.key });
    expect(record.body.sip_credentials.username).toMatch(/^n[0-9a-f]{20}$/);
  });

  it('404: unknown, foreign, disabled and closed sub-accounts, numbers of others and of sub-accounts, all alike', async () => {
    const { parent, child } = await api.newFamily();
    const other = await api.newFamily();
    const number = await api.newOwn(parent);
    const disabled = await api.newAccount({ parent: parent.account });
    await api.sql("update accounts set status = 'disabled' where id = $1", [disabled.account.id]);
    const taken = await api.newAssigned(parent, child);
    const foreign = await api.newOwn(other.parent);
    const same = { error: 'not_found', message: 'number or sub-account not found' };
    for (const subAuthId of ['SA_UNKNOWN', other.child.account.authId, disabled.account.authId, parent.account.authId]) {
      const answer = await assign(parent, number.path, { sub_account_id: subAuthId });
      expect([answer.status, answer.body]).toEqual([404, same]);
    }
    for (const e164 of [taken.e164, foreign.e164, '+442079999999']) {
      const path = number.path.replace(/[^/]+$/, encodeURIComponent(e164));
      const answer = await assign(parent, path, { sub_account_id: child.account.authId });
      expect([answer.status, answer.body]).toEqual([404, same]);
    }
  });

  it('400 without sub_account_id, 403 for sub-accounts', async () => {
    const { parent, child } = await api.newFamily();
    const number = await api.newOwn(parent);
    // What an integration once sent.
    const wrong = await assign(parent, number.path, { sub_auth_account_id: child.account.authId });
    expect([wrong.status, wrong.body.message]).toEqual([400, expect.stringContaining('sub_account_id')]);
    const own = number.path.replace(parent.account.authId, child.account.authId);
    expect((await assign(child, own, { sub_account_id: child.account.authId })).status).toBe(403);
  });

  it('one of two simultaneous assignments wins', async () => {
    const { parent, child } = await api.newFamily();
    const sibling = await api.newAccount({ parent: parent.account });
    const number = await api.newOwn(parent);
    const answers = await Promise.all(
      [child, sibling].map(({ account }) => assign(parent, number.path, { sub_account_id: account.authId })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 404]);
  });

  it('repeats its answer to the same Idempotency-Key', async () => {
    const { parent, child } = await api.newFamily();
    const number = await api.newOwn(parent);
    const body = { sub_account_id: child.account.authId };
    const send = () => api.as(parent, 'POST', `${number.path}/assign-subaccount`, { body, headers: { 'Idempotency-Key': number.id } });
    expect([(await send()).status, (await send()).status]).toEqual([204, 204]);
    expect(
      await api.sql("select 1 from audit where resource = $1 and action = 'number.assign_sub_account'", [`number:${number.id}`]),
    ).toHaveLength(1);
  });
});

describe('to a trunk group', () => {
  it('204 there and back; 400 when one is set; 404 when none is', async () => {
    const who = await api.newAccount();
    const number = await api.newOwn(who);
    const trunk = await api.newTrunk(who);
    await api.as(who, 'POST', `${number.path}/application`, { body: { application_id: await api.newApplication(who) } });
    const assign = () => api.as(who, 'POST', `${number.path}/assign`, { body: { trunk_group_id: trunk } });
    expect((await assign()).status).toBe(204);
    const shown = await detailsOf(who, number.path);
    expect(shown.trunk_group_id).toBe(trunk);
    // A trunk group replaces an application (decision B9).
    expect(shown).not.toHaveProperty('application_id');
    const again = await assign();
    expect([again.status, again.body]).toEqual([400, { error: 'invalid request', message: 'This number is already assigned to a trunk.' }]);
    expect((await api.as(who, 'DELETE', `${number.path}/assign`)).status).toBe(204);
    expect(await detailsOf(who, number.path)).not.toHaveProperty('trunk_group_id');
    const none = await api.as(who, 'DELETE', `${number.path}/assign`);
    expect([none.status, none.body.error]).toEqual([404, 'Number not found']);
    expect(none.body.message).toBe('The phone number could not be found or is not assigned to any trunk.');
    expect((await assign()).status).toBe(204);
  });

  it('404 for an unknown number and for a trunk group that is not one’s own', async () => {
    const who = await api.newAccount();
    const number = await api.newOwn(who);
    const foreign = await api.newTrunk(await api.newAccount());
    for (const id of [foreign, newId(), 'nonsense']) {
      const answer = await api.as(who, 'POST', `${number.path}/assign`, { body: { trunk_group_id: id } });
      expect([answer.status, answer.body]).toEqual([404, { error: 'not_found', message: 'trunk group not found' }]);
    }
    const unknown = await api.as(who, 'POST', number.path.replace(/[^/]+$/, '%2B442079999999/assign'), {
      body: { trunk_group_id: foreign },
    });
    expect([unknown.status, unknown.body.error]).toEqual([404, 'Number not found']);
  });
});

describe('to an application', () => {
  it('200: attaches, re-attaches and detaches', async () => {
    const who = await api.newAccount();
    const number = await api.newOwn(who);
    for (const application of [await api.newApplication(who), await api.newApplication(who)]) {
      const answer = await api.as(who, 'POST', `${number.path}/application`, { body: { application_id: application } });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body).toEqual({
        message: 'Number attached to application',
        number: number.e164,
        application: { application_id: application, app_name: 'PBX', answer_url: 'sip:pbx@203.0.113.7' },
      });
      expect((await detailsOf(who, number.path)).application_id).toBe(application);
    }
    expect((await api.as(who, 'DELETE', `${number.path}/application`)).status).toBe(200);
    expect(await detailsOf(who, number.path)).not.toHaveProperty('application_id');
  });

  it('404 for a foreign, unknown or malformed application', async () => {
    const who = await api.newAccount();
    const number = await api.newOwn(who);
    for (const id of [await api.newApplication(await api.newAccount()), newId(), '20577609616603585']) {
      const answer = await api.as(who, 'POST', `${number.path}/application`, { body: { application_id: id } });
      expect([answer.status, answer.body]).toEqual([404, { error: 'not_found', message: 'application not found' }]);
    }
  });
});

describe('health', () => {
  it('sums the calls of the present holder’s own time', async () => {
    const { parent, child } = await api.newFamily();
    const number = await api.newAssigned(parent, child);
    api.clock.advance(10 * 60_000);
    const call = async (startedAt: number, answered: number | null, outcome: string) => {
      await api.sql('select make_call_day($1)', [new Date(startedAt)]);
      await api.sql(
        `insert into calls (call_id, direction, mode, caller, called, number_id, account_id, origin, agent_id, started_at, answered_at, ended_at,
           outcome, versions, last_seq) values ($1, 'inbound', 'live', '+15550100', $2, $3, $4, '{}', 'a', $5, $6, $7, $8, '[]', 1)`,
        [
          newIdAt(startedAt),
          number.e164,
          number.id,
          parent.account.id,
          new Date(startedAt),
          answered === null ? null : new Date(startedAt),
          new Date(startedAt + (answered ?? 0) * 1000),
          outcome,
        ],
      );
    };
    const now = api.clock.now();
    await call(now - 2000, 90, 'completed');
    await call(now - 1000, null, 'failed');
    await call(now - 500, null, 'refused');
    // Somebody else had it then.
    await call(now - 5 * DAY_MS, 600, 'completed');
    const answer = await api.as(parent, 'GET', `${number.path}/health?granularity=hourly`);
    expect(answer.status, answer.text).toBe(200);
    const totals = { total_calls: 2, answered_calls: 1, answer_rate: 50, total_minutes: 1.5, avg_duration: 90 };
    expect(answer.body).toMatchObject({
      e164: number.e164,
      status: 'active',
      usage_status: 'active',
      is_spam: false,
      granularity: 'hourly',
      summary: { period_days: 30, ...totals },
    });
    expect(answer.body.snapshots).toEqual([{ period_start: expect.stringMatching(/:00:00\.000Z$/), ...totals }]);
    const fresh = await api.newOwn(parent);
    const unused = await api.as(parent, 'GET', `${fresh.path}/health?days=1`);
    expect(unused.body).toMatchObject({
      usage_status: 'unused',
      granularity: 'daily',
      summary: { period_days: 1, total_calls: 0, answer_rate: 0 },
      snapshots: [],
    });
  });

  it('400 for a bad period, 404 for a foreign number', async () => {
    const who = await api.newAccount();
    const number = await api.newOwn(who);
    for (const query of ['?days=0', '?days=91', '?days=x', '?granularity=weekly']) {
      expect((await api.as(who, 'GET', `${number.path}/health${query}`)).status).toBe(400);
    }
    const foreign = await api.newOwn(await api.newAccount());
    expect((await api.as(who, 'GET', number.path.replace(/[^/]+$/, `${encodeURIComponent(foreign.e164)}/health`))).status).toBe(404);
  });
});
