import type { ResponseView } from '../message/read-response.ts';
import { header, type SipHeader } from '../message/sip-message.ts';
import { NOWHERE } from '../transport/peer.ts';
import type { Core } from './core.ts';
import type { Dialog } from './dialog.ts';
import { resolveInDialog, routeInDialog } from './next-hop.ts';
import { buildRequest, buildTransactionAck, newBranch, type RequestPlan, viaFor } from './request-plan.ts';

/** A request of the engine's own inside a dialog. */
export interface OwnRequest {
  readonly method: string;
  readonly headers: readonly SipHeader[];
  readonly body: Buffer | undefined;
}

/** How it was answered; `repeated`: its 2xx came again. */
export type OwnAnswer =
  | { readonly kind: 'response'; readonly view: ResponseView; readonly cseq: number }
  | { readonly kind: 'repeated'; readonly cseq: number }
  | { readonly kind: 'none' };

/** Sends a request in a dialog that no application asked for; `answered` hears of its final answer, or that there is none. */
export function sendOwnRequest(core: Core, dialog: Dialog, request: OwnRequest, answered: (answer: OwnAnswer) => void): void {
  const { requestUri, routes, hop } = routeInDialog(dialog);
  resolveInDialog(core, dialog, hop, (targets) => {
    if (dialog.state === 'ended') return;
    if (!targets.ok) return answered({ kind: 'none' });
    const peer = targets.value[0] ?? NOWHERE;
    const branch = newBranch();
    dialog.localSeq += 1;
    const plan: RequestPlan = {
      method: request.method,
      requestUri,
      branch,
      via: viaFor(core, peer, branch),
      routes,
      from: dialog.localAddress,
      to: dialog.remoteAddress,
      callId: dialog.callId,
      cseq: dialog.localSeq,
      peer,
    };
    const outgoing = { bytes: buildRequest(plan, request.headers, request.body), method: request.method, status: '' as const };
    const events = {
      response: (view: ResponseView, _from: unknown, repeated = false) => {
        if (view.message.status < 200) return;
        answered(repeated ? { kind: 'repeated', cseq: plan.cseq } : { kind: 'response', view, cseq: plan.cseq });
      },
      timeout: () => answered({ kind: 'none' }),
      failed: () => answered({ kind: 'none' }),
      ended: () => {},
      acknowledgement: (view: ResponseView) => buildTransactionAck(plan, header(view.message, 'to') ?? plan.to),
    };
    if (request.method === 'INVITE') core.transactions.startInvite(branch, outgoing, peer, events);
    else core.transactions.startRequest(branch, outgoing, peer, events);
  });
}
