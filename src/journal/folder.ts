import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isAlive, ownOwner, parseOwner } from './owner.ts';

const OWNER_FILE = 'owner.json';
/** An owner we cannot see is gone when it gave no sign of life for this long; it gives one at every heartbeat. */
const SILENT_MS = 60_000;

/** Makes the folder of a new journal, owned by this process from the moment it can be seen. Throws when that cannot be. */
export function makeFolder(folder: string): void {
  const draft = join(dirname(folder), `.${basename(folder)}`);
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  writeFileSync(join(draft, OWNER_FILE), JSON.stringify(ownOwner()), { mode: 0o600 });
  renameSync(draft, folder);
}

/** A sign of life of the owner. */
export function touchFolder(folder: string): void {
  const now = new Date();
  utimesSync(join(folder, OWNER_FILE), now, now);
}

/**
 * Takes the journal of an owner that is gone; false when it lives, or another took it first. Nothing is held open or must be let go:
 * who owns a journal is written in it and asked of the system, so the claim of a killed process ends with it. The old owner's file
 * is moved away, which one of several succeeds in; the moved text is compared, lest it be the fresh claim of another.
 */
export function takeFolder(folder: string): boolean {
  const path = join(folder, OWNER_FILE);
  const text = readOrEmpty(path);
  if (text !== '' && !isGone(path, text)) return false;
  const aside = join(folder, `owner.${process.pid}.gone`);
  const mine = join(folder, `owner.${process.pid}.json`);
  try {
    writeFileSync(mine, JSON.stringify(ownOwner()), { mode: 0o600 });
    if (text !== '') {
      renameSync(path, aside);
      if (readOrEmpty(aside) !== text) {
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

function isGone(path: string, text: string): boolean {
  const owner = parseOwner(text);
  const alive = owner === undefined ? 'unknown' : isAlive(owner);
  if (alive !== 'unknown') return alive === 'no';
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
