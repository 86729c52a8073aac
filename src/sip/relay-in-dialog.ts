import type { Candidate } from '../domain/call.ts';
import type { Logger } from '../kit/log.ts';
import type { BridgedCall } from './answered-call.ts';
import { contentOf, contentWith } from './message-content.ts';
import { ALLOW } from './replies.ts';
import type { DialogReply, MessageContent, ReceivedAck, ReceivedRequest, SipDialog, SipHeaders } from './sip-stack.ts';

/** A dialog, the call it is of, and how it came to be in it. */
export interface TakenLeg {
  readonly dialog: SipDialog;
  readonly call: BridgedCall;
  /** What it was called through; null: it is the caller. */
  readonly candidate: Candidate | null;
}

/** One leg of a bridge as the relay sees it. */
export interface Leg extends TakenLeg {
  /** Who waits for the ACK of which re-INVITE of this leg. */
  awaitedAck: { readonly cseq: number; readonly take: (answer: MessageContent) => void } | undefined;
  /** Event package of the reports that the other leg's REFER made it send; undefined: it has none to send. */
  reportsOn: string | undefined;
  /** REFERs it sent. */
  refers: number;
}

/** A leg that joins a bridge. */
export const legOf = ({ dialog, call, candidate }: TakenLeg): Leg => ({
  ...{ dialog, call, candidate, awaitedAck: undefined, reportsOn: undefined },
  refers: 0,
});

/** Which side of its own call a leg is. */
export const sideOf = ({ candidate }: TakenLeg): 'caller' | 'callee' => (candidate === null ? 'caller' : 'callee');

/** What the two directions of a bridge share. */
export interface RelayState {
  /** Whose offer is on its way through us; another one meanwhile is glare (RFC 3261 §14.1). */
  offeredBy: Leg | null;
  readonly log: Logger;
  /** A leg turned out to be gone: end the call. */
  broken(leg: Leg): void;
  /** A leg asks for a transfer; answers the request. */
  refer(request: ReceivedRequest, from: Leg, to: Leg): void;
}

const RELAYED = new Set(['UPDATE', 'INFO', 'MESSAGE']);
const COPIED = ['Info-Package', 'Content-Disposition', 'Subject', 'Reason'];
// RFC 5057 §5.1: these end the dialog whatever they answer.
const DIALOG_GONE = new Set([404, 410, 416, 481, 482, 483, 484, 485, 489, 502, 604]);

/** Passes a request of one leg on to the other; bodies are not looked into, answers are the other side's own. */
export function relayInDialog(request: ReceivedRequest, from: Leg, to: Leg, state: RelayState): void {
  const failed = (error: unknown): void => {
    state.log.debug('a request in a dialog was not relayed', { method: request.method, error: String(error) });
    refuseForOther(request, to);
  };
  if (request.method === 'INVITE') relayOffer(request, from, to, state).catch(failed);
  else if (RELAYED.has(request.method)) relayPlain(request, from, to, state).catch(failed);
  else if (request.method === 'OPTIONS') request.reply(200, { headers: { Allow: ALLOW } });
  else if (request.method === 'REFER') state.refer(request, from, to);
  else if (request.method === 'NOTIFY' && from.reportsOn !== undefined && isReport(request)) relayReport(request, from, to).catch(failed);
  else request.reply(request.method === 'SUBSCRIBE' || request.method === 'NOTIFY' ? 489 : 501, { headers: { Allow: ALLOW } });
}

/** A request that did not reach the other leg. Whose dialog that is has ended, not the one of who asks: never 481 (RFC 5057 §5.1). */
export function refuseForOther(request: ReceivedRequest, { dialog }: Leg): void {
  if (dialog.open) request.reply(500);
  else if (request.method === 'INVITE') request.reply(491);
  else request.reply(500, { headers: { 'Retry-After': '2' } });
}

/** The other leg's word on its own dialog says nothing of this one. */
const passedOn = (status: number): number => (status === 481 ? 500 : status);

function passedContent(request: ReceivedRequest): MessageContent {
  const headers: Record<string, string> = {};
  for (const name of COPIED) {
    const value = request.header(name);
    if (value !== undefined && value !== '') headers[name] = value;
  }
  return contentOf(request, headers);
}

const answerOf = ({ reply }: DialogReply): MessageContent => {
  const retryAfter = reply.header('Retry-After');
  const headers: SipHeaders = { Allow: ALLOW, ...(retryAfter === undefined ? {} : { 'Retry-After': retryAfter }) };
  return contentOf(reply, headers);
};

/** Offers that meet are 491; whoever offers a second time before the answer to the first waits (RFC 3261 §14.2, RFC 3311 §5.2). */
function refuseGlare(request: ReceivedRequest, from: Leg, { offeredBy }: RelayState): void {
  if (offeredBy === from) request.reply(500, { headers: { 'Retry-After': '1' } });
  else request.reply(491);
}

const eventNamed = (request: ReceivedRequest): string => (request.header('Event') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
const isReport = (request: ReceivedRequest): boolean => eventNamed(request) === 'refer';

/** How a transfer goes that was passed on, told to who asked for it: by the names of that leg (RFC 3515 §2.4.6). */
async function relayReport(request: ReceivedRequest, from: Leg, to: Leg): Promise<void> {
  const state = request.header('Subscription-State') ?? '';
  const headers = { Event: from.reportsOn ?? 'refer', 'Subscription-State': state };
  if (state.toLowerCase().startsWith('terminated')) from.reportsOn = undefined;
  const answer = await to.dialog.request('NOTIFY', contentOf(request, headers));
  request.reply(answer.reply.status);
}

async function relayPlain(request: ReceivedRequest, from: Leg, to: Leg, state: RelayState): Promise<void> {
  const offers = request.method === 'UPDATE' && request.body !== '';
  if (offers && state.offeredBy !== null) {
    refuseGlare(request, from, state);
    return;
  }
  if (offers) state.offeredBy = from;
  try {
    const answer = await to.dialog.request(request.method, passedContent(request));
    request.reply(passedOn(answer.reply.status), answerOf(answer));
    if (request.method !== 'MESSAGE' && DIALOG_GONE.has(answer.reply.status)) state.broken(to);
  } finally {
    if (offers) state.offeredBy = null;
  }
}

/** A re-INVITE: the offer goes through, the answer comes back, and with a late offer the answer follows in the ACK (decision C17). */
async function relayOffer(request: ReceivedRequest, from: Leg, to: Leg, state: RelayState): Promise<void> {
  if (state.offeredBy !== null) {
    refuseGlare(request, from, state);
    return;
  }
  state.offeredBy = from;
  const giveUp = new AbortController();
  request.onCancel(() => giveUp.abort());
  try {
    const answer = await to.dialog.request('INVITE', passedContent(request), giveUp.signal);
    const { status } = answer.reply;
    if (status < 300) {
      acceptOffer(request, answer, from, state);
      return;
    }
    request.reply(passedOn(status), answerOf(answer));
    state.offeredBy = null;
    if (DIALOG_GONE.has(status)) state.broken(to);
  } catch (error) {
    state.offeredBy = null;
    throw error;
  }
}

function acceptOffer(request: ReceivedRequest, answer: DialogReply, from: Leg, state: RelayState): void {
  const take = (content: MessageContent): void => {
    state.offeredBy = null;
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

/** What came with an ACK, to be sent with another. */
export const contentOfAck = ({ body, contentType }: ReceivedAck): MessageContent => contentWith(body, contentType);
