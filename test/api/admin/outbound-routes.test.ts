import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordRef } from '../../../src/domain/records.ts';
import { newId } from '../../../src/kit/ids.ts';
import { type AdminApi, startAdminApi, walk, wrongFields } from './admin-api.ts';

let api: AdminApi;
let groupId: string;
beforeAll(async () => {
  api = await startAdminApi();
  groupId = (await api.made('/trunk-groups', { name: 'Carrier', kind: 'carrier' })).id;
});
afterAll(() => api.close());

const newAccount = async (): Promise<string> => (await api.made('/accounts', { name: 'Acme' })).id;
const create = (body: object) => api.admin('POST', '/outbound-routes', { body: { trunk_group_id: groupId, ...body } });
const setRecord = async (setId: string) => (await api.records.read([recordRef.routeSet(setId)])).get(recordRef.routeSet(setId))!;
const HOURS = { time_zone: 'Europe/London', windows: [{ days: ['mon', 'fri'], from: '18:00', to: '24:00' }] };
const windows = (change: object) => ({ ...HOURS, windows: [{ ...HOURS.windows[0], ...change }] });
const patch = (id: string, body: unknown, headers: Record<string, string> = {}) =>
  api.admin('PATCH', `/outbound-routes/${id}`, { body, headers });

describe('destinations of everybody', () => {
  it('are part of the platform’s set: versioned, audited, published, kept by changes of routes', async () => {
    const before = (await api.admin('GET', '/destinations')).body;
    expect(before).toMatchObject({ allowed_destinations: null, blocked_destinations: [] });
    const change = (body: object, headers: Record<string, string> = {}) => api.admin('PATCH', '/destinations', { body, headers });
    const done = await change({ blocked_destinations: ['882', '1900'] }, { 'If-Match': `"${before.version}"` });
    const version = before.version + 1;
    expect([done.status, done.body]).toEqual([200, { allowed_destinations: null, blocked_destinations: ['882', '1900'], version }]);
    expect(done.headers.get('dialplane-version')).toBe(`route_set:platform:${version}`);
    expect((await change({ blocked_destinations: [] }, { 'If-Match': `"${before.version}"` })).status).toBe(412);
    expect((await change({ blocked_destinations: ['882', '1900'] })).body.version).toBe(version);
    expect((await create({ prefix: '4471' })).status).toBe(201);
    expect(await setRecord('platform')).toMatchObject({ version: version + 1, record: { destinations: { blocked: ['882', '1900'] } } });
    expect((await change({ allowed_destinations: ['44'] })).body).toMatchObject({ allowed_destinations: ['44'], version: version + 2 });
    const none = await change({ allowed_destinations: null, blocked_destinations: [] });
    expect(none.body).toMatchObject({ allowed_destinations: null, blocked_destinations: [] });
    expect((await setRecord('platform')).record).not.toHaveProperty('destinations');
    expect(await api.actions('route_set:platform')).toEqual(Array(3).fill('destinations.update'));
    expect(wrongFields(await change({ blocked_destinations: ['+882'] }))).toEqual({ '/blocked_destinations/0': 'invalid' });
  });
});

describe('201', () => {
  it('adds a route of the platform and publishes the whole set', async () => {
    const before = await setRecord('platform');
    const answer = await create({ prefix: '44', priority: 5, weight: 7 });
    expect(answer.status, answer.text).toBe(201);
    const { id } = answer.body;
    expect(answer.body).toEqual({
      warnings: [{ code: 'trunk_group_without_gateways', detail: expect.any(String) }],
      id,
      prefix: '44',
      trunk_group_id: groupId,
      priority: 5,
      weight: 7,
      cost: null,
      hours: null,
      account_id: null,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    expect(answer.headers.get('location')).toBe(`/admin/v1/outbound-routes/${id}`);
    const after = await setRecord('platform');
    expect(after.version).toBeGreaterThan(before.version);
    expect(answer.headers.get('dialplane-version')).toBe(`route_set:platform:${after.version}`);
    expect(after.record).toMatchObject({
      routes: expect.arrayContaining([{ id, prefix: '44', trunkGroupId: groupId, priority: 5, weight: 7 }]),
    });
    const read = await api.admin('GET', `/outbound-routes/${id}`);
    const { warnings: _, ...route } = answer.body;
    expect([read.body, read.headers.get('etag')]).toEqual([route, `"${after.version}"`]);
    expect(await api.actions(`outbound_route:${id}`)).toEqual(['outbound_route.create']);
  });

  it('keeps the routes of an account in a set of its own', async () => {
    const account = await newAccount();
    const platform = await setRecord('platform');
    const first = (await create({ prefix: '', account_id: account })).body;
    const second = (await create({ prefix: '=112', account_id: account })).body;
    expect(await setRecord(account)).toMatchObject({
      version: 2,
      record: {
        routes: [
          { id: first.id, prefix: '' },
          { id: second.id, prefix: '=112' },
        ],
      },
    });
    expect(await setRecord('platform')).toEqual(platform);
  });

  it('loses no route of ten that are added at once', async () => {
    const account = await newAccount();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => create({ prefix: String(i), account_id: account })));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(201));
    const { version, record } = await setRecord(account);
    expect(version).toBe(10);
    expect(record).toMatchObject({ routes: Array(10).fill({ trunkGroupId: groupId }) });
  });
});

