import { join } from 'node:path';
import { EventQueue } from '../../src/app/calls/event-queue.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { openFileJournal } from '../../src/journal/file-journal.ts';
import { silentLogger } from '../../src/kit/log.ts';

/* An agent's process whose Redis never answers: notes the events it is given and is killed before it can do anything else. */
const [root = '', agentId = '', events = '[]'] = process.argv.slice(2);
const journal = openFileJournal({ folder: join(root, agentId), bytesMax: 1e9, log: silentLogger });
const never = () => new Promise<void>(() => {});
const queue = new EventQueue({ append: never, end: never }, silentLogger, 1000, journal);
for (const { event, release } of JSON.parse(events) as { event: CallEvent; release: string[] | null }[]) {
  if (release === null) queue.push(event);
  else queue.pushEnd(event, release);
}
queue.flush();
process.kill(process.pid, 'SIGKILL');
