import { err, ok } from '../../kit/result.ts';
import type { ResponseView } from '../message/read-response.ts';
import { header } from '../message/sip-message.ts';
import { nextId } from '../random-token.ts';
import type { InviteClient } from '../transaction/invite-client.ts';
import type { Peer } from '../transport/peer.ts';
import type { Application } from './application.ts';
import type { ClientInvite } from './client-invite.ts';
import type { Core } from './core.ts';
import type { Dialog } from './dialog.ts';
import { dialogIdOf } from './dialog.ts';
import { unreachableStatus } from './flow-hop.ts';
import { giveUpInvite, receiveInviteResponse } from './receive-invite-response.ts';
import { buildTransactionAck, type RequestPlan } from './request-plan.ts';
import { acknowledgeAndEnd, sendOwnAck } from './send-ack.ts';
import { sendPlainCancel } from './send-cancel.ts';
import type { PreparedRequest } from './send-request.ts';
import type { Reply } from './sent.ts';
import { nextTarget, outgoingOf, patienceMs, UNAVAILABLE } from './try-targets.ts';

/** Sends an INVITE of an application: a new call, or a change of `dialog`. */
export function startInvite(
  core: Core,
  app: Application,
  prepared: PreparedRequest,
  unreachable: string | undefined,
  reply: Reply,
  dialog?: Dialog,
): void {
  const { plan } = prepared;
  const dialogId = dialog?.id ?? dialogIdOf(plan.callId, prepared.localTag);
  // Two calls with the same ids cannot be told apart afterwards.
  if (dialog === undefined && (core.dialogs.get(dialogId) !== undefined || core.reserved.has(dialogId))) {
    reply(err('call-id and from tag are in use'));
    return;
  }
  const invite: ClientInvite = {
    txnId: nextId(),
    app,
    plan,
    dialogId,
    localTag: prepared.localTag,
    contact: prepared.contact,
    body: prepared.body,
    initial: dialog === undefined,
    dialog,
    transaction: undefined,
    cancel: 'none',
    cancelHeaders: [],
    provisional: false,
    settled: false,
    timer: undefined,
    winner: undefined,
    unwanted: undefined,
  };
  core.invites.set(invite.txnId, invite);
  if (dialog === undefined) core.reserved.set(dialogId, invite);
  else dialog.inviteOut = invite;
  reply(ok({ bytes: prepared.bytes, peer: plan.peer, txnId: invite.txnId, dialogId: '', response: false }));
  if (unreachable === undefined) transmit(core, invite, prepared);
  else {
    giveUpInvite(core, invite, unreachableStatus(unreachable), unreachable);
    core.invites.delete(invite.txnId);
  }
}

function transmit(core: Core, invite: ClientInvite, prepared: PreparedRequest): void {
  const { plan } = prepared;
  invite.plan = plan;
  invite.contact = prepared.contact;
  const attempt: Attempt = { plan, over: false, cancelled: false };
  // The transaction stays for half a minute behind its answer: what only serves another try must not stay with it.
  let unanswered: PreparedRequest | undefined = prepared;
  const nextOne = (): PreparedRequest | undefined => (unanswered === undefined ? undefined : nextTarget(core, unanswered));
  const movedOn = (build: () => PreparedRequest | undefined = nextOne): boolean => {
    const next = mayMoveOn(invite) ? build() : undefined;
    if (next === undefined) return false;
    attempt.over = true;
    invite.provisional = false;
    invite.timer?.cancel();
    invite.timer = undefined;
    transmit(core, invite, next);
    return true;
  };
  const own: InviteClient = core.transactions.startInvite(
    plan.branch,
    outgoingOf(prepared),
    plan.peer,
    {
      response: (view, from, repeated) => {
        if (view.message.status < 200 && (attempt.over || invite.settled)) return cancelLate(core, invite, attempt, own);
        if (attempt.over) return endLateAnswer(core, invite, attempt, view, from);
        if (view.message.status === UNAVAILABLE) {
          if (movedOn()) return;
        } else core.failedTargets.answered(plan.peer);
        // RFC 4028 §7.3: the far side wants longer sessions, and the application need not know.
        if (view.message.status === 422 && movedOn(() => unanswered?.longer?.(view.message))) return;
        if (view.message.status >= 200) unanswered = undefined;
        receiveInviteResponse(core, invite, view, from, repeated);
      },
      timeout: () => movedOn() || giveUpInvite(core, invite, 408, 'Request Timeout'),
      failed: () => movedOn() || giveUpInvite(core, invite, 503, 'Service Unavailable'),
      acknowledgement: (view) => buildTransactionAck(plan, header(view.message, 'to') ?? plan.to),
      ended: () => {
        if (attempt.over) return;
        invite.timer?.cancel();
        core.invites.delete(invite.txnId);
      },
    },
    patienceMs(core, prepared),
  );
  // It may have failed and moved on while it was being sent.
  if (!attempt.over) invite.transaction = own;
}

/** One target of an INVITE. */
interface Attempt {
  readonly plan: RequestPlan;
  /** Another target is tried now, or has answered. */
  over: boolean;
  cancelled: boolean;
}

/** Behind an early dialog or a CANCEL there is no other target: the application has seen this one. */
const mayMoveOn = (invite: ClientInvite): boolean =>
  !invite.settled && !invite.app.gone && invite.cancel === 'none' && (!invite.initial || invite.dialog === undefined);

/** A target that was given up rings after all, beside the next one or for nobody: now it can be cancelled (RFC 3261 §9.1). */
function cancelLate(core: Core, invite: ClientInvite, attempt: Attempt, own: InviteClient): void {
  if (attempt.cancelled || (!attempt.over && invite.cancel === 'sent')) return;
  attempt.cancelled = true;
  sendPlainCancel(core, attempt.plan, invite.cancelHeaders);
  // Its final answer, or a 2xx that crossed, may take another 64*T1.
  own.linger();
}

// A target that was given up answers after all: its call is nobody's (RFC 3261 §13.2.2.4).
function endLateAnswer(core: Core, invite: ClientInvite, attempt: Attempt, view: ResponseView, from: Peer): void {
  const { status } = view.message;
  if (status < 200 || status >= 300) return;
  invite.unwanted ??= new Map();
  if (invite.initial) acknowledgeAndEnd(core, { ...invite, plan: attempt.plan }, view, from);
  else if (invite.dialog !== undefined) sendOwnAck(core, invite.dialog, attempt.plan.cseq);
}
