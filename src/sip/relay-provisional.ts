import { callIdField } from './replies.ts';
import type { MessageContent, ReceivedInvite, ReceivedReply, SipHeaders } from './sip-stack.ts';

/**
 * Passes a target's 18x on to the caller. SDP goes along only from the attempt that can no longer be replaced: the early dialog
 * has one To tag, and two carriers' SDP in it would be two answers to one offer (decision C17, `early_media: last`).
 */
export function relayProvisional(invite: ReceivedInvite, callId: string, reply: ReceivedReply, isLast: boolean): boolean {
  if (reply.status <= 100 || reply.status === 199 || invite.finished) return false;
  const headers = callIdField(callId);
  if (reply.body === '') invite.reply(reply.status, { headers });
  else if (isLast) invite.reply(reply.status, withBody(headers, reply));
  else invite.reply(180, { headers });
  return true;
}

const withBody = (headers: SipHeaders, { body, header }: ReceivedReply): MessageContent => {
  const contentType = header('Content-Type');
  return { headers, body, ...(contentType === undefined ? {} : { contentType }) };
};
