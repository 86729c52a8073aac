import { err, ok, type Result } from '../../kit/result.ts';
import type { Targets } from '../../kit/sip-names/resolver.ts';
import { endsUsage } from '../../kit/sip-usages.ts';
import { readNumber } from '../message/characters.ts';
import { makeHeader } from '../message/serialize-message.ts';
import { header, type SipHeader, type SipRequest } from '../message/sip-message.ts';
import { parseSipUri, type SipUri } from '../message/uri.ts';
import { nextId } from '../random-token.ts';
import { NOWHERE, type Peer } from '../transport/peer.ts';
import { contactHeader, furtherHeaders, withContentType } from './app-message.ts';
import type { Application } from './application.ts';
import type { Core } from './core.ts';
import { deliverMessage, deliverOwnResponse } from './deliver.ts';
import type { Dialog, RemoteEnd } from './dialog.ts';
import { closeDialog, endDialog, loseDialog } from './end-dialog.ts';
import { sessionAnswered } from './keep-session.ts';
import { resolveUri, routeInDialog } from './next-hop.ts';
import { buildRequest, contactFor, localHostPortFor, newBranch, type RequestPlan, viaFor } from './request-plan.ts';
import { resolveInDialog } from './resolve-in-dialog.ts';
import { sendAck } from './send-ack.ts';
import { sendCancel } from './send-cancel.ts';
import type { PreparedRequest } from './send-request.ts';
import type { Reply } from './sent.ts';
import { termsInRequest } from './session-timer.ts';
import { startInvite } from './start-invite.ts';
import { endsSubscription, renewSubscription } from './subscriptions.ts';
import { tryTargets } from './try-targets.ts';

const NO_DIALOG = 'Server error: unable to find dialog for dialog id provided';

/** Sends an application's request inside one of its dialogs; the engine owns CSeq, route set and target (RFC 3261 §12.2.1.1). */
export function sendInDialog(core: Core, app: Application, dialogId: string, message: SipRequest, reply: Reply): void {
  const found = core.dialogs.get(dialogId);
  // As on drachtio-server, whoever is there may end what a lost application left (decision C9); before the grace is over, too.
  if (message.method === 'BYE' && found?.app.gone === true) found.app = app;
  const dialog = found?.app === app ? found : undefined;
  if (message.method === 'ACK') {
    sendAck(core, dialog, message, reply);
    return;
  }
  if (dialog === undefined || dialog.state === 'ended') {
    reply(err(NO_DIALOG));
    return;
  }
  if (message.method === 'BYE') {
    sendBye(core, dialog, message, reply);
    return;
  }
  prepareInDialog(core, dialog, message, (prepared) => {
    if (!prepared.ok) return reply(prepared);
    if (message.method !== 'INVITE') return startInDialog(core, dialog, message, prepared.value, reply);
    // RFC 3261 §14.1: one INVITE at a time; the other side would say 491, so it is said here.
    if (dialog.inviteIn === undefined && dialog.inviteOut === undefined && dialog.session?.refreshing !== true)
      return startInvite(core, app, prepared.value, undefined, reply, dialog);
    const txnId = nextId();
    reply(ok({ bytes: prepared.value.bytes, peer: prepared.value.plan.peer, txnId, dialogId, response: false }));
    deliverOwnResponse({ app, txnId, dialogId }, prepared.value.plan, { status: 491, reason: 'Request Pending' });
  });
}

function sendBye(core: Core, dialog: Dialog, message: SipRequest, reply: Reply): void {
  // An unanswered change of the call ends with it.
  if (dialog.inviteOut !== undefined) {
    if (dialog.inviteOut.provisional) sendCancel(core, dialog.inviteOut);
    else dialog.inviteOut.cancel = 'held';
  }
  prepareInDialog(core, dialog, message, (prepared) => {
    if (!prepared.ok) {
      // RFC 3261 §15.1.1: the session is over with the BYE, whether or not that could leave.
      endDialog(core, dialog, { text: 'Hung up', tell: false });
      return reply(prepared);
    }
    // One waits for its turn already.
    if (dialog.heldBye !== undefined) return reply(err(NO_DIALOG));
    dialog.toAcknowledge?.send();
    if (!isUnanswered(dialog)) dialog.state = 'ending';
    startInDialog(core, dialog, message, prepared.value, reply);
  });
}

/** Builds a request in a dialog; the callback may come later when a name has to be resolved. */
function prepareInDialog(core: Core, dialog: Dialog, message: SipRequest, done: (prepared: Result<PreparedRequest, string>) => void): void {
  const end = message.method === 'PRACK' ? pracked(dialog, message) : dialog;
  const { requestUri, routes, hop } = routeInDialog(end);
  const next = (targets: Targets): void => {
    if (!targets.ok) {
      done(targets);
      return;
    }
    if (dialog.state === 'ended') {
      done(err(NO_DIALOG));
      return;
    }
    dialog.localSeq += 1;
    const cseq = dialog.localSeq;
    const prepare = ([peer = NOWHERE, ...others]: readonly Peer[]): Result<PreparedRequest, string> => {
      const branch = newBranch();
      const plan: RequestPlan = {
        method: message.method,
        requestUri,
        branch,
        via: viaFor(core, peer, branch),
        routes,
        from: dialog.localAddress,
        to: end.remoteAddress,
        callId: dialog.callId,
        cseq,
        peer,
      };
      const again = (): PreparedRequest | undefined => {
        const built = prepare(others);
        return built.ok ? built.value : undefined;
      };
      return assemble(core, dialog, message, plan, end, others.length === 0 ? undefined : again);
    };
    done(prepare(targets.value));
  };
  const named = givenTarget(message);
  if (named !== undefined && dialog.routeSet.length === 0 && hop === undefined) resolveUri(core, named, next);
  else resolveInDialog(core, dialog, hop, next);
}

