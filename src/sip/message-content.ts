import type { MessageContent, ReceivedReply, SipHeaders } from './sip-stack.ts';

/** What a message carried, to be sent on in another one; an empty body is none. */
export const contentWith = (body: string, contentType: string | undefined, headers?: SipHeaders): MessageContent => ({
  ...(headers === undefined ? {} : { headers }),
  ...(body === '' ? {} : { body }),
  ...(contentType === undefined ? {} : { contentType }),
});

/** The body of a message with its type, to be sent on in another one. */
export const contentOf = (message: Pick<ReceivedReply, 'body' | 'header'>, headers?: SipHeaders): MessageContent =>
  contentWith(message.body, message.header('Content-Type'), headers);
