import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordRef } from '../../../src/domain/records.ts';
import { type ApiHarness, PLATFORM_KEY, startApiHarness } from '../../support/api-harness.ts';

let api: ApiHarness;
beforeAll(async () => {
  api = await startApiHarness();
});
afterAll(() => api.close());

const patch = (key: string, id: string, body: unknown, headers: Record<string, string> = {}) =>
  api.call('PATCH', `/phone-numbers/${id}`, { key, body, headers });
const newEndpoint = async (key: string) =>
  (await api.call('POST', '/endpoints', { key, body: { name: 'PBX', type: 'custom_sip', url: 'sip:pbx@203.0.113.7' } })).body.id as string;
const auditOf = (id: string) => api.sql("select action from audit where resource = $1 and action <> 'number.purchase'", [`number:${id}`]);

describe('200', () => {
  it('sets flags, endpoint and status, and the record in Redis says so at once', async () => {
    const { key } = await api.newAccount();
    const number = await api.newNumber(key);
    const endpointId = await newEndpoint(key);
    const answer = await patch(key, number.id, { endpoint_id: endpointId, allow_inbound: false, allow_outbound: true, status: 'inactive' });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toMatchObject({ endpoint_id: endpointId, allow_inbound: false, allow_outbound: true, status: 'inactive' });
    expect(answer.headers.get('dialplane-version')).toBe(`number:live:${number.e164}:3`);
    expect(answer.headers.get('dialplane-propagation')).toBe('applied');
    expect(answer.headers.get('etag')).toBe('"3"');
    const ref = recordRef.number('live', number.e164);
    expect((await api.records.read([ref])).get(ref)).toMatchObject({
      version: 3,
      record: { endpointId, allowInbound: false, allowOutbound: true, lifecycle: 'suspended', suspendedBy: ['tenant'] },
    });
    const back = await patch(key, number.id, { endpoint_id: null, status: 'active' });
    expect(back.body).toMatchObject({ endpoint_id: null, status: 'active', allow_inbound: false });
  });

  it('takes camelCase too', async () => {
    const { key } = await api.newAccount();
    const number = await api.newNumber(key);
    const endpointId = await newEndpoint(key);
    const answer = await patch(key, number.id, { endpointId, allowInbound: false, allowOutbound: true });
    expect(answer.body).toMatchObject({ endpoint_id: endpointId, allow_inbound: false, allow_outbound: true });
    expect((await patch(key, number.id, { endpointId: null })).body.endpoint_id).toBeNull();
  });

  it.each([[{}], [{ allow_inbound: true }], [{ status: 'active', endpoint_id: null, allow_outbound: false }]])(
    'leaves no trace of %j, which changes nothing',
    async (body) => {
      const { key } = await api.newAccount();
      const number = await api.newNumber(key);
      const answer = await patch(key, number.id, body);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('dialplane-version')).toBe(`number:live:${number.e164}:2`);
      expect(answer.headers.get('dialplane-propagation')).toBe('applied');
      expect(await auditOf(number.id)).toEqual([]);
    },
  );

  it('honours If-Match with the current version or *', async () => {
    const { key } = await api.newAccount();
    const number = await api.newNumber(key);
    expect((await patch(key, number.id, { allow_inbound: false }, { 'If-Match': '"2"' })).status).toBe(200);
    expect((await patch(key, number.id, { allow_inbound: true }, { 'If-Match': '*' })).status).toBe(200);
  });

  it('lets the platform act for an organization it names', async () => {
    const { account, key } = await api.newAccount();
    const number = await api.newNumber(key);
    const answer = await patch(PLATFORM_KEY, number.id, { allow_inbound: false }, { 'x-organization-id': account.id });
    expect(answer.status).toBe(200);
    expect((await patch(PLATFORM_KEY, number.id, {})).body).toMatchObject({
      code: 'MISSING_FIELDS',
      details: [{ field: 'x-organization-id' }],
    });
  });

  it('counts every version once under twenty changes at a time', async () => {
    const { key } = await api.newAccount();
    const number = await api.newNumber(key);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => patch(key, number.id, { allow_inbound: i % 2 === 0 })));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const ref = recordRef.number('live', number.e164);
    const [row] = await api.sql('select version, allow_inbound from numbers where id = $1', [number.id]);
    expect((await api.records.read([ref])).get(ref)).toMatchObject({ version: row.version, record: { allowInbound: row.allow_inbound } });
    expect(await auditOf(number.id)).toHaveLength(row.version - 2);
  });
});

describe('400', () => {
  it.each([
    ['an unknown field', { colour: 'red' }, 'colour'],
    ['a prototype name', JSON.parse('{"__proto__":{"allow_inbound":false}}'), '__proto__'],
    ['a field of Object', { constructor: 1 }, 'constructor'],
    ['a text flag', { allow_inbound: 'yes' }, 'allow_inbound'],
    ['a null flag', { allow_inbound: null }, 'allow_inbound'],
    ['an endpoint that is no uuid', { endpoint_id: 'x' }, 'endpoint_id'],
    ['an unknown status', { status: 'suspended' }, 'status'],
    ['the same field twice', { allow_inbound: true, allowInbound: false }, 'allowInbound'],
    ['a list', [1], 'body'],
    ['null', null, 'body'],
  ])('names the field of %s', async (_, body, field) => {
    const { key } = await api.newAccount();
    const number = await api.newNumber(key);
    const answer = await patch(key, number.id, body);
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ field }] });
    expect(await auditOf(number.id)).toEqual([]);
  });

  it('refuses a PATCH without a body, which would otherwise be a silent success', async () => {
    const { key } = await api.newAccount();
    const number = await api.newNumber(key);
    expect((await api.call('PATCH', `/phone-numbers/${number.id}`, { key })).status).toBe(400);
  });
});

describe('403', () => {
  it('leaves the suspension of the platform to the platform', async () => {
    const { key } = await api.newAccount();
    const number = await api.newNumber(key);
    await api.sql("update numbers set suspended_by = '{platform}' where id = $1", [number.id]);
    const answer = await patch(key, number.id, { status: 'active' });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ code: 'NUMBER_SUSPENDED', details: { suspended_by: ['platform'] } });
  });
});

describe('404', () => {
  it('knows no endpoint but those of the holder, in its mode', async () => {
    const { account, key } = await api.newAccount();
    const other = await api.newAccount();
    const testKey = await api.newKey(account, { mode: 'test' });
    const number = await api.newNumber(key);
    const ids = ['018f3c1e-0000-7000-8000-000000000000', await newEndpoint(other.key), await newEndpoint(testKey)];
    const texts = new Set<string>();
    for (const id of ids) {
      const answer = await patch(key, number.id, { endpoint_id: id });
      expect(answer.status).toBe(404);
      texts.add(answer.text);
    }
    expect([...texts]).toEqual(['{"error":"Endpoint not found.","code":"ENDPOINT_NOT_FOUND"}']);
  });
});

describe('412', () => {
  it.each(['"1"', 'W/"2"', '"x"'])('refuses If-Match %s', async (tag) => {
    const { key } = await api.newAccount();
    const number = await api.newNumber(key);
    const answer = await patch(key, number.id, { allow_inbound: false }, { 'If-Match': tag });
    expect(answer.status).toBe(412);
    expect(answer.body).toMatchObject({ code: 'PRECONDITION_FAILED', details: { current_version: 2 } });
  });
});
