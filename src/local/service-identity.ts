import { stat } from 'node:fs/promises';
import { runCommand } from './run-command.ts';

/** The user a service runs as when it must not run as ours. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY = 65534;

/** True for a process with root's powers. */
export const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * Who runs a service whose files live in `dir`: ourselves (undefined) for an ordinary user; as root the owner of the files that
 * are there already, else `nobody`, because Postgres refuses root and Redis has no need of it.
 */
export async function serviceIdentity(dir: string): Promise<Identity | undefined> {
  if (!isRoot()) return undefined;
  const owner = await stat(dir).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const [uid, gid] = await Promise.all([lookUp('-u'), lookUp('-g')]);
  return { uid, gid };
}

async function lookUp(flag: '-u' | '-g'): Promise<number> {
  const { code, stdout } = await runCommand('id', [flag, 'nobody'], { timeoutMs: 2000 });
  const id = Number.parseInt(stdout, 10);
  return code === 0 && Number.isInteger(id) && id > 0 ? id : NOBODY;
}
