import { randomToken } from '../random-token.ts';
import { answer, retryAfter } from './answer.ts';
import type { Core } from './core.ts';
import { silence } from './dialog.ts';
import type { ServerWork } from './server-work.ts';

/** Forgets a request that has its final answer; its transaction goes on absorbing retransmissions. */
export function closeWork(core: Core, work: ServerWork): void {
  if (!core.work.delete(work.txnId)) return;
  work.deadline?.cancel();
  work.reliable?.stop();
  work.app.pending -= 1;
  if (core.reserved.get(work.dialogId) === work) core.reserved.delete(work.dialogId);
  if (work.dialog?.inviteIn === work) work.dialog.inviteIn = undefined;
  const note = core.notes.get(work.transaction);
  if (note !== undefined) note.work = undefined;
}

/** Ends a request with an answer of the engine's own; an early dialog ends with it. */
export function finishWork(core: Core, work: ServerWork, status: number, retry = false): void {
  closeWork(core, work);
  if (work.initial && work.dialog !== undefined) {
    silence(work.dialog);
    core.dialogs.remove(work.dialog);
  }
  const to = { request: work.view.message, transaction: work.transaction, from: work.from };
  answer(to, status, { toTag: work.localTag === '' ? randomToken() : work.localTag, ...(retry ? { headers: [retryAfter()] } : {}) });
}

/**
 * The application let its time run out. 408 to an INVITE; other requests get 500 because RFC 4320 §4.1 forbids 408
 * there; a BYE has ended the call whatever the application says. New calls may be forgotten instead (`SilentInvites`), but not those of
 * an application that is lost: it did not choose to be silent, and its callers would wait for ever.
 */
export function giveUpOn(core: Core, work: ServerWork): void {
  core.tally.drop('application_silent');
  const { method } = work.view.message;
  if (core.silentInvites === 'forget' && method === 'INVITE' && work.initial && !work.app.gone) {
    closeWork(core, work);
    work.transaction.terminate();
    return;
  }
  core.log.warn('application did not answer', { application: work.app.id, method, in_dialog: work.dialog !== undefined });
  finishWork(core, work, method === 'BYE' ? 200 : work.app.gone ? 503 : method === 'INVITE' ? 408 : 500, work.app.gone);
}
