import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/kit/ids.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { type AdminApi, startAdminApi, wrongFields } from './admin-api.ts';
import { decidedCall, fromGroup } from './decided-call.ts';

let api: AdminApi;
let mine: TestAccount;
let number: { id: string; e164: string };
let endpointId: string;
let carrier: { id: string; gateways: { id: string }[] };
beforeAll(async () => {
  api = await startAdminApi();
  mine = await api.newAccount();
  number = await api.newNumber(mine.key);
  const targets = [{ uri: 'sip:pbx@203.0.113.7' }];
  endpointId = (await api.made('/endpoints', { account_id: mine.account.id, name: 'PBX', targets })).id;
  const gateways = [{ uri: 'sip:192.0.2.1:5060' }, { uri: 'sip:192.0.2.2:5060', enabled: false }];
  carrier = await api.made('/trunk-groups', { name: 'Carrier', kind: 'carrier', acl: ['192.0.2.1:5060', '2001:db8::5060'], gateways });
  await api.made('/outbound-routes', { prefix: '33', trunk_group_id: carrier.id });
  await patch({ endpoint_id: endpointId, allow_outbound: true });
});
afterAll(() => api.close());

const patch = async (body: unknown) => {
  const answer = await api.admin('PATCH', `/numbers/${number.id}`, { body });
  if (answer.status !== 200) throw new Error(answer.text);
};
const explain = (body: unknown) => api.admin('POST', '/explain', { body });
const CALLER = '+33612345678';

