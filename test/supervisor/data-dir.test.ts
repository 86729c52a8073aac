import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { decodeSealingKey } from '../../src/config/sealing-key.ts';
import { webhookPublicKey } from '../../src/config/webhook-key.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { stopLeftovers } from '../../src/local/leftovers.ts';
import { pidRecord, writePidFile } from '../../src/local/pid-file.ts';
import { isAlive } from '../../src/local/process-identity.ts';
import { claimDataDir } from '../../src/supervisor/data-dir.ts';
import { loadSecrets } from '../../src/supervisor/secrets.ts';
import { tempDataDir, until } from '../support/daemon.ts';

let dir: ReturnType<typeof tempDataDir>;
beforeEach(() => {
  dir = tempDataDir();
});
afterEach(() => dir.remove());

/** A process of another daemon's kind that lives until it is killed. */
function sleeper() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  return { pid: child.pid!, kill: () => child.kill('SIGKILL') };
}

describe('claimDataDir', () => {
  it('removes a left state.json first thing and locks the directory', async () => {
    writeFileSync(join(dir.path, 'state.json'), '{}');
    const claimed = await claimDataDir(dir.path);
    expect(existsSync(claimed.stateFile)).toBe(false);
    expect(existsSync(join(dir.path, 'supervisor.pid'))).toBe(true);
    claimed.release();
    expect(existsSync(join(dir.path, 'supervisor.pid'))).toBe(false);
  });

  it('refuses while the holder of the lock lives and leaves its state.json alone', async () => {
    const other = sleeper();
    try {
      writePidFile(join(dir.path, 'supervisor.pid'), pidRecord(other.pid, 'node'));
      writeFileSync(join(dir.path, 'state.json'), '{}');
      await expect(claimDataDir(dir.path)).rejects.toThrow(`pid ${other.pid}`);
      expect(existsSync(join(dir.path, 'state.json'))).toBe(true);
    } finally {
      other.kill();
    }
  });

  it.each([
    ['of a dead process', { pid: 2 ** 22 - 1, marker: 'node' }],
    ['whose pid is another process now', { pid: process.ppid, marker: 'node', startTicks: '1' }],
    ['that is damaged', 'garbage'],
  ])('takes over a lock %s', async (_, content) => {
    writeFileSync(join(dir.path, 'supervisor.pid'), typeof content === 'string' ? content : JSON.stringify(content));
    const claimed = await claimDataDir(dir.path);
    expect(JSON.parse(readFileSync(join(dir.path, 'supervisor.pid'), 'utf8'))).toMatchObject({ pid: process.pid });
    claimed.release();
  });
});

describe('loadSecrets', () => {
  const config = (env: NodeJS.ProcessEnv = {}) => loadConfig({ DATA_DIR: dir.path, ...env }, '/');
  const path = () => join(dir.path, 'secrets.json');

  it('makes them once, private, and keeps them', () => {
    const first = loadSecrets(config(), path());
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(loadSecrets(config(), path())).toEqual(first);
    expect(new Set(Object.values(first)).size).toBe(5);
    expect(decodeSealingKey(first.sealingKey)).toHaveLength(32);
    expect(Buffer.from(webhookPublicKey(first.sealingKey), 'base64')).toHaveLength(32);
    expect(webhookPublicKey(first.sealingKey)).toBe(webhookPublicKey(first.sealingKey));
  });

  it('prefers the settings', () => {
    expect(loadSecrets(config({ ADMIN_API_KEY: 'a-key-of-their-own' }), path()).adminApiKey).toBe('a-key-of-their-own');
  });

  it('refuses a damaged file rather than lock us out of the database', () => {
    writeFileSync(path(), '{');
    expect(() => loadSecrets(config(), path())).toThrow(/damaged/);
  });
});

describe('stopLeftovers', () => {
  it('ends the process its pid file names, and no other', async () => {
    const [left, reused, stranger] = [sleeper(), sleeper(), sleeper()];
    const run = join(dir.path, 'run');
    mkdirSync(run);
    try {
      writePidFile(join(run, 'api.pid'), pidRecord(left.pid, 'setInterval'));
      writePidFile(join(run, 'worker.pid'), { ...pidRecord(reused.pid, 'setInterval'), startTicks: '1' });
      writePidFile(join(run, 'redis.pid'), pidRecord(stranger.pid, 'redis-server'));
      writeFileSync(join(run, 'engine.pid'), '{"pid":1,"marker":"x"}');
      expect(await stopLeftovers(run, { selfMs: () => 0, termMs: 2000 }, silentLogger)).toEqual(['api']);
      expect(await until(() => !isAlive(left.pid), 2000)).toBe(true);
      expect([reused.pid, stranger.pid].map(isAlive)).toEqual([true, true]);
    } finally {
      for (const process of [left, reused, stranger]) process.kill();
    }
  });
});
