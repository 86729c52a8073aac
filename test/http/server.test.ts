import { once } from 'node:events';
import { Agent, createServer, get as httpGet } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Actor } from '../../src/app/actor.ts';
import { createFailedAuthLimiter } from '../../src/app/auth/failed-auth-limiter.ts';
import type { OnceDeps } from '../../src/app/idempotency/once.ts';
import type { HttpMetrics } from '../../src/app/ports/metrics.ts';
import { drainServer } from '../../src/http/drain-server.ts';
import type { Face } from '../../src/http/face.ts';
import { renderKros } from '../../src/http/kros/refusals.ts';
import { faceAt } from '../../src/http/mount-table.ts';
import { type AnyOperation, operation } from '../../src/http/operation.ts';
import { createHttpServer, type HttpServer, type HttpServerConfig } from '../../src/http/server.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { ok } from '../../src/kit/result.ts';

const actor: Actor = {
  kind: 'platform',
  id: 'platform',
  account: null,
  role: 'owner',
  scopes: null,
  mode: 'live',
  requestId: '',
  ip: null,
};
/** No request of these tests has a key. */
const refuse = (): never => {
  throw new Error('nothing is kept here');
};
const WITHOUT_STORE: OnceDeps = {
  unitOfWork: { change: refuse, read: refuse, look: refuse },
  sealer: { seal: refuse, unseal: refuse },
  clock: systemClock,
  keepMs: 1,
};
const servers: HttpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

const get = (path: string, handle: AnyOperation['handle']): AnyOperation =>
  operation({ method: 'GET', path, operationId: path.slice(1), summary: 'x', tag: 'x', responses: {}, handle }) as AnyOperation;

const face = (name: Face['name'], operations: readonly AnyOperation[]): Face => ({
  name,
  title: name,
  operations,
  caseSensitive: true,
  unknownParameters: 'refuse',
  wait: 'query',
  authenticate: async () => ok(actor),
  render: renderKros,
  securitySchemes: {},
  headerParameters: [],
  errorSchema: z.object({}),
  errorMediaType: 'application/json',
});

async function serve(faces: readonly Face[], config: Partial<HttpServerConfig> = {}) {
  const observed: Parameters<HttpMetrics['observe']>[0][] = [];
  const seen = { drops: 0, warnings: [] as string[] };
  const server = createHttpServer({
    faces,
    health: { readiness: () => ({ ready: true, status: 'ready', parts: { redis: { ok: true } } }) },
    metricsText: async () => 'up 1\n',
    metrics: {
      observe: (request) => observed.push(request),
      dropped() {
        seen.drops += 1;
      },
    },
    failedAuth: createFailedAuthLimiter({ perMinute: 10, nowMs: () => 0 }),
    once: WITHOUT_STORE,
    isStoreAway: () => false,
    log: { ...silentLogger, warn: (message) => seen.warnings.push(message) },
    config: {
      trustProxy: false,
      bodyBytesMax: 1000,
      requestTimeoutMs: 5000,
      headersTimeoutMs: 5000,
      connectionsMax: 10_000,
      keepAliveTimeoutMs: 5000,
      drainLeadMs: 50,
      publicUrl: null,
      serves: { faces: true, operations: true },
      ...config,
    },
  });
  servers.push(server);
  const { url, port } = await server.listen('127.0.0.1', 0);
  return { server, url, port, observed, seen };
}

