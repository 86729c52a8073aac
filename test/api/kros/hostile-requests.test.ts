import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Face } from '../../../src/http/face.ts';
import { renderKros } from '../../../src/http/kros/refusals.ts';
import { operation } from '../../../src/http/operation.ts';
import { ok } from '../../../src/kit/result.ts';
import { type ApiHarness, startApiHarness } from '../../support/api-harness.ts';

/** A face with one operation that fails with `error`; its own dialect is Kros's. */
function breakingFace(error: Error): Face {
  const { securitySchemes, headerParameters, errorSchema, errorMediaType } = { ...api.faces[0]! };
  return {
    name: 'admin',
    title: 'Breaks',
    operations: [
      operation({
        method: 'GET',
        path: '/break',
        operationId: 'break',
        summary: 'Break',
        tag: 'Break',
        responses: {},
        handle: () => Promise.reject(error),
      }),
    ],
    caseSensitive: true,
    unknownParameters: 'refuse',
    wait: 'prefer',
    authenticate: async () => ok(api.platform),
    render: renderKros,
    securitySchemes,
    headerParameters,
    errorSchema,
    errorMediaType,
  };
}

let api: ApiHarness;
let key: string;
let path: string;
beforeAll(async () => {
  api = await startApiHarness();
  ({ key } = await api.newAccount());
  path = `/phone-numbers/${(await api.newNumber(key)).id}`;
});
afterAll(() => api.close());

const JSON_TYPE = { 'Content-Type': 'application/json' };
const patch = (raw: string | Uint8Array, headers: Record<string, string> = JSON_TYPE) => api.call('PATCH', path, { key, raw, headers });

describe('bodies', () => {
  it.each([
    ['broken JSON', '{"allow_inbound":', 400, 'INVALID_JSON'],
    ['JSON with a comment', '{} // x', 400, 'INVALID_JSON'],
    ['a bare word', 'true', 400, 'VALIDATION_ERROR'],
    ['text that is no UTF-8', Uint8Array.from([0x7b, 0xff, 0x7d]), 400, 'INVALID_JSON'],
    ['a thousand brackets', '['.repeat(1000) + ']'.repeat(1000), 400, 'INVALID_JSON'],
    ['more than the limit', `{"a":"${'x'.repeat(70_000)}"}`, 413, 'PAYLOAD_TOO_LARGE'],
    ['much more than the limit', `{"a":"${'x'.repeat(4_000_000)}"}`, 413, 'PAYLOAD_TOO_LARGE'],
  ])('%s', async (_, raw, status, code) => {
    const answer = await patch(raw);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.body).toMatchObject({ error: expect.any(String), code });
  });

  it.each([
    ['no content type', {}],
    ['text/plain', { 'Content-Type': 'text/plain' }],
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['JSON in latin1', { 'Content-Type': 'application/json; charset=iso-8859-1' }],
    ['a list of types', { 'Content-Type': 'text/plain, application/json' }],
  ])('415 for %s, and nothing changes', async (_, headers) => {
    // Bytes, because fetch adds a content type of its own to text.
    const answer = await patch(new TextEncoder().encode('{"allow_inbound":false}'), headers);
    expect(answer.status, answer.text).toBe(415);
    expect(answer.body.code).toBe('UNSUPPORTED_MEDIA_TYPE');
    expect((await api.call('GET', path, { key })).body.allow_inbound).toBe(true);
  });

  it('415 for a compressed body', async () => {
    const answer = await patch(gzipSync('{"allow_inbound":false}'), { ...JSON_TYPE, 'Content-Encoding': 'gzip' });
    expect(answer.status).toBe(415);
  });

  it('takes other JSON types and a byte order mark', async () => {
    expect((await patch('\ufeff{}', { 'Content-Type': 'application/merge-patch+json; charset=UTF-8' })).status).toBe(200);
  });

  it('names at most twenty fields, and cuts their names', async () => {
    const answer = await patch(JSON.stringify(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${i}${'x'.repeat(100)}`, 1]))));
    expect(answer.body.details).toHaveLength(20);
    expect(answer.body.details[0].field.length).toBeLessThanOrEqual(65);
  });
});

describe('URLs', () => {
  it.each([
    ['/phone-numbers/%', 400, 'VALIDATION_ERROR'],
    ['/phone-numbers/%ff', 400, 'VALIDATION_ERROR'],
    ['/v1/endpoints/%c0%80', 400, 'VALIDATION_ERROR'],
    ['/phone-numbers/%00', 404, 'NOT_FOUND'],
    ['/phone-numbers/..%2f..%2flivez', 404, 'NOT_FOUND'],
    [`/phone-numbers/${'1'.repeat(5000)}`, 404, 'NOT_FOUND'],
  ])('%s is answered in the dialect of its prefix', async (url, status, code) => {
    const answer = await api.call('GET', url, { key });
    expect(answer.status, answer.text).toBe(status);
    expect(answer.body.code).toBe(code);
  });

  it('bounds the number of parameters', async () => {
    const answer = await api.call('GET', `/phone-numbers?${'a&'.repeat(1500)}`, { key });
    expect(answer.status).toBe(400);
  });

  it('reports several mistakes at once', async () => {
    const answer = await api.call('GET', '/phone-numbers?limit=0&colour=1&offset=x', { key });
    expect(answer.body.details.map(({ field }: { field: string }) => field).toSorted()).toEqual(['colour', 'limit', 'offset']);
  });

  it('refuses two versions to match, naming the header', async () => {
    const answer = await api.call('PATCH', path, { key, body: {}, headers: { 'If-Match': '"1", "2"' } });
    expect(answer.body).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ field: 'If-Match' }] });
  });
});

describe('methods', () => {
  it.each([
    ['PUT', '/phone-numbers', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/phone-numbers/x', 'DELETE, GET, HEAD, OPTIONS, PATCH'],
    ['DELETE', '/v1/endpoints', 'GET, HEAD, OPTIONS, POST'],
  ])('405 for %s %s, with what is allowed', async (method, url, allow) => {
    const answer = await api.call(method, url, { key });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.body.code).toBe('METHOD_NOT_ALLOWED');
  });

  it('HEAD is GET without a body, OPTIONS tells the methods', async () => {
    const get = await api.call('GET', '/phone-numbers', { key });
    const head = await api.call('HEAD', '/phone-numbers', { key });
    expect(head.status).toBe(200);
    expect(head.text).toBe('');
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(get.text)));
    const options = await api.call('OPTIONS', '/phone-numbers');
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS, POST']);
  });
});

describe('a store that is away', () => {
  it('is 503, not a fault, and tells nothing of it', async () => {
    const away = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' });
    const broken = await startApiHarness({ moreFaces: () => [breakingFace(away)] });
    try {
      const answer = await broken.call('GET', '/admin/v1/break');
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.text).not.toContain('10.0.0.7');
    } finally {
      await broken.close();
    }
  });
});

describe('a fault of ours', () => {
  it('is 500 without its text, which goes to the log with the request id', async () => {
    const broken = await startApiHarness({ moreFaces: () => [breakingFace(new Error('secret detail'))] });
    try {
      const answer = await broken.call('GET', '/admin/v1/break', { headers: { 'X-Request-Id': 'req-1' } });
      expect(answer.status).toBe(500);
      expect(answer.text).not.toContain('secret detail');
      const line = broken.logged.find(({ level }) => level === 'error');
      expect(line?.fields).toMatchObject({ request_id: 'req-1', error: expect.stringContaining('secret detail') });
    } finally {
      await broken.close();
    }
  });
});