describe('200', () => {
  it('says which marks of a shared address a call bears, and of a token whether it does', async () => {
    const acl = ['192.0.2.77'];
    const made = (identify_by: object) =>
      api.made('/trunk-groups', { name: 'PBX', kind: 'customer', account_id: mine.account.id, acl, identify_by });
    const told = await made({ token: { header: 'X-Pbx-Token', value: 'correct-horse' } });
    const prefixed = await made({ tech_prefix: '99', sip_domain: 'hq' });
    const of = async (more: object) => {
      const answer = await explain({ from: number.e164, to: '+33142685300', source: '192.0.2.77', ...more });
      expect(answer.text).not.toMatch(/correct-horse|f1\./);
      const { steps, code } = answer.body as { steps: { step: string; ok: boolean; facts: Record<string, unknown> }[]; code: string };
      return [code, steps.flatMap(({ step, ok, facts }) => (step === 'source' ? [{ ok, ...facts }] : []))];
    };
    const source = (id: string, ok: boolean, facts: object) => expect.objectContaining({ trunk_group_id: id, ok, ...facts });
    const missing = source(prefixed.id, false, { tech_prefix: false, domain: false });
    expect(await of({})).toEqual(['authentication_required', expect.arrayContaining([source(told.id, false, { token: false }), missing])]);
    expect((await of({ token: true }))[1]).toEqual(expect.arrayContaining([source(told.id, true, { token: true }), missing]));
    const both = { to: '9933142685300', sip_domain: 'hq' };
    expect((await of(both))[1]).toEqual(expect.arrayContaining([source(prefixed.id, true, { tech_prefix: true, domain: true })]));
  });

  it('says that a phone that knows its login alone presents the number it is given, and no more once that is released', async () => {
    const given = await api.newNumber(mine.key);
    await api.admin('PATCH', `/numbers/${given.id}`, { body: { allow_outbound: true } });
    const default_caller = { e164: given.e164, use: 'fallback' };
    const { realm } = await api.made('/sip-users', { account_id: mine.account.id, username: 'softphone', default_caller });
    const asked = { from: 'softphone', to: '+33142685300', credential: `softphone@${realm}` };
    const presented = async () => {
      const { body } = await explain(asked);
      return [body.outcome, body.code, body.steps.find(({ step }: { step: string }) => step === 'presented')];
    };
    const facts = { caller: given.e164, use: 'fallback', number_id: given.id, refusal: null };
    expect(await presented()).toEqual(['connect', null, { step: 'presented', ok: true, facts }]);
    await api.admin('PATCH', `/numbers/${given.id}`, { body: { allow_outbound: false } });
    expect(await presented()).toMatchObject(['reject', 'caller_not_owned', { ok: false, facts: { refusal: 'number_outbound_disabled' } }]);
    const released = await api.call('DELETE', `/phone-numbers/${given.id}`, { key: mine.key });
    expect(released.status, released.text).toBeLessThan(300);
    const gone = { ...facts, number_id: null, refusal: 'caller_not_owned' };
    expect(await presented()).toEqual(['reject', 'caller_not_owned', { step: 'presented', ok: false, facts: gone }]);
  });

  it('explains an inbound call from a source: steps, versions, candidates', async () => {
    const answer = await explain({ direction: 'inbound', from: CALLER, to: number.e164, source: '192.0.2.1:5060/udp' });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({
      outcome: 'connect',
      sip_status: null,
      code: null,
      remedy: null,
      versions: expect.arrayContaining([
        { record: `number:live:${number.e164}`, version: expect.any(Number) },
        { record: `endpoint:${endpointId}`, version: 1 },
      ]),
      steps: expect.arrayContaining([{ step: 'source', ok: true, facts: expect.objectContaining({ trunk_group_id: carrier.id }) }]),
      candidates: [
        {
          trunk_group_id: null,
          gateway: expect.anything(),
          endpoint_id: endpointId,
          uri: 'sip:pbx@203.0.113.7',
          chosen: true,
          reason: expect.any(String),
        },
      ],
    });
  });

  it('assumes the likeliest sender and says so', async () => {
    const inbound = await explain({ direction: 'inbound', from: CALLER, to: number.e164 });
    expect(inbound.body.steps[0]).toMatchObject({ step: 'assumed', ok: true, facts: { trunk_group_id: carrier.id } });
    const outbound = await explain({ direction: 'outbound', from: number.e164, to: CALLER });
    expect(outbound.body.outcome).toBe('connect');
    expect(outbound.body.steps[0]).toMatchObject({ step: 'assumed', facts: { account_id: mine.account.id } });
    expect(JSON.stringify(outbound.body.steps)).not.toMatch(/[a-z][A-Z]\w*":/);
    const gateways = outbound.body.candidates.map((one: { gateway: string; chosen: boolean; reason: string }) => [one.gateway, one.chosen]);
    expect(gateways).toEqual([
      [carrier.gateways[0]!.id, true],
      [carrier.gateways[1]!.id, false],
    ]);
  });

  it('follows a change at once, and names the refusal and its remedy', async () => {
    const question = { from: CALLER, to: number.e164, source: '192.0.2.1:5060' };
    await patch({ allow_inbound: false });
    const off = await explain(question);
    expect(off.body).toMatchObject({
      outcome: 'reject',
      sip_status: 403,
      code: 'number_inbound_disabled',
      remedy: expect.any(String),
      candidates: [],
    });
    await patch({ allow_inbound: true });
    expect((await explain(question)).body.outcome).toBe('connect');
  });

  it('takes a SIP user as sender, in its realm or the default one', async () => {
    const user = await api.made('/sip-users', { account_id: mine.account.id, username: 'alice' });
    const known = await explain({ from: number.e164, to: CALLER, credential: `alice@${user.realm}` });
    expect(known.body.outcome).toBe('connect');
    expect(known.body.versions).toContainEqual({ record: `credential:${user.realm}:alice`, version: 1 });
    expect((await explain({ from: number.e164, to: CALLER, credential: 'alice' })).body.outcome).toBe('reject');
  });

  it('reads sources of both families, with and without port and transport', async () => {
    for (const source of [
      '192.0.2.1',
      '192.0.2.1/tcp',
      '[2001:db8::5060]:5080/tls',
      '[2001:db8::5060]',
      '2001:db8::5060',
      '2001:db8::5060/udp',
    ]) {
      const answer = await explain({ from: CALLER, to: number.e164, source });
      expect([answer.status, answer.body.outcome], source).toEqual([200, 'connect']);
    }
    expect((await explain({ from: CALLER, to: number.e164, source: '192.0.2.1:5061' })).body).toMatchObject({
      outcome: 'reject',
      sip_status: 407,
    });
  });

  it('explains a past call from what was stored with it, whatever changed since', async () => {
    const { callId, decision } = await decidedCall(api, { requestUser: number.e164, toUser: number.e164, ...fromGroup(carrier.id) });
    const { versions } = decision;
    const before = await explain({ call_id: callId });
    expect(before.body).toMatchObject({ outcome: 'connect', versions, candidates: [{ endpoint_id: endpointId, chosen: true }] });
    await patch({ allow_inbound: false });
    expect((await explain({ call_id: callId })).body).toEqual(before.body);
    expect((await api.admin('GET', `/calls/${callId}/explain`)).body).toEqual(before.body);
    await patch({ allow_inbound: true });
    // Its retention is over.
    await api.sql('delete from call_decisions where call_id = $1', [callId]);
    const after = await explain({ call_id: callId });
    expect([after.status, after.body.code]).toEqual([410, 'explain_expired']);
    expect(after.headers.get('content-type')).toBe('application/problem+json');
  });

  it('changes nothing', async () => {
    const state = () =>
      api.sql('select (select count(*)::int from audit) as audited, last_call_at from numbers where id = $1', [number.id]);
    const before = await state();
    await explain({ from: CALLER, to: number.e164 });
    expect(await state()).toEqual(before);
  });
});

describe('503', () => {
  it('says that the plane cannot be read, and operators still see what is pending', async () => {
    const other = await startAdminApi();
    try {
      await other.parts.redis.flushdb();
      const answer = await other.admin('POST', '/explain', { body: { from: '1', to: '2' } });
      expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([503, 'plane_unavailable', '1']);
      other.parts.redis.disconnect();
      expect((await other.admin('POST', '/explain', { body: { from: '1', to: '2' } })).body.code).toBe('plane_unavailable');
      const made = await other.admin('POST', '/accounts', { body: { name: 'Acme' } });
      expect([made.status, made.headers.get('dialplane-propagation')]).toEqual([201, 'pending']);
      expect((await other.admin('GET', '/propagation')).body).toMatchObject({ redis: 'down', pending: 1, agents: [] });
    } finally {
      await other.close();
    }
  });
});

describe('404', () => {
  it('knows no call of an unknown id', async () => {
    expect((await explain({ call_id: newId() })).body.code).toBe('not_found');
  });
});

describe('422', () => {
  it.each([
    ['nothing', {}, { '/from': 'missing' }],
    ['no callee', { from: '1' }, { '/to': 'missing' }],
    ['a host as source', { from: '1', to: '2', source: 'example.com' }, { '/source': 'invalid' }],
    ['a port too far', { from: '1', to: '2', source: '192.0.2.1:65536' }, { '/source': 'invalid' }],
    ['an address too long', { from: '1', to: '2', source: '192.0.2.256' }, { '/source': 'invalid' }],
    ['an unknown transport', { from: '1', to: '2', source: '192.0.2.1:5060/sctp' }, { '/source': 'invalid' }],
    ['a wrong direction', { from: '1', to: '2', direction: 'internal' }, { '/direction': 'invalid' }],
    ['a time in words', { from: '1', to: '2', at: 'now' }, { '/at': 'invalid' }],
    ['a call id that is none', { call_id: 'x' }, { '/call_id': 'invalid' }],
    ['a question about a past call', { call_id: newId(), to: '2' }, { '/to': 'not_supported' }],
    ['an unknown field', { from: '1', to: '2', number: '3' }, { '/number': 'unknown' }],
  ])('names the field of %s', async (_, body, fields) => {
    const answer = await explain(body);
    expect(answer.status, answer.text).toBe(422);
    expect(wrongFields(answer)).toEqual(fields);
  });
});
