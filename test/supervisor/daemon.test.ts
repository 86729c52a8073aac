import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { chownSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLineOf } from '../../src/local/process-identity.ts';
import { aliveOf, type Daemon, descendantsOf, readState, startDaemon, tempDataDir, until } from '../support/daemon.ts';
import { compiled } from '../support/program.ts';

// These tests are about the supervisor: where the SIP server does not matter they do not start ours.
const ELSEWHERE = { DRACHTIO_URL: 'drachtio://:nobody@127.0.0.1:9' };
const WITHIN_MS = 240_000;
/** How long is waited for what a machine with nothing else to do has done in a second or two. */
const PATIENCE_MS = 60_000;
/** Processes end within two seconds (decision C18), and a busy machine takes a while to run and to bury them. */
const GONE_MS = 20_000;

let dataDir: ReturnType<typeof tempDataDir>;
let daemons: Daemon[];
beforeEach(() => {
  dataDir = tempDataDir();
  daemons = [];
});
afterEach(async () => {
  for (const daemon of daemons) {
    const below = daemon.process.pid === undefined ? [] : descendantsOf(daemon.process.pid);
    daemon.process.kill('SIGKILL');
    await daemon.exited;
    for (const pid of aliveOf(below)) endIfAlive(pid);
  }
  dataDir.remove();
});

/** It may end by itself between the look and the kill. */
function endIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function start(env: Readonly<Record<string, string>> = ELSEWHERE, options: { uid?: number } = {}): Daemon {
  const daemon = startDaemon(dataDir.path, env, options);
  daemons.push(daemon);
  return daemon;
}

async function sql(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}

