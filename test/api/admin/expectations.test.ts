import { afterAll, beforeAll, expect, it } from 'vitest';
import { ok } from '../../../src/kit/result.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { type AdminApi, startAdminApi, wrongFields } from './admin-api.ts';

let api: AdminApi;
let mine: TestAccount;
let number: { id: string; e164: string };
let desk: string;
let carrier: { id: string; gateways: { id: string }[] };
let second: { id: string };
let route: { id: string };
const FAR = '+33612345678';

beforeAll(async () => {
  api = await startAdminApi();
  mine = await api.newAccount();
  number = await api.newNumber(mine.key);
  desk = (await api.made('/endpoints', { account_id: mine.account.id, name: 'PBX', targets: [{ uri: 'sip:pbx@203.0.113.7' }] })).id;
  const gateways = [
    { uri: 'sip:192.0.2.1:5060', priority: 1 },
    { uri: 'sip:192.0.2.2:5060', priority: 2 },
  ];
  carrier = await api.made('/trunk-groups', { name: 'Carrier', kind: 'carrier', acl: ['192.0.2.0/24'], gateways });
  second = await api.made('/trunk-groups', { name: 'Second', kind: 'carrier', gateways: [{ uri: 'sip:192.0.2.9:5060' }] });
  route = await api.made('/outbound-routes', { prefix: '33', trunk_group_id: carrier.id, priority: 1 });
  await api.made('/outbound-routes', { prefix: '33', trunk_group_id: second.id, priority: 2 });
  await patch({ endpoint_id: desk, allow_outbound: true });
});
afterAll(() => api.close());

const patch = async (body: unknown) => {
  const answer = await api.admin('PATCH', `/numbers/${number.id}`, { body });
  if (answer.status !== 200) throw new Error(answer.text);
};
const outbound = () => ({ direction: 'outbound', to: FAR });
const byOrder = () => ({ outcome: 'connect', targets: [{ trunk_group_id: carrier.id }, { trunk_group_id: second.id }] });
const expectation = (body: object) => api.made('/expectations', { account_id: mine.account.id, ...body });
const standing = async (id: string) => (await api.admin('GET', `/expectations/${id}`)).body;
const remove = (...ids: string[]) => Promise.all(ids.map((id) => api.admin('DELETE', `/expectations/${id}`)));

it('refuses a change of a route that would break an order, with the decision before and after, and writes nothing', async () => {
  const made = await expectation({ name: 'France goes to both', call: outbound(), expected: byOrder() });
  expect(made).toMatchObject({ holds: true, why: null, call: { from: null }, explanation: { outcome: 'connect' } });
  const before = (await api.sql('select count(*) as n from audit'))[0];
  const refused = await api.admin('PATCH', `/outbound-routes/${route.id}`, { body: { priority: 3 } });
  expect([refused.status, refused.body.code, refused.body.failed], refused.text).toEqual([409, 'expectation_failed', 1]);
  const [failed] = refused.body.expectations;
  const groups = (explained: { candidates: { trunk_group_id: string }[] }) => explained.candidates.map((one) => one.trunk_group_id);
  expect(failed).toMatchObject({ id: made.id, name: 'France goes to both', why: 'Target 1 is not where it must be in the order.' });
  expect(groups(failed.before)).toEqual([carrier.id, carrier.id, second.id]);
  expect(groups(failed.after)).toEqual([second.id, carrier.id, carrier.id]);
  expect(failed.after.steps.map(({ step }: { step: string }) => step)).toContain('routes');
  expect((await api.admin('GET', `/outbound-routes/${route.id}`)).body.priority).toBe(1);
  expect((await api.sql('select count(*) as n from audit'))[0]).toEqual(before);
  // What does not touch it goes through, and what keeps it too.
  expect((await api.admin('PATCH', `/outbound-routes/${route.id}`, { body: { weight: 5 } })).status).toBe(200);
  expect((await api.admin('PATCH', `/trunk-groups/${second.id}`, { body: { enabled: false } })).status).toBe(409);
  expect((await api.admin('DELETE', `/outbound-routes/${route.id}`)).status).toBe(409);
  await api.made('/outbound-routes', { prefix: '49', trunk_group_id: carrier.id });
  const longer = await api.admin('POST', '/outbound-routes', { body: { prefix: '336', trunk_group_id: second.id } });
  expect([longer.status, longer.body.expectations[0].after.steps.at(-1).facts.prefix]).toEqual([409, '336']);
  await remove(made.id);
});