const givenTarget = (message: SipRequest): SipUri | undefined =>
  message.uri.startsWith('sip:placeholder') ? undefined : parseSipUri(message.uri);

function assemble(
  core: Core,
  dialog: Dialog,
  message: SipRequest,
  plan: RequestPlan,
  end: RemoteEnd,
  next: PreparedRequest['next'],
): Result<PreparedRequest, string> {
  const localHostPort = localHostPortFor(core, plan.peer);
  const headers: SipHeader[] = [];
  const contact = contactHeader(message, localHostPort, dialog.contact || contactFor(core, plan.peer, plan.requestUri));
  if (CARRIES_CONTACT.has(plan.method) || header(message, 'contact') !== undefined) headers.push(makeHeader('Contact', contact));
  if (plan.method === 'PRACK') {
    const rseq = end.rseq ?? readNumber((header(message, 'rack') ?? '').split(' ')[0] ?? '', 0xffff_ffff);
    const invite = dialog.inviteOut?.plan.cseq ?? plan.cseq - 1;
    headers.push(makeHeader('RAck', `${rseq ?? 0} ${invite} INVITE`));
  }
  if (dialog.usage === 'invite') headers.push(...termsInRequest(core, message, dialog.session));
  const typed = withContentType([...headers, ...furtherHeaders(message, localHostPort)], message.body);
  if (!typed.ok) return typed;
  return ok({
    plan,
    bytes: buildRequest(plan, typed.value, message.body),
    localTag: dialog.localTag,
    contact,
    body: message.body,
    wantsNotify: true,
    next,
  });
}

const CARRIES_CONTACT = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'UPDATE', 'NOTIFY']);

// With forks each has its own reliable answers; the RSeq tells which one is meant.
function pracked(dialog: Dialog, message: SipRequest): RemoteEnd {
  const rseq = readNumber((header(message, 'rack') ?? '').split(' ')[0] ?? '', 0xffff_ffff);
  if (dialog.rseq === rseq || dialog.forks === undefined) return dialog;
  for (const fork of dialog.forks.values()) if (fork.rseq === rseq) return fork;
  return dialog;
}

function startInDialog(core: Core, dialog: Dialog, message: SipRequest, prepared: PreparedRequest, reply: Reply): void {
  const { plan, bytes } = prepared;
  const ids = { app: dialog.app, txnId: nextId(), dialogId: dialog.id };
  reply(ok({ bytes, peer: plan.peer, txnId: ids.txnId, dialogId: dialog.id, response: false }));
  const finished = (status: number): void => afterFinal(core, dialog, message, status);
  // Behind the answer, or the application would hear of the end first.
  const lost = (status: number): void => {
    if (endsUsage(dialog.usage, plan.method, status)) loseDialog(core, dialog);
  };
  const fail = (status: number, reason: string): void => {
    finished(status);
    if (!dialog.app.gone) deliverOwnResponse(ids, plan, { status, reason });
    lost(status);
  };
  const start = (): void => {
    tryTargets(core, prepared, () => !dialog.app.gone || plan.method === 'BYE', {
      response: (view, from) => {
        if (view.message.status >= 200) finished(view.message.status);
        if (plan.method === 'UPDATE' && isSuccess(view.message.status))
          sessionAnswered(core, dialog, view.message, { peer: view.message, sdp: message.body });
        if (plan.method === 'SUBSCRIBE' && isSuccess(view.message.status)) renewSubscription(core, dialog, view.message, message);
        if (isSuccess(view.message.status) && plan.method === 'UPDATE' && view.contact !== undefined)
          dialog.remoteTarget = view.contact.uri;
        if (!dialog.app.gone) deliverMessage(dialog.app, view.message, from, ids);
        lost(view.message.status);
      },
      timeout: () => fail(408, 'Request Timeout'),
      failed: () => fail(503, 'Service Unavailable'),
    });
  };
  // RFC 3261 §15: the called side may not send BYE before it has the ACK or has given up waiting for it; its 2xx itself may still wait
  // for a PRACK.
  const tooEarly = dialog.answer !== undefined || isUnanswered(dialog);
  if (plan.method !== 'BYE' || !tooEarly) start();
  else dialog.heldBye = { send: start, drop: () => fail(481, 'Call/Transaction Does Not Exist') };
}

const isUnanswered = (dialog: Dialog): boolean => dialog.role === 'uas' && dialog.state === 'early';
const isSuccess = (status: number): boolean => status >= 200 && status < 300;

function afterFinal(core: Core, dialog: Dialog, message: SipRequest, status: number): void {
  if (message.method === 'BYE') {
    // A challenged BYE is sent again with credentials, by an application that has some.
    if (status === 401 || status === 407) {
      dialog.state = 'confirmed';
      dialog.expiry?.cancel();
      dialog.expiry = core.scheduler.after(core.timers.requestTimeoutMs, () => closeDialog(core, dialog));
    } else closeDialog(core, dialog);
  } else if (message.method === 'NOTIFY' && dialog.usage === 'subscribe' && endsSubscription(message)) closeDialog(core, dialog);
}
