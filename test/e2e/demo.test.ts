import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { aliveOf, descendantsOf, tempDataDir, until } from '../support/daemon.ts';
import { compiled } from '../support/program.ts';

describe('the demo', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)(
    'leaves nothing running after %s',
    async (signal) => {
      const dataDir = tempDataDir();
      const { file, execArgv } = compiled('demo/main');
      const demo = spawn(process.execPath, [...execArgv, file], {
        cwd: new URL('../../', import.meta.url),
        env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, DATA_DIR: dataDir.path },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let printed = '';
      demo.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
      });
      const exited = once(demo, 'exit');
      try {
        expect(await until(() => printed.includes('Ctrl-C ends everything.'), 60_000), printed).toBe(true);
        const below = descendantsOf(demo.pid as number);
        expect(below.length).toBeGreaterThanOrEqual(7);
        demo.kill(signal);
        const [code] = await exited;
        if (signal === 'SIGINT') expect(code).toBe(0);
        expect(await until(() => aliveOf(below).length === 0, 20_000)).toBe(true);
      } finally {
        demo.kill('SIGKILL');
        dataDir.remove();
      }
    },
    120_000,
  );
});
