import { afterAll, beforeAll, expect, it } from 'vitest';
import { CALL_REFUSALS } from '../../../src/domain/refusal.ts';
import { newId } from '../../../src/kit/ids.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { redisDump } from '../../support/redis-dump.ts';
import { type AdminApi, startAdminApi } from '../admin/admin-api.ts';
import { decidedCall, fromGroup } from '../admin/decided-call.ts';

let api: AdminApi;
let mine: TestAccount;
let child: TestAccount;
let other: TestAccount;
let number: { id: string; e164: string };
let foreign: { id: string; e164: string };
let carrier: { id: string; gateways: { id: string }[] };
let endpointId: string;
const FAR = '+33612345678';

beforeAll(async () => {
  api = await startAdminApi();
  [mine, other] = [await api.newAccount(), await api.newAccount()];
  child = await api.newAccount({ parent: mine.account });
  number = await api.newNumber(mine.key);
  foreign = await api.newNumber(other.key);
  const gateways = [
    { uri: 'sip:192.0.2.1:5060', priority: 1 },
    { uri: 'sip:192.0.2.2:5060', priority: 2 },
    { uri: 'sip:192.0.2.3', enabled: false },
  ];
  carrier = await api.made('/trunk-groups', { name: 'Secret carrier', kind: 'carrier', acl: ['192.0.2.0/24'], gateways });
  await api.made('/outbound-routes', { prefix: '33', trunk_group_id: carrier.id });
  endpointId = (await api.made('/endpoints', { account_id: mine.account.id, name: 'PBX', targets: [{ uri: 'sip:pbx@203.0.113.7' }] })).id;
  await api.admin('PATCH', `/numbers/${number.id}`, { body: { endpoint_id: endpointId, allow_outbound: true } });
});
afterAll(() => api.close());

const past = (callId: string, { key } = mine, at = '') => api.call('GET', `${at}/calls/${callId}/explain`, { key });
const ask = (body: object, { key } = mine) => api.call('POST', '/v1/calls/explain', { key, body });
const secrets = () =>
  new RegExp(['192\\.0\\.2', 'Secret', carrier.id, ...carrier.gateways.map(({ id }) => id), other.account.id, foreign.id].join('|'));

it('shows an account its own call out, the carriers as places in an order and nothing more of them', async () => {
  const login = await api.made('/sip-users', { account_id: mine.account.id, username: 'alice' });
  const auth = { result: 'valid', realm: login.realm, username: 'alice' } as const;
  const { callId } = await decidedCall(api, { requestUser: FAR, toUser: FAR, caller: { from: number.e164 }, auth });
  const admin = await api.admin('GET', `/calls/${callId}/explain`);
  expect(admin.body.candidates.map(({ gateway }: { gateway: string }) => gateway)).toEqual(carrier.gateways.map(({ id }) => id));
  const tenant = await past(callId);
  expect(tenant.status, tenant.text).toBe(200);
  expect(tenant.text).not.toMatch(secrets());
  const place = (name: string, chosen: boolean, reason: string) => ({
    name,
    endpoint_id: null,
    trunk_group_id: null,
    uri: null,
    chosen,
    reason,
  });
  expect(tenant.body).toMatchObject({
    outcome: 'connect',
    candidates: [
      place('carrier 1', true, 'chosen by the platform'),
      place('carrier 2', true, 'chosen by the platform'),
      place('carrier 3', false, 'passed over by the platform'),
    ],
  });
  const facts = Object.fromEntries(tenant.body.steps.map(({ step, facts: told }: { step: string; facts: object }) => [step, told]));
  expect(facts).toMatchObject({
    caller: { caller: number.e164, number_id: number.id },
    routes: {},
    account: { account_id: mine.account.id },
  });
  expect(tenant.body).not.toHaveProperty('versions');
  expect((await past(callId, mine, '/v1')).text).toBe(tenant.text);
});

