import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Daemon, type DaemonState, startDaemon, tempDataDir, until } from '../support/daemon.ts';
import { type FleetEngine, startFleetEngine } from '../support/fleet.ts';
import { startTestRedis, type TestRedisServer } from '../support/services.ts';

const ROLES = ['api', 'api', 'worker', 'worker', 'agent', 'agent'];
const WITHIN_MS = 150_000;

let redis: TestRedisServer;
let engine: FleetEngine;
let databaseUrl: string;
let database: string;
let dirs: ReturnType<typeof tempDataDir>[];
let daemons: Daemon[];

async function onServer(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('services').postgresUrl });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

beforeEach(async () => {
  [dirs, daemons] = [[], []];
  [redis, engine] = await Promise.all([startTestRedis(), startFleetEngine()]);
  database = `hand_started_${randomBytes(5).toString('hex')}`;
  await onServer(`create database ${database}`);
  const url = new URL(inject('services').postgresUrl);
  url.pathname = `/${database}`;
  databaseUrl = url.href;
});
afterEach(async () => {
  for (const { process: daemon, exited } of daemons) {
    daemon.kill('SIGKILL');
    await exited;
  }
  await engine.stop();
  await redis.close();
  // With force: a child of a killed supervisor ends within 2 s (decision C18).
  await onServer(`drop database ${database} with (force)`);
  for (const dir of dirs) dir.remove();
});

/** Decision C18: one machine or six, each process of each role its own daemon over one Postgres, Redis and SIP server. */
describe('two daemons of each role, started by hand at one time on an empty database', () => {
  it(
    'all become ready, each on its own port, knowing of each other, and end clean',
    async () => {
      const env = {
        LOG_LEVEL: 'error',
        DATABASE_URL: databaseUrl,
        REDIS_URL: redis.url,
        DRACHTIO_URL: `drachtio://:fleet-control-secret@127.0.0.1:${engine.controlPort}`,
        ADMIN_API_KEY: randomBytes(24).toString('hex'),
        SEALING_KEY: randomBytes(32).toString('base64'),
      };
      for (const role of ROLES) {
        const dir = tempDataDir();
        dirs.push(dir);
        daemons.push(startDaemon(dir.path, { ...env, ROLES: role }));
      }
      const states: DaemonState[] = await Promise.all(daemons.map((daemon) => daemon.state()));
      const urls = states.flatMap(({ metrics_urls: all }) => Object.values(all).map((url) => url.replace(/\/metrics$/, '')));
      expect(urls).toHaveLength(ROLES.length);
      expect(new Set(urls).size).toBe(ROLES.length);
      const ready = async (url: string): Promise<boolean> =>
        fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) }).then(
          ({ ok }) => ok,
          () => false,
        );
      for (const url of urls) expect(await until(() => ready(url), 60_000), url).toBe(true);
      for (const { http_url: url } of states.slice(0, 2)) {
        const both = await until(async () => {
          const { parts } = (await (await fetch(`${url}/readyz`)).json()) as { parts: { agents: { alive: number } } };
          return parts.agents.alive === 2;
        }, 20_000);
        expect(both).toBe(true);
      }
      for (const daemon of daemons) daemon.process.kill('SIGTERM');
      expect((await Promise.all(daemons.map(({ exited }) => exited))).map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    },
    WITHIN_MS,
  );
});
