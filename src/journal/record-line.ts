import { crc32 } from 'node:zlib';
import type { JournalRecord } from '../app/ports/journal.ts';
import type { CallEvent } from '../domain/call-event.ts';

/** `crc n release event` and a line feed, which JSON never contains; the sum covers all behind it. */
export function encodeLine(n: number, event: CallEvent, release: readonly string[] | null): string {
  const text = `${n} ${release === null ? '-' : JSON.stringify(release)} ${JSON.stringify(event)}`;
  return `${sumOf(text)} ${text}\n`;
}

const sumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

/** The record of a line without its line feed; undefined where the line is torn or damaged. */
export function decodeLine(line: string): JournalRecord | undefined {
  if (line.slice(0, 8) !== sumOf(line.slice(9))) return undefined;
  const atRelease = line.indexOf(' ', 9);
  // Ids hold no blank, so the release holds none either.
  const atEvent = line.indexOf(' ', atRelease + 1);
  if (atRelease < 0 || atEvent < 0) return undefined;
  try {
    const release = line.slice(atRelease + 1, atEvent);
    return {
      n: Number(line.slice(9, atRelease)),
      event: JSON.parse(line.slice(atEvent + 1)) as CallEvent,
      release: release === '-' ? null : (JSON.parse(release) as string[]),
    };
  } catch {
    return undefined;
  }
}

/** The records of a segment up to the first line that is torn or damaged: what a killed process was writing then. */
export function decodeSegment(text: string): { readonly records: readonly JournalRecord[]; readonly torn: boolean } {
  const records: JournalRecord[] = [];
  let from = 0;
  for (let to = text.indexOf('\n'); to >= 0; to = text.indexOf('\n', from)) {
    const record = decodeLine(text.slice(from, to));
    if (record === undefined) return { records, torn: true };
    records.push(record);
    from = to + 1;
  }
  return { records, torn: from < text.length };
}
