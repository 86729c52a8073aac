import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordRef, type SourceRecord, type TrunkGroupRecord } from '../../../src/domain/records.ts';
import { newId } from '../../../src/kit/ids.ts';
import { type AdminApi, startAdminApi, walk, wrongFields } from './admin-api.ts';

let api: AdminApi;
let accountId: string;
beforeAll(async () => {
  api = await startAdminApi();
  accountId = (await api.made('/accounts', { name: 'Acme' })).id;
});
afterAll(() => api.close());

let next = 0;
/** An address nobody else in this file uses. */
const address = (): string => {
  next += 1;
  return `198.51.${Math.floor(next / 250)}.${1 + (next % 250)}`;
};
const carrier = (body: object = {}) => api.made('/trunk-groups', { name: 'Carrier', kind: 'carrier', ...body });
const customer = (acl: string[], body: object = {}) =>
  api.admin('POST', '/trunk-groups', { body: { name: 'PBX', kind: 'customer', account_id: accountId, acl, ...body } });
const patch = (id: string, body: unknown, headers: Record<string, string> = {}) =>
  api.admin('PATCH', `/trunk-groups/${id}`, { body, headers });
const noTerms = {
  failover: null,
  health: null,
  tech_prefix: null,
  dial_format: null,
  caller_id: null,
  headers: null,
  login: null,
  register_seconds: null,
  reliable_provisionals: null,
  refer: null,
  codecs: null,
};
const records = async (id: string) => {
  const refs = [recordRef.trunkGroup(id), recordRef.source(id)] as const;
  const found = await api.records.read(refs);
  return { group: found.get(refs[0])!, source: found.get(refs[1])! };
};

