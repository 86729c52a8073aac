import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isAlive, ownOwner, parseOwner } from './owner.ts';

const OWNER_FILE = 'owner.json';
/** An owner we cannot see is gone when it gave no sign of life for this long; it gives one at every heartbeat. */
const SILENT_MS = 60_000;

/** What says of a folder that it is this process'. */
export const ownClaim = (): string => JSON.stringify(ownOwner());

/** Makes the folder of a new journal, owned by this process from the moment it can be seen. Throws when that cannot be. */
export function makeFolder(folder: string, claim: string): void {
  const draft = join(dirname(folder), `.${basename(folder)}`);
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  writeFileSync(join(draft, OWNER_FILE), claim, { mode: 0o600 });
  renameSync(draft, folder);
}

/** Whether a folder is there and owned as `claim` says. */
export const isOwned = (folder: string, claim: string): boolean => readOrEmpty(join(folder, OWNER_FILE)) === claim;

/** A sign of life of the owner. */
export function touchFolder(folder: string): void {
  const now = new Date();
  utimesSync(join(folder, OWNER_FILE), now, now);
}

/** Takes back a folder that another took from this process, which lives: nobody has more right to it. Made anew where it was deleted. */
export function takeBack(folder: string, claim: string): void {
  const mine = join(folder, `owner.${randomUUID()}.json`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(mine, claim, { mode: 0o600 });
    renameSync(mine, join(folder, OWNER_FILE));
  } finally {
    // On a full disk it is tried at every sign of life, and must not leave a file each time.
    rmSync(mine, { force: true });
  }
}

/**
 * Takes the journal of an owner that is gone; false when it lives, or another took it first. Nothing is held open or must be let go:
 * who owns a journal is written in it and asked of the system, so the claim of a killed process ends with it. The old owner's file
 * is moved away, which one of several succeeds in; the moved text is compared, lest it be the fresh claim of another, and its age, lest
 * the owner has just given a sign of life. Not `steady`: an owner nobody here can see is left alone, because its age says nothing now.
 */
export function takeFolder(folder: string, claim: string, steady: boolean): boolean {
  const path = join(folder, OWNER_FILE);
  const text = readOrEmpty(path);
  if (text !== '' && !isGone(path, text, steady)) return false;
  // Processes of two containers may have the same number.
  const draft = join(folder, `owner.${randomUUID()}`);
  const [aside, mine] = [`${draft}.gone`, `${draft}.json`];
  try {
    writeFileSync(mine, claim, { mode: 0o600 });
    if (text !== '') {
      renameSync(path, aside);
      if (readOrEmpty(aside) !== text || !isGone(aside, text, steady)) {
        linkSync(aside, path);
        return false;
      }
    }
    // A hard link is made whole or not at all, and never over another.
    linkSync(mine, path);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(mine, { force: true });
    rmSync(aside, { force: true });
  }
}

function isGone(path: string, text: string, steady: boolean): boolean {
  const owner = parseOwner(text);
  const alive = owner === undefined ? 'unknown' : isAlive(owner);
  if (alive !== 'unknown') return alive === 'no';
  if (!steady) return false;
  try {
    return Date.now() - statSync(path).mtimeMs > SILENT_MS;
  } catch {
    return false;
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
