import { endsUsage } from '../../kit/sip-usages.ts';
import { readNumber } from '../message/characters.ts';
import type { ResponseView } from '../message/read-response.ts';
import { makeHeader } from '../message/serialize-message.ts';
import { header, type SipResponse } from '../message/sip-message.ts';
import type { Peer } from '../transport/peer.ts';
import type { ClientInvite } from './client-invite.ts';
import type { Core } from './core.ts';
import { deliverMessage, deliverOwnResponse } from './deliver.ts';
import type { Dialog } from './dialog.ts';
import { closeDialog, endDialog, loseDialog } from './end-dialog.ts';
import { sessionAnswered } from './keep-session.ts';
import { dialogOfClient, remoteEndOf } from './make-dialog.ts';
import { acknowledgeAndEnd, repeatAck, sendOwnAck } from './send-ack.ts';
import { sendCancel } from './send-cancel.ts';

/** Takes a response to an INVITE of an application. */
export function receiveInviteResponse(core: Core, invite: ClientInvite, view: ResponseView, from: Peer, repeated: boolean): void {
  const { status } = view.message;
  if (status < 200) {
    receiveProvisional(core, invite, view, from);
    return;
  }
  if (status < 300) {
    receiveSuccess(core, invite, view, from, repeated);
    return;
  }
  if (invite.settled) return;
  settle(core, invite);
  if (invite.initial && invite.dialog !== undefined) closeDialog(core, invite.dialog);
  if (!invite.app.gone) deliverMessage(invite.app, view.message, from, invite);
  loseChanged(core, invite, status);
}

// RFC 3261 §14.1: no answer to a change of the call is one that ends it, too.
function loseChanged(core: Core, { initial, dialog, plan }: ClientInvite, status: number): void {
  if (!initial && dialog !== undefined && endsUsage(dialog.usage, plan.method, status)) loseDialog(core, dialog);
}

/** Gives up on an INVITE: the application gets `status`, a late 2xx will be acknowledged and ended. */
export function giveUpInvite(core: Core, invite: ClientInvite, status: number, reason: string): void {
  if (invite.settled) return;
  settle(core, invite);
  if (invite.initial && invite.dialog !== undefined) closeDialog(core, invite.dialog);
  invite.transaction?.linger();
  if (!invite.app.gone) deliverOwnResponse(invite, invite.plan, { status, reason });
  loseChanged(core, invite, status);
}

function settle(core: Core, invite: ClientInvite): void {
  invite.settled = true;
  invite.timer?.cancel();
  invite.timer = undefined;
  if (core.reserved.get(invite.dialogId) === invite) core.reserved.delete(invite.dialogId);
  if (invite.dialog?.inviteOut === invite) invite.dialog.inviteOut = undefined;
}

function receiveProvisional(core: Core, invite: ClientInvite, view: ResponseView, from: Peer): void {
  if (invite.settled) {
    core.tally.drop('late_response');
    return;
  }
  invite.provisional = true;
  if (invite.cancel === 'held') sendCancel(core, invite);
  if (invite.cancel === 'none') {
    // Timer C: starts again with each provisional answer but 100 (RFC 3261 §16.7).
    invite.timer?.cancel();
    invite.timer = core.scheduler.after(core.timers.proceedingTimeoutMs, () => sendCancel(core, invite));
  }
  // drachtio-server keeps 100 to itself.
  if (view.message.status === 100) return;
  if (invite.initial && view.toTag !== '' && !noteEarlyDialog(core, invite, view, from)) return;
  if (!invite.app.gone) deliverMessage(invite.app, view.message, from, invite);
}

/** False when it is to go no further: a copy of a reliable answer, or one that overtook another (RFC 3262 §4). */
function noteEarlyDialog(core: Core, invite: ClientInvite, view: ResponseView, from: Peer): boolean {
  const rseqText = header(view.message, 'rseq');
  const rseq = rseqText === undefined ? undefined : readNumber(rseqText.trim(), 0xffff_ffff);
  const last = invite.dialog?.remoteTag === view.toTag ? invite.dialog.rseq : invite.dialog?.forks?.get(view.toTag)?.rseq;
  if (rseq !== undefined && last !== undefined && rseq !== last + 1) {
    core.tally.drop('reliable_order');
    return false;
  }
  if (invite.dialog === undefined) {
    invite.dialog = dialogOfClient(core, { id: invite.dialogId, ...invite }, view, from);
    invite.dialog.inviteOut = invite;
    core.dialogs.add(invite.dialog);
  } else if (invite.dialog.remoteTag !== view.toTag) {
    // A fork: the newest is the current one, the others stay reachable for their PRACK, UPDATE and BYE.
    const { dialog } = invite;
    dialog.forks ??= new Map();
    if (dialog.forks.size >= FORKS_MAX) return true;
    dialog.forks.set(dialog.remoteTag, endOf(dialog));
    Object.assign(dialog, remoteEndOf(view, invite.plan));
    dialog.forks.delete(view.toTag);
    delete dialog.rseq;
  } else if (view.contact !== undefined) invite.dialog.remoteTarget = view.contact.uri;
  if (rseq !== undefined) invite.dialog.rseq = rseq;
  return true;
}

