import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordRef } from '../../../src/domain/records.ts';
import { type ApiHarness, startApiHarness } from '../../support/api-harness.ts';

let api: ApiHarness;
beforeAll(async () => {
  api = await startApiHarness();
});
afterAll(() => api.close());

const PBX = { name: 'PBX', type: 'custom_sip', url: 'sip:pbx@203.0.113.7:5070' };
const create = (key: string, body: unknown) => api.call('POST', '/endpoints', { key, body });
const recordOf = async (id: string) => {
  const ref = recordRef.endpoint(id);
  return (await api.records.read([ref])).get(ref);
};

describe('POST /endpoints', () => {
  it('201 creates, publishes and audits once', async () => {
    const { account, key } = await api.newAccount();
    const answer = await create(key, PBX);
    expect(answer.status, answer.text).toBe(201);
    const { id } = answer.body;
    expect(answer.headers.get('location')).toBe(`/v1/endpoints/${id}`);
    expect(answer.headers.get('dialplane-version')).toBe(`endpoint:${id}:1`);
    expect(answer.body).toEqual({
      id: expect.any(String),
      ...PBX,
      provider_config: {},
      status: 'active',
      organization_id: account.id,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    expect(await recordOf(id)).toMatchObject({ version: 1, record: { targets: [{ uri: PBX.url, priority: 10, weight: 1 }] } });
    expect(await api.sql('select action from audit where resource = $1', [`endpoint:${id}`])).toEqual([{ action: 'endpoint.create' }]);
  });

  it('201 points a number to it, in the same transaction and with the same audit row', async () => {
    const { account, key } = await api.newAccount();
    const number = await api.newNumber(key);
    const answer = await create(key, { ...PBX, phone_number_id: number.id });
    expect((await api.call('GET', `/phone-numbers/${number.id}`, { key })).body.endpoint_id).toBe(answer.body.id);
    const rows = await api.sql(
      "select action from audit where account_id = $1 and action not in ('number.purchase', 'sip_credential.read')",
      [account.id],
    );
    expect(rows.filter(({ action }) => !/^(account|key)/.test(action))).toEqual([{ action: 'endpoint.create' }]);
  });

  it.each([
    ['livekit', { provider_config: { livekit_sip_uri: 'sip:x.sip.livekit.cloud', livekit_sip_trunk_id: 'ST_1' } }],
    ['vapi', { provider_config: { sip_uri: 'sip:agent@sip.vapi.ai', assistant_id: 'a1' } }],
    ['retell', { providerConfig: { sip_uri: 'sip:5t4n6j0wnrl.sip.livekit.cloud' } }],
    ['direct_sip', { url: 'sips:host.example;transport=tls' }],
  ])('201 takes type %s with a SIP URI', async (type, rest) => {
    const { key } = await api.newAccount();
    const answer = await create(key, { name: 'X', type, ...rest });
    expect(answer.status, answer.text).toBe(201);
  });

  it.each([
    ['no name', { ...PBX, name: undefined }, 'MISSING_FIELDS', 'name'],
    ['an empty name', { ...PBX, name: '' }, 'VALIDATION_ERROR', 'name'],
    ['a name of 101 characters', { ...PBX, name: 'x'.repeat(101) }, 'VALIDATION_ERROR', 'name'],
    ['a NUL in the name', { ...PBX, name: 'a\u0000b' }, 'VALIDATION_ERROR', 'name'],
    ['half a surrogate pair in the name', { ...PBX, name: '\ud800' }, 'VALIDATION_ERROR', 'name'],
    ['an unknown type', { ...PBX, type: 'pigeon' }, 'VALIDATION_ERROR', 'type'],
    ['no url', { name: 'X', type: 'custom_sip' }, 'MISSING_FIELDS', 'url'],
    ['an http url', { ...PBX, url: 'http://203.0.113.7' }, 'VALIDATION_ERROR', 'url'],
    ['a url over a WebSocket', { ...PBX, url: 'sip:a@b;transport=wss' }, 'VALIDATION_ERROR', 'url'],
    ['a url with a header injection', { ...PBX, url: 'sip:a@b\r\nX: y' }, 'VALIDATION_ERROR', 'url'],
    ['a url that nothing would use', { name: 'X', type: 'webhook', url: 'https://example.com' }, 'VALIDATION_ERROR', 'url'],
    ['a type nothing can ring', { name: 'X', type: 'webhook' }, 'ENDPOINT_TYPE_NOT_SUPPORTED', 'type'],
    ['an unknown provider key', { ...PBX, provider_config: { secret: 'x' } }, 'VALIDATION_ERROR', 'provider_config.secret'],
    ['a bad provider URI', { name: 'X', type: 'vapi', provider_config: { sip_uri: 'x' } }, 'VALIDATION_ERROR', 'provider_config.sip_uri'],
    ['targets', { ...PBX, targets: [] }, 'VALIDATION_ERROR', 'targets'],
  ])('400 names the field of %s', async (_, body, code, field) => {
    const { key } = await api.newAccount();
    const answer = await create(key, body);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body).toMatchObject({ code, details: [{ field }] });
  });

  it('404 knows no number but own ones, and creates nothing then', async () => {
    const { account, key } = await api.newAccount();
    const other = await api.newAccount();
    const foreign = await api.newNumber(other.key);
    for (const id of [foreign.id, '018f3c1e-0000-7000-8000-000000000000']) {
      const answer = await create(key, { ...PBX, phone_number_id: id });
      expect(answer.status).toBe(404);
      expect(answer.text).toBe('{"error":"Phone number not found.","code":"PHONE_NUMBER_NOT_FOUND"}');
    }
    expect(await api.sql('select 1 from endpoints where account_id = $1', [account.id])).toEqual([]);
  });
});

describe('GET /endpoints and /endpoints/{id}', () => {
  it("200 lists own endpoints of the key's mode, filtered and paged", async () => {
    const { account, key } = await api.newAccount();
    const testKey = await api.newKey(account, { mode: 'test' });
    const other = await api.newAccount();
    const own = [(await create(key, PBX)).body, (await create(key, { ...PBX, type: 'direct_sip', status: 'inactive' })).body];
    await create(testKey, PBX);
    await create(other.key, PBX);
    const all = await api.call('GET', '/endpoints', { key });
    expect(all.body).toEqual({ endpoints: own, total: 2, limit: 50, offset: 0 });
    expect((await api.call('GET', '/v1/endpoints?type=direct_sip', { key })).body.endpoints).toEqual([own[1]]);
    expect((await api.call('GET', '/endpoints?status=inactive&limit=1', { key })).body).toMatchObject({ endpoints: [own[1]], total: 1 });
    const one = await api.call('GET', `/endpoints/${own[0].id}`, { key });
    expect(one.body).toEqual(own[0]);
    expect(one.headers.get('etag')).toBe('"1"');
    expect((await api.call('GET', `/endpoints/${own[0].id}`, { key, headers: { 'If-None-Match': 'W/"1"' } })).status).toBe(304);
  });
});

describe('PATCH /endpoints/{id}', () => {
  it('200 moves every number with one record', async () => {
    const { key } = await api.newAccount();
    const { id } = (await create(key, PBX)).body;
    const answer = await api.call('PATCH', `/endpoints/${id}`, { key, body: { url: 'sip:new@203.0.113.8', status: 'inactive' } });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get('dialplane-version')).toBe(`endpoint:${id}:2`);
    expect(await recordOf(id)).toMatchObject({ version: 2, record: { status: 'inactive', targets: [{ uri: 'sip:new@203.0.113.8' }] } });
  });

  it('200 leaves no trace of a patch that changes nothing', async () => {
    const { key } = await api.newAccount();
    const config = { sip_uri: 'sip:a@b.example', assistant_id: 'x' };
    const { id } = (await create(key, { name: 'V', type: 'vapi', provider_config: config })).body;
    for (const body of [{}, { name: 'V' }, { provider_config: { assistant_id: 'x', sip_uri: 'sip:a@b.example' } }]) {
      const answer = await api.call('PATCH', `/endpoints/${id}`, { key, body });
      expect(answer.headers.get('dialplane-version')).toBe(`endpoint:${id}:1`);
    }
    expect(await api.sql('select action from audit where resource = $1', [`endpoint:${id}`])).toHaveLength(1);
  });

  it('400 keeps an endpoint that could not ring any more', async () => {
    const { key } = await api.newAccount();
    const { id } = (await create(key, PBX)).body;
    expect((await api.call('PATCH', `/endpoints/${id}`, { key, body: { url: null } })).body).toMatchObject({ code: 'MISSING_FIELDS' });
    expect((await api.call('PATCH', `/endpoints/${id}`, { key, body: { type: 'agent' } })).body).toMatchObject({
      code: 'ENDPOINT_TYPE_NOT_SUPPORTED',
    });
    expect((await recordOf(id))?.version).toBe(1);
  });

  it('412 refuses another version', async () => {
    const { key } = await api.newAccount();
    const { id } = (await create(key, PBX)).body;
    const answer = await api.call('PATCH', `/endpoints/${id}`, { key, body: { name: 'Y' }, headers: { 'If-Match': '"9"' } });
    expect(answer.status).toBe(412);
  });
});

