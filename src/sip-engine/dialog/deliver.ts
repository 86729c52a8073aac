import { bytesForApplication, makeHeader, serialize, statusLine } from '../message/serialize-message.ts';
import type { SipHeader, SipMessage } from '../message/sip-message.ts';
import type { Peer } from '../transport/peer.ts';
import type { Application } from './application.ts';
import type { RequestPlan } from './request-plan.ts';

/** Shows an application a message that came from the network. */
export function deliverMessage(
  app: Application,
  message: SipMessage,
  from: Peer,
  ids: { readonly txnId: string; readonly dialogId: string },
): void {
  const bytes = bytesForApplication(message);
  app.deliver({ bytes, size: bytes.length, from, source: 'network', ...ids });
}

/** Shows an application an answer the engine gives in place of a silent or unreachable peer. */
export function deliverOwnResponse(
  to: { readonly app: Application; readonly txnId: string; readonly dialogId: string },
  plan: RequestPlan,
  answer: { readonly status: number; readonly reason: string; readonly headers?: readonly SipHeader[] },
): void {
  const lines = [
    makeHeader('Via', plan.via),
    makeHeader('From', plan.from),
    makeHeader('To', plan.to),
    makeHeader('Call-ID', plan.callId),
    makeHeader('CSeq', `${plan.cseq} ${plan.method}`),
    ...(answer.headers ?? []),
  ];
  const bytes = serialize(statusLine(answer.status, answer.reason), lines);
  to.app.deliver({ bytes, size: bytes.length, from: plan.peer, source: 'network', txnId: to.txnId, dialogId: to.dialogId });
}
