import { ok } from '../../kit/result.ts';
import type { RequestView } from '../message/read-request.ts';
import type { ResponseView } from '../message/read-response.ts';
import { header } from '../message/sip-message.ts';
import { nextId } from '../random-token.ts';
import type { Peer } from '../transport/peer.ts';
import type { Application } from './application.ts';
import type { Core } from './core.ts';
import { deliverMessage, deliverOwnResponse } from './deliver.ts';
import { type Dialog, dialogIdOf } from './dialog.ts';
import { closeDialog } from './end-dialog.ts';
import { unreachableStatus } from './flow-hop.ts';
import { dialogOfClient, fresh } from './make-dialog.ts';
import { flowOf, recordRoutes } from './next-hop.ts';
import type { PreparedRequest } from './send-request.ts';
import type { Reply } from './sent.ts';
import { renewSubscription } from './subscriptions.ts';
import { tryTargets } from './try-targets.ts';

/** Sends a request that is no INVITE outside any dialog; `unreachable` says why it cannot even leave. */
export function startPlain(core: Core, app: Application, prepared: PreparedRequest, unreachable: string | undefined, reply: Reply): void {
  const { plan } = prepared;
  const txnId = nextId();
  // A REFER makes a subscription too (RFC 3515 §2.4.4), unless it says not (RFC 4488).
  const subscribes = plan.method === 'SUBSCRIBE' || (plan.method === 'REFER' && prepared.wantsNotify);
  const id = dialogIdOf(plan.callId, prepared.localTag);
  const ids = { app, txnId, dialogId: plan.method === 'SUBSCRIBE' ? id : '' };
  reply(ok({ bytes: prepared.bytes, peer: plan.peer, txnId, dialogId: '', response: false }));
  if (unreachable !== undefined) {
    deliverOwnResponse(ids, plan, { status: unreachableStatus(unreachable), reason: unreachable });
    return;
  }
  if (subscribes) core.subscribing.set(id, (notify) => (app.gone ? undefined : dialogOfNotify(core, app, prepared, id, notify)));
  const fail = (status: number, reason: string): void => {
    if (subscribes) refusedSubscription(core, app, id);
    if (!app.gone) deliverOwnResponse(ids, plan, { status, reason });
  };
  tryTargets(core, prepared, () => !app.gone, {
    response: (view, from, sent) => {
      if (subscribes) subscriptionAnswered(core, app, sent, id, view, from);
      if (!app.gone) deliverMessage(app, view.message, from, ids);
    },
    timeout: () => fail(408, 'Request Timeout'),
    failed: (why) => fail(503, `Service Unavailable (${phrase(why)})`),
  });
}

// System errors name addresses only; still nothing but plain words goes into a reason phrase.
const phrase = (why: string): string => why.replace(/[^\w .:-]/g, ' ').slice(0, 80);

function subscriptionAnswered(core: Core, app: Application, prepared: PreparedRequest, id: string, view: ResponseView, from: Peer): void {
  if (view.message.status < 200) return;
  if (view.message.status >= 300) {
    refusedSubscription(core, app, id);
    return;
  }
  core.subscribing.delete(id);
  if (header(view.message, 'refer-sub')?.trim().toLowerCase() === 'false') return;
  const adopted = core.dialogs.get(id);
  if (adopted !== undefined) renewSubscription(core, adopted, view.message, undefined);
  // Nobody would ever end it.
  if (adopted !== undefined || view.toTag === '' || app.gone) return;
  const dialog = dialogOfClient(core, { id, app, ...prepared }, view, from);
  dialog.state = 'confirmed';
  core.dialogs.add(dialog);
  renewSubscription(core, dialog, view.message, undefined);
}

// A NOTIFY may have made the dialog already.
function refusedSubscription(core: Core, app: Application, id: string): void {
  core.subscribing.delete(id);
  const adopted = core.dialogs.get(id);
  if (adopted?.usage === 'subscribe' && adopted.app === app) closeDialog(core, adopted);
}

function dialogOfNotify(core: Core, app: Application, prepared: PreparedRequest, id: string, notify: RequestView): Dialog {
  core.subscribing.delete(id);
  const { plan } = prepared;
  const routeSet = recordRoutes(notify.message);
  const remoteTarget = notify.contact?.uri ?? plan.requestUri;
  const dialog: Dialog = {
    id,
    role: 'uac',
    usage: 'subscribe',
    app,
    callId: plan.callId,
    localTag: prepared.localTag,
    localAddress: plan.from,
    remoteTag: notify.fromTag,
    remoteAddress: header(notify.message, 'from') ?? plan.to,
    remoteTarget,
    routeSet,
    contact: prepared.contact,
    localSeq: plan.cseq,
    remoteSeq: notify.cseq,
    state: 'confirmed',
    serverName: plan.peer.serverName,
    neighbour: undefined,
    flow: flowOf(core, plan.peer, remoteTarget, routeSet.length > 0),
    ...fresh(),
  };
  core.dialogs.add(dialog);
  renewSubscription(core, dialog, notify.message, undefined);
  return dialog;
}
