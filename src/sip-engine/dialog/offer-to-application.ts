import { bytesForApplication, makeHeader } from '../message/serialize-message.ts';
import { nextId, randomToken } from '../random-token.ts';
import { allowHeader, retryAfter } from './answer.ts';
import type { Application } from './application.ts';
import { giveUpOn } from './close-work.ts';
import type { Core } from './core.ts';
import { deliverMessage } from './deliver.ts';
import { type Dialog, dialogIdOf } from './dialog.ts';
import { type Incoming, refuse } from './incoming.ts';
import type { ServerWork } from './server-work.ts';
import { tooShort } from './session-timer.ts';

/** What a draining engine still takes: calls that go on must not outlive the registrations of their phones (decision C19). */
const STAYS: ReadonlySet<string> = new Set(['REGISTER', 'OPTIONS']);

/** Gives a new request to the next application that serves its method; without one answers itself. */
export function offerToApplication(core: Core, incoming: Incoming): void {
  const { view } = incoming;
  const { method } = view.message;
  const least = tooShort(core, view);
  if (least !== undefined) {
    refuse(incoming, 422, least);
    return;
  }
  if (core.draining && !STAYS.has(method)) {
    core.tally.drop('draining');
    refuse(incoming, 503, [retryAfter()]);
    return;
  }
  const app = core.directory.pick(method);
  if (app === undefined) {
    if (method === 'OPTIONS') {
      answerOptions(incoming);
      return;
    }
    core.tally.drop('no_application');
    refuse(incoming, 503, [retryAfter()]);
    return;
  }
  offerTo(core, incoming, app, false);
}

/** Gives a new request to this application; `again`: after another one was lost with it. */
export function offerTo(core: Core, incoming: Incoming, app: Application, again: boolean): void {
  const { view } = incoming;
  const { method } = view.message;
  const makesDialog = method === 'INVITE' || method === 'SUBSCRIBE';
  const work = openWork(core, incoming, app, makesDialog ? dialogIdOf(view.callId, view.fromTag) : '', undefined, again);
  if (makesDialog) core.reserved.set(work.dialogId, work);
  const bytes = bytesForApplication(view.message);
  const { host, port } = core.localFor(incoming.from);
  const receivedOn = { address: host, port };
  app.deliver({ bytes, size: bytes.length, from: incoming.from, txnId: work.txnId, dialogId: '', source: 'network', receivedOn });
}

/** Gives a request inside a dialog to the dialog's application. */
export function offerInDialog(core: Core, incoming: Incoming, dialog: Dialog): ServerWork {
  const work = openWork(core, incoming, dialog.app, dialog.id, dialog, false);
  deliverMessage(dialog.app, incoming.view.message, incoming.from, work);
  return work;
}

function openWork(
  core: Core,
  incoming: Incoming,
  app: Application,
  dialogId: string,
  dialog: Dialog | undefined,
  again: boolean,
): ServerWork {
  const { view } = incoming;
  const work: ServerWork = {
    txnId: nextId(),
    view: incoming.view,
    transaction: incoming.transaction,
    from: incoming.from,
    app,
    again,
    dialogId,
    localTag: dialog?.localTag ?? randomToken(),
    tagged: dialog !== undefined,
    dialog,
    initial: dialog === undefined && (view.message.method === 'INVITE' || view.message.method === 'SUBSCRIBE'),
    deadline: undefined,
    reliable: undefined,
    concluded: false,
    session: undefined,
  };
  const { timers } = core;
  const silenceMs = view.message.method === 'INVITE' ? timers.applicationSilenceMs : timers.applicationRequestMs;
  work.deadline = core.scheduler.after(silenceMs, () => giveUpOn(core, work));
  const note = core.notes.get(incoming.transaction);
  if (note !== undefined) note.work = work;
  core.work.set(work.txnId, work);
  app.pending += 1;
  return work;
}

// Keep-alive OPTIONS do not wake an application that did not ask for them (RFC 3261 §11.2).
function answerOptions(incoming: Incoming): void {
  refuse(incoming, 200, [allowHeader, makeHeader('Accept', 'application/sdp'), makeHeader('Supported', '100rel, timer, replaces')]);
}
