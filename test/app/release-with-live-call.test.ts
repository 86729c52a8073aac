import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renewNumber } from '../../src/app/billing/renew-number.ts';
import { type JobRunResult, runJob } from '../../src/app/jobs/run-job.ts';
import { finishRelease } from '../../src/app/numbers/finish-release.ts';
import type { AgentInbox, JobHandlers } from '../../src/app/ports/jobs.ts';
import { recordRef } from '../../src/domain/records.ts';
import { adminFace } from '../../src/http/admin/admin-face.ts';
import { telnyxFace } from '../../src/http/telnyx/telnyx-face.ts';
import { jobKinds } from '../../src/jobs/queues.ts';
import { newId } from '../../src/kit/ids.ts';
import { keys } from '../../src/redis/keys.ts';
import { createNumberCalls } from '../../src/redis/number-calls.ts';
import { openVobiz, type VobizWorld } from '../api/vobiz/support/vobiz-world.ts';
import { DAY_MS, PLATFORM_KEY, type TestAccount } from '../support/api-harness.ts';
import { TELNYX_RULES } from '../support/telnyx-rules.ts';

const DEADLINE_MS = 60_000;
const GIVE_UP_MS = 30_000;

let api: VobizWorld;
let handlers: JobHandlers;
/** What the agent answers, and what it was asked. */
let answer: Awaited<ReturnType<AgentInbox['hangUp']>> = 'ended';
let asked: string[] = [];
beforeAll(async () => {
  const telnyx = { ...TELNYX_RULES, callingCodeOf: () => null };
  // Only the admin operations that read and change numbers and jobs are asked here.
  api = await openVobiz({ moreFaces: (deps) => [telnyxFace({ ...deps, ...telnyx }), adminFace(deps as never)] });
  handlers = {
    'release-due': finishRelease({
      ...api.deps,
      clock: api.clock,
      plane: api.records,
      numberCalls: createNumberCalls(api.redis),
      inbox: {
        async hangUp(_agentId, callId) {
          asked.push(callId);
          return answer;
        },
      },
      deadlineMs: DEADLINE_MS,
      giveUpMs: GIVE_UP_MS,
    }),
    'billing-renewals': renewNumber({ clock: api.clock, graceMs: DAY_MS, tryAgainMs: 1000 }),
  } as JobHandlers;
});
afterAll(() => api.close());
beforeEach(() => {
  answer = 'ended';
  asked = [];
});

interface Released {
  readonly who: TestAccount;
  readonly id: string;
  readonly e164: string;
  /** In the Vobiz face. */
  readonly path: string;
  readonly callId: string;
}

/** A number that its holder has released in the middle of a call. */
async function released(): Promise<Released> {
  const who = await api.newAccount();
  const number = await api.newOwn(who);
  const callId = newId();
  await api.startCall(number.id, callId);
  const answered = await api.call('DELETE', `/phone-numbers/${number.id}`, { key: who.key });
  expect(answered.status, answered.text).toBe(204);
  return { ...number, who, callId };
}

const hangUp = ({ id, callId }: Released) => api.redis.hdel(keys.use(id), callId);
const jobOf = async ({ e164 }: Released, queue = 'release-due') =>
  (await api.call('GET', `/admin/v1/jobs?queue=${queue}&number=${encodeURIComponent(e164)}`, { key: PLATFORM_KEY })).body.data[0];
async function run(one: Released, queue = 'release-due'): Promise<JobRunResult> {
  const { id } = await jobOf(one, queue);
  const metrics = { ran: () => {}, oldestAge: () => {} };
  return runJob({ ...api.deps, clock: api.clock, handlers, kinds: jobKinds, metrics, leaseMs: 5000 }, id);
}
const rowOf = async ({ id }: Released) =>
  (
    await api.sql(
      `select ext_id::text, lifecycle, owner_account_id, last_owner_account_id, available_at, last_call_at, version, updated_at
     from numbers where id = $1`,
      [id],
    )
  )[0];
const actionsOf = async ({ id }: Released) =>
  (await api.sql('select action from audit where resource = $1 order by at, id', [`number:${id}`])).map(({ action }) => action);
const stockOf = async ({ key }: TestAccount, e164: string) =>
  (await api.call('GET', '/phone-numbers?action=available&limit=100', { key })).body.phone_numbers.some(
    (one: { e164: string }) => one.e164 === e164,
  );
