import { err, ok, type Result } from '../../kit/result.ts';
import { buildResponse } from '../message/build-response.ts';
import { isToken } from '../message/characters.ts';
import { parseNameAddr } from '../message/name-addr.ts';
import { makeHeader } from '../message/serialize-message.ts';
import { header, headerListHas, type SipHeader, type SipResponse } from '../message/sip-message.ts';
import type { Outgoing } from '../transaction/transaction-deps.ts';
import { contactHeader, furtherHeaders, OWNED, withContentType } from './app-message.ts';
import type { Application } from './application.ts';
import { closeWork, finishWork } from './close-work.ts';
import type { Core } from './core.ts';
import { type Dialog, silence } from './dialog.ts';
import { endDialog } from './end-dialog.ts';
import { armSession } from './keep-session.ts';
import { dialogOfServer } from './make-dialog.ts';
import { PendingAnswer } from './pending-answer.ts';
import { ReliableProvisionals } from './reliable-provisionals.ts';
import { contactFor, localHostPortFor } from './request-plan.ts';
import type { Reply } from './sent.ts';
import type { ServerWork } from './server-work.ts';
import { answerTerms, termsInAnswer } from './session-timer.ts';
import { endsSubscription, renewSubscription } from './subscriptions.ts';
import { tellCancelled } from './tell-cancelled.ts';

const UNKNOWN = 'Response not sent due to unknown transaction';

/** Sends an application's answer to a request it was given. */
export function respond(core: Core, app: Application, txnId: string, message: SipResponse, reply: Reply): void {
  const work = core.work.get(txnId);
  if (work === undefined || work.app !== app || work.concluded || !work.transaction.answerable) {
    reply(err(UNKNOWN));
    return;
  }
  takeTag(work, message);
  const reliable = message.status > 100 && message.status < 200 && headerListHas(message, 'require', '100rel');
  if (reliable && !headerListHas(work.view.message, 'supported', '100rel') && !headerListHas(work.view.message, 'require', '100rel')) {
    reply(err('Remote endpoint does not support 100rel'));
    return;
  }
  if (reliable) work.reliable ??= new ReliableProvisionals(core, () => abandon(core, work));
  const rseq = reliable ? work.reliable?.takeRseq() : undefined;
  const built = build(core, work, message, rseq);
  if (!built.ok) {
    reply(built);
    return;
  }
  const { outgoing, contact } = built.value;
  if (message.status >= 200) conclude(core, work, outgoing, contact, message);
  else progress(core, work, outgoing, contact, rseq);
  reply(ok({ bytes: outgoing.bytes, peer: work.from, txnId, dialogId: work.dialogId, response: true }));
}

// The application may choose our tag with its first answer (drachtio-srf's `res.send(…, {headers: {To: …;tag=…}})`).
function takeTag(work: ServerWork, message: SipResponse): void {
  if (work.tagged || work.view.toTag !== '') return;
  const tag = parseNameAddr(header(message, 'to') ?? '')?.parameters.get('tag');
  if (tag !== undefined && isToken(tag)) work.localTag = tag;
}

function build(
  core: Core,
  work: ServerWork,
  message: SipResponse,
  rseq: number | undefined,
): Result<{ outgoing: Outgoing; contact: string }, string> {
  const { request, localHostPort } = { request: work.view.message, localHostPort: localHostPortFor(core, work.from) };
  const fallback = contactFor(core, work.from, request.uri);
  const contact = contactHeader(message, localHostPort, fallback);
  const headers: SipHeader[] = [];
  const given = header(message, 'contact') !== undefined;
  if (given || needsContact(request.method, message.status)) headers.push(makeHeader('Contact', contact));
  if (rseq !== undefined) headers.push(makeHeader('RSeq', String(rseq)));
  const timed = message.status >= 200 && message.status < 300 && (request.method === 'INVITE' || request.method === 'UPDATE');
  work.session = timed ? answerTerms(core, request, message, work.dialog?.session) : undefined;
  if (work.session !== undefined) headers.push(...termsInAnswer(work.session, message));
  headers.push(...furtherHeaders(message, localHostPort, timed ? OWNED_WITH_SESSION : OWNED));
  const typed = withContentType(headers, message.body);
  if (!typed.ok) return typed;
  const makesDialog = work.initial && message.status > 100 && message.status < 300;
  const bytes = buildResponse(request, work.from.address, work.from.port, {
    status: message.status,
    reason: message.reason,
    toTag: message.status > 100 ? work.localTag : '',
    headers: typed.value,
    body: message.body,
    recordRoute: makesDialog,
  });
  return ok({ outgoing: { bytes, method: request.method, status: message.status }, contact });
}