describe('201', () => {
  it('makes a group with its gateways in order and publishes what it dials and whom it knows', async () => {
    const acl = [address(), '203.0.113.0/24', '[2001:db8::7]:5060/tcp', `${address()}:5070/udp`];
    const gateways = [
      { uri: 'sip:192.0.2.1:5060', priority: 20, weight: 5 },
      { uri: 'sip:192.0.2.2;transport=tcp', priority: 10, weight: 0, enabled: false },
    ];
    const body = { name: 'Carrier A', kind: 'carrier', acl, gateways, number_format: 'national', country: 'gb' };
    const answer = await api.admin('POST', '/trunk-groups', { body });
    expect(answer.status, answer.text).toBe(201);
    const { id } = answer.body;
    expect(answer.headers.get('location')).toBe(`/admin/v1/trunk-groups/${id}`);
    expect(answer.headers.get('dialplane-version')).toBe(`trunk_group:${id}:1`);
    expect(answer.headers.get('etag')).toBe('"1"');
    const withIds = gateways.map((gateway) => ({ id: expect.any(String), enabled: true, ...gateway }));
    expect(answer.body).toEqual({
      id,
      ext_id: expect.stringMatching(/^[0-9]{19}$/),
      name: 'Carrier A',
      kind: 'carrier',
      account_id: null,
      mode: 'live',
      enabled: true,
      acl,
      gateways: withIds.map((gateway) => ({ ...gateway, max_channels: null, max_cps: null, max_call_seconds: null, ...noTerms })),
      ...noTerms,
      identify_by: null,
      logins: [],
      default_caller: null,
      max_channels: null,
      max_cps: null,
      max_call_seconds: null,
      minutes_per_day: null,
      number_format: 'national',
      country: 'GB',
      version: 1,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    const read = await api.admin('GET', `/trunk-groups/${id}`);
    expect([read.body, read.headers.get('etag')]).toEqual([answer.body, '"1"']);
    const { group, source } = await records(id);
    expect(group).toMatchObject({ version: 1, record: { groupKind: 'carrier', numberFormat: 'national', gateways: withIds } });
    expect(source).toMatchObject({ version: 1, record: { acl, groupKind: 'carrier', accountId: null } });
    expect(await api.actions(`trunk_group:${id}`)).toEqual(['trunk_group.create']);
  });

  it('lets nested prefixes, other ports and other transports of customers stand side by side', async () => {
    const ip = address();
    for (const acl of [[`${ip}:5060/udp`], [`${ip}:5060/tcp`], [`${ip}:5061`], [ip], [ip.replace(/\d+$/, '0/24')]]) {
      expect((await customer(acl)).status, acl[0]).toBe(201);
    }
    // Carriers share addresses: the called number picks among them (decision C21).
    await carrier({ acl: [ip] });
    await carrier({ acl: [ip] });
  });
});

describe('200', () => {
  it('replaces gateways whole and keeps the id of each whose URI stays', async () => {
    const [a, b] = ['sip:192.0.2.1', 'sip:192.0.2.2'];
    const { id, gateways } = await carrier({ gateways: [{ uri: a }, { uri: b }, { uri: a }] });
    const ids = gateways.map((gateway: { id: string }) => gateway.id);
    const same = await patch(id, { gateways: [{ uri: a }, { uri: b }, { uri: a }] });
    expect([same.body.version, same.body.gateways]).toEqual([1, gateways]);
    const answer = await patch(id, { gateways: [{ uri: 'sip:192.0.2.3' }, { uri: b, weight: 9 }, { uri: a }] });
    expect(answer.status, answer.text).toBe(200);
    const [fresh, kept, first] = answer.body.gateways;
    expect([kept.id, kept.weight, first.id]).toEqual([ids[1], 9, ids[0]]);
    expect(ids).not.toContain(fresh.id);
    expect((await records(id)).group).toMatchObject({
      version: 2,
      record: { gateways: [{ id: fresh.id }, { id: kept.id, weight: 9 }, { id: first.id }] },
    });
  });

  it('moves the source record only when the ACL or enabled did', async () => {
    const acl = [address()];
    const { id } = await carrier({ acl });
    await patch(id, { name: 'B', country: 'DE' });
    expect(await records(id)).toMatchObject({ group: { version: 2, record: { name: 'B', country: 'DE' } }, source: { version: 1 } });
    await patch(id, { enabled: false });
    expect(await records(id)).toMatchObject({
      group: { version: 3, record: { enabled: false } },
      source: { version: 2, record: { acl: [] } },
    });
    await patch(id, { enabled: true });
    const other = [address()];
    const answer = await patch(id, { acl: other });
    expect(answer.headers.get('dialplane-version')).toBe(`trunk_group:${id}:5`);
    expect(await records(id)).toMatchObject({ group: { version: 5 }, source: { version: 4, record: { acl: other } } });
  });

  it('leaves no trace where nothing changes', async () => {
    const { id } = await carrier({ acl: [address()] });
    const before = await api.admin('GET', `/trunk-groups/${id}`);
    const answer = await patch(id, { name: 'Carrier', acl: before.body.acl, enabled: true, max_cps: null });
    expect([answer.status, answer.body]).toEqual([200, { ...before.body, warnings: [expect.anything()] }]);
    expect(answer.headers.get('dialplane-version')).toBe(`trunk_group:${id}:1`);
    expect(await api.actions(`trunk_group:${id}`)).toEqual(['trunk_group.create']);
  });

  it('keeps limits of the group and of each gateway, changes one at a time, and publishes them', async () => {
    const gateways = [{ uri: 'sip:192.0.2.7', max_channels: 30, max_cps: 2.5, max_call_seconds: 60 }, { uri: 'sip:192.0.2.8' }];
    const { id } = await carrier({ acl: [address()], gateways, max_channels: 100 });
    const made = (await api.admin('GET', `/trunk-groups/${id}`)).body;
    expect([made.max_channels, made.max_cps]).toEqual([100, null]);
    expect(made.gateways).toMatchObject([
      { max_channels: 30, max_cps: 2.5 },
      { max_channels: null, max_cps: null },
    ]);
    const changed = await patch(id, { max_cps: 10, max_call_seconds: 600 });
    expect([changed.status, changed.body.max_channels, changed.body.max_cps]).toEqual([200, 100, 10]);
    const ref = recordRef.trunkGroup(id);
    const record = (await api.records.read([ref])).get(ref)?.record as TrunkGroupRecord;
    expect(record.limits).toEqual({ channelsMax: 100, perSecondMax: 10, callSecondsMax: 600 });
    expect(record.gateways.map(({ limits }) => limits)).toEqual([{ channelsMax: 30, perSecondMax: 2.5, callSecondsMax: 60 }, undefined]);
    const freed = await patch(id, { max_cps: null, max_channels: null, max_call_seconds: null });
    expect([freed.body.max_channels, freed.body.max_cps, freed.body.version]).toEqual([null, null, 3]);
    expect((await api.records.read([ref])).get(ref)?.record).not.toHaveProperty('limits');
  });

  it('keeps how calls are put through, of the group and of each gateway, changes one at a time, and publishes it', async () => {
    const terms = {
      failover: { next_on: ['486', '5xx'], final_on: ['404'], ring_ms: 20_000, early_media: 'first', redirect: 'follow', max_attempts: 3 },
      health: { ping_interval_ms: 30_000, ping_statuses: [405], down_after: 2, when_down: 'never' },
      tech_prefix: '77#',
      dial_format: 'national',
      reliable_provisionals: 'supported',
      refer: 'handle',
      caller_id: { identity: 'unless_private', format: 'e164' },
      headers: { pass: ['User-to-User'], set: [{ name: 'X-Carrier', value: 'a' }] },
    };
    const gateways = [
      { uri: 'sip:192.0.2.7', failover: { ring_ms: 5000 }, login: { username: 'us', password: 'secret' }, register_seconds: 600 },
    ];
    const made = await carrier({ acl: [address()], gateways, ...terms });
    expect(made).toMatchObject({ ...terms, login: null, register_seconds: null });
    expect(made.gateways[0]).toMatchObject({ failover: { ring_ms: 5000 }, login: { username: 'us', realm: null }, register_seconds: 600 });
    const again = await patch(made.id, { gateways: [{ ...gateways[0], login: { username: 'us' } }], tech_prefix: '77#' });
    expect([again.status, again.body.version]).toEqual([200, 1]);
    const changed = await patch(made.id, { failover: { no_response: 'final' }, headers: null });
    expect(changed.body).toMatchObject({ version: 2, failover: { no_response: 'final' }, headers: null, tech_prefix: '77#' });
    const { group, source } = await records(made.id);
    expect(group.record).toMatchObject({
      terms: { failover: { noResponse: 'final' }, health: { pingIntervalMs: 30_000 }, techPrefix: '77#' },
      gateways: [{ terms: { failover: { ringMs: 5000 }, login: { username: 'us', sealedPassword: expect.stringMatching(/^s1\./) } } }],
    });
    expect([source.version, source.record]).toMatchObject([1, { watched: true }]);
    await patch(made.id, { health: null, gateways: [] });
    expect((await records(made.id)).source).toMatchObject({ version: 2, record: { acl: made.acl } });
    const audit = await api.admin('GET', `/audit?resource=trunk_group:${made.id}`);
    expect(audit.text).toContain('"username":"us"');
    expect(audit.text).not.toMatch(/secret|s1\./);
    const health = await api.admin('GET', `/trunk-groups/${made.id}/health`);
    expect([health.status, health.body]).toEqual([200, { data: [], next: null }]);
  });

  it('keeps what calls out present, one of the numbers of exactly its account, whatever becomes of that, and takes it away', async () => {
    const mine = await api.newAccount();
    const [first, theirs] = [await api.newNumber(mine.key), await api.newNumber((await api.newAccount()).key)];
    const ofChild = await api.newNumber((await api.newAccount({ parent: mine.account })).key);
    const body = { name: 'PBX', kind: 'customer', account_id: mine.account.id };
    const fallback = { e164: first.e164, use: 'fallback' };
    const made = await api.made('/trunk-groups', { ...body, default_caller: { e164: first.e164 } });
    expect(made.default_caller).toEqual(fallback);
    expect((await records(made.id)).group).toMatchObject({ version: 1, record: { defaultCaller: fallback } });
    const answer = await patch(made.id, { default_caller: { ...fallback, use: 'emergency' } });
    expect(answer.body.default_caller).toEqual({ ...fallback, use: 'emergency' });
    expect(await records(made.id)).toMatchObject({
      group: { version: 2, record: { defaultCaller: { use: 'emergency' } } },
      source: { version: 1 },
    });
    expect((await api.admin('GET', `/trunk-groups/${made.id}`)).body.default_caller).toEqual(answer.body.default_caller);
    for (const e164 of [theirs.e164, ofChild.e164, '+442079460999']) {
      const refused = await patch(made.id, { default_caller: { e164 } });
      expect([refused.status, wrongFields(refused)]).toEqual([422, { '/default_caller/e164': 'not_found' }]);
      const made_ = await api.admin('POST', '/trunk-groups', { body: { ...body, default_caller: { e164 } } });
      expect([made_.status, wrongFields(made_)]).toEqual([422, { '/default_caller/e164': 'not_found' }]);
    }
    // Once it is gone it may stay, and is of no use; said anew it is refused.
    await api.sql('update numbers set owner_account_id = null, lifecycle = $2 where id = $1', [first.id, 'available']);
    expect((await patch(made.id, { name: 'Still there' })).status).toBe(200);
    expect((await patch(made.id, { default_caller: fallback })).status).toBe(422);
    const without = await patch(made.id, { default_caller: null });
    expect(without.body.default_caller).toBe(null);
    expect((await records(made.id)).group.record).not.toHaveProperty('defaultCaller');
    expect((await patch(made.id, { default_caller: null })).body.version).toBe(without.body.version);
  });

  it('lists by kind and account, page by page', async () => {
    const account = (await api.made('/accounts', { name: 'Other' })).id;
    const made: string[] = [];
    for (let i = 0; i < 3; i += 1) made.push((await carrier({ account_id: account })).id);
    expect((await walk(api, `/trunk-groups?kind=carrier&account_id=${account}&`, 2)).map(({ id }) => id)).toEqual(made);
    expect((await api.admin('GET', `/trunk-groups?kind=customer&account_id=${account}`)).body).toEqual({ data: [], next: null });
  });
});

describe('204', () => {
  it('deletes a group that nothing points to, and both records', async () => {
    const { id } = await carrier({ acl: [address()], gateways: [{ uri: 'sip:192.0.2.1' }] });
    const answer = await api.admin('DELETE', `/trunk-groups/${id}`, { headers: { 'If-Match': '"1"' } });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers.get('dialplane-version')).toBe(`trunk_group:${id}:2`);
    expect(await records(id)).toEqual({ group: { version: 2, record: null }, source: { version: 2, record: null } });
    expect((await api.admin('GET', `/trunk-groups/${id}`)).status).toBe(404);
    expect(await api.actions(`trunk_group:${id}`)).toEqual(['trunk_group.create', 'trunk_group.delete']);
  });
});

describe('409', () => {
  it('says how many numbers and routes still point to it', async () => {
    const { id } = await carrier();
    await api.made('/outbound-routes', { prefix: '44', trunk_group_id: id });
    const rows = ['+442072000001', '+442072000002'].map((e164) => ({ e164, carrier_trunk_group_id: id }));
    await api.admin('POST', '/inventory', { body: { numbers: rows } });
    const answer = await api.admin('DELETE', `/trunk-groups/${id}`);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ code: 'in_use', counts: { numbers: 2, outbound_routes: 1 } });
  });

  it('refuses an address that another customer group holds, however it is written', async () => {
    const ip = address();
    const holder = await customer([ip, '2001:db8:1::/64', `${ip}:5060`]);
    expect(holder.status).toBe(201);
    for (const entry of [ip, `${ip}/32`, '2001:0DB8:1:0::/64', `${ip}:5060`]) {
      const answer = await customer([address(), entry]);
      expect([answer.status, answer.body.code], entry).toEqual([409, 'source_conflict']);
      expect(answer.body.detail).toContain(holder.body.id);
    }
    const mine = (await customer([address()])).body;
    expect((await patch(mine.id, { acl: [ip] })).status).toBe(409);
    expect((await patch(mine.id, { acl: mine.acl, name: 'Mine' })).status).toBe(200);
  });

  it('tells customer groups of one address apart by token, tech prefix and name, and shows of a token no more than its field', async () => {
    const ip = address();
    const token = (value?: string) => ({ token: { header: 'X-Acme-Token', ...(value === undefined ? {} : { value }) } });
    const first = await customer([ip], { identify_by: token('correct-horse') });
    expect(first.status, first.text).toBe(201);
    const shown = { token: { header: 'X-Acme-Token' }, tech_prefix: null, sip_domain: null, registration: false };
    expect(first.body.identify_by).toEqual(shown);
    expect(first.text).not.toContain('correct-horse');
    expect((await records(first.body.id)).source.record).toMatchObject({
      acl: [ip],
      marks: { token: { header: 'X-Acme-Token', fingerprint: expect.stringMatching(/^f1\./) } },
    });
    expect((await customer([ip], { identify_by: token('battery-staple') })).status).toBe(201);
    expect((await customer([ip], { identify_by: { tech_prefix: '99', sip_domain: 'hq', registration: true } })).status).toBe(201);
    expect((await customer([ip])).status).toBe(201);
    for (const same of [token('correct-horse'), { tech_prefix: '99', sip_domain: 'hq' }, null]) {
      const answer = await customer([ip], { identify_by: same });
      expect([answer.status, answer.body.code], JSON.stringify(same)).toEqual([409, 'source_conflict']);
    }
    // Said again without its value, and with a prefix too; then taken away, when the address is another's.
    const kept = await patch(first.body.id, { identify_by: { ...token(), tech_prefix: '7' } });
    expect(kept.body.identify_by).toEqual({ ...shown, tech_prefix: '7' });
    const { marks } = (await records(first.body.id)).source.record as SourceRecord;
    expect(marks).toMatchObject({ token: { fingerprint: expect.stringMatching(/^f1\./) }, techPrefix: '7' });
    expect((await patch(first.body.id, { identify_by: null })).status).toBe(409);
    expect((await patch(first.body.id, { identify_by: token(), acl: [address()] })).status).toBe(200);
    expect((await patch(first.body.id, { identify_by: null })).body.identify_by).toBe(null);
    const audited = await api.admin('GET', `/audit?resource=trunk_group:${first.body.id}`);
    expect(audited.text).not.toContain('f1.');
  });

  it('gives an address to one of five groups that claim it at once', async () => {
    const acl = [address()];
    const answers = await Promise.all(Array.from({ length: 5 }, () => customer(acl)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409, 409]);
  });

  it('lets a route and the deletion of its group not pass each other', async () => {
    for (let i = 0; i < 5; i += 1) {
      const { id } = await carrier();
      const [route, gone] = await Promise.all([
        api.admin('POST', '/outbound-routes', { body: { prefix: '99', trunk_group_id: id } }),
        api.admin('DELETE', `/trunk-groups/${id}`),
      ]);
      expect([
        [201, 409],
        [422, 204],
      ]).toContainEqual([route.status, gone.status]);
    }
  });
});