describe('DELETE /endpoints/{id}', () => {
  it('204 detaches its numbers and leaves a tombstone, with one audit row', async () => {
    const { key } = await api.newAccount();
    const numbers = [await api.newNumber(key), await api.newNumber(key)];
    const { id } = (await create(key, PBX)).body;
    for (const number of numbers) await api.call('PATCH', `/phone-numbers/${number.id}`, { key, body: { endpoint_id: id } });
    const answer = await api.call('DELETE', `/endpoints/${id}`, { key });
    expect(answer.status, answer.text).toBe(204);
    expect(answer.headers.get('dialplane-version')).toBe(`endpoint:${id}:2`);
    expect(await recordOf(id)).toEqual({ version: 2, record: null });
    for (const { e164 } of numbers) {
      const ref = recordRef.number('live', e164);
      expect((await api.records.read([ref])).get(ref)).toMatchObject({ version: 4, record: { endpointId: null } });
    }
    const audit = await api.sql("select after from audit where action = 'endpoint.delete' and resource = $1", [`endpoint:${id}`]);
    expect(audit).toHaveLength(1);
    expect(audit[0].after.detachedNumberIds.toSorted()).toEqual(numbers.map((number) => number.id).toSorted());
    expect((await api.call('DELETE', `/endpoints/${id}`, { key })).status).toBe(404);
  });

  it('never leaves a number pointing to nothing when both happen at once', async () => {
    const { key } = await api.newAccount();
    for (let round = 0; round < 5; round += 1) {
      const number = await api.newNumber(key);
      const { id } = (await create(key, PBX)).body;
      const [patched, deleted] = await Promise.all([
        api.call('PATCH', `/phone-numbers/${number.id}`, { key, body: { endpoint_id: id } }),
        api.call('DELETE', `/endpoints/${id}`, { key }),
      ]);
      expect([200, 404]).toContain(patched.status);
      expect(deleted.status).toBe(204);
      expect((await api.call('GET', `/phone-numbers/${number.id}`, { key })).body.endpoint_id).toBeNull();
    }
  });
});