it('closes a connection beyond its bound unread, and serves those it has; each is counted, and few are logged', async () => {
  const { port, seen } = await serve([], { connectionsMax: 2 });
  const dial = (): Socket => connect(port, '127.0.0.1').on('error', () => {});
  const held = [dial(), dial()];
  for (const socket of held) await once(socket, 'connect');
  for (const beyond of [dial(), dial(), dial()]) await once(beyond, 'close');
  expect(seen).toEqual({ drops: 3, warnings: [expect.stringContaining('too many')] });
  held[0]?.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const [answer] = (await once(held[0] as Socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200/);
  await once(held[0] as Socket, 'close');
  const next = dial();
  await once(next, 'connect');
  for (const socket of [next, ...held]) socket.destroy();
});

describe('paths no face knows', () => {
  it.each([
    '/',
    '/v1',
    '/v1/Account/MA_X',
    '/v2/phone_numbers',
    '/PHONE-NUMBERS',
    '/phone-numbersx',
    '/phone-numbers/a/b',
    '/admin',
    '/favicon.ico',
  ])('%s is a 404 problem', async (path) => {
    const { url } = await serve([face('kros', [get('/phone-numbers', async () => ok({ status: 200, body: {} }))])]);
    const answer = await fetch(url + path);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const requestId = answer.headers.get('x-request-id');
    expect(await answer.json()).toEqual({ type: 'about:blank', title: 'Not Found', status: 404, code: 'not_found', request_id: requestId });
  });

  it.each([
    ['/phone-numbers', 'kros'],
    ['/phone-numbers/%', 'kros'],
    ['/v1/endpoints/x', 'kros'],
    ['/admin/v1/accounts', 'admin'],
    ['/phone-numbersx', null],
    ['/v1', null],
    ['/livez', null],
    ['/', null],
  ])('%s belongs to %s', (path, name) => {
    expect(faceAt(path)).toBe(name);
  });

  it('a face may not hang anything outside its mounts', async () => {
    await expect(serve([face('kros', [get('/livez', async () => ok({ status: 200 }))])])).rejects.toThrow(/mount table/);
  });
});

describe('request ids', () => {
  it.each([
    ['abc-123', 'abc-123'],
    ['x'.repeat(129), null],
    ['a b', null],
    ['{"x":1}', null],
  ])('%s comes back as %s', async (given, back) => {
    const { url } = await serve([]);
    const id = (await fetch(`${url}/livez`, { headers: { 'X-Request-Id': given } })).headers.get('x-request-id');
    if (back === null) expect(id).toMatch(/^[0-9a-f-]{36}$/);
    else expect(id).toBe(back);
  });
});

describe('every answer', () => {
  it('allows browsers nothing, is kept by nobody and tells nothing of the server', async () => {
    const { url } = await serve([face('kros', [get('/phone-numbers', async () => ok({ status: 200, body: {} }))])]);
    const { headers } = await fetch(`${url}/phone-numbers`);
    expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.has('x-powered-by')).toBe(false);
    expect(headers.has('etag')).toBe(false);
  });

  it('is observed by route template, never by path', async () => {
    const { url, observed } = await serve([face('kros', [get('/phone-numbers/:id', async () => ok({ status: 200, body: {} }))])]);
    await (await fetch(`${url}/v1/phone-numbers/secret-id`)).text();
    await (await fetch(`${url}/secret-path`, { method: 'PROPFIND' })).text();
    await expect.poll(() => observed.length).toBe(2);
    expect(observed).toMatchObject([
      { face: 'kros', route: '/phone-numbers/:id', method: 'GET', status: 200 },
      { face: 'none', route: 'none', method: 'other', status: 404 },
    ]);
  });
});

describe('operations', () => {
  it('are served beside the faces, or kept off a public listener (decision B35)', async () => {
    const faces = [face('admin', [get('/accounts', async () => ok({ status: 200, body: {} }))])];
    const inside = await serve(faces);
    const outside = await serve(faces, { serves: { faces: true, operations: false } });
    const statuses = (url: string) =>
      Promise.all(
        ['/livez', '/readyz', '/metrics', '/admin/v1/accounts', '/openapi/admin.json'].map(
          async (path) => (await fetch(url + path)).status,
        ),
      );
    expect(await statuses(inside.url)).toEqual([200, 200, 200, 200, 200]);
    expect(await statuses(outside.url)).toEqual([200, 200, 404, 404, 404]);
    expect(await (await fetch(`${inside.url}/readyz`)).json()).toEqual({ status: 'ready', ready: true, parts: { redis: { ok: true } } });
    expect(await (await fetch(`${outside.url}/readyz`)).json()).toEqual({ status: 'ready', ready: true });
    expect(await (await fetch(`${inside.url}/metrics`)).text()).toBe('up 1\n');
  });
});

