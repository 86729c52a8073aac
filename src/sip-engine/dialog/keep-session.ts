import { endsUsage } from '../../kit/sip-usages.ts';
import { ownCopy } from '../message/own-copy.ts';
import { makeHeader } from '../message/serialize-message.ts';
import { headerListHas, type SipMessage } from '../message/sip-message.ts';
import type { Core } from './core.ts';
import type { Dialog } from './dialog.ts';
import { endDialog, loseDialog } from './end-dialog.ts';
import { type OwnAnswer, sendOwnRequest } from './own-request.ts';
import { repeatAck, sendOwnAck } from './send-ack.ts';
import { minSe, SESSION_SECONDS_MAX, SESSION_SECONDS_MIN, type Session, type SessionTerms, sessionExpires } from './session-timer.ts';

/** What is known of a session besides its terms. */
export interface SessionFacts {
  /** The message that told what the far side takes; without it that stays as it was. */
  readonly peer: Pick<SipMessage, 'headers'> | undefined;
  /** What we said about media; undefined: nothing new. */
  readonly sdp: Buffer | undefined;
}

/** Starts the session timer of a dialog anew; without terms it has none any more. */
export function armSession(core: Core, dialog: Dialog, terms: SessionTerms | undefined, facts: SessionFacts): void {
  const before = dialog.session;
  before?.timer.cancel();
  dialog.session = undefined;
  // Early dialogs have no session (RFC 4028 §7.2).
  if (terms === undefined || (dialog.state !== 'confirmed' && dialog.state !== 'ending') || dialog.usage !== 'invite') return;
  const { weRefresh } = terms;
  // Whatever the far side says, it keeps nobody busy with refreshing.
  const seconds = Math.min(Math.max(terms.seconds, SESSION_SECONDS_MIN), SESSION_SECONDS_MAX);
  const { secondMs } = core.sessions;
  // RFC 4028 §10: we refresh at half time; who has waited for the far side ends the call a little before the end.
  const patience = weRefresh ? seconds / 2 : seconds - Math.min(32, seconds / 3);
  const sdp = facts.sdp === undefined || facts.sdp.length === 0 ? before?.sdp : ownCopy(facts.sdp);
  dialog.session = {
    seconds,
    weRefresh,
    timer: core.scheduler.after(patience * secondMs, () => (weRefresh ? refresh(core, dialog) : expire(core, dialog))),
    endsAtMs: performance.now() + seconds * secondMs,
    byUpdate: facts.peer === undefined ? (before?.byUpdate ?? false) : headerListHas(facts.peer, 'allow', 'update'),
    sdp,
    refreshing: false,
  };
}

/** Takes the terms of a 2xx to a request of ours (RFC 4028 §7.2). */
export function sessionAnswered(core: Core, dialog: Dialog, answer: Pick<SipMessage, 'headers'>, facts: SessionFacts): void {
  const told = sessionExpires(answer);
  if (told !== undefined) armSession(core, dialog, { seconds: told.seconds, weRefresh: told.refresher !== 'uas' }, facts);
  // Who does not know the timer does not end it: as long as we refresh it lives.
  else armSession(core, dialog, dialog.session?.weRefresh === true ? dialog.session : undefined, facts);
}

function expire(core: Core, dialog: Dialog): void {
  endDialog(core, dialog, { text: 'Session timer expired', tell: true });
}

// Glare is decided at random (RFC 3261 §14.1); a second is long enough for whatever else is on its way.
const AGAIN_SECONDS = 2;

function refresh(core: Core, dialog: Dialog): void {
  const { session } = dialog;
  if (session === undefined || dialog.state !== 'confirmed') return;
  const busy = dialog.inviteOut !== undefined || dialog.inviteIn !== undefined || dialog.answer !== undefined;
  if (busy || dialog.toAcknowledge !== undefined) return void again(core, dialog, session, AGAIN_SECONDS);
  if (!session.byUpdate && session.sdp !== undefined) send(core, dialog, session, { method: 'INVITE' });
  else send(core, dialog, session, { method: 'UPDATE' });
}

/** One request of a refresh. */
interface Attempt {
  readonly method: 'UPDATE' | 'INVITE';
  /** What a 422 to this refresh asked for. */
  readonly least?: number | undefined;
}

function send(core: Core, dialog: Dialog, session: Session, attempt: Attempt): void {
  const { method, least = 0 } = attempt;
  const sdp = method === 'INVITE' ? session.sdp : undefined;
  session.refreshing = method === 'INVITE';
  const headers = [
    makeHeader('Contact', dialog.contact),
    makeHeader('Session-Expires', `${Math.max(least, session.seconds)};refresher=uac`),
    makeHeader('Min-SE', String(Math.max(least, core.sessions.minSeconds))),
    makeHeader('Supported', 'timer'),
    ...(sdp === undefined ? [] : [makeHeader('Content-Type', 'application/sdp')]),
  ];
  sendOwnRequest(core, dialog, { method, headers, body: sdp }, (answer) => {
    if (answer.kind === 'repeated') return void repeatAck(core, dialog, answer.cseq);
    // RFC 3261 §13.2.2.4: each 2xx gets its ACK; the answer of another target says how the refresh went.
    if (answer.kind === 'late') return void (dialog.state !== 'ended' && sendOwnAck(core, dialog, answer.cseq));
    session.refreshing = false;
    if (answer.kind === 'response' && method === 'INVITE' && answer.view.message.status < 300) sendOwnAck(core, dialog, answer.cseq);
    // The call has ended meanwhile, or somebody else has renewed the session.
    if (dialog.session === session) refreshed(core, dialog, session, attempt, answer);
  });
}

const soon = (): number => AGAIN_SECONDS + Math.random() * AGAIN_SECONDS;

function refreshed(core: Core, dialog: Dialog, session: Session, attempt: Attempt, answer: OwnAnswer): void {
  // A name server or a connection is away, not the far side: there is half the session left.
  if (answer.kind === 'unsent') return void again(core, dialog, session, soon());
  const status = answer.kind === 'response' ? answer.view.message.status : 408;
  if (answer.kind === 'response' && status < 300) {
    const { contact, message } = answer.view;
    if (contact !== undefined) dialog.remoteTarget = contact.uri;
    sessionAnswered(core, dialog, message, { peer: undefined, sdp: undefined });
    return;
  }
  const { method, least } = attempt;
  if (endsUsage(dialog.usage, method, status)) return void loseDialog(core, dialog);
  // We have no password, but who asks for one is there; asking again at once would look like guessing.
  if (status === 401 || status === 407) return void armSession(core, dialog, session, { peer: undefined, sdp: undefined });
  // RFC 4028 §7.3; once in a refresh: no far side can keep us asking.
  if (status === 422 && answer.kind === 'response' && least === undefined) {
    const longer = minSe(answer.view.message);
    if (longer > session.seconds) return void send(core, dialog, session, { method, least: longer });
  }
  if (method === 'UPDATE' && (status === 405 || status === 501) && session.sdp !== undefined)
    return void send(core, dialog, session, { method: 'INVITE', least });
  again(core, dialog, session, soon());
}

/** Tries once more, and in the end ends the call: the far side does the same now. */
function again(core: Core, dialog: Dialog, session: Session, seconds: number): void {
  const leftMs = session.endsAtMs - performance.now();
  const inMs = seconds * core.sessions.secondMs;
  const timer = core.scheduler.after(Math.max(1, Math.min(inMs, leftMs)), () =>
    inMs < leftMs ? refresh(core, dialog) : expire(core, dialog),
  );
  dialog.session = { ...session, timer, refreshing: false };
}
