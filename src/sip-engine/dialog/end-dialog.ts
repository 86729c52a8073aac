import { makeHeader } from '../message/serialize-message.ts';
import { NOWHERE } from '../transport/peer.ts';
import type { Core } from './core.ts';
import { type Dialog, silence } from './dialog.ts';
import { resolveInDialog, routeInDialog } from './next-hop.ts';
import { buildRequest, newBranch, type RequestPlan, viaFor } from './request-plan.ts';

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
  dialog.localSeq += 1;
  const { requestUri, routes, hop } = routeInDialog(dialog);
  resolveInDialog(core, dialog, hop, (targets) => {
    if (!targets.ok) {
      core.log.warn('cannot reach the peer of a dialog to end it', { reason: targets.error });
      return done();
    }
    const peer = targets.value[0] ?? NOWHERE;
    const branch = newBranch();
    const plan: RequestPlan = {
      method: 'BYE',
      requestUri,
      branch,
      via: viaFor(core, peer, branch),
      routes,
      from: dialog.localAddress,
      to: dialog.remoteAddress,
      callId: dialog.callId,
      cseq: dialog.localSeq,
      peer,
    };
    const bytes = buildRequest(plan, [makeHeader('Reason', `SIP;cause=200;text="${reason.text}"`)]);
    const finished = once(done);
    core.transactions.startRequest(branch, { bytes, method: 'BYE', status: '' }, peer, {
      response: (view) => view.message.status >= 200 && finished(),
      timeout: finished,
      failed: finished,
      ended: () => {},
    });
    if (reason.tell && !dialog.app.gone) {
      dialog.app.deliver({ bytes, size: bytes.length, from: peer, txnId: 'unsolicited', dialogId: dialog.id, source: 'application' });
    }
  });
}

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    run();
  };
}
