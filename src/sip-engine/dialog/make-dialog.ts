import type { ResponseView } from '../message/read-response.ts';
import { header } from '../message/sip-message.ts';
import type { Peer } from '../transport/peer.ts';
import type { Application } from './application.ts';
import type { Core } from './core.ts';
import type { Dialog, RemoteEnd } from './dialog.ts';
import { neighbourOf } from './neighbour.ts';
import { flowOf, recordRoutes } from './next-hop.ts';
import type { RequestPlan } from './request-plan.ts';
import type { ServerWork } from './server-work.ts';

type Fresh = Pick<Dialog, 'forks' | 'answer' | 'toAcknowledge' | 'lastAck' | 'inviteOut' | 'inviteIn' | 'heldBye' | 'expiry' | 'session'>;
/** What a dialog that has only just been made does not have yet. */
export const fresh = (): Fresh => ({
  forks: undefined,
  answer: undefined,
  toAcknowledge: undefined,
  lastAck: undefined,
  inviteOut: undefined,
  inviteIn: undefined,
  heldBye: undefined,
  expiry: undefined,
  session: undefined,
});

/** The dialog our answer to `work` makes (RFC 3261 §12.1.1). */
export function dialogOfServer(core: Core, work: ServerWork, contact: string): Dialog {
  const { view } = work;
  const routeSet = recordRoutes(view.message);
  const remoteTarget = view.contact?.uri ?? '';
  return {
    id: work.dialogId,
    role: 'uas',
    usage: view.message.method === 'SUBSCRIBE' ? 'subscribe' : 'invite',
    app: work.app,
    callId: view.callId,
    localTag: work.localTag,
    localAddress: `${header(view.message, 'to')};tag=${work.localTag}`,
    remoteTag: view.fromTag,
    remoteAddress: header(view.message, 'from') ?? '',
    remoteTarget,
    routeSet,
    contact,
    localSeq: 0,
    remoteSeq: view.cseq,
    state: 'early',
    flow: flowOf(core, work.from, remoteTarget, routeSet.length > 0),
    neighbour: neighbourOf(work.from, view.via),
    serverName: work.from.serverName,
    ...fresh(),
  };
}

/** The remote end as a response to our request describes it (RFC 3261 §12.1.2). */
export function remoteEndOf(view: ResponseView, plan: RequestPlan): RemoteEnd {
  return {
    remoteTag: view.toTag,
    remoteAddress: header(view.message, 'to') ?? plan.to,
    remoteTarget: view.contact?.uri ?? plan.requestUri,
    routeSet: recordRoutes(view.message).reverse(),
  };
}

/** The dialog a response to our request makes. */
export function dialogOfClient(
  core: Core,
  made: { readonly id: string; readonly app: Application; readonly plan: RequestPlan; readonly localTag: string; readonly contact: string },
  view: ResponseView,
  from: Peer,
): Dialog {
  const end = remoteEndOf(view, made.plan);
  return {
    id: made.id,
    role: 'uac',
    usage: made.plan.method === 'INVITE' ? 'invite' : 'subscribe',
    app: made.app,
    callId: made.plan.callId,
    localTag: made.localTag,
    localAddress: made.plan.from,
    ...end,
    contact: made.contact,
    localSeq: made.plan.cseq,
    remoteSeq: -1,
    state: 'early',
    // Who was called by its flow is where that is, whatever its Contact says.
    serverName: made.plan.peer.serverName,
    neighbour: neighbourOf(from, undefined),
    flow: made.plan.peer.onlyFlow === true ? made.plan.peer : flowOf(core, from, end.remoteTarget, end.routeSet.length > 0),
    ...fresh(),
  };
}
