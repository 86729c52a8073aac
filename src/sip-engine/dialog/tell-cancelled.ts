import { makeHeader } from '../message/serialize-message.ts';
import { deliverMessage } from './deliver.ts';
import type { ServerWork } from './server-work.ts';

/** Tells an application by a CANCEL in the caller's name that an INVITE it was given has its final answer. */
export function tellCancelled(work: ServerWork): void {
  const cancel = {
    ...work.view.message,
    method: 'CANCEL',
    raw: undefined,
    body: Buffer.alloc(0),
    headers: work.view.message.headers
      .filter((line) => ['via', 'from', 'to', 'call-id', 'max-forwards'].includes(line.id))
      .concat(makeHeader('CSeq', `${work.view.cseq} CANCEL`)),
  };
  if (!work.app.gone) deliverMessage(work.app, cancel, work.from, work);
}
