import type { Logger } from '../kit/log.ts';
import { ALLOW } from './replies.ts';
import type { DialogReply, MessageContent, ReceivedRequest, SipDialog, SipHeaders } from './sip-stack.ts';

/** One leg of a bridge as the relay sees it. */
export interface Leg {
  readonly dialog: SipDialog;
  /** Who waits for the ACK of which re-INVITE of this leg. */
  awaitedAck: { readonly cseq: number; readonly take: (answer: MessageContent) => void } | undefined;
}

/** What the two directions of a bridge share. */
export interface RelayState {
  /** An offer is on its way through us; another one meanwhile is glare (RFC 3261 §14.1). */
  offerOpen: boolean;
  readonly log: Logger;
  /** A leg turned out to be gone: end the call. */
  broken(leg: Leg): void;
}

const RELAYED = new Set(['UPDATE', 'INFO', 'MESSAGE']);
const COPIED = ['Info-Package', 'Content-Disposition', 'Subject', 'Reason'];
// RFC 5057 §5.1: these end the dialog whatever they answer.
const DIALOG_GONE = new Set([404, 410, 416, 481, 482, 483, 484, 485, 489, 502, 604]);

/** Passes a request of one leg on to the other; bodies are not looked into, answers are the other side's own. */
export function relayInDialog(request: ReceivedRequest, from: Leg, to: Leg, state: RelayState): void {
  const failed = (error: unknown): void => {
    state.log.debug('a request in a dialog was not relayed', { method: request.method, error: String(error) });
    request.reply(to.dialog.open ? 500 : 481);
  };
  if (request.method === 'INVITE') relayOffer(request, from, to, state).catch(failed);
  else if (RELAYED.has(request.method)) relayPlain(request, to, state).catch(failed);
  else if (request.method === 'OPTIONS') request.reply(200, { headers: { Allow: ALLOW } });
  // Transfers come with their own policy in a later issue (decision C6: no target unchecked).
  else if (request.method === 'REFER') request.reply(603);
  else request.reply(request.method === 'SUBSCRIBE' || request.method === 'NOTIFY' ? 489 : 501, { headers: { Allow: ALLOW } });
}

function contentOf(request: ReceivedRequest): MessageContent {
  const headers: Record<string, string> = {};
  for (const name of COPIED) {
    const value = request.header(name);
    if (value !== undefined && value !== '') headers[name] = value;
  }
  return withBody(headers, request.body, request.header('Content-Type'));
}

const withBody = (headers: SipHeaders, body: string, contentType: string | undefined): MessageContent => ({
  headers,
  ...(body === '' ? {} : { body }),
  ...(contentType === undefined ? {} : { contentType }),
});

const answerOf = ({ reply }: DialogReply): MessageContent => {
  const retryAfter = reply.header('Retry-After');
  const headers: SipHeaders = { Allow: ALLOW, ...(retryAfter === undefined ? {} : { 'Retry-After': retryAfter }) };
  return withBody(headers, reply.body, reply.header('Content-Type'));
};

async function relayPlain(request: ReceivedRequest, to: Leg, state: RelayState): Promise<void> {
  const offers = request.method === 'UPDATE' && request.body !== '';
  if (offers && state.offerOpen) {
    request.reply(491);
    return;
  }
  if (offers) state.offerOpen = true;
  try {
    const answer = await to.dialog.request(request.method, contentOf(request));
    request.reply(answer.reply.status, answerOf(answer));
    if (request.method !== 'MESSAGE' && DIALOG_GONE.has(answer.reply.status)) state.broken(to);
  } finally {
    if (offers) state.offerOpen = false;
  }
}

/** A re-INVITE: the offer goes through, the answer comes back, and with a late offer the answer follows in the ACK (decision C17). */
async function relayOffer(request: ReceivedRequest, from: Leg, to: Leg, state: RelayState): Promise<void> {
  if (state.offerOpen) {
    request.reply(491);
    return;
  }
  state.offerOpen = true;
  const giveUp = new AbortController();
  request.onCancel(() => giveUp.abort());
  try {
    const answer = await to.dialog.request('INVITE', contentOf(request), giveUp.signal);
    const { status } = answer.reply;
    if (status < 300) {
      acceptOffer(request, answer, from, state);
      return;
    }
    request.reply(status, answerOf(answer));
    state.offerOpen = false;
    if (DIALOG_GONE.has(status)) state.broken(to);
  } catch (error) {
    state.offerOpen = false;
    throw error;
  }
}

function acceptOffer(request: ReceivedRequest, answer: DialogReply, from: Leg, state: RelayState): void {
  const take = (content: MessageContent): void => {
    state.offerOpen = false;
    if (request.body === '') answer.acknowledge(content);
  };
  from.awaitedAck = { cseq: Number.parseInt(request.header('CSeq') ?? '', 10), take };
  if (!request.finished) {
    request.reply(answer.reply.status, answerOf(answer));
    return;
  }
  // Cancelled as the answer came: the peer still has the old session and the other leg the new one, so neither can go on.
  answer.acknowledge();
  state.broken(from);
}