const inAdmin = async ({ id }: Released) => (await api.call('GET', `/admin/v1/numbers/${id}`, { key: PLATFORM_KEY })).body;

describe('a number released in the middle of a call', () => {
  it('is out of its holder’s hands at once and in nobody’s stock, as each face says it', async () => {
    const one = await released();
    const { key } = one.who;
    const row = await rowOf(one);
    expect(row).toMatchObject({ lifecycle: 'releasing', owner_account_id: one.who.account.id, available_at: null });
    expect((await api.call('GET', `/phone-numbers/${one.id}`, { key })).status).toBe(404);
    expect((await api.call('GET', '/phone-numbers', { key })).body.total).toBe(0);
    const vobiz = `/api/v1/Account/${one.who.account.authId}/numbers`;
    expect((await api.as(one.who, 'GET', vobiz)).body.items).toMatchObject([{ e164: one.e164, status: 'pending_release' }]);
    expect((await api.as(one.who, 'GET', `${vobiz}/${encodeURIComponent(one.e164)}`)).body.status).toBe('pending_release');
    expect((await api.call('GET', `/v2/phone_numbers/${row.ext_id}`, { key })).body.data.status).toBe('deleted');
    expect(await inAdmin(one)).toMatchObject({
      lifecycle: 'releasing',
      owner_account_id: one.who.account.id,
      cool_off_until: expect.any(String),
    });
    for (const who of [one.who, await api.newAccount()]) {
      expect(await stockOf(who, one.e164)).toBe(false);
      expect((await api.call('POST', '/phone-numbers', { key: who.key, body: { inventory_id: one.id } })).status).toBe(404);
    }
    expect(await api.sql('select to_at from number_holders where number_id = $1', [one.id])).toEqual([{ to_at: null }]);
    expect(await api.sql('select 1 from sip_credentials where number_id = $1', [one.id])).toEqual([]);
    const ref = recordRef.number('live', one.e164);
    const { record } = (await api.records.read([ref])).get(ref) ?? {};
    expect(record).toMatchObject({ lifecycle: 'releasing', endpointId: null, trunkGroupId: null });
  });

  it('cannot be released again, changed, assigned or given a login by anybody', async () => {
    const one = await released();
    const { key } = one.who;
    const version = (await rowOf(one)).version;
    expect((await api.call('DELETE', `/phone-numbers/${one.id}`, { key })).status).toBe(404);
    expect((await api.call('PATCH', `/phone-numbers/${one.id}`, { key, body: { allow_inbound: true } })).status).toBe(404);
    expect((await api.as(one.who, 'DELETE', one.path)).status).toBe(403);
    const trunk = { body: { trunk_group_id: await api.newTrunk(one.who) } };
    expect((await api.as(one.who, 'POST', `${one.path}/assign`, trunk)).status).toBe(404);
    const patched = await api.call('PATCH', `/admin/v1/numbers/${one.id}`, { key: PLATFORM_KEY, body: { suspended: true } });
    expect(patched.status, patched.text).toBe(409);
    const login = { account_id: one.who.account.id, username: 'late', number_id: one.id };
    expect((await api.call('POST', '/admin/v1/sip-users', { key: PLATFORM_KEY, body: login })).status).toBe(422);
    expect((await rowOf(one)).version).toBe(version);
    expect(await actionsOf(one)).toEqual(['number.purchase', 'number.release']);
  });

  it('invariant 13: is in stock once its last call has ended, for its last holder only until it has cooled off, with one audit row', async () => {
    const one = await released();
    expect(await run(one)).toBe('again');
    expect(await jobOf(one)).toMatchObject({ state: 'queued' });
    expect((await rowOf(one)).lifecycle).toBe('releasing');
    api.clock.advance(1000);
    await hangUp(one);
    expect(await run(one)).toBe('done');
    expect(await jobOf(one)).toMatchObject({ state: 'done', result: { drained: 1, ended: 0, left: 0 } });
    expect(asked).toEqual([]);
    const row = await rowOf(one);
    expect(row).toMatchObject({ lifecycle: 'available', owner_account_id: null, last_owner_account_id: one.who.account.id });
    expect(row.available_at - row.last_call_at).toBe(15 * DAY_MS);
    expect(await actionsOf(one)).toEqual(['number.purchase', 'number.release', 'number.released']);
    expect(
      await api.sql("select type, payload from events where resource = $1 and type = 'number.released'", [`number:${one.id}`]),
    ).toEqual([{ type: 'number.released', payload: { number_id: one.id, e164: one.e164, drained: 1, ended: 0, left: 0 } }]);
    const [history] = await api.sql('select to_at, last_call_at from number_holders where number_id = $1', [one.id]);
    expect(history).toEqual({ to_at: row.updated_at, last_call_at: row.last_call_at });
    expect(await stockOf(await api.newAccount(), one.e164)).toBe(false);
    const bought = await api.call('POST', '/phone-numbers', { key: one.who.key, body: { inventory_id: one.id } });
    expect(bought.status, bought.text).toBe(201);
  });

  it('is changed once, however often its job runs at a time', async () => {
    const one = await released();
    await hangUp(one);
    const job = await jobOf(one);
    const [{ payload: stored }] = await api.sql('select payload from jobs where id = $1', [job.id]);
    const payload = jobKinds.parse('release-due', stored);
    if (!payload.ok) throw new Error(payload.error);
    const once = () => handlers['release-due'](payload.value, { ...job, progress: null });
    const outcomes = await Promise.all([once(), once(), once()]);
    outcomes.push(await once());
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done', 'done', 'done']);
    expect((await actionsOf(one)).filter((action) => action === 'number.released')).toHaveLength(1);
    expect((await rowOf(one)).version).toBe(4);
    // Bought back and released anew, it is not the old job's any more.
    expect((await api.call('POST', '/phone-numbers', { key: one.who.key, body: { inventory_id: one.id } })).status).toBe(201);
    await api.startCall(one.id, one.callId);
    expect((await api.call('DELETE', `/phone-numbers/${one.id}`, { key: one.who.key })).status).toBe(204);
    await hangUp(one);
    expect((await once()).kind).toBe('done');
    expect((await rowOf(one)).lifecycle).toBe('releasing');
  });

  it('has its calls ended at the deadline, and is in stock when they are gone', async () => {
    const one = await released();
    api.clock.advance(DEADLINE_MS);
    expect(await run(one)).toBe('again');
    expect(asked).toEqual([one.callId]);
    await hangUp(one);
    api.clock.advance(1000);
    expect(await run(one)).toBe('done');
    expect((await jobOf(one)).result).toEqual({ drained: 0, ended: 1, left: 0 });
    expect((await rowOf(one)).lifecycle).toBe('available');
  });

  it('does not wait for ever for a call that no agent ends, and counts it as now', async () => {
    const one = await released();
    answer = 'no_answer';
    api.clock.advance(DEADLINE_MS + GIVE_UP_MS);
    expect(await run(one)).toBe('done');
    expect((await jobOf(one)).result).toEqual({ drained: 0, ended: 0, left: 1 });
    const row = await rowOf(one);
    expect(row).toMatchObject({ lifecycle: 'available', last_call_at: row.updated_at });
  });

  it('stays where it is while Redis cannot tell its calls', async () => {
    const one = await released();
    await hangUp(one);
    const marker = (await api.redis.get(keys.plane)) ?? '';
    await api.redis.del(keys.plane);
    try {
      expect(await run(one)).toBe('retry');
    } finally {
      await api.redis.set(keys.plane, marker);
    }
    expect((await rowOf(one)).lifecycle).toBe('releasing');
    api.clock.advance(10_000);
    expect(await run(one)).toBe('done');
  });

  it('pays no monthly fee any more', async () => {
    const one = await released();
    api.clock.advance(32 * DAY_MS);
    expect(await run(one, 'billing-renewals')).toBe('done');
    expect((await jobOf(one, 'billing-renewals')).result).toEqual({ paid: false });
    expect(await api.sql("select 1 from ledger_transactions where number_id = $1 and kind = 'renewal'", [one.id])).toEqual([]);
  });
});

it('a number released without a live call leaves no job behind', async () => {
  const who = await api.newAccount();
  const number = await api.newOwn(who);
  expect((await api.call('DELETE', `/phone-numbers/${number.id}`, { key: who.key })).status).toBe(204);
  expect(await api.sql("select 1 from jobs where queue = 'release-due' and number_id = $1", [number.id])).toEqual([]);
});