const OWNED_WITH_SESSION: ReadonlySet<string> = new Set([...OWNED, 'session-expires']);

// RFC 3261 table 3: answers that make or refresh a dialog carry our Contact.
const needsContact = (method: string, status: number): boolean =>
  status > 100 &&
  status < 300 &&
  (method === 'INVITE' || method === 'SUBSCRIBE' || (status >= 200 && (method === 'UPDATE' || method === 'REFER')));

function progress(core: Core, work: ServerWork, outgoing: Outgoing, contact: string, rseq: number | undefined): void {
  if (Number(outgoing.status) > 100) {
    work.tagged = true;
    if (work.initial && work.view.message.method === 'INVITE') openDialog(core, work, contact);
  }
  if (work.view.message.method === 'INVITE') {
    // It speaks: from now on only the wait for the final answer is bounded.
    work.deadline?.cancel();
    work.deadline = core.scheduler.after(core.timers.applicationFinalMs, () => abandon(core, work));
  }
  const send = (): void => work.transaction.respond(outgoing);
  if (rseq !== undefined && work.reliable !== undefined) work.reliable.enqueue(rseq, send);
  else send();
}

function openDialog(core: Core, work: ServerWork, contact: string): void {
  if (work.dialog !== undefined) {
    work.dialog.contact = contact;
    return;
  }
  work.dialog = dialogOfServer(core, work, contact);
  core.dialogs.add(work.dialog);
}

function conclude(core: Core, work: ServerWork, outgoing: Outgoing, contact: string, message: SipResponse): void {
  const { method } = work.view.message;
  const success = Number(outgoing.status) < 300;
  work.tagged = true;
  work.concluded = true;
  if (success && work.initial) openDialog(core, work, contact);
  const finish = (): void => {
    closeWork(core, work);
    work.transaction.respond(outgoing);
    if (success) succeeded(core, work, outgoing, message);
    else if (work.initial && work.dialog !== undefined) {
      silence(work.dialog);
      core.dialogs.remove(work.dialog);
    }
  };
  // A 2xx must not overtake a reliable provisional answer that still waits for its PRACK (RFC 3262 §3).
  if (method === 'INVITE' && success && work.reliable !== undefined) work.reliable.afterwards(finish);
  else finish();
}

function succeeded(core: Core, work: ServerWork, outgoing: Outgoing, message: SipResponse): void {
  const { dialog, view } = work;
  if (dialog === undefined) return;
  if ((view.message.method === 'INVITE' || view.message.method === 'UPDATE') && view.contact !== undefined)
    dialog.remoteTarget = view.contact.uri;
  if (view.message.method === 'NOTIFY' && dialog.usage === 'subscribe' && endsSubscription(view.message)) {
    silence(dialog);
    core.dialogs.remove(dialog);
    return;
  }
  if (work.initial) dialog.state = 'confirmed';
  if (view.message.method === 'INVITE' || (view.message.method === 'UPDATE' && work.session !== undefined))
    armSession(core, dialog, work.session, { peer: view.message, sdp: message.body });
  if (view.message.method === 'SUBSCRIBE' && dialog.usage === 'subscribe') renewSubscription(core, dialog, message, view.message);
  if (view.message.method !== 'INVITE') return;
  const facts = { cseq: view.cseq, txnId: work.txnId, initial: work.initial, message: outgoing, peer: work.from };
  const pending = new PendingAnswer(core, facts, () => unacknowledged(core, dialog));
  dialog.answer?.stop();
  dialog.answer = pending;
  const note = core.notes.get(work.transaction);
  if (note === undefined) return;
  note.repeatAnswer = () => pending.repeat();
  pending.released = () => {
    note.repeatAnswer = undefined;
  };
}

// No ACK in 64*T1: the call ends with a BYE (RFC 3261 §13.3.1.4), the application's own if it has asked for one.
function unacknowledged(core: Core, dialog: Dialog): void {
  const bye = dialog.heldBye;
  dialog.answer = undefined;
  dialog.heldBye = undefined;
  if (bye !== undefined) bye.send();
  else endDialog(core, dialog, { text: 'ACK timeout', tell: true });
}

/** Nobody waits any longer for this INVITE: the caller gets 408 or 500, the application a CANCEL in the caller's name. */
function abandon(core: Core, work: ServerWork): void {
  const timedOut = work.reliable === undefined;
  finishWork(core, work, timedOut ? 408 : 500);
  core.tally.drop(timedOut ? 'application_silent' : 'prack_missing');
  tellCancelled(work);
}
