import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/kit/log.ts';
import { portRefusal } from '../../src/local/free-port.ts';
import { startPostgres } from '../../src/local/postgres.ts';
import { commandLineOf, isAlive } from '../../src/local/process-identity.ts';
import { startRedis } from '../../src/local/redis.ts';
import { SetUpError } from '../../src/local/set-up-error.ts';
import { descendantsOf } from '../support/daemon.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dialplane-embedded-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const PASSWORD = 'p@ss word/%2F';

describe('startPostgres', () => {
  it('keeps data across a stop, asks for its password, tells it to nobody, and never runs as root', async () => {
    const options = { dataDir: join(dir, 'postgres'), durable: true, password: PASSWORD, log: silentLogger };
    const first = await startPostgres(options);
    const client = new pg.Client({ connectionString: first.url });
    await client.connect();
    await client.query('create table kept as select 7 as n');
    await client.end();
    const stranger = new pg.Client({ host: '127.0.0.1', port: first.port, user: 'postgres', password: 'guess', database: 'dialplane' });
    await expect(stranger.connect()).rejects.toThrow(/password authentication failed/);
    expect(await commandLineOf(first.pid)).not.toContain('p@ss');
    if (process.platform === 'linux') expect(statSync(`/proc/${first.pid}`).uid).not.toBe(0);
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);

    const second = await startPostgres({ ...options, port: first.port });
    expect(second.url).toBe(first.url);
    const again = new pg.Client({ connectionString: second.url });
    await again.connect();
    expect((await again.query('select n from kept')).rows).toEqual([{ n: 7 }]);
    await again.end();
    await second.stop();

    await expect(startPostgres({ ...options, password: 'lost' })).rejects.toThrow(SetUpError);
  });

  it('waits for what a killed Postgres left with its shared memory', async () => {
    const options = { dataDir: join(dir, 'postgres'), durable: true, password: PASSWORD, log: silentLogger };
    const killed = await startPostgres(options);
    const [backend] = descendantsOf(killed.pid) as [number];
    // As on a machine too busy to let it notice.
    process.kill(backend, 'SIGSTOP');
    process.kill(killed.pid, 'SIGKILL');
    await killed.exited;
    const goOn = (): void => void (isAlive(backend) && process.kill(backend, 'SIGCONT'));
    const refusals: unknown[] = [];
    const warn = (_text: string, facts?: Readonly<Record<string, unknown>>): void => {
      refusals.push(facts?.line);
      goOn();
    };
    const next = await startPostgres({ ...options, log: { ...silentLogger, warn } }).finally(goOn);
    await next.stop();
    expect(refusals[0]).toMatch(/FATAL: .*pre-existing shared memory block/);
  });

  it('ends what it started when it is called off', async () => {
    const abort = new AbortController();
    const starting = startPostgres({ dataDir: join(dir, 'postgres'), durable: false, log: silentLogger, signal: abort.signal });
    abort.abort();
    await expect(starting).rejects.toThrow();
  });
});

describe('startRedis', () => {
  it('tells its password to nobody and says how it was found', async () => {
    const redis = await startRedis({ dataDir: join(dir, 'redis'), durable: true, password: 'pAssw0rd', log: silentLogger });
    try {
      expect(await commandLineOf(redis.pid)).not.toContain('pAssw0rd');
      expect(redis.foundAs).toMatch(/on PATH|unpacked package/);
      if (process.platform === 'linux') expect(statSync(`/proc/${redis.pid}`).uid).not.toBe(0);
    } finally {
      await redis.stop();
    }
    expect(isAlive(redis.pid)).toBe(false);
  });
});

describe('ports', () => {
  it('says why a port cannot be bound', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    expect(await portRefusal('127.0.0.1', socket.address().port, ['udp'])).toBe('EADDRINUSE');
    socket.close();
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    expect(await portRefusal('127.0.0.1', (server.address() as { port: number }).port, ['tcp'])).toBe('EADDRINUSE');
    server.close();
    expect(await portRefusal('192.0.2.1', 0, ['tcp'])).toBe('EADDRNOTAVAIL');
  });
});
