import type { Candidate } from '../domain/call.ts';
import type { Logger } from '../kit/log.ts';
import { effectOf, endsUsage, mayEndDialog } from '../kit/sip-usages.ts';
import type { BridgedCall } from './answered-call.ts';
import { contentOf, contentWith } from './message-content.ts';
import { ALLOW } from './replies.ts';
import type { DialogReply, MessageContent, ReceivedAck, ReceivedRequest, SipDialog, SipHeaders } from './sip-stack.ts';
import { fragment, SIPFRAG } from './transfer-report.ts';

/** A dialog, the call it is of, and how it came to be in it. */
export interface TakenLeg {
  readonly dialog: SipDialog;
  readonly call: BridgedCall;
  /** What it was called through; null: it is the caller. */
  readonly candidate: Candidate | null;
  /** True: a target named its place, and nobody here knows who is there. */
  readonly isForeign?: true | undefined;
  /** REFERs it sent; absent: none. */
  readonly refers?: number;
  /** As in `Leg`: who asked for those reports has been left behind with the bridge it comes from. */
  readonly reportsOn?: string | undefined;
  readonly reportsToNobody?: boolean;
}

/** One leg of a bridge as the relay sees it. */
export interface Leg extends TakenLeg {
  /** Who waits for the ACK of which re-INVITE of this leg. */
  awaitedAck: { readonly cseq: number; readonly take: (answer: MessageContent) => void } | undefined;
  /** Event package of the reports that the other leg's REFER made it send; undefined: it has none to send. */
  reportsOn: string | undefined;
  /** True: it still reports to who is no longer here. */
  readonly reportsToNobody: boolean;
  /** REFERs it sent in its dialog, whichever bridge it was in. */
  refers: number;
}

/** A leg that joins a bridge. */
export const legOf = ({ dialog, call, candidate, isForeign, refers = 0, reportsOn, reportsToNobody = false }: TakenLeg): Leg => ({
  ...{ dialog, call, candidate, isForeign, refers, awaitedAck: undefined, reportsOn: undefined },
  reportsToNobody: reportsToNobody || reportsOn !== undefined,
});

/**
 * Whether who is there may learn codes and call ids of ours (decision C11): the caller, whom admission knew, a gateway, a phone that
 * registered with a login of the account. An address that somebody wrote, or a redirect named, is a stranger.
 */
export const isIdentified = ({ candidate, isForeign }: Pick<TakenLeg, 'candidate' | 'isForeign'>): boolean =>
  candidate === null ||
  (isForeign !== true && candidate.of === undefined && (candidate.gatewayId !== null || candidate.user !== undefined));

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
const COPIED_OF_NOTIFY = ['Event', 'Subscription-State', 'Content-Disposition'];
// What phones and switches tell each other in a call without a subscription: hold, take up again, a key that was pressed. Everything
// else would be the report of a subscription that is not there (RFC 6665 §4.1.3).
const RELAYED_EVENTS = new Set(['talk', 'hold', 'telephone-event']);

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
  else if (request.method === 'NOTIFY' && from.reportsOn !== undefined && isReport(request))
    relayReport(request, from, to, state).catch(failed);
  else if (request.method === 'NOTIFY' && from.reportsToNobody && isReport(request)) request.reply(200);
  else if (request.method === 'NOTIFY' && RELAYED_EVENTS.has(eventNamed(request))) relayPlain(request, from, to, state).catch(failed);
  else request.reply(request.method === 'SUBSCRIBE' || request.method === 'NOTIFY' ? 489 : 501, { headers: { Allow: ALLOW } });
}

/** A request that did not reach the other leg. Whose dialog that is has ended, not the one of who asks: never 481 (RFC 5057 §5.1). */
export function refuseForOther(request: ReceivedRequest, { dialog }: Leg): void {
  if (dialog.open) request.reply(500);
  else if (request.method === 'INVITE') request.reply(491);
  else request.reply(500, { headers: { 'Retry-After': '2' } });
}

// A challenge is for us, and cannot be answered by who does not see it.
const CHALLENGES = new Set([401, 407]);

/** The other leg's answer as this one is told it: its word on its own dialog, and on who we are there, says nothing of this one (RFC 5057 §5.1). */
export function passedOn(status: number): number {
  if (CHALLENGES.has(status)) return 403;
  return mayEndDialog(status) ? 500 : status;
}

function passedContent(request: ReceivedRequest): MessageContent {
  const headers: Record<string, string> = {};
  for (const name of request.method === 'NOTIFY' ? COPIED_OF_NOTIFY : COPIED) {
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

const STATUS_LINE = /^SIP\/2\.0 ([1-6]\d\d)(?: |$)/;

/** The status that is reported, alone: a report may be a complete response (RFC 3515 §2.4.5), with the signalling of the other leg. */
function reported(request: ReceivedRequest): Pick<MessageContent, 'body' | 'contentType'> {
  const isFragment = /^message\/sipfrag(?:$|[\s;])/i.test(request.header('Content-Type') ?? '');
  const [, status] = (isFragment && STATUS_LINE.exec(request.body.split(/\r?\n/, 1)[0] ?? '')) || [];
  return status === undefined ? {} : { body: fragment(Number(status)), contentType: SIPFRAG };
}

/** How a transfer goes that was passed on, told to who asked for it: by the names of that leg (RFC 3515 §2.4.6). */
async function relayReport(request: ReceivedRequest, from: Leg, to: Leg, state: RelayState): Promise<void> {
  const subscription = request.header('Subscription-State') ?? '';
  const headers = { Event: from.reportsOn ?? 'refer', 'Subscription-State': subscription };
  if (subscription.toLowerCase().startsWith('terminated')) from.reportsOn = undefined;
  const answer = await to.dialog.request('NOTIFY', { headers, ...reported(request) });
  const { status } = answer.reply;
  const isUnheard = effectOf('NOTIFY', status) !== 'nothing';
  if (isUnheard && from.reportsOn === headers.Event) from.reportsOn = undefined;
  // Nobody listens any more: 489 ends the subscription and, unlike 481, with older peers too nothing but that.
  request.reply(isUnheard ? 489 : passedOn(status));
  if (endsUsage('invite', 'NOTIFY', status)) state.broken(to);
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
    const { status } = answer.reply;
    request.reply(passedOn(status), answerOf(answer));
    if (endsUsage('invite', request.method, status)) state.broken(to);
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
    if (endsUsage('invite', 'INVITE', status)) state.broken(to);
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