describe('the daemon', () => {
  it.each([
    ['--help', 0, 'stdout', /^dialplane start takes no arguments: settings come from the environment/],
    ['--port', 2, 'stderr', /^dialplane: --port: dialplane start takes no arguments/],
  ] as const)('starts nothing when it is given %s, and says how it is told', (argument, code, stream, says) => {
    const { file, execArgv } = compiled('main');
    const ended = spawnSync(process.execPath, [...execArgv, file, argument], { encoding: 'utf8' });
    expect([ended.status, ended[stream]]).toEqual([code, expect.stringMatching(says)]);
  });

  it(
    'writes a private state.json, refuses a second daemon, revives each dead part on its ports, and ends clean on SIGTERM',
    async () => {
      const daemon = start({});
      const before = await daemon.state();
      expect(statSync(join(dataDir.path, 'state.json')).mode & 0o777).toBe(0o600);
      expect(statSync(join(dataDir.path, 'secrets.json')).mode & 0o777).toBe(0o600);
      expect(before.pid).toBe(daemon.process.pid);
      expect(Object.keys(before.pids).sort()).toEqual(['agent', 'api', 'engine', 'postgres', 'redis', 'supervisor', 'worker']);
      expect(before.admin_api_key.length).toBeGreaterThanOrEqual(32);
      for (const url of Object.values(before.metrics_urls)) expect((await fetch(url)).status).toBe(200);

      const second = await start().exited;
      expect(second.code).toBe(2);
      expect(second.stderr).toMatch(/^dialplane: DATA_DIR: another daemon \(pid \d+\) runs on .*\n$/);
      expect(readState(dataDir.path)).toEqual(before);

      const killed = ['api', 'redis', 'postgres', 'engine'];
      for (const part of killed) process.kill(before.pids[part]!, 'SIGKILL');
      const after = await until(() => {
        const now = readState(dataDir.path);
        const revived = killed.every((part) => now?.pids[part] !== undefined && now.pids[part] !== before.pids[part]);
        return revived && now;
      }, PATIENCE_MS);
      expect(after?.http_url).toBe(before.http_url);
      expect([after?.sip_port, after?.drachtio_url]).toEqual([before.sip_port, before.drachtio_url]);
      expect(after?.database_url).toBe(before.database_url);
      expect((await fetch(`${before.http_url}/livez`)).status).toBe(200);
      expect(await sql(before.database_url, 'select 1 as one')).toEqual([{ one: 1 }]);
      const redis = new Redis(before.redis_url);
      expect(await redis.config('GET', 'appendonly')).toContain('yes');
      redis.disconnect();

      const below = descendantsOf(before.pid);
      expect(below.length).toBeGreaterThanOrEqual(7);
      daemon.process.kill('SIGTERM');
      const { code } = await daemon.exited;
      expect(code).toBe(0);
      expect(readState(dataDir.path)).toBeUndefined();
      expect(await until(() => aliveOf(below).length === 0, GONE_MS)).toBe(true);
      expect(readdirSync(join(dataDir.path, 'run'))).toEqual([]);
    },
    WITHIN_MS,
  );

  it(
    'leaves nothing behind after kill -9, and starts again on its data',
    async () => {
      const daemon = start({});
      const state = await daemon.state();
      await sql(state.database_url, 'create table kept as select 42 as answer');
      const below = descendantsOf(state.pid);
      process.kill(state.pid, 'SIGKILL');
      await daemon.exited;
      expect(await until(() => aliveOf(below).length === 0, GONE_MS)).toBe(true);

      const again = start({ ...ELSEWHERE, PROCESS: 'single' });
      const next = await again.state();
      expect(await sql(next.database_url, 'select answer from kept')).toEqual([{ answer: 42 }]);
      expect(next.admin_api_key).toBe(state.admin_api_key);
      expect(new Set([next.pids.api, next.pids.agent, next.pids.worker]).size).toBe(1);
      again.process.kill('SIGINT');
      expect((await again.exited).code).toBe(0);
    },
    WITHIN_MS,
  );

  it(
    'finds and ends by its pid files what even the watchdogs could not end',
    async () => {
      const daemon = start({ ...ELSEWHERE, ROLES: 'api' });
      const state = await daemon.state();
      for (const pid of descendantsOf(state.pid))
        if ((await commandLineOf(pid)).includes('dialplane-watchdog')) process.kill(pid, 'SIGKILL');
      process.kill(state.pid, 'SIGKILL');
      await daemon.exited;
      const services = [state.pids.postgres!, state.pids.redis!];
      expect(aliveOf(services)).toEqual(services);

      const again = start({ ...ELSEWHERE, ROLES: 'api,agent,agent' });
      expect(Object.keys((await again.state()).pids).sort()).toEqual(['agent', 'agent-2', 'api', 'postgres', 'redis', 'supervisor']);
      expect(aliveOf(services)).toEqual([]);
      again.process.kill('SIGTERM');
      const { code, stdout } = await again.exited;
      expect(code).toBe(0);
      expect(stdout).toContain('a process of an earlier run is still there');
    },
    WITHIN_MS,
  );

  it(
    'ends with npm, also when npm is killed',
    async () => {
      const daemon = startDaemon(dataDir.path, { ...ELSEWHERE, ROLES: 'api' }, { byNpm: true });
      daemons.push(daemon);
      await daemon.state();
      const below = descendantsOf(daemon.process.pid!);
      daemon.process.kill('SIGKILL');
      await daemon.exited;
      expect(await until(() => aliveOf(below).length === 0, GONE_MS)).toBe(true);
      expect(readState(dataDir.path)).toBeUndefined();
    },
    WITHIN_MS,
  );

  it(
    'ends at once on a second signal, and nothing stays',
    async () => {
      const daemon = start({ ...ELSEWHERE, ROLES: 'api' });
      const state = await daemon.state();
      const below = descendantsOf(state.pid);
      // A stopped process cannot answer the drain: the supervisor waits for it until told again.
      process.kill(state.pids.api!, 'SIGSTOP');
      daemon.process.kill('SIGINT');
      expect(await until(() => daemon.process.exitCode !== null, 500)).toBeUndefined();
      daemon.process.kill('SIGINT');
      expect((await daemon.exited).code).toBe(130);
      expect(readState(dataDir.path)).toBeUndefined();
      expect(await until(() => aliveOf(below).length === 0, GONE_MS)).toBe(true);
    },
    WITHIN_MS,
  );

  it(
    'stops what it had started when it is told to end during the start',
    async () => {
      const daemon = start();
      const below = await until(() => {
        const found = descendantsOf(daemon.process.pid!);
        return found.length >= 2 && found;
      }, PATIENCE_MS);
      daemon.process.kill('SIGTERM');
      expect((await daemon.exited).code).toBe(0);
      expect(await until(() => aliveOf(below ?? []).length === 0, GONE_MS)).toBe(true);
      expect(readState(dataDir.path)).toBeUndefined();
    },
    WITHIN_MS,
  );

  it.runIf(process.getuid?.() === 0 && readableByAll(import.meta.dirname))(
    'runs for an ordinary user as well as for root',
    async () => {
      const NOBODY = 65534;
      chownSync(dataDir.path, NOBODY, NOBODY);
      const daemon = start({ ...ELSEWHERE, ROLES: 'api', HOME: '/nonexistent' }, { uid: NOBODY });
      const state = await daemon.state();
      expect(statSync(join(dataDir.path, 'postgres-18')).uid).toBe(NOBODY);
      expect(await sql(state.database_url, 'select 1 as one')).toEqual([{ one: 1 }]);
      daemon.process.kill('SIGTERM');
      expect((await daemon.exited).code).toBe(0);
    },
    WITHIN_MS,
  );
});

describe('a start that cannot be', () => {
  async function refusal(env: Readonly<Record<string, string>>): Promise<string> {
    const { code, stderr, stdout } = await start(env).exited;
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    return stderr;
  }

  it('names HTTP_PORT when it is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    expect(await refusal({ ...ELSEWHERE, HTTP_PORT: String(port) })).toContain(`HTTP_PORT: 127.0.0.1:${port} is taken`);
    server.close();
  });

  it('names SIP_PORT when only its UDP side is taken', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const { port } = socket.address();
    expect(await refusal({ SIP_PORT: String(port) })).toContain(`SIP_PORT: 127.0.0.1:${port} is taken`);
    socket.close();
  });

  it('asks for SEALING_KEY when the data outlives this directory (decision B18)', async () => {
    expect(await refusal({ ...ELSEWHERE, DATABASE_URL: 'postgres://u:p@127.0.0.1:9/x' })).toContain('SEALING_KEY');
    expect(await refusal({ ...ELSEWHERE, ROLES: 'worker' })).toContain('SEALING_KEY');
  });

  it('names a bad setting', async () => {
    expect(await refusal({ SIP_RING_TIMEOUT_MS: 'long' })).toContain('SIP_RING_TIMEOUT_MS');
  });
});

/** True when every directory above lets other users through, as the checkout must for a second user. */
function readableByAll(dir: string): boolean {
  for (let at = dir; at !== '/'; at = join(at, '..')) if ((statSync(at).mode & 0o005) !== 0o005) return false;
  return true;
}
