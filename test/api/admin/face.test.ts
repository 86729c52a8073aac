import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyOperation } from '../../../src/http/operation.ts';
import { newId } from '../../../src/kit/ids.ts';
import { PLATFORM_KEY } from '../../support/api-harness.ts';
import { type AdminApi, startAdminApi } from './admin-api.ts';

let api: AdminApi;
beforeAll(async () => {
  api = await startAdminApi();
});
afterAll(() => api.close());

const operations = (): readonly AnyOperation[] => api.faces.find(({ name }) => name === 'admin')!.operations;
const pathOf = ({ path }: AnyOperation): string => path.replaceAll(/:\w+/g, newId());

describe('401', () => {
  it('is what every operation answers without the platform key', async () => {
    const { account, key } = await api.newAccount();
    const token = await api.newKey(account, { kind: 'auth_token' });
    const keys: Record<string, string>[] = [
      {},
      { Authorization: 'Bearer ' },
      { Authorization: PLATFORM_KEY },
      { Authorization: `Basic ${Buffer.from(`x:${PLATFORM_KEY}`).toString('base64')}` },
      { 'x-api-key': PLATFORM_KEY },
      ...[`${PLATFORM_KEY}x`, PLATFORM_KEY.slice(1), key, token].map((secret) => ({ Authorization: `Bearer ${secret}` })),
    ];
    for (const operation of operations()) {
      const headers = keys[operations().indexOf(operation) % keys.length]!;
      const answer = await api.call(operation.method, `/admin/v1${pathOf(operation)}`, { headers });
      expect(answer.status, operation.operationId).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.body).toEqual({
        type: 'about:blank',
        title: 'Unauthorized',
        status: 401,
        code: 'unauthorized',
        detail: expect.any(String),
        request_id: answer.headers.get('x-request-id'),
      });
    }
    for (const headers of keys)
      expect((await api.call('GET', '/admin/v1/accounts', { headers })).status, JSON.stringify(headers)).toBe(401);
  });

  it('comes before 404, 415 and 422, and the key is not asked for where no operation is', async () => {
    expect((await api.call('PATCH', '/admin/v1/accounts/x', { raw: '<', headers: { 'Content-Type': 'text/xml' } })).status).toBe(401);
    expect((await api.call('GET', '/admin/v1/nothing')).status).toBe(404);
  });
});

describe('400, 405, 413, 415', () => {
  const post = (raw: string, headers: Record<string, string>) => api.admin('POST', '/accounts', { raw, headers });
  const JSON_TYPE = { 'Content-Type': 'application/json' };

  it.each([
    ['broken JSON', '{', JSON_TYPE, 400, 'malformed_body'],
    [
      'JSON that is not UTF-8',
      Buffer.from([0x22, 0xff, 0x22]).toString('latin1'),
      { 'Content-Type': 'application/json; charset=latin1' },
      415,
      'unsupported_media_type',
    ],
    ['deep JSON', '['.repeat(100) + ']'.repeat(100), JSON_TYPE, 400, 'malformed_body'],
    ['a body without type', '{"name":"x"}', { 'Content-Type': '' }, 415, 'unsupported_media_type'],
    ['a form', 'name=x', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
    ['too much', `{"name":"${'x'.repeat(70_000)}"}`, JSON_TYPE, 413, 'body_too_large'],
    ['a list', '[]', JSON_TYPE, 422, 'invalid'],
  ])('%s', async (_, raw, headers, status, code) => {
    const answer = await post(raw, headers);
    expect([answer.status, answer.body.code], answer.text).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it('a method that a path has not is 405 with Allow, a path that is no UTF-8 is 400', async () => {
    const answer = await api.admin('PUT', `/accounts/${newId()}`);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS, PATCH']);
    expect((await api.admin('GET', '/accounts/%ff')).body).toMatchObject({ status: 400, code: 'malformed_url' });
  });

  it('takes a merge patch by its own name', async () => {
    const { id } = await api.made('/accounts', { name: 'Acme' });
    const headers = { 'Content-Type': 'application/merge-patch+json' };
    expect((await api.admin('PATCH', `/accounts/${id}`, { raw: '{"name":"B"}', headers })).body.name).toBe('B');
    expect((await api.admin('PATCH', `/accounts/${id}`)).status).toBe(422);
  });
});

describe('OpenAPI', () => {
  it('names every operation with its answers', async () => {
    const { body } = await api.call('GET', '/openapi/admin.json');
    expect(body.openapi).toBe('3.1.0');
    const ids: string[] = [];
    for (const { method, path, operationId, responses } of operations()) {
      const described = body.paths[`/admin/v1${path.replace(/:(\w+)/g, '{$1}')}`]?.[method.toLowerCase()];
      expect(described?.operationId).toBe(operationId);
      expect(Object.keys(described.responses)).toEqual(expect.arrayContaining(Object.keys(responses)));
      ids.push(operationId);
    }
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is not served, and neither is the face, where operations are not (decision B35)', async () => {
    const closed = await startAdminApi({ config: { serves: { faces: true, operations: false } } });
    try {
      for (const path of ['/admin/v1/accounts', '/openapi/admin.json'])
        expect((await closed.call('GET', path, { key: PLATFORM_KEY })).status).toBe(404);
    } finally {
      await closed.close();
    }
  });
});
