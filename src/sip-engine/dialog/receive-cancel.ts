import type { RequestView } from '../message/read-request.ts';
import type { InviteServer } from '../transaction/invite-server.ts';
import { finishWork } from './close-work.ts';
import type { Core } from './core.ts';
import { deliverMessage } from './deliver.ts';
import { type Incoming, refuse } from './incoming.ts';

/** Takes a CANCEL: 200 to it, 487 to its INVITE unless that has a final answer, and the application hears of it (RFC 3261 §9.2). */
export function receiveCancel(core: Core, incoming: Incoming): void {
  const { view } = incoming;
  const target = core.transactions.findInvite(view) ?? findByIds(core, view);
  if (target === undefined) {
    refuse(incoming, 481);
    return;
  }
  refuse(incoming, 200);
  const note = core.notes.get(target);
  if (!target.answerable) return;
  note?.cancelled?.(view);
  const work = note?.work;
  if (work === undefined) return;
  finishWork(core, work, 487);
  deliverMessage(work.app, view.message, incoming.from, work);
}

// A NAT may give the CANCEL another sent-by than its INVITE had (drachtio-server issue 480).
function findByIds(core: Core, view: RequestView): InviteServer | undefined {
  const found = core.merged.get(`${view.callId}|${view.fromTag}|${view.cseq}|INVITE`);
  return found?.kind === 'invite' ? found : undefined;
}
