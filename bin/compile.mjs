#!/usr/bin/env node
// Compiles src to dist when a source is newer than what was compiled last. A compiled process is up after a third of the processor time
// that one takes whose sources a loader translates (docs/adr/0013), and every role is a process. Types are checked elsewhere.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'dist/.compiled');

/** Brings dist up to date; what is installed without sources or without the compiler stays as it was built. */
export function compileIfStale() {
  const compiler = compilerOf();
  const newest = newestSource();
  if (compiler === undefined || newest === undefined || newest < (changedAt(stamp) ?? Number.NEGATIVE_INFINITY)) return;
  // The time before, so that a file saved meanwhile counts as newer.
  const startedAt = new Date();
  if (changedAt(stamp) === undefined) console.error('compiling (once after a change; some seconds)');
  const options = ['-p', 'tsconfig.build.json', '--noCheck', '--incremental', '--tsBuildInfoFile', 'dist/.tsbuildinfo'];
  const { status } = spawnSync(process.execPath, [compiler, ...options], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    console.error('dialplane: the sources do not compile: `npm run typecheck` says why');
    process.exit(2);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, '');
  utimesSync(stamp, startedAt, startedAt);
}

function compilerOf() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  } catch {
    return undefined;
  }
}

/** When a source or what is said to the compiler changed last; undefined where there are no sources. */
function newestSource() {
  const src = join(root, 'src');
  if (changedAt(src) === undefined) return undefined;
  const below = readdirSync(src, { recursive: true, withFileTypes: true }).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const all = [...below, ...['tsconfig.json', 'tsconfig.build.json', 'package.json'].map((name) => join(root, name))];
  return all.reduce((newest, file) => Math.max(newest, changedAt(file) ?? 0), 0);
}

function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) compileIfStale();
