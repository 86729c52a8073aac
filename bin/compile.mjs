#!/usr/bin/env node
// Compiles src to dist when the sources are not those that were compiled last. A compiled process is up after a third of the processor
// time that one takes whose sources a loader translates (docs/adr/0013), and every role is a process. Types are checked elsewhere.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'dist/.compiled');
const lock = join(root, 'dist/.compiling');
const LOCK_MS = 120_000;
const LOOK_MS = 100;

/**
 * Brings dist up to date. What was installed without sources stays as it was built. With `onlyFirst` an old dist is told of and kept: a
 * daemon may be running on it.
 */
export function compileIfStale({ onlyFirst = false } = {}) {
  const wanted = fingerprint();
  if (wanted === undefined || compiled() === wanted) return;
  if (onlyFirst && compiled() !== undefined) {
    console.error('dialplane: the sources have changed since they were compiled; npm start compiles them');
    return;
  }
  const compiler = compilerOf();
  if (compiler === undefined) {
    console.error('dialplane: the sources are not those of dist, and there is no compiler: npm ci --include=dev');
    process.exit(2);
  }
  locked(() => {
    // Whoever held the lock before has done it.
    if (compiled() === wanted) return;
    if (compiled() === undefined) console.error('compiling (once after a change; some seconds)');
    const options = ['-p', 'tsconfig.build.json', '--noCheck', '--incremental', '--tsBuildInfoFile', 'dist/.tsbuildinfo'];
    const { status } = spawnSync(process.execPath, [compiler, ...options], { cwd: root, stdio: ['ignore', 2, 2] });
    if (status !== 0) {
      console.error('dialplane: the sources do not compile: `npm run typecheck` says why');
      rmSync(lock, { force: true });
      process.exit(2);
    }
    // As they were before: a file saved meanwhile makes another compile.
    writeFileSync(stamp, wanted);
  });
}

/** One at a time: a second compile would cut files that a first starter reads. A lock whose holder is gone is taken over. */
function locked(work) {
  mkdirSync(dirname(lock), { recursive: true });
  for (const end = Date.now() + LOCK_MS; !take(); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS)) {
    if (Date.now() < end && isAlive(Number(textOf(lock)))) continue;
    rmSync(lock, { force: true });
  }
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

function isAlive(pid) {
  try {
    // Not written yet: it was just taken.
    return pid === 0 || process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function compilerOf() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  } catch {
    return undefined;
  }
}

/** What the sources are: names, sizes and times. Not the times alone, which an unpacked archive may put back. Undefined: there are none. */
function fingerprint() {
  const src = join(root, 'src');
  if (statSync(src, { throwIfNoEntry: false }) === undefined) return undefined;
  const below = readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const all = [...below, ...['tsconfig.json', 'tsconfig.build.json', 'package.json'].map((name) => join(root, name))];
  const hash = createHash('sha256');
  for (const file of all.sort()) {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found !== undefined) hash.update(`${file.slice(root.length)} ${found.size} ${found.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function compiled() {
  return textOf(stamp) || undefined;
}

function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) compileIfStale();
