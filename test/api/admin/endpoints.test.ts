import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordRef } from '../../../src/domain/records.ts';
import { newId } from '../../../src/kit/ids.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { type AdminApi, startAdminApi, walk, wrongFields } from './admin-api.ts';

let api: AdminApi;
let mine: TestAccount;
beforeAll(async () => {
  api = await startAdminApi();
  mine = await api.newAccount();
});
afterAll(() => api.close());

const TARGETS = [
  { uri: 'sip:a@203.0.113.7', priority: 20, weight: 1 },
  { uri: 'sips:b@pbx.example.com:5061;transport=tcp', priority: 10, weight: 5 },
];
const create = (body: object = {}) =>
  api.admin('POST', '/endpoints', { body: { account_id: mine.account.id, name: 'PBX', targets: TARGETS, ...body } });
const patch = (id: string, body: unknown, headers: Record<string, string> = {}) =>
  api.admin('PATCH', `/endpoints/${id}`, { body, headers });
const record = async (id: string) => (await api.records.read([recordRef.endpoint(id)])).get(recordRef.endpoint(id))!;

describe('201', () => {
  it('makes an endpoint of an account with its targets in order and publishes it', async () => {
    const answer = await create();
    expect(answer.status, answer.text).toBe(201);
    const { id } = answer.body;
    expect(answer.body).toEqual({
      id,
      account_id: mine.account.id,
      mode: 'live',
      name: 'PBX',
      type: 'custom_sip',
      status: 'active',
      targets: TARGETS,
      ring: 'q',
      route: null,
      fallback: null,
      version: 1,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    expect(answer.headers.get('location')).toBe(`/admin/v1/endpoints/${id}`);
    expect(answer.headers.get('dialplane-version')).toBe(`endpoint:${id}:1`);
    expect(await record(id)).toMatchObject({ version: 1, record: { accountId: mine.account.id, targets: TARGETS } });
    expect((await api.admin('GET', `/endpoints/${id}`)).body).toEqual(answer.body);
    // The account sees it in its own face.
    expect((await api.call('GET', `/endpoints/${id}`, { key: mine.key })).body).toMatchObject({ id, url: TARGETS[0]!.uri });
  });

  it('gives targets a priority and a weight', async () => {
    const answer = await create({ targets: [{ uri: 'sip:a@203.0.113.7' }] });
    expect(answer.body.targets).toEqual([{ uri: 'sip:a@203.0.113.7', priority: 10, weight: 1 }]);
  });
});

describe('200', () => {
  it('replaces targets whole, for the account too', async () => {
    const { id } = (await create()).body;
    const targets = [{ uri: 'sip:c@203.0.113.8', priority: 1, weight: 0 }];
    const answer = await patch(id, { targets, name: 'New' }, { 'If-Match': '"1"' });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ name: 'New', targets, version: 2 });
    expect(await record(id)).toMatchObject({ version: 2, record: { targets } });
    expect((await api.call('GET', `/endpoints/${id}`, { key: mine.key })).body.url).toBe('sip:c@203.0.113.8');
    expect(await api.actions(`endpoint:${id}`)).toEqual(['endpoint.create', 'endpoint.update']);
  });

  it("describes a tenant's own kind of endpoint anew once its targets are other ones", async () => {
    const body = { name: 'Agent', type: 'livekit', provider_config: { livekit_sip_uri: 'sip:x@203.0.113.9' } };
    const { id } = (await api.call('POST', '/endpoints', { key: mine.key, body })).body;
    const { targets } = (await api.admin('GET', `/endpoints/${id}`)).body;
    expect((await patch(id, { targets })).body).toMatchObject({ type: 'livekit', version: 1 });
    expect((await patch(id, { targets: TARGETS })).body).toMatchObject({ type: 'custom_sip', version: 2 });
    expect((await api.call('GET', `/endpoints/${id}`, { key: mine.key })).body).toMatchObject({
      url: TARGETS[0]!.uri,
      provider_config: {},
    });
  });

  it('says how the phones of SIP users ring, whatever else of it changes, and tells the tenant nothing of it', async () => {
    const { id } = (await create({ ring: 'serial' })).body;
    expect(await record(id)).toMatchObject({ record: { ring: 'serial' } });
    const targets = [{ uri: 'sip:d@203.0.113.8', priority: 1, weight: 0 }, TARGETS[0]!];
    expect((await patch(id, { targets })).body).toMatchObject({ ring: 'serial', targets });
    expect((await patch(id, { ring: 'parallel' })).body).toMatchObject({ ring: 'parallel', targets });
    expect((await api.call('GET', `/endpoints/${id}`, { key: mine.key })).body.provider_config).toEqual({});
    expect((await patch(id, { ring: 'q' })).body).toMatchObject({ ring: 'q', targets, version: 4 });
    expect((await record(id)).record).not.toHaveProperty('ring');
  });

  it('leaves no trace where nothing changes', async () => {
    const { id } = (await create()).body;
    for (const body of [{}, { name: 'PBX', targets: TARGETS, status: 'active' }]) {
      const answer = await patch(id, body);
      expect([answer.status, answer.headers.get('dialplane-version')]).toEqual([200, `endpoint:${id}:1`]);
    }
    expect(await api.actions(`endpoint:${id}`)).toEqual(['endpoint.create']);
  });

  it('lists by account, page by page', async () => {
    const other = (await api.newAccount()).account.id;
    const made: string[] = [];
    for (let i = 0; i < 3; i += 1) made.push((await create({ account_id: other })).body.id);
    expect((await walk(api, `/endpoints?account_id=${other}&`, 2)).map(({ id }) => id)).toEqual(made);
  });
});

