import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../kit/log.ts';
import { cacheDir } from './cache-dir.ts';
import { type CommandOutcome, runCommand } from './run-command.ts';

/** A program and the environment it needs. */
export interface RedisProgram {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
  readonly foundAs: string;
}

const PROGRAMS = ['redis-server', 'redis-tools'];
const LIBRARIES = ['libjemalloc2', 'liblzf1', 'liblua5.1-0', 'lua-cjson', 'lua-bitop', 'libatomic1'];
/** Present on most machines; fetched one by one, where they exist by that name, only if the program says it lacks something. */
const MORE_LIBRARIES = [
  'libssl3',
  'libssl3t64',
  'libsystemd0',
  'libgcc-s1',
  'libstdc++6',
  'libcap2',
  'liblz4-1',
  'libzstd1',
  'liblzma5',
  'libgcrypt20',
];

/**
 * Redis from the distribution's own packages, unpacked into our cache without installing anything and without root
 * (ecosystem B.4). Undefined where there is no apt, or where it cannot deliver.
 */
export async function unpackedRedis(log: Logger, signal?: AbortSignal): Promise<RedisProgram | undefined> {
  const cache = await cacheDir();
  const home = join(cache, 'redis');
  const cached = await programIn(home);
  if (cached !== undefined) return cached;
  if (process.platform !== 'linux' || (await runCommand('dpkg-deb', ['--version'])).code !== 0) return undefined;
  log.info('redis: not on PATH; unpacking the distribution package into the cache', { cache: home });
  const draft = await mkdtemp(join(cache, 'draft-'));
  try {
    await chmod(draft, 0o755);
    const apt = await downloader(draft, log, signal);
    if (apt === undefined || !(await unpack(apt, draft, log))) return undefined;
    await Promise.all(['apt', 'debs'].map((name) => rm(join(draft, name), { recursive: true, force: true })));
    // Two starts may unpack at once: the first one's result serves both. What is there and does not run is replaced.
    if ((await programIn(home)) === undefined) {
      await rm(home, { recursive: true, force: true });
      await rename(draft, home).catch(() => {});
    }
    return await programIn(home);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

type Download = (names: readonly string[]) => Promise<CommandOutcome>;

/** A function that downloads packages, after a private `apt-get update` when the machine's own lists are empty. */
async function downloader(draft: string, log: Logger, signal?: AbortSignal): Promise<Download | undefined> {
  const debs = join(draft, 'debs');
  await mkdir(debs);
  const plain = ['-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User=', '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=20'];
  const download =
    (flags: readonly string[]): Download =>
    (names) =>
      apt([...flags, 'download', ...names], debs, signal);
  const first = await download(plain)(PROGRAMS);
  if (first.code === 0) return download(plain);
  if (first.code === null) return undefined;
  log.info('redis: the package lists of this machine are empty or old; fetching them privately');
  const lists = join(draft, 'apt', 'lists');
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(draft, 'apt', 'cache', 'archives', 'partial'), { recursive: true });
  const own = [...plain, '-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${join(draft, 'apt', 'cache')}`];
  const update = await apt([...own, 'update'], debs, signal);
  if (update.code === 0 && (await download(own)(PROGRAMS)).code === 0) return download(own);
  log.warn('redis: apt-get could not deliver it', { said: update.stderr.trim().split('\n').at(-1) ?? '' });
  return undefined;
}

function apt(args: readonly string[], cwd: string, signal?: AbortSignal): Promise<CommandOutcome> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => /^(PATH|HOME|TMPDIR|.*_proxy)$/i.test(key))) as Record<
    string,
    string
  >;
  return runCommand('apt-get', args, { cwd, env: { ...env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }, timeoutMs: 120_000, signal });
}

async function unpack(download: Download, draft: string, log: Logger): Promise<boolean> {
  if ((await download(LIBRARIES)).code !== 0) for (const name of LIBRARIES) await download([name]);
  await unpackAll(draft);
  if ((await programIn(draft)) !== undefined) return true;
  for (const name of MORE_LIBRARIES) await download([name]);
  await unpackAll(draft);
  if ((await programIn(draft)) !== undefined) return true;
  log.warn('redis: the unpacked package does not run here');
  return false;
}

async function unpackAll(draft: string): Promise<void> {
  const debs = join(draft, 'debs');
  for (const file of await readdir(debs)) {
    if (file.endsWith('.deb')) await runCommand('dpkg-deb', ['-x', join(debs, file), join(draft, 'root')]);
  }
}

/** The unpacked program in `home`, if it is there and runs. */
async function programIn(home: string): Promise<RedisProgram | undefined> {
  const command = join(home, 'root', 'usr', 'bin', 'redis-server');
  if (!existsSync(command)) return undefined;
  const libraryDirs: string[] = [];
  for (const base of ['usr/lib', 'lib']) {
    for (const entry of await readdir(join(home, 'root', base), { withFileTypes: true }).catch(() => [])) {
      if (entry.isDirectory() && entry.name.includes('-linux-')) libraryDirs.push(join(home, 'root', base, entry.name));
    }
  }
  const env = { LD_LIBRARY_PATH: libraryDirs.join(':') };
  const { code } = await runCommand(command, ['--version'], { env, cwd: '/' });
  return code === 0 ? { command, env, foundAs: 'unpacked package' } : undefined;
}
