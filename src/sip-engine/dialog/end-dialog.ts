import { makeHeader } from '../message/serialize-message.ts';
import type { Core } from './core.ts';
import { type Dialog, silence } from './dialog.ts';
import { type OwnAnswer, sendOwnRequest } from './own-request.ts';

/** Takes a dialog out of the table and stops what it waited for. */
export function closeDialog(core: Core, dialog: Dialog): void {
  silence(dialog);
  core.dialogs.remove(dialog);
}

/** Why the engine itself ends a call. */
export interface EndReason {
  readonly text: string;
  /** Tell the application with an unsolicited BYE. */
  readonly tell: boolean;
}

/**
 * Ends a dialog with a BYE of the engine's own (a NOTIFY for subscriptions is the application's business: those are
 * dropped silently). `done` is called when the BYE has been answered or given up.
 */
export function endDialog(core: Core, dialog: Dialog, reason: EndReason, done: () => void = () => {}): void {
  if (dialog.state === 'ended') {
    done();
    return;
  }
  closeDialog(core, dialog);
  if (dialog.usage === 'subscribe') {
    done();
    return;
  }
  const finished = once(done);
  const request = { method: 'BYE', headers: [makeHeader('Reason', `SIP;cause=200;text="${reason.text}"`)], body: undefined };
  const answered = ({ kind }: OwnAnswer): void => {
    if (kind === 'unsent') core.log.warn('cannot reach the peer of a dialog to end it', { dialog: dialog.id });
    finished();
  };
  sendOwnRequest(core, dialog, request, answered, (bytes, peer) => {
    if (!reason.tell || dialog.app.gone) return;
    dialog.app.deliver({ bytes, size: bytes.length, from: peer, txnId: 'unsolicited', dialogId: dialog.id, source: 'application' });
  });
}

/** The far side knows the usage no more (RFC 5057 §5): the application hears it, and a BYE tells whoever is on the way to it. */
export function loseDialog(core: Core, dialog: Dialog): void {
  // An early one is its INVITE's to end (RFC 3261 §12.3), one that is ending its BYE's.
  if (dialog.state === 'confirmed') endDialog(core, dialog, { text: 'Dialog lost', tell: true });
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run();
  };
}
