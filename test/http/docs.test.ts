import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fieldsOf, typeText } from '../../src/http/docs-schema.ts';
import { type AdminApi, startAdminApi } from '../api/admin/admin-api.ts';
import { call } from '../support/api-call.ts';

let api: AdminApi;
beforeAll(async () => {
  api = await startAdminApi();
});
afterAll(() => api.close());

const pages = (): string[] => ['/docs', ...api.faces.map(({ name }) => `/docs/${name}`)];
const hrefsOf = (text: string): string[] => [...text.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, href = '']) => href);

describe('GET /docs', () => {
  it('shows every operation of every face: method, path, summary, parameters, answers', async () => {
    for (const face of api.faces) {
      const { status, headers, text } = await api.call('GET', `/docs/${face.name}`);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      const { body } = await api.call('GET', `/openapi/${face.name}.json`);
      for (const [path, item] of Object.entries<Record<string, { summary: string; parameters: { name: string }[] }>>(body.paths)) {
        expect(text).toContain(`<code>${path}</code>`);
        for (const { parameters } of Object.values(item)) {
          for (const { name } of parameters) expect(text).toContain(`<code>${name} (`);
        }
      }
      for (const { operationId, summary, responses } of face.operations) {
        const [, article = ''] = text.split(`<article id="${operationId}">`);
        const [shown = ''] = article.split('</article>');
        expect(shown, operationId).toContain(`<h3>${summary.replaceAll("'", '&#39;')}</h3>`);
        for (const status of Object.keys(responses)) expect(shown, operationId).toContain(`<b>${status}</b>`);
      }
      expect(text.match(/<article /g)).toHaveLength(face.operations.length);
    }
  });

  it('works offline: no script, nothing inline, every link is ours and leads somewhere', async () => {
    for (const path of pages()) {
      const { text, headers } = await api.call('GET', path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain('unsafe');
      expect(text).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=|<img|<iframe|<form/i);
      for (const href of hrefsOf(text)) {
        if (href.startsWith('#')) expect(text).toContain(`id="${href.slice(1)}"`);
        else expect((await api.call('GET', href)).status, href).toBe(200);
      }
    }
    const css = await api.call('GET', '/docs/style.css');
    expect(css.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(css.text).not.toMatch(/@import|url\(/);
  });

  it('answers HEAD without a body, and 404 for a face that is not served', async () => {
    const head = await call(api.url, 'HEAD', '/docs');
    expect([head.status, head.text]).toEqual([200, '']);
    expect((await api.call('GET', '/docs/nobody')).status).toBe(404);
  });
});

describe('fields of a body', () => {
  it.each([
    [{ type: 'string', format: 'uuid' }, 'string (uuid)'],
    [{ type: 'string', minLength: 1, maxLength: 9 }, 'string 1…9 characters'],
    [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, 'integer'],
    [{ type: 'integer', minimum: 1 }, 'integer ≥ 1'],
    [{ enum: ['a', 'b'] }, 'a | b'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string | null'],
    [{ type: 'array', items: { $ref: '#/components/schemas/Error' } }, 'list of Error'],
    [{}, 'any'],
  ])('%j is %s', (schema, text) => {
    expect(typeText(schema)).toBe(text);
  });

  it('are named by their way through objects and lists', () => {
    const gateway = { type: 'object', properties: { uri: { type: 'string', description: 'Where.' } }, required: ['uri'] };
    const schema = {
      type: 'object',
      properties: { gateways: { type: 'array', items: gateway, default: [] }, a: { anyOf: [gateway, { type: 'null' }] } },
    };
    expect(fieldsOf(schema).map(({ name, required, about }) => [name, required, about])).toEqual([
      ['gateways', false, 'Default [].'],
      ['gateways[].uri', true, 'Where.'],
      ['a', false, ''],
      ['a.uri', true, 'Where.'],
    ]);
  });
});
