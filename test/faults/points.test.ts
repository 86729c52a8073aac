import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { describe, expect, it } from 'vitest';
import { faultFiles, SRC } from './fault-files.ts';
import { instrument } from './instrument.ts';

const files = faultFiles().map((file) => ({ file, text: readFileSync(join(SRC, file), 'utf8') }));
const made = files.map(({ file, text }) => ({ file, text, ...instrument(file, text, './fault-runtime.ts') }));

/** Counted without the parser that makes the points: the word, outside of comments and of quoted text. */
const awaitsOf = (text: string): number =>
  [...text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'/g, '').matchAll(/\bawait\b/g)].length;

describe('fault points', () => {
  it('are at every await of a use case and of the steps of changes and calls (decision C26)', () => {
    const missing = made
      .filter(({ file, text, points }) => !file.startsWith('journal/') && awaitsOf(text) !== points.length)
      .map(({ file, text, points }) => `${file}: ${points.length} of ${awaitsOf(text)}`);
    expect(missing).toEqual([]);
    expect(made.flatMap(({ points }) => points).length).toBeGreaterThan(500);
  });

  it('have names of their own', () => {
    const names = made.flatMap(({ points }) => points);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  it('leave the module what it was: the same statements on the same lines', () => {
    for (const { file, text, code } of made) {
      const statements = (source: string) => (parseAst(source, { lang: 'ts' }, file).body as { type: string }[]).map(({ type }) => type);
      const after = statements(code);
      expect(code === text ? after : after.slice(1), file).toEqual(statements(text));
      expect(code.split('\n').length, file).toBe(text.split('\n').length);
    }
  }, 60_000);

  it('are in the journal at every call of the file system', () => {
    const disk = made.find(({ file }) => file === 'journal/file-journal.ts');
    expect(disk?.points).toContain('journal/file-journal:write#1');
  });

  it('wrap what is awaited, however it is nested', () => {
    const text = 'const f = async () => { for await (const x of await g()) await h(await x); };\n';
    const { code, points } = instrument('app/example.ts', text, './fault-runtime.ts');
    expect(points).toEqual(['app/example:f#1', 'app/example:f#2', 'app/example:f#3', 'app/example:f#4']);
    expect(() => parseAst(code, { lang: 'ts' })).not.toThrow();
  });
});
