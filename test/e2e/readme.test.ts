import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { tempDataDir } from '../support/daemon.ts';

const ROOT = new URL('../../', import.meta.url);

/** What differs from run to run and from machine to machine: numbers, and how a service was found. */
const shape = (text: string): string[] =>
  text
    .split('\n')
    .map((line) =>
      line
        .replace(/^( +(?:redis|postgres|engine)): .*/, '$1: …')
        .replace(/port \d+ is taken.*/, '')
        .replaceAll(/\d+(\.\d+)?/g, '0')
        .replaceAll(/ +/g, ' ')
        .trim(),
    )
    .filter((line) => line !== '')
    // The two services come up side by side: either may be first.
    .toSorted();

describe('the README', () => {
  it('shows what the demo prints', async () => {
    const dataDir = tempDataDir();
    try {
      const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'demo', '--', '--once'], {
        cwd: ROOT,
        env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, DATA_DIR: dataDir.path },
      });
      const readme = readFileSync(new URL('README.md', ROOT), 'utf8');
      const shown = /npm ci && npm run demo\n```\n\n```\n([\s\S]*?)\n```/.exec(readme)?.[1] ?? '';
      expect(shape(stdout)).toEqual(shape(shown));
    } finally {
      dataDir.remove();
    }
  }, 90_000);

  it('links only to what is there', () => {
    const readme = readFileSync(new URL('README.md', ROOT), 'utf8');
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link ?? '').filter((link) => !/^https?:/.test(link));
    expect(links.length).toBeGreaterThan(5);
    const missing = links.filter((link) => {
      try {
        return readFileSync(new URL(link, ROOT)).length === 0;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code !== 'EISDIR';
      }
    });
    expect(missing).toEqual([]);
  });
});