describe('204', () => {
  it('deletes what nothing points to', async () => {
    const { id } = (await create()).body;
    const answer = await api.admin('DELETE', `/endpoints/${id}`);
    expect([answer.status, answer.text, answer.headers.get('dialplane-version')]).toEqual([204, '', `endpoint:${id}:2`]);
    expect(await record(id)).toEqual({ version: 2, record: null });
    expect((await api.admin('DELETE', `/endpoints/${id}`)).status).toBe(404);
  });

  it('detaches its numbers where that is asked for, with one audit row', async () => {
    const { id } = (await create()).body;
    const number = await api.newNumber(mine.key);
    await api.admin('PATCH', `/numbers/${number.id}`, { body: { endpoint_id: id } });
    const refused = await api.admin('DELETE', `/endpoints/${id}`);
    expect([refused.status, refused.body.code, refused.body.counts]).toEqual([409, 'in_use', { numbers: 1 }]);
    expect((await api.admin('DELETE', `/endpoints/${id}?detach=false`)).status).toBe(409);
    expect((await api.admin('DELETE', `/endpoints/${id}?detach=true`)).status).toBe(204);
    expect((await api.admin('GET', `/numbers/${number.id}`)).body).toMatchObject({ endpoint_id: null, version: 4 });
    expect(await api.actions(`endpoint:${id}`)).toEqual(['endpoint.create', 'endpoint.delete']);
    expect(await api.actions(`number:${number.id}`)).toEqual(['number.purchase', 'number.update']);
  });
});