describe('200', () => {
  it('changes a route in its set', async () => {
    const account = await newAccount();
    const other = (await api.made('/trunk-groups', { name: 'B', kind: 'carrier', account_id: account })).id;
    const { id } = (await create({ prefix: '44', account_id: account })).body;
    const answer = await patch(id, { prefix: '447', trunk_group_id: other, weight: 3 }, { 'If-Match': '"1"' });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ id, prefix: '447', trunk_group_id: other, priority: 10, weight: 3, account_id: account });
    expect(answer.headers.get('dialplane-version')).toBe(`route_set:${account}:2`);
    expect(await setRecord(account)).toMatchObject({
      version: 2,
      record: { routes: [{ id, prefix: '447', trunkGroupId: other, priority: 10, weight: 3 }] },
    });
  });

  it('keeps cost and hours, takes them away, and publishes them', async () => {
    const account = await newAccount();
    const made = await create({ prefix: '44', account_id: account, cost: 0.02, hours: HOURS });
    expect([made.status, made.body.cost, made.body.hours]).toEqual([201, 0.02, HOURS]);
    const { id } = made.body;
    const same = await patch(id, { hours: HOURS });
    expect(same.headers.get('dialplane-version')).toBe(`route_set:${account}:1`);
    const windowOf = { days: [1, 5], from: 1080, to: 1440 };
    expect(await setRecord(account)).toMatchObject({
      record: { routes: [{ cost: 0.02, hours: { timeZone: 'Europe/London', windows: [windowOf] } }] },
    });
    const changed = await patch(id, { cost: null, hours: null });
    expect([changed.body.cost, changed.body.hours]).toEqual([null, null]);
    const { record } = await setRecord(account);
    expect(record?.kind === 'route_set' && Object.keys(record.routes[0] ?? {})).toEqual([
      'id',
      'prefix',
      'trunkGroupId',
      'priority',
      'weight',
    ]);
  });

  it('leaves no trace where nothing changes, and tells the version all the same', async () => {
    const account = await newAccount();
    const { id } = (await create({ prefix: '44', account_id: account })).body;
    for (const body of [{}, { prefix: '44' }, { weight: 1, cost: null, hours: null }]) {
      const answer = await patch(id, body);
      expect([answer.status, answer.headers.get('dialplane-version')]).toEqual([200, `route_set:${account}:1`]);
    }
    expect(await api.actions(`outbound_route:${id}`)).toEqual(['outbound_route.create']);
  });

  it('keeps both of two changes that come at once', async () => {
    const account = await newAccount();
    const { id } = (await create({ prefix: '44', account_id: account })).body;
    await Promise.all([patch(id, { priority: 1 }), patch(id, { weight: 2 }), patch(id, { prefix: '33' })]);
    expect((await api.admin('GET', `/outbound-routes/${id}`)).body).toMatchObject({ priority: 1, weight: 2, prefix: '33' });
  });

  it('lists by account, prefix and group, page by page', async () => {
    const account = await newAccount();
    const made: string[] = [];
    for (const prefix of ['1', '2', '']) made.push((await create({ prefix, account_id: account })).body.id);
    expect((await walk(api, `/outbound-routes?account_id=${account}&`, 2)).map(({ id }) => id)).toEqual(made);
    expect((await walk(api, `/outbound-routes?account_id=${account}&prefix=2&`, 2)).map(({ id }) => id)).toEqual([made[1]]);
    expect((await walk(api, `/outbound-routes?account_id=${account}&prefix=&`, 2)).map(({ id }) => id)).toEqual([made[2]]);
    expect(await walk(api, `/outbound-routes?trunk_group_id=${newId()}&`, 2)).toEqual([]);
  });
});