it('lets the platform override with an audit row, says from then on that it fails, and guards it again once it holds', async () => {
  const made = await expectation({ name: 'to both', call: outbound(), expected: byOrder() });
  const off = await api.admin('PATCH', `/trunk-groups/${second.id}?expectations=override`, { body: { enabled: false } });
  expect(off.status, off.text).toBe(200);
  const [row] = await api.sql(`select forced, reason from audit where resource = $1 and action = 'expectation.broken'`, [
    `expectation:${made.id}`,
  ]);
  expect(row).toMatchObject({ forced: true, reason: 'Target 2 is not where it must be in the order.' });
  expect(await standing(made.id)).toMatchObject({ holds: false, why: 'Target 2 is not where it must be in the order.' });
  // It fails already: a further change is not what breaks it.
  expect((await api.admin('PATCH', `/outbound-routes/${route.id}`, { body: { priority: 0 } })).status).toBe(200);
  expect((await api.admin('PATCH', `/trunk-groups/${second.id}`, { body: { enabled: true } })).status).toBe(200);
  expect((await standing(made.id)).holds).toBe(true);
  expect((await api.admin('PATCH', `/trunk-groups/${second.id}`, { body: { enabled: false } })).status).toBe(409);
  expect((await api.admin('PATCH', `/trunk-groups/${second.id}?expectations=maybe`, { body: {} })).status).toBe(422);
  await remove(made.id);
});

it('holds tenants to it in their own words, and shows them nothing of it', async () => {
  const made = await expectation({
    name: 'secret name',
    call: { direction: 'inbound', to: number.e164, source: '192.0.2.77:5060/udp' },
    expected: { outcome: 'connect', targets: [{ endpoint_id: desk, uri: 'sip:pbx@203.0.113.7' }] },
  });
  expect(made.holds, JSON.stringify(made)).toBe(true);
  const kros = await api.call('PATCH', `/endpoints/${desk}`, { key: mine.key, body: { url: 'sip:other@203.0.113.8' } });
  expect([kros.status, kros.body.code], kros.text).toEqual([409, 'EXPECTATION_FAILED']);
  expect(kros.text).not.toMatch(/secret|steps|192\.0\.2/);
  expect((await api.call('PATCH', `/phone-numbers/${number.id}?expectations=override`, { key: mine.key, body: {} })).status).not.toBe(409);
  // The address is recognised by another group from now on, which owns no such number's calls.
  const away = await api.admin('PATCH', `/trunk-groups/${carrier.id}`, { body: { acl: ['198.51.100.0/24'] } });
  expect(away.status, away.text).toBe(409);
  expect((await api.admin('PATCH', `/trunk-groups/${carrier.id}`, { body: { acl: ['192.0.2.0/24', '198.51.100.0/24'] } })).status).toBe(
    200,
  );
  const claimed = { name: 'PBX', kind: 'customer', account_id: mine.account.id, acl: ['192.0.2.77'] };
  const taken = await api.admin('POST', '/trunk-groups', { body: claimed });
  expect([taken.status, taken.body.expectations?.[0].after.code], taken.text).toEqual([409, 'caller_not_owned']);
  await remove(made.id);
});

it('never keeps an owner from taking away what is his, and notes what that broke where no account is shown it', async () => {
  const made = await expectation({ name: 'rings', call: { direction: 'inbound', to: number.e164 }, expected: { outcome: 'connect' } });
  const off = await api.call('PATCH', `/phone-numbers/${number.id}`, { key: mine.key, body: { allow_inbound: false } });
  expect(off.status, off.text).toBe(200);
  expect((await standing(made.id)).holds).toBe(false);
  const rows = await api.sql('select account_id, action, forced, after from audit where resource = $1 order by id', [
    `expectation:${made.id}`,
  ]);
  expect(rows.map(({ action, account_id, forced, after }) => [action, account_id, forced, after.accountId])).toEqual([
    ['expectation.create', null, false, mine.account.id],
    ['expectation.broken', null, false, mine.account.id],
  ]);
  await patch({ allow_inbound: true });
  expect((await standing(made.id)).holds).toBe(true);
  await remove(made.id);
});

