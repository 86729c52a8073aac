import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalAdopter, LeftJournal } from '../app/ports/journal.ts';
import type { Logger } from '../kit/log.ts';
import { takeFolder } from './folder.ts';
import { dropSegments, listSegments, readSegments } from './segments.ts';

/** Builds the adopter of journals below `root`, one folder an agent. */
export function createJournalAdopter(root: string, log: Logger): JournalAdopter {
  return {
    async adopt() {
      return foldersIn(root).flatMap((agentId) => {
        const folder = join(root, agentId);
        return takeFolder(folder) ? [leftJournal(folder, agentId, log)] : [];
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

function leftJournal(folder: string, agentId: string, log: Logger): LeftJournal {
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
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
