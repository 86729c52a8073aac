import type { CallEvent } from '../../domain/call-event.ts';
import { numberIdsOf } from '../../domain/numbers-of-call.ts';
import type { JournalReader, JournalRecord } from '../ports/journal.ts';
import type { Admission } from '../ports/routing.ts';

const EVENTS_MAX = 200;

/**
 * Sends every record after `after` to the call log again; whatever is there already is folded once (decision C5). Ends let go of their
 * numbers and move their last calls, which only go forward. Returns how many were sent, and the calls without an end with their numbers.
 */
export async function resendJournal(
  journal: JournalReader,
  after: number,
  admission: Pick<Admission, 'append' | 'end'>,
): Promise<{ readonly sent: number; readonly open: ReadonlyMap<string, readonly string[]> }> {
  const open = new Map<string, readonly string[]>();
  let sent = 0;
  for await (const records of journal.readAfter(after)) {
    for (const { event } of records) follow(open, event);
    for (let at = 0; at < records.length; at += EVENTS_MAX) await sendSome(records.slice(at, at + EVENTS_MAX), admission);
    sent += records.length;
  }
  return { sent, open };
}

function follow(open: Map<string, readonly string[]>, event: CallEvent): void {
  if (event.type === 'ended' || event.type === 'refused') open.delete(event.callId);
  else if (event.type === 'admitted') open.set(event.callId, numberIdsOf(event.parties));
  else if (!open.has(event.callId)) open.set(event.callId, []);
}

async function sendSome(records: readonly JournalRecord[], admission: Pick<Admission, 'append' | 'end'>): Promise<void> {
  const plain = records.filter(({ release }) => release === null).map(({ event }) => event);
  await admission.append(plain);
  await Promise.all(records.map(({ event, release }) => (release === null ? undefined : admission.end(event, release))));
}
