import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalAdopter, LeftJournal } from '../app/ports/journal.ts';
import type { Logger } from '../kit/log.ts';
import { isOwned, ownClaim, takeFolder } from './folder.ts';
import { dropSegments, listSegments, readSegments } from './segments.ts';

/** Builds the adopter of journals below `root`, one folder an agent. */
export function createJournalAdopter(root: string, log: Logger): JournalAdopter {
  return {
    async adopt(steady) {
      const claim = ownClaim();
      return foldersIn(root).flatMap((agentId) => {
        const folder = join(root, agentId);
        return takeFolder(folder, claim, steady) ? [leftJournal(folder, agentId, claim, log)] : [];
      });
    },
  };
}

function foldersIn(root: string): string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

function leftJournal(folder: string, agentId: string, claim: string, log: Logger): LeftJournal {
  let segments = listSegments(folder);
  let last = 0;
  return {
    agentId,
    get last() {
      return last;
    },
    async *readAfter(n) {
      const torn = (path: string) => log.warn('a segment of the journal is torn', { path });
      for await (const records of readSegments(segments, n, torn)) {
        last = Math.max(last, records.at(-1)?.n ?? 0);
        yield records;
      }
    },
    forget(n) {
      segments = dropSegments(segments, n);
    },
    get isOurs() {
      return isOwned(folder, claim);
    },
    remove() {
      if (!isOwned(folder, claim)) return false;
      const found = listSegments(folder);
      const isRead = found.every(({ path, bytes }) => segments.some((one) => one.path === path && one.bytes === bytes));
      segments = found;
      if (isRead) rmSync(folder, { recursive: true, force: true });
      return isRead;
    },
  };
}
