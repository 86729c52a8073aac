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
    ['no targets', { targets: [] }, { '/targets': 'out_of_range' }],
    ['too many targets', { targets: Array(21).fill({ uri: 'sip:a' }) }, { '/targets': 'out_of_range' }],
    ['a target that is no SIP URI', { targets: [TARGETS[0], { uri: 'tel:+44' }] }, { '/targets/1/uri': 'invalid' }],
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
