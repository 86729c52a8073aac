import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freeTcpPort } from '../../src/local/free-port.ts';
import { until } from '../support/daemon.ts';
import { createTestDatabase, startTestRedis, type TestDatabase, type TestRedisServer } from '../support/services.ts';
import { copiesOf, textsOf } from './dockerfile.ts';
import { buildImage, type Container, type Image, ROOT, runImage, stages } from './image.ts';

const run = promisify(execFile);
const WITHIN_MS = 90_000;

let image: Image;
let database: TestDatabase;
let redis: TestRedisServer;
let containers: Container[] = [];
beforeAll(async () => {
  image = buildImage();
  database = await createTestDatabase('image');
  redis = await startTestRedis();
}, 120_000);
afterEach(() => {
  for (const container of containers) container.kill();
  containers = [];
});
afterAll(async () => {
  image.remove();
  await redis.close();
  await database.close();
});

function start(env: Readonly<Record<string, string>>): Container {
  const container = runImage(image, { LOG_LEVEL: 'warn', ...env });
  containers.push(container);
  return container;
}

const statusOf = (url: string): Promise<number> =>
  fetch(url).then(
    (answer) => answer.status,
    () => 0,
  );
const isReady = (base: string) => until(async () => (await statusOf(`${base}/readyz`)) === 200, 30_000);

describe('the image', () => {
  it('has a Node that package.json allows in every stage, runs as nobody special, and copies nothing that is not there', () => {
    const all = stages();
    for (const { base } of all) expect(base).toMatch(/^node:2[0-9]-bookworm-slim$/);
    expect(new Set(all.map(({ base }) => base)).size).toBe(1);
    expect(textsOf(image.stage, 'USER')).toEqual(['node']);
    const sources = all.flatMap((stage) => copiesOf(stage).filter(({ from }) => from === null)).flatMap((copy) => copy.sources);
    const allowed = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    for (const source of new Set(sources)) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      expect(allowed, 'the context leaves it out').toContain(`!${source.replace(/^\.\//, '')}`);
    }
  });

  it('imports nothing that only development installs', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
    const files = readdirSync(join(image.dir, 'dist'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
    const imported = files.flatMap((file) => {
      const text = readFileSync(join(image.dir, 'dist', file), 'utf8');
      const named = /^(?:import|export) (?:[^'\n=]* from )?'([^'.][^']*)';|\bimport\('([^'.][^']*)'\)/gm;
      return [...text.matchAll(named)].map((match) => match[1] ?? match[2] ?? '');
    });
    const packages = new Set(
      imported
        .filter((name) => !isBuiltin(name))
        .map((name) =>
          name
            .split('/')
            .slice(0, name[0] === '@' ? 2 : 1)
            .join('/'),
        ),
    );
    expect([...packages].sort().filter((name) => dependencies[name] === undefined)).toEqual([]);
    expect(packages.size).toBeGreaterThan(5);
  });

  it(
    'runs all roles with the services it brings itself, and ends with 0 on its stop signal',
    async () => {
      const container = start({});
      const state = await container.state();
      expect(await isReady(state.http_url)).toBe(true);
      const [healthcheck = ''] = textsOf(image.stage, 'HEALTHCHECK');
      const [program = '', ...args] = JSON.parse(healthcheck.slice(healthcheck.indexOf('['))) as string[];
      const { port } = new URL(state.http_url);
      await run(program, args, { env: { PATH: process.env.PATH, HTTP_PORT: port } });
      await expect(run(program, args, { env: { PATH: process.env.PATH, HTTP_PORT: String(await freeTcpPort()) } })).rejects.toThrow();
      expect((await container.stop()).code).toBe(0);
    },
    WITHIN_MS,
  );

  it(
    'keeps operations on OPS_PORT, gathered from all children, across the death of the api',
    async () => {
      const container = start({ DATABASE_URL: database.url, REDIS_URL: redis.url, ...secrets() });
      const state = await container.state();
      const ops = new URL('/', state.metrics_urls.api).href.replace(/\/$/, '');
      expect(ops).not.toBe(state.http_url);
      expect(await isReady(ops)).toBe(true);
      expect(await statusOf(`${state.http_url}/metrics`)).toBe(404);
      const text = await (await fetch(`${ops}/metrics`)).text();
      for (const role of ['api', 'agent', 'worker']) expect(text).toContain(`role="${role}"`);
      expect(text).toContain('dialplane_sip_dialogs');

      process.kill(state.pids.api!, 'SIGKILL');
      expect(await until(async () => (await statusOf(`${ops}/livez`)) === 0, 5000)).toBe(true);
      expect(await isReady(ops)).toBe(true);
      expect(await statusOf(`${state.http_url}/livez`)).toBe(200);
      expect((await container.stop()).code).toBe(0);
    },
    WITHIN_MS,
  );

  it(
    'runs one role a container, each with its probes on HTTP_PORT and its metrics on OPS_PORT, the agent without a database',
    async () => {
      const shared = { REDIS_URL: redis.url, ...secrets() };
      const ports = { api: await freeTcpPort(), worker: await freeTcpPort(), agent: await freeTcpPort() };
      const roles = {
        api: start({ ...shared, ROLES: 'api', DATABASE_URL: database.url, HTTP_PORT: String(ports.api) }),
        worker: start({ ...shared, ROLES: 'worker', DATABASE_URL: database.url, HTTP_PORT: String(ports.worker) }),
        agent: start({ ...shared, ROLES: 'agent', HTTP_PORT: String(ports.agent) }),
      };
      for (const [role, container] of Object.entries(roles)) {
        const state = await container.state();
        const base = `http://127.0.0.1:${ports[role as keyof typeof ports]}`;
        expect(await isReady(base), role).toBe(true);
        expect(await statusOf(`${base}/livez`)).toBe(200);
        const face = await statusOf(`${base}/phone-numbers`);
        expect(face, role).toBe(role === 'api' ? 401 : 404);
        expect(await statusOf(`${base}/metrics`)).toBe(404);
        const text = await (await fetch(state.metrics_urls[role] ?? '')).text();
        expect(text).toContain(`dialplane_build_info{version=`);
        // What only this container's children know is in its own metrics: the engine's are the agent's.
        expect(text.includes('dialplane_sip_dialogs'), role).toBe(role === 'agent');
      }
      for (const container of Object.values(roles).reverse()) expect((await container.stop()).code).toBe(0);
    },
    WITHIN_MS,
  );

  it('refuses to start without SEALING_KEY where its secrets would be lost with the container', async () => {
    const container = start({ ROLES: 'agent', REDIS_URL: redis.url });
    await expect(container.state()).rejects.toThrow('SEALING_KEY: must be set');
    expect((await container.stop()).code).toBe(2);
  });
});

const secrets = () => ({ SEALING_KEY: randomBytes(32).toString('hex'), ADMIN_API_KEY: randomBytes(24).toString('hex') });
