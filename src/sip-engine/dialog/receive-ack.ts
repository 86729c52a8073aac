import type { RequestView } from '../message/read-request.ts';
import { nextId } from '../random-token.ts';
import type { Peer } from '../transport/peer.ts';
import type { Core } from './core.ts';
import { deliverMessage } from './deliver.ts';

/** Takes the ACK to a 2xx of ours: repetition stops, the application sees it once, a BYE that waited for it leaves. */
export function receiveAck(core: Core, view: RequestView, from: Peer): void {
  const dialog = core.dialogs.match(view);
  const pending = dialog?.answer;
  if (dialog === undefined || pending === undefined || pending.cseq !== view.cseq) {
    if (dialog === undefined && core.relay.acknowledgement(view, from)) return;
    core.tally.drop('stray_ack');
    return;
  }
  pending.stop();
  dialog.answer = undefined;
  // As drachtio-server: the first ACK carries the INVITE's transaction id, later ones their own.
  const txnId = pending.initial ? pending.txnId : nextId();
  if (!dialog.app.gone) deliverMessage(dialog.app, view.message, from, { txnId, dialogId: dialog.id });
  const bye = dialog.heldBye;
  dialog.heldBye = undefined;
  bye?.send();
}
