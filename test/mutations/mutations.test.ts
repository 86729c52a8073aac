import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutated, SRC } from './apply-mutation.ts';
import { MUTATIONS } from './mutations.ts';
import { seenBy } from './mutations-page.ts';
import { runMutation } from './run-mutation.ts';

const ROOT = join(SRC, '..');
const page = readFileSync(join(ROOT, 'docs/INVARIANTS.md'), 'utf8');

describe('mutations', () => {
  it.each(MUTATIONS)('$name takes out a guard that is there, once, and is seen by a test of its invariant', (mutation) => {
    const text = readFileSync(join(SRC, mutation.file), 'utf8');
    expect(mutated(mutation, text)).not.toBe(text);
    expect(readFileSync(join(ROOT, mutation.test), 'utf8')).toMatch(new RegExp(`invariants? ${mutation.invariant}\\b`));
  });

  it('have names of their own', () => {
    expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length);
  });

  it('leave out no invariant of docs/INVARIANTS.md', () => {
    const rows = [...(page.split('\n## ')[0] ?? '').matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
    expect(rows.length).toBeGreaterThanOrEqual(13);
    expect(rows.filter((number) => !MUTATIONS.some(({ invariant }) => invariant === number))).toEqual([]);
  });

  it('are on the page of the invariants, each with the test that saw it', () => {
    const seen = seenBy();
    expect([...seen.keys()]).toEqual(MUTATIONS.map(({ name }) => name));
    expect(MUTATIONS.filter(({ name, test }) => !seen.get(name)?.startsWith(`\`${test}\`: `))).toEqual([]);
  });

  it.each(MUTATIONS.filter(({ alone }) => alone))(
    '$name turns its test red',
    async (mutation) => {
      const { applied, red } = await runMutation(mutation);
      expect([applied, red.length > 0]).toEqual([true, true]);
    },
    180_000,
  );
});
