import type { ResponseView } from '../message/read-response.ts';
import { header, type SipHeader } from '../message/sip-message.ts';
import type { Timer } from '../transaction/scheduler.ts';
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
  /** It did not leave: says nothing of the far side. */
  | { readonly kind: 'unsent' }
  | { readonly kind: 'none' };

/** Sends a request in a dialog that no application asked for; `answered` hears of its final answer, or that there is none. */
export function sendOwnRequest(core: Core, dialog: Dialog, request: OwnRequest, answered: (answer: OwnAnswer) => void): void {
  const { requestUri, routes, hop } = routeInDialog(dialog);
  resolveInDialog(core, dialog, hop, (targets) => {
    if (dialog.state === 'ended') return;
    if (!targets.ok) return answered({ kind: 'unsent' });
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
    transact(core, plan, buildRequest(plan, request.headers, request.body), answered);
  });
}

function transact(core: Core, plan: RequestPlan, bytes: Buffer, answered: (answer: OwnAnswer) => void): void {
  const { branch, method, peer, cseq } = plan;
  let limit: Timer | undefined;
  const events = {
    response: (view: ResponseView, _from: unknown, repeated = false) => {
      if (view.message.status < 200) return;
      limit?.cancel();
      answered(repeated ? { kind: 'repeated', cseq } : { kind: 'response', view, cseq });
    },
    timeout: () => {
      limit?.cancel();
      answered({ kind: 'none' });
    },
    failed: () => answered({ kind: 'unsent' }),
    ended: () => limit?.cancel(),
    acknowledgement: (view: ResponseView) => buildTransactionAck(plan, header(view.message, 'to') ?? plan.to),
  };
  const outgoing = { bytes, method, status: '' as const };
  if (method !== 'INVITE') return void core.transactions.startRequest(branch, outgoing, peer, events);
  const client = core.transactions.startInvite(branch, outgoing, peer, events);
  // It may have failed while it was being sent.
  if (client.state === 'terminated') return;
  // A 1xx ends Timer B, and nobody rings for a request of ours: it is answered as soon as any other, or not at all.
  limit = core.scheduler.after(core.timers.requestTimeoutMs, () => {
    client.linger();
    answered({ kind: 'none' });
  });
}