it('says of a call that failed over twice what became of it, to the admin with every attempt and to the account with the carriers as places', async () => {
  const login = await api.made('/sip-users', { account_id: mine.account.id, username: 'anna' });
  const auth = { result: 'valid', realm: login.realm, username: 'anna' } as const;
  const { callId } = await decidedCall(api, { requestUser: FAR, toUser: FAR, caller: { from: number.e164 }, auth });
  expect((await past(callId)).body).toMatchObject({ result: null, attempts: [] });
  const base = { callId, agentId: 'a', at: api.clock.now() };
  const attempts = [1, 2].flatMap((n) => {
    const gatewayId = carrier.gateways[n - 1]?.id ?? null;
    const sent = {
      n,
      trunkGroupId: carrier.id,
      gatewayId,
      uri: `sip:${FAR}@192.0.2.${n}:5060`,
      sipCallId: `leg-${n}-${callId}`,
      leases: [],
    };
    const came = { n, sipCallId: sent.sipCallId, sipStatus: n === 1 ? 503 : null, outcome: n === 1 ? 'failed' : 'no_response' } as const;
    const attempt = { ...base, ...sent, type: 'attempt', seq: 2 * n - 1 } as const;
    return [attempt, { ...base, ...came, type: 'attempt_ended', seq: 2 * n } as const];
  });
  const end = { type: 'ended', seq: 5, outcome: 'failed', sipStatus: 503, code: 'no_carrier', endedBy: 'platform' } as const;
  await api.folder.fold([...attempts, { ...base, ...end }]);
  const { meaning, remedy } = CALL_REFUSALS.no_carrier;
  const result = { outcome: 'failed', sip_status: 503, code: 'no_carrier', meaning, remedy, ended_by: 'platform' };
  const admin = await api.admin('GET', `/calls/${callId}/explain`);
  const [one, two] = carrier.gateways;
  expect(admin.body).toMatchObject({
    outcome: 'connect',
    result,
    attempts: [
      { n: 1, candidate: 1, gateway: one?.id, uri: `sip:${FAR}@192.0.2.1:5060`, outcome: 'failed', sip_status: 503 },
      { n: 2, candidate: 2, gateway: two?.id, uri: `sip:${FAR}@192.0.2.2:5060`, outcome: 'no_response', sip_status: null },
    ],
  });
  const tenant = await past(callId);
  expect(tenant.body).toMatchObject({
    result,
    attempts: [
      { n: 1, candidate: 'carrier 1', uri: null, outcome: 'failed', sip_status: null },
      { n: 2, candidate: 'carrier 2', uri: null, outcome: 'no_response', sip_status: null },
    ],
  });
  expect(tenant.text).not.toMatch(secrets());
});

it('keeps a caller from outside who withheld his number from the account that was called, in lists and searches too', async () => {
  const caller = '+33687654321';
  const asked = { requestUser: number.e164, toUser: number.e164, caller: { from: caller }, ...fromGroup(carrier.id) };
  const { callId: told } = await decidedCall(api, asked);
  const { callId: hidden } = await decidedCall(api, { ...asked, privacyId: true });
  const answers = [
    await api.call('GET', '/v1/calls?limit=20', { key: mine.key }),
    await api.call('GET', `/v1/calls/${hidden}`, { key: mine.key }),
  ];
  expect(answers[1]?.body).toMatchObject({ id: hidden, from: 'anonymous', to: number.e164 });
  expect(answers[0]?.body.calls.find(({ id }: { id: string }) => id === hidden)).toMatchObject({ from: 'anonymous' });
  const by = async (e164: string): Promise<string[]> =>
    (await api.call('GET', `/v1/calls?number=${encodeURIComponent(e164)}`, { key: mine.key })).body.calls.map(
      ({ id }: { id: string }) => id,
    );
  expect(await by(caller)).toEqual([told]);
  expect((await by(number.e164)).slice(0, 2)).toEqual([hidden, told]);
  // The platform, which keeps the record, knows.
  expect((await api.admin('GET', `/calls/${hidden}`)).body).toMatchObject({ from: caller });
});

it('says of a call in what its own endpoint answered', async () => {
  const { callId } = await decidedCall(api, { requestUser: number.e164, toUser: number.e164, ...fromGroup(carrier.id) });
  const base = { callId, agentId: 'a', at: api.clock.now(), n: 1, sipCallId: `leg-${callId}` };
  const uri = 'sip:pbx@203.0.113.7';
  await api.folder.fold([
    { ...base, type: 'attempt', seq: 1, trunkGroupId: null, gatewayId: null, uri, leases: [] },
    { ...base, type: 'attempt_ended', seq: 2, sipStatus: 486, outcome: 'failed' },
    { ...base, type: 'ended', seq: 3, outcome: 'failed', sipStatus: 486, code: null, endedBy: 'callee' },
  ]);
  expect((await past(callId)).body).toMatchObject({
    result: { outcome: 'failed', sip_status: 486, code: null, meaning: null, remedy: null, ended_by: 'callee' },
    attempts: [{ n: 1, candidate: 'target 1', uri, outcome: 'failed', sip_status: 486 }],
  });
});

it('shows a call in with its own endpoint by name, also to the parent of who holds the number, and never where it came from', async () => {
  const { callId } = await decidedCall(api, { requestUser: number.e164, toUser: number.e164, ...fromGroup(carrier.id) });
  const tenant = await past(callId);
  expect(tenant.body.candidates).toMatchObject([{ name: 'target 1', endpoint_id: endpointId, uri: 'sip:pbx@203.0.113.7', chosen: true }]);
  expect(tenant.text).not.toMatch(secrets());
  const theirs = await api.newNumber(child.key);
  const { callId: childs } = await decidedCall(api, { requestUser: theirs.e164, toUser: theirs.e164, ...fromGroup(carrier.id) });
  expect((await past(childs, child)).body).toMatchObject({ outcome: 'reject', code: 'no_destination', remedy: expect.any(String) });
  expect((await past(childs)).status).toBe(200);
  expect((await past(callId, child)).status).toBe(404);
});

