import { readNumber } from '../message/characters.ts';
import type { RequestView } from '../message/read-request.ts';
import { makeHeader } from '../message/serialize-message.ts';
import { header } from '../message/sip-message.ts';
import { retryAfter } from './answer.ts';
import { finishWork } from './close-work.ts';
import type { Core } from './core.ts';
import { type Dialog, dialogIdOf } from './dialog.ts';
import { closeDialog } from './end-dialog.ts';
import { type Incoming, refuse } from './incoming.ts';
import { armSession } from './keep-session.ts';
import { offerInDialog } from './offer-to-application.ts';
import { giveUpInvite } from './receive-invite-response.ts';
import { answerTerms, termsInAnswer, tooShort } from './session-timer.ts';
import { adoptSubscription } from './subscriptions.ts';
import { tellCancelled } from './tell-cancelled.ts';

/** Takes a request with a To tag: 481 unless it belongs to a dialog of ours (RFC 3261 §12.2.2). */
export function receiveInDialog(core: Core, incoming: Incoming): void {
  const { view } = incoming;
  const dialog = core.dialogs.match(view) ?? adoptSubscription(core, incoming);
  if (dialog === undefined || dialog.state === 'ended') {
    refuseUnknown(core, incoming);
    return;
  }
  if (view.cseq < dialog.remoteSeq) {
    refuse(incoming, 500);
    return;
  }
  dialog.remoteSeq = view.cseq;
  const least = tooShort(core, view);
  if (least !== undefined) {
    refuse(incoming, 422, least);
    return;
  }
  if (isRefresh(dialog, view)) {
    answerRefresh(core, incoming, dialog);
    return;
  }
  switch (view.message.method) {
    case 'INVITE':
      receiveReinvite(core, incoming, dialog);
      return;
    case 'BYE':
      receiveBye(core, incoming, dialog);
      return;
    case 'PRACK':
      receivePrack(core, incoming, dialog);
      return;
    default:
      if (dialog.app.gone) {
        refuse(incoming, 503, [retryAfter()]);
        return;
      }
      offerInDialog(core, incoming, dialog);
  }
}

/** No dialog, or one whose answer to our INVITE is overtaken by its own requests: 481 would end it (RFC 3261 §12.2.1.2, RFC 5407 §3.1). */
function refuseUnknown(core: Core, incoming: Incoming): void {
  const { view } = incoming;
  const { method } = view.message;
  const invite = core.reserved.get(dialogIdOf(view.callId, view.toTag));
  const isExpected = invite !== undefined && 'plan' in invite && !invite.settled && method !== 'BYE' && method !== 'PRACK';
  if (!isExpected) refuse(incoming, 481);
  else if (method === 'INVITE') refuse(incoming, 491);
  else refuse(incoming, 500, [retryAfter()]);
}

// An UPDATE that only keeps the session alive: no application has to wake up for it, nor the far leg of a bridge.
const isRefresh = (dialog: Dialog, { message }: RequestView): boolean =>
  message.method === 'UPDATE' &&
  message.body.length === 0 &&
  dialog.usage === 'invite' &&
  dialog.state === 'confirmed' &&
  header(message, 'session-expires') !== undefined;

function answerRefresh(core: Core, incoming: Incoming, dialog: Dialog): void {
  const { view } = incoming;
  const terms = answerTerms(core, view.message, undefined, dialog.session);
  if (view.contact !== undefined) dialog.remoteTarget = view.contact.uri;
  refuse(incoming, 200, [makeHeader('Contact', dialog.contact), ...(terms === undefined ? [] : termsInAnswer(terms, undefined))]);
  armSession(core, dialog, terms, { peer: view.message, sdp: undefined });
}

// RFC 3261 §14.2: 491 while our INVITE is out, 500 while theirs has no final answer.
function receiveReinvite(core: Core, incoming: Incoming, dialog: Dialog): void {
  if (dialog.inviteOut !== undefined || dialog.session?.refreshing === true) {
    refuse(incoming, 491);
    return;
  }
  if (dialog.inviteIn !== undefined || dialog.state === 'early') {
    refuse(incoming, 500, [retryAfter()]);
    return;
  }
  if (dialog.app.gone) {
    refuse(incoming, 503, [retryAfter()]);
    return;
  }
  dialog.inviteIn = offerInDialog(core, incoming, dialog);
}

// The dialog is over at once, whatever the application answers (RFC 3261 §15.1.2).
function receiveBye(core: Core, incoming: Incoming, dialog: Dialog): void {
  const { inviteIn } = dialog;
  if (inviteIn !== undefined) finishWork(core, inviteIn, 487);
  const { inviteOut } = dialog;
  if (dialog.role === 'uac' && dialog.state === 'early' && inviteOut !== undefined) {
    // Only who has answered says BYE (RFC 3261 §15): its 200 was lost, and must make no dialog when it comes after all.
    giveUpInvite(core, inviteOut, 487, 'Request Terminated');
    refuse(incoming, 200);
    return;
  }
  const first = dialog.role === 'uas' && dialog.state === 'early' ? core.reserved.get(dialog.id) : undefined;
  if (first !== undefined && 'view' in first) {
    finishWork(core, first, 487);
    if (!first.concluded) {
      // RFC 3261 §15: a caller may end an early dialog so; to the application, which has no dialog yet, he hung up as by a CANCEL.
      tellCancelled(first);
      refuse(incoming, 200);
      return;
    }
  }
  closeDialog(core, dialog);
  if (dialog.app.gone) {
    refuse(incoming, 200);
    return;
  }
  offerInDialog(core, incoming, dialog);
}

function receivePrack(core: Core, incoming: Incoming, dialog: Dialog): void {
  const first = core.reserved.get(dialog.id);
  const rseq = readNumber((header(incoming.view.message, 'rack') ?? '').split(/[ \t]/)[0] ?? '', 0xffff_ffff);
  const reliable = first !== undefined && 'reliable' in first ? first.reliable : undefined;
  // RFC 3262 §3: a PRACK that matches no unacknowledged answer gets 481.
  if (reliable === undefined || rseq === undefined || !reliable.acknowledges(rseq)) {
    refuse(incoming, 481);
    return;
  }
  if (dialog.app.gone) {
    refuse(incoming, 503, [retryAfter()]);
    return;
  }
  offerInDialog(core, incoming, dialog);
  reliable.acknowledged(rseq);
}