describe('drain', () => {
  it('finishes what runs, closes every connection and says so at /readyz', async () => {
    let arrived = () => {};
    let finish = () => {};
    const running = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const mayEnd = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const slow = get('/phone-numbers', async () => {
      arrived();
      await mayEnd;
      return ok({ status: 200, body: {} });
    });
    const { server, url } = await serve([face('kros', [slow])]);
    const answer = fetch(`${url}/phone-numbers`);
    await running;
    const drained = server.drain(5000);
    const probe = await fetch(`${url}/readyz`);
    expect([probe.status, probe.headers.get('connection')]).toEqual([503, 'close']);
    expect(await probe.json()).toMatchObject({ status: 'draining', ready: false });
    finish();
    expect((await answer).headers.get('connection')).toBe('close');
    await drained;
    await server.stop();
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  it('answers what a kept connection still sends, and lets that answer be its last', async () => {
    const { server, url } = await serve([], { drainLeadMs: 300 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (): Promise<{ status: number | undefined; connection: string | undefined; kept: boolean }> =>
      new Promise((resolve, reject) => {
        const request = httpGet(`${url}/readyz`, { agent }, (answer) => {
          const { statusCode, headers } = answer.resume();
          answer.once('end', () => resolve({ status: statusCode, connection: headers.connection, kept: request.reusedSocket }));
        });
        request.once('error', reject);
      });
    expect(await ask()).toEqual({ status: 200, connection: 'keep-alive', kept: false });
    let over = false;
    const drained = server.drain(5000).then(() => {
      over = true;
    });
    expect(await ask()).toEqual({ status: 503, connection: 'close', kept: true });
    while (!over) expect(await ask()).toEqual({ status: 503, connection: 'close', kept: false });
    await drained;
    await server.stop();
    agent.destroy();
    await expect(ask()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('answers the request of a connection it accepted just before it stopped', async () => {
    const server = createServer((_, res) => res.end());
    const ending = drainServer(server, 0);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(server, 'connection');
    const stopped = ending.close(5000);
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 200 /);
    await stopped;
  });

  it('waits no longer than it may; stopping then cuts what still runs', async () => {
    let arrived = () => {};
    const running = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const endless = get('/phone-numbers', () => {
      arrived();
      return new Promise(() => {});
    });
    const { server, url } = await serve([face('kros', [endless])]);
    const answer = fetch(`${url}/phone-numbers`).catch((error: Error) => error);
    await running;
    await server.drain(50);
    await server.stop();
    expect(await answer).toBeInstanceOf(Error);
  });
});

describe('raw requests', () => {
  const talk = (port: number, text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.setTimeout(5000, () => socket.destroy(new Error('silence')));
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
      });
      socket.on('error', reject).on('close', () => resolve(answer));
    });

  it.each([
    ['a URL of 9000 characters', `GET /${'a'.repeat(9000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, 414],
    ['headers of 20 KiB', `GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    ['two lengths', 'POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    ['length and chunks', 'POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['no host', 'GET /livez HTTP/1.1\r\n\r\n', 400],
    ['no HTTP', 'INVITE sip:x SIP/2.0\r\n\r\n', 400],
  ])('%s', async (_, text, status) => {
    const { port } = await serve([]);
    expect(await talk(port, text)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it.each([
    ['headers', 'GET /livez HTTP/1.1\r\nHost: x\r\n'],
    ['a body', 'PATCH /phone-numbers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{'],
  ])('a client that never finishes %s is cut', async (_, text) => {
    const reading = operation({
      method: 'PATCH',
      path: '/phone-numbers',
      operationId: 'x',
      summary: 'x',
      tag: 'x',
      responses: {},
      body: z.object({}),
      handle: async () => ok({ status: 200 }),
    });
    const { port } = await serve([face('kros', [reading])], { headersTimeoutMs: 100, requestTimeoutMs: 200 });
    const startedAt = performance.now();
    await talk(port, text);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});