describe('412', () => {
  it('refuses changes of another version', async () => {
    const { id } = await carrier();
    await patch(id, { name: 'B' });
    const stale = { 'If-Match': '"1"' };
    expect((await patch(id, { name: 'C' }, stale)).status).toBe(412);
    expect((await api.admin('DELETE', `/trunk-groups/${id}`, { headers: stale })).status).toBe(412);
    expect((await patch(id, { name: 'C' }, { 'If-Match': '"2"' })).status).toBe(200);
  });
});

describe('422', () => {
  const bad = (body: object) => api.admin('POST', '/trunk-groups', { body: { name: 'x', kind: 'carrier', ...body } });

  it.each([
    ['no kind', { kind: undefined }, { '/kind': 'missing' }],
    ['a customer without account', { kind: 'customer' }, { '/account_id': 'missing' }],
    ['an unknown account', { account_id: newId() }, { '/account_id': 'invalid' }],
    ['a gateway that is no SIP URI', { gateways: [{ uri: 'sip:a' }, { uri: 'http://a' }] }, { '/gateways/1/uri': 'invalid' }],
    ['a gateway over a WebSocket', { gateways: [{ uri: 'sip:a;transport=wss' }] }, { '/gateways/0/uri': 'invalid' }],
    ['a slip of tls', { gateways: [{ uri: 'sip:a:5061;lr;Transport=TSL' }] }, { '/gateways/0/uri': 'invalid' }],
    ['a gateway without URI', { gateways: [{ weight: 1 }] }, { '/gateways/0/uri': 'missing' }],
    ['an odd weight', { gateways: [{ uri: 'sip:a', weight: 65536 }] }, { '/gateways/0/weight': 'out_of_range' }],
    ['a gateway field nobody knows', { gateways: [{ uri: 'sip:a', id: newId() }] }, { '/gateways/0/id': 'unknown' }],
    ['bits beyond the prefix', { acl: ['192.0.2.1', '192.0.2.1/24'] }, { '/acl/1': 'invalid' }],
    ['a host name', { acl: ['example.com'] }, { '/acl/0': 'invalid' }],
    ['a port too far', { acl: ['192.0.2.1:70000'] }, { '/acl/0': 'invalid' }],
    ['no list', { acl: '192.0.2.1' }, { '/acl': 'invalid' }],
    ['limits out of bounds', { max_channels: -1, max_cps: 0 }, { '/max_channels': 'out_of_range', '/max_cps': 'out_of_range' }],
    ['a health nobody knows', { health: { interval: 1 } }, { '/health/interval': 'unknown' }],
    ['a status that is none', { failover: { next_on: ['5xx', 200] } }, { '/failover/next_on/1': 'out_of_range' }],
    ['a ring time beyond three minutes', { failover: { ring_ms: 180_001 } }, { '/failover/ring_ms': 'out_of_range' }],
    [
      'attempts of one gateway',
      { gateways: [{ uri: 'sip:a', failover: { max_attempts: 2 } }] },
      { '/gateways/0/failover/max_attempts': 'unknown' },
    ],
    ['a tech prefix of letters', { tech_prefix: '12a' }, { '/tech_prefix': 'invalid' }],
    ['a form of numbers that nobody knows', { dial_format: 'plus' }, { '/dial_format': 'invalid' }],
    ['a header of the protocol', { headers: { set: [{ name: 'Via', value: 'x' }] } }, { '/headers/set/0/name': 'invalid' }],
    ['a header of ours', { headers: { pass: ['X-Dialplane-Reason'] } }, { '/headers/pass/0': 'invalid' }],
    ['two headers in one', { headers: { set: [{ name: 'X-A', value: 'a\r\nX-B: b' }] } }, { '/headers/set/0/value': 'invalid' }],
    ['a header name that ends one', { headers: { pass: ['X-A:'] } }, { '/headers/pass/0': 'invalid' }],
    ['a login without password', { login: { username: 'us' } }, { '/login/password': 'missing' }],
    [
      'a registration without login',
      { gateways: [{ uri: 'sip:a', register_seconds: 600 }] },
      { '/gateways/0/register_seconds': 'invalid' },
    ],
    ['a carrier that is told by a prefix', { identify_by: { tech_prefix: '99' } }, { '/identify_by': 'invalid' }],
    [
      'a token in a field that means something',
      { identify_by: { token: { header: 'Subject' } } },
      { '/identify_by/token/header': 'invalid' },
    ],
    ['a token in a field of ours', { identify_by: { token: { header: 'X-Dialplane-Hop' } } }, { '/identify_by/token/header': 'invalid' }],
    ['a token that is short', { identify_by: { token: { header: 'X-Token', value: 'short' } } }, { '/identify_by/token/value': 'invalid' }],
    [
      'a token without value',
      { kind: 'customer', account_id: '*', identify_by: { token: { header: 'X-Token' } } },
      { '/identify_by/token/value': 'missing' },
    ],
    ['a domain of two labels', { identify_by: { sip_domain: 'a.b' } }, { '/identify_by/sip_domain': 'invalid' }],
    ['a carrier that presents a number', { default_caller: { e164: '+442071838750' } }, { '/default_caller': 'invalid' }],
    ['a number to present that is none', { default_caller: { e164: '442071838750' } }, { '/default_caller/e164': 'invalid' }],
    ['a use nobody knows', { default_caller: { e164: '+442071838750', use: 'normal' } }, { '/default_caller/use': 'invalid' }],
    ['no codec at all', { codecs: { allow: [] } }, { '/codecs/allow': 'out_of_range' }],
    ['a codec that is none', { codecs: { allow: ['PC MU'] } }, { '/codecs/allow/0': 'invalid' }],
    ['a gateway limit', { gateways: [{ uri: 'sip:a', max_channels: 0.5 }] }, { '/gateways/0/max_channels': 'invalid' }],
  ])('points to %s', async (_, body, fields) => {
    const answer = await bad('account_id' in body && body.account_id === '*' ? { ...body, account_id: accountId } : body);
    expect(answer.status, answer.text).toBe(422);
    expect(wrongFields(answer)).toEqual(fields);
  });

  it('takes no change of what a group is', async () => {
    const { id } = await carrier({ failover: null, health: null, gateways: [{ uri: 'sip:192.0.2.1', max_cps: null }] });
    expect(wrongFields(await patch(id, { kind: 'customer', mode: 'test', account_id: accountId }))).toEqual({
      '/kind': 'unknown',
      '/mode': 'unknown',
      '/account_id': 'unknown',
    });
  });
});