describe('204', () => {
  it('takes a route out of its set, once', async () => {
    const account = await newAccount();
    const { id } = (await create({ prefix: '44', account_id: account })).body;
    const answers = await Promise.all(Array.from({ length: 3 }, () => api.admin('DELETE', `/outbound-routes/${id}`)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 404, 404]);
    const gone = answers.find(({ status }) => status === 204)!;
    expect([gone.text, gone.headers.get('dialplane-version')]).toEqual(['', `route_set:${account}:2`]);
    expect(await setRecord(account)).toMatchObject({ version: 2, record: { routes: [] } });
    expect(await api.actions(`outbound_route:${id}`)).toEqual(['outbound_route.create', 'outbound_route.delete']);
  });
});

describe('412', () => {
  it('refuses changes of a set that has moved', async () => {
    const account = await newAccount();
    const { id } = (await create({ prefix: '44', account_id: account })).body;
    await create({ prefix: '33', account_id: account });
    const stale = { 'If-Match': '"1"' };
    expect((await patch(id, { weight: 2 }, stale)).status).toBe(412);
    expect((await api.admin('DELETE', `/outbound-routes/${id}`, { headers: stale })).status).toBe(412);
  });
});

describe('422', () => {
  it.each([
    ['+44', { '/prefix': 'invalid' }],
    ['4 4', { '/prefix': 'invalid' }],
    ['=', { '/prefix': 'invalid' }],
    ['1234567890123456', { '/prefix': 'invalid' }],
    [undefined, { '/prefix': 'missing' }],
  ])('refuses the prefix %s', async (prefix, fields) => {
    expect(wrongFields(await create({ prefix }))).toEqual(fields);
  });

  it('takes carriers only, and none of another account', async () => {
    const account = await newAccount();
    const customer = (await api.made('/trunk-groups', { name: 'PBX', kind: 'customer', account_id: account })).id;
    const theirs = (await api.made('/trunk-groups', { name: 'B', kind: 'carrier', account_id: account })).id;
    const route = (await create({ prefix: '1' })).body;
    for (const trunk_group_id of [customer, theirs, newId()]) {
      expect(wrongFields(await create({ prefix: '1', trunk_group_id }))).toEqual({ '/trunk_group_id': 'invalid' });
      expect(wrongFields(await patch(route.id, { trunk_group_id }))).toEqual({ '/trunk_group_id': 'invalid' });
    }
    const child = (await api.made('/accounts', { name: 'Sub', kind: 'sub_account', parent_id: account })).id;
    for (const account_id of [child, newId()])
      expect(wrongFields(await create({ prefix: '1', account_id }))).toEqual({ '/account_id': 'invalid' });
  });

  it.each([
    ['a negative cost', { cost: -1 }, { '/cost': 'out_of_range' }],
    ['a zone nobody knows', { hours: { ...HOURS, time_zone: 'Mars/Olympus' } }, { '/hours/time_zone': 'invalid' }],
    ['no windows', { hours: { ...HOURS, windows: [] } }, { '/hours/windows': 'out_of_range' }],
    ['a day nobody has', { hours: windows({ days: ['someday'] }) }, { '/hours/windows/0/days/0': 'invalid' }],
    ['a time nobody has', { hours: windows({ from: '25:00' }) }, { '/hours/windows/0/from': 'invalid' }],
    ['a day that begins at its end', { hours: windows({ from: '24:00' }) }, { '/hours/windows/0/from': 'invalid' }],
  ])('points to %s', async (_name, body, fields) => expect(wrongFields(await create({ prefix: '1', ...body }))).toEqual(fields));

  it('refuses a move to another account', async () => {
    const { id } = (await create({ prefix: '1' })).body;
    expect(wrongFields(await patch(id, { account_id: null }))).toEqual({ '/account_id': 'unknown' });
  });
});
