import { err, ok } from '../../kit/result.ts';
import type { SipRequest } from '../message/sip-message.ts';
import { nextId } from '../random-token.ts';
import { furtherHeaders, OWNED } from './app-message.ts';
import type { Application } from './application.ts';
import type { ClientInvite } from './client-invite.ts';
import type { Core } from './core.ts';
import { deliverOwnResponse } from './deliver.ts';
import { closeDialog } from './end-dialog.ts';
import { buildCancel, localHostPortFor, type RequestPlan } from './request-plan.ts';
import type { Reply } from './sent.ts';

const NOT_IN_CANCEL: ReadonlySet<string> = new Set([
  ...OWNED,
  'p-asserted-identity',
  'max-forwards',
  'content-type',
  'require',
  'proxy-require',
]);

/** Cancels an application's INVITE. Before the first provisional answer the CANCEL waits for it (RFC 3261 §9.1). */
export function cancelInvite(core: Core, app: Application, txnId: string, message: SipRequest, reply: Reply): void {
  const invite = core.invites.get(txnId);
  if (invite === undefined || invite.app !== app || invite.settled) {
    reply(err(`unable to cancel unknown transaction id: ${txnId}`));
    return;
  }
  if (invite.cancel === 'none') {
    invite.cancelHeaders = furtherHeaders(message, localHostPortFor(core, invite.plan.peer), NOT_IN_CANCEL);
    if (invite.provisional) sendCancel(core, invite);
    else invite.cancel = 'held';
  }
  const bytes = buildCancel(invite.plan, invite.cancelHeaders);
  reply(ok({ bytes, peer: invite.plan.peer, txnId: nextId(), dialogId: '', response: false }));
}

/** Sends the CANCEL now and waits for the final answer at most 64*T1. */
export function sendCancel(core: Core, invite: ClientInvite): void {
  if (invite.settled || invite.cancel === 'sent') return;
  invite.cancel = 'sent';
  sendPlainCancel(core, invite.plan, invite.cancelHeaders);
  invite.timer?.cancel();
  invite.timer = core.scheduler.after(core.timers.inviteTimeoutMs, () => presumeCancelled(core, invite));
}

/** Sends the CANCEL of an INVITE and looks at nothing that comes of it. */
export function sendPlainCancel(core: Core, plan: RequestPlan, headers: ClientInvite['cancelHeaders']): void {
  const nothing = (): void => {};
  const events = { response: nothing, timeout: nothing, failed: nothing, ended: nothing };
  core.transactions.startRequest(plan.branch, { bytes: buildCancel(plan, headers), method: 'CANCEL', status: '' }, plan.peer, events);
}

// No final answer to a cancelled INVITE within 64*T1: it is considered cancelled (RFC 3261 §9.1).
function presumeCancelled(core: Core, invite: ClientInvite): void {
  if (invite.settled) return;
  invite.settled = true;
  if (core.reserved.get(invite.dialogId) === invite) core.reserved.delete(invite.dialogId);
  if (invite.dialog?.inviteOut === invite) invite.dialog.inviteOut = undefined;
  if (invite.initial && invite.dialog !== undefined) closeDialog(core, invite.dialog);
  invite.transaction?.linger();
  if (!invite.app.gone) deliverOwnResponse(invite, invite.plan, { status: 487, reason: 'Request Terminated' });
}