describe('routes and fallbacks', () => {
  const body = (more: object) => ({ account_id: mine.account.id, name: 'Kind', targets: undefined, ...more });
  const make = async (more: object) => {
    const answer = await api.admin('POST', '/endpoints', { body: body(more) });
    expect(answer.status, answer.text).toBe(201);
    return answer.body;
  };
  const OFFICE = [{ days: ['mon', 'fri'], from: '09:00', to: '17:30' }];
  const HOLIDAYS = [{ from: '2026-12-24', to: '2026-12-26' }];
  const scheduleTo = (open: string | null, closed: string | null) => ({
    kind: 'schedule',
    time_zone: 'Europe/London',
    rules: [
      { dates: HOLIDAYS, endpoint_id: null },
      { windows: OFFICE, endpoint_id: open },
    ],
    otherwise: closed,
  });

  it('a schedule and a fallback are shown as they were written, and are in the record', async () => {
    const [open, closed] = [await make({ targets: TARGETS }), await make({ targets: TARGETS })];
    const route = scheduleTo(open.id, closed.id);
    const fallback = { on: ['busy', 'no_answer'], endpoint_id: closed.id };
    const made = await make({ route, fallback: { ...fallback, on: ['no_answer', 'busy', 'busy'] } });
    expect(made).toMatchObject({ targets: [], route, fallback, type: 'custom_sip' });
    expect((await api.admin('GET', `/endpoints/${made.id}`)).body).toEqual(made);
    expect((await record(made.id)).record).toMatchObject({
      targets: [],
      route: {
        kind: 'schedule',
        timeZone: 'Europe/London',
        rules: [
          { dates: HOLIDAYS, endpointId: null },
          { windows: [{ days: [1, 5], from: 540, to: 1050 }], endpointId: open.id },
        ],
        otherwise: closed.id,
      },
      fallback: { on: ['busy', 'no_answer'], endpointId: closed.id },
    });
    // A face that knows no routes shows an endpoint without a URL.
    expect((await api.call('GET', `/endpoints/${made.id}`, { key: mine.key })).body).toMatchObject({ type: 'custom_sip', url: null });
    expect((await patch(made.id, { route, fallback })).body).toMatchObject({ version: 1 });
  });

  it('a webhook signs with a secret that is told once, kept sealed, and replaced when asked for', async () => {
    const route = { kind: 'webhook', url: 'https://hooks.example/route', timeout_ms: 1500, cache_seconds: 300 };
    const { signing_secret: secret, ...made } = await make({ route: { kind: 'webhook', url: route.url } });
    expect(made).toMatchObject({ targets: [], route });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const shown = await api.admin('GET', `/endpoints/${made.id}`);
    expect(shown.body).toEqual(made);
    const sealedOf = async () => ((await record(made.id)).record as { route: { secretSealed: string } }).route.secretSealed;
    const sealed = await sealedOf();
    expect(sealed).toMatch(/^s1\./);
    // The same again changes nothing; another place keeps the secret.
    expect((await patch(made.id, { route })).body).toMatchObject({ version: 1 });
    const moved = await patch(made.id, { route: { ...route, url: 'https://hooks.example/other', cache_seconds: 0 } });
    expect([moved.body.version, moved.body.signing_secret, await sealedOf()]).toEqual([2, undefined, sealed]);
    const renewed = await patch(made.id, { route: { ...route, new_secret: true } });
    expect(renewed.body.signing_secret).toMatch(/^whsec_/);
    expect([renewed.body.signing_secret === secret, (await sealedOf()) === sealed]).toEqual([false, false]);
    const audit = await api.admin('GET', `/audit?resource=endpoint:${made.id}`);
    expect(audit.body.data).toHaveLength(3);
    for (const told of [audit.text, shown.text, moved.text]) expect(told).not.toMatch(/s1\.|whsec_/);
    const wrong = async (more: object) =>
      wrongFields(await api.admin('POST', '/endpoints', { body: body({ route: { ...route, ...more } }) }));
    expect(await wrong({ url: 'http://169.254.169.254/' })).toEqual({ '/route/url': 'invalid' });
    expect(await wrong({ url: 'ftp://hooks.example/' })).toEqual({ '/route/url': 'invalid' });
    expect(Object.keys(await wrong({ timeout_ms: 5001 }))).toEqual(['/route/timeout_ms']);
    expect(Object.keys(await wrong({ cache_seconds: -1 }))).toEqual(['/route/cache_seconds']);
  });

  it('a route and targets take the place of each other; a fallback stays until it is taken away', async () => {
    const spare = await make({ targets: TARGETS });
    const { id } = await make({ targets: TARGETS, fallback: { on: ['unreachable'], endpoint_id: spare.id } });
    const forward = { kind: 'forward', e164: '+442071838750' };
    expect((await patch(id, { route: forward })).body).toMatchObject({ targets: [], route: forward, fallback: { endpoint_id: spare.id } });
    expect((await patch(id, { name: 'Other' })).body).toMatchObject({ targets: [], route: forward });
    expect((await patch(id, { targets: TARGETS })).body).toMatchObject({ targets: TARGETS, route: null });
    expect((await patch(id, { route: forward, fallback: null })).body).toMatchObject({ route: forward, fallback: null, version: 5 });
    const url = 'sip:tenant@203.0.113.9';
    expect((await api.call('PATCH', `/endpoints/${id}`, { key: mine.key, body: { type: 'custom_sip', url } })).body.url).toBe(url);
    expect((await api.admin('GET', `/endpoints/${id}`)).body).toMatchObject({ route: null, targets: [{ uri: url }] });
    expect(await api.actions(`endpoint:${id}`)).toHaveLength(6);
  });

  it('what is foreign is unknown, and so is what is of the other mode: 422 at its place', async () => {
    const other = await api.newAccount();
    const foreign = (await create({ account_id: other.account.id })).body.id;
    const test = await make({ targets: TARGETS, mode: 'test' });
    const group = async (more: object) =>
      (await api.admin('POST', '/trunk-groups', { body: { name: newId(), kind: 'customer', gateways: [], ...more } })).body.id;
    const theirs = await group({ account_id: other.account.id });
    const own = await group({ account_id: mine.account.id });
    const carrier = (await api.admin('POST', '/trunk-groups', { body: { name: newId(), kind: 'carrier', gateways: [] } })).body.id;
    const wrong = async (more: object) => wrongFields(await api.admin('POST', '/endpoints', { body: body(more) }));
    for (const id of [foreign, test.id, newId()]) {
      expect(await wrong({ route: scheduleTo(id, null) })).toEqual({ '/route/rules/1/endpoint_id': 'invalid' });
      expect(await wrong({ route: scheduleTo(null, id) })).toEqual({ '/route/otherwise': 'invalid' });
      expect(await wrong({ targets: TARGETS, fallback: { on: ['busy'], endpoint_id: id } })).toEqual({
        '/fallback/endpoint_id': 'invalid',
      });
    }
    for (const id of [theirs, carrier, newId()]) {
      expect(await wrong({ route: { kind: 'trunk_group', trunk_group_id: id } })).toEqual({ '/route/trunk_group_id': 'invalid' });
    }
    await make({ route: { kind: 'trunk_group', trunk_group_id: own } });
    const refused = await api.admin('DELETE', `/trunk-groups/${own}`);
    expect([refused.status, refused.body.counts]).toEqual([409, { numbers: 0, outbound_routes: 0, endpoints: 1 }]);
  });

  it('a sub-account may use what its parent has, and not the other way round', async () => {
    const child = (await api.made('/accounts', { name: newId(), kind: 'sub_account', parent_id: mine.account.id })).id;
    const parents = await make({ targets: TARGETS });
    const childs = await make({ account_id: child, route: scheduleTo(parents.id, null) });
    expect(wrongFields(await api.admin('POST', '/endpoints', { body: body({ route: scheduleTo(childs.id, null) }) }))).toEqual({
      '/route/rules/1/endpoint_id': 'invalid',
    });
  });

  it('circles and long chains are refused', async () => {
    const last = await make({ targets: TARGETS });
    const chain = [last.id];
    for (let n = 0; n < 4; n += 1) chain.push((await make({ route: scheduleTo(chain.at(-1) ?? null, null) })).id);
    const sixth = await api.admin('POST', '/endpoints', { body: body({ route: scheduleTo(chain.at(-1) ?? null, null) }) });
    expect(wrongFields(sixth)).toEqual({ '/route': 'out_of_range' });
    expect(wrongFields(await patch(last.id, { fallback: { on: ['busy'], endpoint_id: chain[3] } }))).toEqual({ '/fallback': 'invalid' });
    expect(wrongFields(await patch(last.id, { fallback: { on: ['busy'], endpoint_id: last.id } }))).toEqual({
      '/fallback/endpoint_id': 'invalid',
    });
  });

  it('is not deleted while another endpoint hands calls on to it; ?detach=true takes it out of there', async () => {
    const { id } = await make({ targets: TARGETS });
    const scheduled = await make({ route: scheduleTo(id, null), fallback: { on: ['busy'], endpoint_id: id } });
    const refused = await api.admin('DELETE', `/endpoints/${id}`);
    expect([refused.status, refused.body.code, refused.body.counts]).toEqual([409, 'in_use', { numbers: 0, endpoints: 1 }]);
    expect((await api.admin('DELETE', `/endpoints/${id}?detach=true`)).status).toBe(204);
    expect((await api.admin('GET', `/endpoints/${scheduled.id}`)).body).toMatchObject({
      version: 2,
      fallback: null,
      route: { rules: [{ endpoint_id: null }, { endpoint_id: null }] },
    });
    expect(await record(scheduled.id)).toMatchObject({ version: 2 });
    expect(await api.actions(`endpoint:${scheduled.id}`)).toEqual(['endpoint.create']);
  });

  it('an expectation of a call that a schedule sends on guards the endpoint that it is sent to', async () => {
    const hall = await make({ targets: TARGETS });
    const always = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '24:00' }];
    const rules = [{ windows: always, endpoint_id: hall.id }];
    const { id } = await make({ route: { kind: 'schedule', time_zone: 'UTC', rules, otherwise: null } });
    const number = await api.newNumber(mine.key);
    await api.admin('PATCH', `/numbers/${number.id}`, { body: { endpoint_id: id } });
    const call = { direction: 'inbound', to: number.e164 };
    const expected = { outcome: 'connect', targets: [{ endpoint_id: hall.id }] };
    await api.made('/expectations', { name: newId(), call, expected });
    const refused = await patch(hall.id, { status: 'inactive' });
    expect([refused.status, refused.body.code]).toEqual([409, 'expectation_failed']);
    const { steps } = (await api.admin('POST', '/explain', { body: { ...call, from: '+15550100' } })).body;
    expect(steps.find(({ step }: { step: string }) => step === 'schedule')).toMatchObject({ facts: { rule: 1, next: hall.id } });
  });

  it('warns where the next endpoint rings nobody', async () => {
    const off = await make({ targets: TARGETS, status: 'inactive' });
    const made = await make({ route: scheduleTo(off.id, null) });
    expect(made.warnings).toMatchObject([{ code: 'next_endpoint_rings_nobody' }]);
  });

  it.each([
    ['neither targets nor a route', {}, { '/targets': 'missing' }],
    ['both of them', { targets: TARGETS, route: { kind: 'forward', e164: '+442071838750' } }, { '/targets': 'missing' }],
    ['an unknown kind', { route: { kind: 'fax' } }, { '/route/kind': 'invalid' }],
    ['no number', { route: { kind: 'forward', e164: '02071838750' } }, { '/route/e164': 'invalid' }],
    ['an unknown zone', { route: { ...scheduleTo(null, null), time_zone: 'Mars/Base' } }, { '/route/time_zone': 'invalid' }],
    ['a rule without a time', { route: { ...scheduleTo(null, null), rules: [{ endpoint_id: null }] } }, { '/route/rules/0': 'invalid' }],
    [
      'a day that is none',
      { route: { ...scheduleTo(null, null), rules: [{ dates: [{ from: '2026-02-30', to: '2026-03-01' }], endpoint_id: null }] } },
      { '/route/rules/0/dates/0/from': 'invalid' },
    ],
    [
      'dates that end before they begin',
      { route: { ...scheduleTo(null, null), rules: [{ dates: [{ from: '2026-03-02', to: '2026-03-01' }], endpoint_id: null }] } },
      { '/route/rules/0/dates/0': 'invalid' },
    ],
    ['a fallback for nothing', { targets: TARGETS, fallback: { on: [], endpoint_id: newId() } }, { '/fallback/on': 'out_of_range' }],
    ['an unknown reason', { targets: TARGETS, fallback: { on: ['bored'], endpoint_id: newId() } }, { '/fallback/on/0': 'invalid' }],
  ])('422 points to %s', async (_, more, fields) => {
    const answer = await api.admin('POST', '/endpoints', { body: body(more) });
    expect(answer.status, answer.text).toBe(422);
    expect(wrongFields(answer)).toEqual(fields);
  });
});