it('invariant 11: a call of somebody else, of the other mode, of nobody and none at all get byte-equal answers', async () => {
  const { callId } = await decidedCall(api, { requestUser: foreign.e164, toUser: foreign.e164, ...fromGroup(carrier.id) });
  const { callId: nobodys } = await decidedCall(api);
  const own = await decidedCall(api, { requestUser: number.e164, toUser: number.e164, ...fromGroup(carrier.id) });
  const testKey = await api.newKey(mine.account, { mode: 'test' });
  const answers = [
    await past(newId()),
    await past(callId),
    await past(nobodys),
    await past('malformed'),
    await past(own.callId, { ...mine, key: testKey }),
  ];
  expect(answers.map(({ status, text }) => `${status} ${text}`)).toEqual(Array(5).fill(`404 ${answers[0]?.text}`));
  expect((await past(callId, other)).status).toBe(200);
  const unknown = await ask({ direction: 'inbound', from: FAR, to: '+442079460999' });
  expect(unknown.status).toBe(404);
  expect((await ask({ direction: 'inbound', from: FAR, to: foreign.e164 })).text).toBe(unknown.text);
  const callers = [foreign.e164, '+442079460999'].map((from) => ask({ direction: 'outbound', from, to: FAR }));
  const [a, b] = (await Promise.all(callers)).map(({ text }, index) => text.replaceAll([foreign.e164, '+442079460999'][index] ?? '', 'X'));
  expect(a).toContain('caller_not_owned');
  expect(a).toBe(b);
});

it('answers for a call that could be placed now, and needs the scope', async () => {
  const held = await redisDump(api.parts.redis);
  const out = await ask({ direction: 'outbound', from: number.e164, to: FAR });
  expect([out.status, out.body.outcome, out.body.candidates.length], out.text).toEqual([200, 'connect', 3]);
  const into = await ask({ direction: 'inbound', from: FAR, to: number.e164 });
  expect(into.body).toMatchObject({ outcome: 'connect', candidates: [{ uri: 'sip:pbx@203.0.113.7' }] });
  for (const { text, body } of [out, into]) {
    expect(text).not.toMatch(secrets());
    expect(body.not_checked).toEqual(['rates', 'number_moves', 'agents', 'webhooks']);
  }
  expect(held.length).toBeGreaterThan(5);
  expect(await redisDump(api.parts.redis)).toEqual(held);
  const scoped = await api.newKey(mine.account, { scopes: ['numbers:read'] });
  expect((await ask({ direction: 'outbound', from: number.e164, to: FAR }, { ...mine, key: scoped })).status).toBe(403);
  await api.sql('delete from call_decisions');
  const { callId } = await decidedCall(api, { requestUser: number.e164, toUser: number.e164, ...fromGroup(carrier.id) });
  await api.sql('delete from call_decisions where call_id = $1', [callId]);
  expect([(await past(callId)).status, (await past(callId)).body.code]).toEqual([410, 'EXPLAIN_EXPIRED']);
});

const ON_NET = { onNet: 'internal', sipDomain: 'sip.test' } as const;
const calls = (query = '', { key } = mine) => api.call('GET', `/v1/calls${query}`, { key });
const one = (callId: string, { key } = mine) => api.call('GET', `/v1/calls/${callId}`, { key });