const FORKS_MAX = 16;

function endOf(dialog: Dialog): Pick<Dialog, 'remoteTag' | 'remoteAddress' | 'remoteTarget' | 'routeSet'> & { rseq?: number } {
  const { remoteTag, remoteAddress, remoteTarget, routeSet, rseq } = dialog;
  return { remoteTag, remoteAddress, remoteTarget, routeSet, ...(rseq === undefined ? {} : { rseq }) };
}

function receiveSuccess(core: Core, invite: ClientInvite, view: ResponseView, from: Peer, repeated: boolean): void {
  if (invite.unwanted?.has(view.toTag)) {
    acknowledgeAndEnd(core, invite, view, from);
    return;
  }
  if (invite.winner !== undefined && invite.winner === view.toTag) {
    if (repeated && invite.dialog !== undefined) repeatAck(core, invite.dialog, invite.plan.cseq);
    return;
  }
  // A second branch of a fork, an answer that crossed our CANCEL, or one that came too late (RFC 3261 §13.2.2.4).
  if (invite.settled || invite.app.gone || invite.cancel !== 'none') {
    const crossed = !invite.settled;
    if (crossed) settle(core, invite);
    if (crossed && invite.initial && invite.dialog !== undefined) closeDialog(core, invite.dialog);
    if (invite.winner === undefined) invite.winner = view.toTag;
    if (!invite.initial && invite.dialog !== undefined) {
      crossedReinvite(core, invite, invite.dialog, view, crossed);
      return;
    }
    acknowledgeAndEnd(core, invite, view, from);
    if (crossed && !invite.app.gone) deliverOwnResponse(invite, invite.plan, CROSSED);
    return;
  }
  if (invite.initial && view.contact === undefined) {
    // RFC 3261 §12.1.2 wants one; drachtio-srf makes no dialog without it and could never end the call.
    settle(core, invite);
    if (invite.dialog !== undefined) closeDialog(core, invite.dialog);
    acknowledgeAndEnd(core, invite, view, from);
    deliverOwnResponse(invite, invite.plan, { status: 500, reason: 'No Contact header in response' });
    return;
  }
  invite.winner = view.toTag;
  settle(core, invite);
  const dialog = confirm(core, invite, view, from);
  sessionAnswered(core, dialog, view.message, { peer: view.message, sdp: invite.body });
  awaitApplicationAck(core, dialog, invite.plan.cseq);
  deliverMessage(invite.app, asOk(view.message), from, invite);
}

/** Any 2xx answers a call (RFC 3261 §13.2.2.4); drachtio-srf makes a dialog of a 200 alone, and would leave the call of another. */
const asOk = (message: SipResponse): SipResponse => (message.status === 200 ? message : { ...message, status: 200, raw: undefined });

const CROSSED = {
  status: 487,
  reason: 'Request Terminated',
  headers: [makeHeader('Reason', 'SIP;cause=200;text="Answered while being cancelled"')],
};

// The call itself goes on; only the change was wanted no more.
function crossedReinvite(core: Core, invite: ClientInvite, dialog: Dialog, view: ResponseView, unanswered: boolean): void {
  if (view.contact !== undefined) dialog.remoteTarget = view.contact.uri;
  sendOwnAck(core, dialog, invite.plan.cseq);
  if (unanswered && !invite.app.gone) deliverOwnResponse(invite, invite.plan, CROSSED);
}

function confirm(core: Core, invite: ClientInvite, view: ResponseView, from: Peer): Dialog {
  if (!invite.initial && invite.dialog !== undefined) {
    if (view.contact !== undefined) invite.dialog.remoteTarget = view.contact.uri;
    return invite.dialog;
  }
  const early = invite.dialog;
  const dialog = dialogOfClient(core, { id: invite.dialogId, ...invite }, view, from);
  if (early !== undefined) {
    dialog.localSeq = Math.max(dialog.localSeq, early.localSeq);
    dialog.remoteSeq = early.remoteTag === view.toTag ? early.remoteSeq : -1;
    if (view.contact === undefined) dialog.remoteTarget = early.remoteTarget;
    closeDialog(core, early);
  }
  dialog.state = 'confirmed';
  invite.dialog = dialog;
  core.dialogs.add(dialog);
  return dialog;
}

// An application that never acknowledges would leave the far side repeating its 2xx and then hanging.
function awaitApplicationAck(core: Core, dialog: Dialog, cseq: number): void {
  const deadline = core.scheduler.after(core.timers.ackTimeoutMs, () => {
    sendOwnAck(core, dialog, cseq);
    endDialog(core, dialog, { text: 'ACK missing', tell: true });
  });
  dialog.toAcknowledge?.send();
  dialog.toAcknowledge = { cseq, deadline, send: () => sendOwnAck(core, dialog, cseq) };
}
