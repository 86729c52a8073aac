import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const page = readFileSync(join(ROOT, 'docs/INVARIANTS.md'), 'utf8');

/** Each row of the page's table, above what is written there by runs: its number and the test files it names. */
const rows = [...(page.split('\n## ')[0] ?? '').matchAll(/^\| (\d+) \|.*\| ([^|]*) \|$/gm)].map(([, number, files]) => ({
  number: Number(number),
  files: [...(files ?? '').matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file ?? ''),
}));

describe('docs/INVARIANTS.md', () => {
  it.each(rows)('names tests of invariant $number that bear its number', ({ number, files }) => {
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(readFileSync(join(ROOT, file), 'utf8'), file).toMatch(new RegExp(`['"\`]invariant ${number}[:/ ]`));
  });

  it('leaves out no invariant that a test bears', () => {
    const tested = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts') && name !== 'invariants.test.ts')
      .flatMap((name) =>
        [...readFileSync(join(ROOT, 'test', name), 'utf8').matchAll(/['"`]invariant (\d+)[:/ ]/g)].map(([, n]) => Number(n)),
      );
    expect([...new Set(tested)].filter((number) => !rows.some((row) => row.number === number))).toEqual([]);
  });
});
