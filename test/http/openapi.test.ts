import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOUNTS } from '../../src/http/mount-table.ts';
import { type ApiHarness, startApiHarness } from '../support/api-harness.ts';

let api: ApiHarness;
beforeAll(async () => {
  api = await startApiHarness();
});
afterAll(() => api.close());

interface RouterLayer {
  readonly rawPath?: string;
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly RouterLayer[] };
}

/** Every route that Express knows, as `GET /v1/phone-numbers/{id}`. */
function routesOf(layers: readonly RouterLayer[], at = ''): string[] {
  return layers.flatMap((layer) => {
    if (layer.handle.stack !== undefined && layer.route === undefined) {
      return routesOf(layer.handle.stack, layer.rawPath === '/' ? at : `${at}${layer.rawPath}`);
    }
    const { route } = layer;
    if (route === undefined) return [];
    const methods = Object.keys(route.methods).filter((method) => method !== '_all');
    return methods.map((method) => `${method.toUpperCase()} ${at}${route.path.replace(/:(\w+)/g, '{$1}')}`);
  });
}

const PROBES = ['GET /livez', 'GET /readyz', 'GET /metrics'];

describe('OpenAPI', () => {
  it('has every route that Express has, and no other', async () => {
    const documented: string[] = [];
    for (const { name } of api.faces) {
      const answer = await api.call('GET', `/openapi/${name}.json`);
      expect(answer.status).toBe(200);
      expect(answer.body.openapi).toBe('3.1.0');
      for (const [path, item] of Object.entries<Record<string, unknown>>(answer.body.paths)) {
        documented.push(...Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`));
      }
    }
    const { stack } = (api.server.app as unknown as { router: { stack: RouterLayer[] } }).router;
    const served = routesOf(stack).filter((route) => !PROBES.includes(route) && !/^GET \/(openapi|docs)(\/|$)/.test(route));
    expect(served.toSorted()).toEqual(documented.toSorted());
    expect(served.length).toBe(
      api.faces.reduce((sum, face) => sum + face.operations.length * MOUNTS.filter((mount) => mount.face === face.name).length, 0),
    );
  });

  it('gives every operation its own id, parameters, body, answers and security', async () => {
    const { body } = await api.call('GET', '/openapi/kros.json');
    const operations = Object.values<Record<string, { operationId: string; responses: object }>>(body.paths).flatMap((item) =>
      Object.values(item),
    );
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(operations.every(({ responses }) => '401' in responses)).toBe(true);
    expect(body.security).toEqual([{ bearer: [] }, { apiKey: [] }]);
    expect(body.paths['/phone-numbers'].get.parameters.map(({ name }: { name: string }) => name)).toEqual([
      'action',
      'country',
      'type',
      'status',
      'limit',
      'offset',
      'x-organization-id',
    ]);
    expect(body.paths['/phone-numbers'].post.requestBody.content['application/json'].schema).toMatchObject({
      type: 'object',
      required: ['inventory_id'],
      properties: { inventory_id: { type: 'string', format: 'uuid' } },
      additionalProperties: false,
    });
    expect(body.paths['/v1/phone-numbers/{id}'].patch.responses['200'].content['application/json'].schema.properties).toHaveProperty(
      'endpoint_id',
    );
    expect(body.paths['/phone-numbers/{id}'].delete.responses['204']).not.toHaveProperty('content');
  });

  it('documents what the answers really are', async () => {
    const { key } = await api.newAccount();
    const number = await api.newNumber(key);
    const details = await api.call('GET', `/phone-numbers/${number.id}`, { key });
    const { body } = await api.call('GET', '/openapi/kros.json');
    const { properties } = body.paths['/phone-numbers/{id}'].get.responses['200'].content['application/json'].schema;
    expect(Object.keys(properties).toSorted()).toEqual(Object.keys(details.body).toSorted());
    expect(Object.keys(properties.sip_credentials.anyOf[0].properties).toSorted()).toEqual(
      Object.keys(details.body.sip_credentials).toSorted(),
    );
  });
});