it('a call on-net is in the lists of both accounts, and neither finds the other in what it is told', async () => {
  const [callers, callees] = [await api.newAccount(), await api.newAccount()];
  const calledChild = await api.newAccount({ parent: callees.account });
  const [from, to] = [await api.newNumber(callers.key), await api.newNumber(calledChild.key)];
  const login = await api.made('/sip-users', { account_id: callers.account.id, username: 'caller' });
  const pbx = await api.made('/trunk-groups', { name: 'Callee', kind: 'customer', account_id: calledChild.account.id });
  const desk = await api.made('/sip-users', { account_id: calledChild.account.id, username: 'desk', trunk_group_id: pbx.id });
  await api.admin('PATCH', `/numbers/${from.id}`, { body: { allow_outbound: true } });
  await api.admin('PATCH', `/numbers/${to.id}`, { body: { trunk_group_id: pbx.id } });
  const auth = { result: 'valid', realm: login.realm, username: 'caller' } as const;
  const asked = { requestUser: to.e164, toUser: to.e164, caller: { from: from.e164 }, auth };
  const { callId, decision } = await decidedCall(api, asked, ON_NET);
  expect(decision).toMatchObject({ outcome: 'connect', parties: { direction: 'internal' } });
  const { callId: hidden } = await decidedCall(api, { ...asked, privacyId: true }, ON_NET);
  await api.admin('PATCH', `/numbers/${to.id}`, { body: { allow_inbound: false } });
  const { callId: refused } = await decidedCall(api, asked, ON_NET);
  await api.admin('PATCH', `/numbers/${from.id}`, { body: { allow_outbound: false } });
  // It never reached them: no call of theirs.
  const { callId: unreached } = await decidedCall(api, asked, ON_NET);

  const listed = async (who: TestAccount) => (await calls('', who)).body.calls.map(({ id }: { id: string }) => id);
  expect(await listed(callers)).toEqual([unreached, refused, hidden, callId]);
  for (const who of [callees, calledChild]) expect(await listed(who)).toEqual([refused, hidden, callId]);
  expect(await listed(other)).not.toContain(callId);
  const first = await calls('?limit=2', callees);
  expect([first.body.calls.length, first.body.next]).toEqual([2, hidden]);
  expect((await calls(`?limit=2&before=${hidden}`, callees)).body).toMatchObject({ calls: [{ id: callId }], next: null });
  expect((await calls(`?number=${encodeURIComponent(to.e164)}&direction=internal`, callees)).body.calls).toHaveLength(3);
  // Nor by asking for the caller that was withheld.
  const by = async (who: TestAccount) =>
    (await calls(`?number=${encodeURIComponent(from.e164)}`, who)).body.calls.map(({ id }: { id: string }) => id);
  expect([await by(callees), await by(callers)]).toEqual([
    [refused, callId],
    [unreached, refused, hidden, callId],
  ]);
  const shared = { id: callId, direction: 'internal', from: from.e164, to: to.e164 };
  expect((await one(callId, callers)).body).toMatchObject({ ...shared, side: 'calling', phone_number_id: from.id });
  expect((await one(callId, calledChild)).body).toMatchObject({ ...shared, side: 'called', phone_number_id: to.id });
  expect((await one(hidden, callees)).body).toMatchObject({ from: 'anonymous', to: to.e164 });
  expect((await one(refused, callees)).body).toMatchObject({ outcome: 'refused', refusal_code: 'number_inbound_disabled' });
  expect((await past(callId, callees)).body).toMatchObject({
    outcome: 'connect',
    steps: [
      { step: 'caller', facts: {} },
      { step: 'number', facts: { number_id: to.id } },
      {},
      {},
      {},
      { step: 'destination', facts: { logins: 1 } },
    ],
    candidates: [{ name: 'target 1', trunk_group_id: pbx.id, uri: `sip:desk@${desk.realm}`, chosen: true, reason: 'login of the trunk' }],
  });
  expect((await past(refused, calledChild)).body).toMatchObject({ outcome: 'reject', code: 'number_inbound_disabled', candidates: [] });
  expect((await past(unreached, callees)).status).toBe(404);

  const told = async (who: TestAccount) =>
    [...(await Promise.all([callId, hidden, refused].flatMap((id) => [past(id, who), one(id, who)]))), await calls('', who)]
      .map(({ text }) => text)
      .join();
  const [byCaller, byCallee] = [await told(callers), await told(callees)];
  for (const secret of [callers.account.id, login.id, login.realm, '"caller@', from.id]) expect(byCallee).not.toContain(secret);
  for (const secret of [callees.account.id, calledChild.account.id, desk.id, desk.realm, pbx.id, to.id])
    expect(byCaller).not.toContain(secret);
  const admin = await api.admin('GET', `/calls?account_id=${callees.account.id}`);
  expect(admin.body.data).toMatchObject([
    {
      call_id: refused,
      account_id: callers.account.id,
      called_account_id: callees.account.id,
      called_sub_account_id: calledChild.account.id,
    },
    { call_id: hidden },
    { call_id: callId },
  ]);
  const own = await api.admin('GET', `/calls?sub_account_id=${calledChild.account.id}`);
  expect(own.body.data).toHaveLength(3);
});

it('invariant 11: a call of somebody else and none at all read alike', async () => {
  const { callId } = await decidedCall(api, { requestUser: foreign.e164, toUser: foreign.e164, ...fromGroup(carrier.id) });
  const answers = [await one(newId()), await one(callId), await one('malformed')];
  expect(answers.map(({ status, text }) => `${status} ${text}`)).toEqual(Array(3).fill(`404 ${answers[0]?.text}`));
  expect((await one(callId, other)).body).toMatchObject({ id: callId, side: 'called', direction: 'inbound' });
  const scoped = await api.newKey(mine.account, { scopes: ['numbers:read'] });
  expect((await calls('', { ...mine, key: scoped })).status).toBe(403);
});