describe('412', () => {
  it('refuses changes of another version', async () => {
    const { id } = (await create()).body;
    const stale = { 'If-Match': '"9"' };
    expect((await patch(id, { name: 'B' }, stale)).status).toBe(412);
    expect((await api.admin('DELETE', `/endpoints/${id}`, { headers: stale })).status).toBe(412);
  });
});

describe('422', () => {
  it.each([
    ['no account', { account_id: undefined }, { '/account_id': 'missing' }],
    ['an unknown account', { account_id: newId() }, { '/account_id': 'invalid' }],
    ['an empty list of targets', { targets: [] }, { '/targets': 'out_of_range' }],
    ['too many targets', { targets: Array(21).fill({ uri: 'sip:a' }) }, { '/targets': 'out_of_range' }],
    ['a target that is no SIP URI', { targets: [TARGETS[0], { uri: 'tel:+44' }] }, { '/targets/1/uri': 'invalid' }],
    ['a target over a WebSocket', { targets: [{ uri: 'sip:a@b;transport=ws' }] }, { '/targets/0/uri': 'invalid' }],
    ['a target with a header', { targets: [{ uri: 'sip:a?Route=x' }] }, { '/targets/0/uri': 'invalid' }],
    ['an unknown target field', { targets: [{ uri: 'sip:a', name: 1 }] }, { '/targets/0/name': 'unknown' }],
    ['fields of another face', { type: 'webhook', url: 'x' }, { '/type': 'unknown', '/url': 'unknown' }],
    ['a wrong status', { status: 'on' }, { '/status': 'invalid' }],
  ])('points to %s', async (_, body, fields) => {
    const answer = await create(body);
    expect(answer.status, answer.text).toBe(422);
    expect(wrongFields(answer)).toEqual(fields);
  });

  it('points to the bad target of a patch', async () => {
    const { id } = (await create()).body;
    expect(wrongFields(await patch(id, { targets: [TARGETS[0], { uri: 'x' }] }))).toEqual({ '/targets/1/uri': 'invalid' });
    expect(wrongFields(await patch(id, { account_id: newId(), mode: 'test' }))).toEqual({ '/account_id': 'unknown', '/mode': 'unknown' });
    expect(wrongFields(await api.admin('DELETE', `/endpoints/${id}?detach=1`))).toEqual({ detach: 'invalid' });
  });
});
