import { dirname, join, relative, sep } from 'node:path';
import type { Plugin } from 'vitest/config';

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = join(ROOT, 'src');
const COMPILED = join(ROOT, 'dist');

/** Files that Node loads by itself, as they are. */
export const COMPILED_FILES = /\/dist\/.*\.js$/;

/**
 * Gives a test that imports `src/x.ts` the compiled `dist/x.js`, as every process runs it (docs/adr/0013). Translated and wrapped by the
 * test runner, an api test takes 6 s of processor time before its first line; Node loads the same in 1 s, and runs it in half the time.
 */
export const compiledSources = (): Plugin => ({
  name: 'compiled-sources',
  enforce: 'pre',
  resolveId(source, importer) {
    if (importer === undefined || !source.startsWith('.') || !source.endsWith('.ts')) return null;
    const path = relative(SOURCES, join(dirname(importer), source));
    return path.startsWith(`..${sep}`) ? null : join(COMPILED, path.replace(/\.ts$/, '.js'));
  },
});
