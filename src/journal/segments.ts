import { readdirSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalRecord } from '../app/ports/journal.ts';
import { decodeSegment } from './record-line.ts';

/** One file of a journal: its first record's number is its name. */
export interface Segment {
  readonly path: string;
  readonly first: number;
  bytes: number;
}

const NAME = /^([0-9]{16})\.log$/;

/** Where the segment that begins with record `first` lies. */
export const segmentPath = (folder: string, first: number): string => join(folder, `${String(first).padStart(16, '0')}.log`);

/** The segments of a journal, oldest first. */
export function listSegments(folder: string): Segment[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const [, first] = NAME.exec(name) ?? [];
      const path = join(folder, name);
      return first === undefined ? [] : [{ path, first: Number(first), bytes: statSync(path).size }];
    })
    .toSorted((a, b) => a.first - b.first);
}

/** The records after `n`, a segment at a time; `onTorn` hears of each whose end was cut off. */
export async function* readSegments(
  segments: readonly Segment[],
  n: number,
  onTorn: (path: string) => void,
): AsyncGenerator<readonly JournalRecord[]> {
  for (const [index, { path }] of segments.entries()) {
    const next = segments[index + 1];
    if (next !== undefined && next.first <= n + 1) continue;
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      // Forgotten while we read: all of it is in Postgres.
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const { records, torn } = decodeSegment(text);
    if (torn) onTorn(path);
    const wanted = records.filter((record) => record.n > n);
    if (wanted.length > 0) yield wanted;
  }
}

/** Deletes the segments that hold nothing after `n` and returns the others. The newest stays: it is being written. */
export function dropSegments(segments: readonly Segment[], n: number): Segment[] {
  return segments.filter((segment, index) => {
    const next = segments[index + 1];
    if (next === undefined || next.first > n + 1) return true;
    rmSync(segment.path, { force: true });
    return false;
  });
}
