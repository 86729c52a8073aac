import { chmod, lstat, mkdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRoot } from './service-identity.ts';
import { SetUpError } from './set-up-error.ts';

/**
 * A directory of ours that survives restarts and that a service run as `nobody` can read: unpacked programs live there.
 * It is used only if it belongs to us and nobody else may write it, because programs are run from it.
 */
export async function cacheDir(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const candidates = isRoot() ? ['/var/cache/dialplane'] : homeCaches(env);
  candidates.push(join(tmpdir(), `dialplane-${process.getuid?.() ?? 'user'}`));
  for (const candidate of candidates) {
    if (await claim(candidate)) return candidate;
  }
  throw new SetUpError(`no directory for unpacked programs: none of ${candidates.join(', ')} can be written by this user alone`);
}

function homeCaches(env: NodeJS.ProcessEnv): string[] {
  if (env.XDG_CACHE_HOME) return [join(env.XDG_CACHE_HOME, 'dialplane')];
  const home = homedir();
  return home.length > 1 ? [join(home, '.cache', 'dialplane')] : [];
}

async function claim(dir: string): Promise<boolean> {
  try {
    await mkdir(dir, { recursive: true });
    const found = await lstat(dir);
    if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid)) return false;
    await chmod(dir, 0o755);
    return true;
  } catch {
    return false;
  }
}