it('refuses no change for what time or somebody else has broken, and stores what it found', async () => {
  const at = new Date(api.clock.now());
  const [day, minute] = [['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][at.getUTCDay()], at.getUTCHours() * 60 + at.getUTCMinutes()];
  const text = (minutes: number) => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const hours = { time_zone: 'UTC', windows: [{ days: [day], from: text(minute), to: text(Math.min(minute + 2, 1440)) }] };
  const timed = await api.made('/outbound-routes', { prefix: '47', trunk_group_id: carrier.id, hours });
  const call = { direction: 'outbound', to: '+4712345678' };
  const made = await expectation({ name: 'Norway', call, expected: { outcome: 'connect' } });
  expect(made.holds, JSON.stringify(made)).toBe(true);
  const first = await expectation({ name: 'France', call: outbound(), expected: { outcome: 'connect' } });
  // What is the change's own fault is refused at any time.
  expect((await api.admin('DELETE', `/outbound-routes/${timed.id}`)).body.failed).toBe(1);
  api.clock.advance(3 * 60_000);
  const innocent = await api.admin('PATCH', `/outbound-routes/${timed.id}`, { body: { weight: 7 } });
  expect(innocent.status, innocent.text).toBe(200);
  expect(await standing(made.id)).toMatchObject({ holds: false, why: 'The call would be refused with no_route.' });
  // Stored as holding by somebody who could not see what was under way.
  await api.sql('update expectations set broken = null where id = $1', [made.id]);
  const keyed = { body: { prefix: '48', trunk_group_id: second.id }, headers: { 'Idempotency-Key': 'r1' } };
  const twice = [await api.admin('POST', '/outbound-routes', keyed), await api.admin('POST', '/outbound-routes', keyed)];
  expect(twice.map(({ status }) => status)).toEqual([201, 201]);
  expect(twice[1]?.body.id).toBe(twice[0]?.body.id);
  expect((await standing(made.id)).holds).toBe(false);
  expect((await standing(first.id)).holds).toBe(true);
  await remove(made.id, first.id);
});

it('makes changes that nothing rests on wait for nobody but who judges', async () => {
  const made = await expectation({ name: 'some way', call: outbound(), expected: { outcome: 'connect' } });
  const beside = await api.parts.pool.connect();
  await beside.query('begin; select pg_advisory_xact_lock_shared(4711550863)');
  try {
    expect((await api.admin('PATCH', `/endpoints/${desk}`, { body: { name: 'Desk' } })).status).toBe(200);
    const target = { account_id: mine.account.id, name: 'Other', targets: [{ uri: 'sip:other@203.0.113.9' }] };
    expect((await api.admin('POST', '/endpoints', { body: target })).status).toBe(201);
  } finally {
    await beside.query('rollback');
    beside.release();
  }
  await remove(made.id);
});

it('lets a job do what it has to, and notes what that broke', async () => {
  const made = await expectation({ name: 'rings', call: { direction: 'inbound', to: number.e164 }, expected: { outcome: 'connect' } });
  const stamp = { kind: 'system', id: 'job', accountId: null, requestId: 'job:1', ip: null };
  const publish = (suspendedBy: readonly 'billing'[]) =>
    api.deps.unitOfWork.change(stamp, async (tx) => {
      const before = await tx.numbers.lock(number.id);
      if (before === null) throw new Error('no number');
      const after = { ...before, suspendedBy, version: before.version + 1 };
      await tx.numbers.save(before, after, 'test');
      const ref = `number:live:${number.e164}` as Parameters<typeof tx.publish>[0]['ref'];
      await tx.publish({ ref, version: after.version, record: null }, number.id);
      return ok(undefined);
    });
  expect((await publish(['billing'])).ok).toBe(true);
  expect(await standing(made.id)).toMatchObject({ holds: false, why: 'The call would be refused with number_suspended.' });
  expect((await publish([])).ok).toBe(true);
  expect((await standing(made.id)).holds).toBe(true);
  await remove(made.id);
});

it('sees two changes at once that only together break it', async () => {
  const made = await expectation({ name: 'some way out', call: outbound(), expected: { outcome: 'connect' } });
  const off = (id: string) => api.admin('PATCH', `/trunk-groups/${id}`, { body: { enabled: false } });
  const answers = await Promise.all([off(carrier.id), off(second.id)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect((await standing(made.id)).holds).toBe(true);
  for (const { id } of [carrier, second]) await api.admin('PATCH', `/trunk-groups/${id}`, { body: { enabled: true } });
  await remove(made.id);
});

it('is judged for many calls, since equal priorities are shared out by call', async () => {
  const [a, b] = [carrier.id, second.id];
  await api.made('/outbound-routes', { prefix: '34', trunk_group_id: a, priority: 5 });
  await api.made('/outbound-routes', { prefix: '34', trunk_group_id: b, priority: 5 });
  const call = { direction: 'outbound', to: '+34612345678' };
  const of = (name: string, match: string, ...groups: string[]) =>
    expectation({ name, call, expected: { outcome: 'connect', match, targets: groups.map((id) => ({ trunk_group_id: id })) } });
  const made = [
    await of('1', 'exact', a, b),
    await of('2', 'exact', b, a),
    await of('3', 'any_order', b, a),
    await of('4', 'any_order', a),
  ];
  expect(made.map(({ holds }) => holds)).toEqual([false, false, true, false]);
  const refused = { ...call, from: '+15550100' };
  const foreign = await expectation({ name: '5', call: refused, expected: { outcome: 'reject', code: 'caller_not_owned' } });
  const wrong = await expectation({ name: '6', call: refused, expected: { outcome: 'reject', code: 'no_route' } });
  expect([foreign.holds, wrong.holds, wrong.why]).toEqual([true, false, 'The call would be refused with caller_not_owned, not no_route.']);
  await remove(...[...made, foreign, wrong].map(({ id }) => id));
});

it('has a life of its own: names, versions, pages, a check against the plane, and audit', async () => {
  const body = { name: 'one', account_id: mine.account.id, call: outbound(), expected: byOrder() };
  const made = await api.admin('POST', '/expectations', { body, headers: { 'Idempotency-Key': 'e1' } });
  expect([made.status, made.headers.get('location')]).toEqual([201, `/admin/v1/expectations/${made.body.id}`]);
  const again = await api.admin('POST', '/expectations', { body, headers: { 'Idempotency-Key': 'e1' } });
  expect(again.body).toEqual(made.body);
  expect((await api.admin('POST', '/expectations', { body })).body.code).toBe('name_taken');
  const bad = await api.admin('POST', '/expectations', {
    body: { name: '', call: { direction: 'sideways', to: '44' }, expected: { outcome: 'reject', code: 'because' } },
  });
  expect(wrongFields(bad)).toMatchObject({ '/name': 'out_of_range', '/call/direction': 'invalid', '/expected/code': 'invalid' });
  expect((await api.admin('POST', '/expectations', { body: { ...body, name: 'x', account_id: null } })).status).toBe(422);
  expect((await api.admin('POST', '/expectations', { body: { ...body, account_id: crypto.randomUUID() } })).status).toBe(422);
  const path = `/expectations/${made.body.id}`;
  const stale = await api.admin('PATCH', path, { body: { enabled: false }, headers: { 'If-Match': '"7"' } });
  expect(stale.status).toBe(412);
  expect((await api.admin('PATCH', path, { body: { enabled: false } })).body).toMatchObject({ enabled: false, version: 2 });
  // Switched off it guards nothing and is not checked.
  expect((await api.admin('PATCH', `/trunk-groups/${second.id}`, { body: { enabled: false } })).status).toBe(200);
  expect((await api.admin('GET', '/expectations/check')).body.data).toEqual([]);
  const on = await api.admin('PATCH', path, { body: { enabled: true, name: 'two' } });
  expect(on.body).toMatchObject({ holds: false, name: 'two' });
  expect((await api.admin('GET', '/expectations/check?limit=1')).body.data).toMatchObject([{ holds: false, explanation: { code: null } }]);
  await api.admin('PATCH', `/trunk-groups/${second.id}`, { body: { enabled: true } });
  const keys = async () => (await api.parts.redis.keys('*')).sort();
  const before = await keys();
  const checked = await api.admin('GET', `/expectations/check?account_id=${mine.account.id}&name=two`);
  expect(checked.body.data).toMatchObject([{ holds: true, why: null }]);
  expect(await keys()).toEqual(before);
  expect((await api.admin('GET', '/expectations')).body.data.map(({ name }: { name: string }) => name)).toEqual(['two']);
  expect((await api.admin('DELETE', path)).status).toBe(204);
  expect((await api.admin('GET', path)).status).toBe(404);
  const done = ['expectation.create', 'expectation.update', 'expectation.update', 'expectation.delete'];
  expect(await api.actions(`expectation:${made.body.id}`)).toEqual(done);
});
