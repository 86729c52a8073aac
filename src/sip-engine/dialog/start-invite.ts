import { err, ok } from '../../kit/result.ts';
import { header } from '../message/sip-message.ts';
import { nextId } from '../random-token.ts';
import type { Application } from './application.ts';
import type { ClientInvite } from './client-invite.ts';
import type { Core } from './core.ts';
import type { Dialog } from './dialog.ts';
import { dialogIdOf } from './dialog.ts';
import { unreachableStatus } from './flow-hop.ts';
import { giveUpInvite, receiveInviteResponse } from './receive-invite-response.ts';
import { buildTransactionAck } from './request-plan.ts';
import type { PreparedRequest } from './send-request.ts';
import type { Reply } from './sent.ts';

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
    initial: dialog === undefined,
    dialog,
    transaction: undefined,
    cancel: 'none',
    cancelHeaders: [],
    provisional: false,
    settled: false,
    timer: undefined,
    winner: undefined,
  };
  core.invites.set(invite.txnId, invite);
  if (dialog === undefined) core.reserved.set(dialogId, invite);
  else dialog.inviteOut = invite;
  reply(ok({ bytes: prepared.bytes, peer: plan.peer, txnId: invite.txnId, dialogId: '', response: false }));
  if (unreachable === undefined) transmit(core, invite, prepared.bytes);
  else {
    giveUpInvite(core, invite, unreachableStatus(unreachable), unreachable);
    core.invites.delete(invite.txnId);
  }
}

function transmit(core: Core, invite: ClientInvite, bytes: Buffer): void {
  const { plan } = invite;
  invite.transaction = core.transactions.startInvite(plan.branch, { bytes, method: 'INVITE', status: '' }, plan.peer, {
    response: (view, from, repeated) => receiveInviteResponse(core, invite, view, from, repeated),
    timeout: () => giveUpInvite(core, invite, 408, 'Request Timeout'),
    failed: () => giveUpInvite(core, invite, 503, 'Service Unavailable'),
    acknowledgement: (view) => buildTransactionAck(plan, header(view.message, 'to') ?? plan.to),
    ended: () => {
      invite.timer?.cancel();
      core.invites.delete(invite.txnId);
    },
  });
}
