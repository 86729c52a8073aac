import type { ResponseView } from '../message/read-response.ts';
import { header, type SipHeader } from '../message/sip-message.ts';
import type { Timer } from '../transaction/scheduler.ts';
import { NOWHERE, type Peer } from '../transport/peer.ts';
import type { Core } from './core.ts';
import type { Dialog } from './dialog.ts';
import { routeInDialog } from './next-hop.ts';
import { buildRequest, buildTransactionAck, newBranch, type RequestPlan, viaFor } from './request-plan.ts';
import { resolveInDialog } from './resolve-in-dialog.ts';
import { UNAVAILABLE } from './try-targets.ts';

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
  /** A target that was given up for the next has taken our INVITE after all. */
  | { readonly kind: 'late'; readonly cseq: number }
  /** It did not leave: says nothing of the far side. */
  | { readonly kind: 'unsent' }
  | { readonly kind: 'none' };

/**
 * Sends a request in a dialog that no application asked for, to the targets of its next hop in turn (RFC 3263 §4.3); `answered` hears of
 * its final answer, or that there is none, `left` what went to the first of them.
 */
export function sendOwnRequest(
  core: Core,
  dialog: Dialog,
  request: OwnRequest,
  answered: (answer: OwnAnswer) => void,
  left: (bytes: Buffer, peer: Peer) => void = () => {},
): void {
  // What ends a dialog leaves behind its end.
  const isWanted = (): boolean => dialog.state !== 'ended' || request.method === 'BYE';
  const { requestUri, routes, hop } = routeInDialog(dialog);
  resolveInDialog(core, dialog, hop, (targets) => {
    if (!isWanted()) return;
    if (!targets.ok) return answered({ kind: 'unsent' });
    dialog.localSeq += 1;
    const cseq = dialog.localSeq;
    const attempt = ([peer = NOWHERE, ...others]: readonly Peer[]): void => {
      const branch = newBranch();
      const plan: RequestPlan = {
        method: request.method,
        requestUri,
        branch,
        via: viaFor(core, peer, branch),
        routes,
        from: dialog.localAddress,
        to: dialog.remoteAddress,
        callId: dialog.callId,
        cseq,
        peer,
      };
      let isOver = false;
      const bytes = buildRequest(plan, request.headers, request.body);
      if (peer === targets.value[0]) left(bytes, peer);
      transact(core, plan, bytes, others.length > 0, (answer) => {
        if (isOver) return isTaken(plan, answer) ? answered({ kind: 'late', cseq }) : undefined;
        isOver = others.length > 0 && isWanted() && saysNext(answer);
        if (!isOver) return answered(answer);
        core.failedTargets.failed(peer);
        core.tally.failovers += 1;
        attempt(others);
      });
    };
    attempt(targets.value);
  });
}

const saysNext = (answer: OwnAnswer): boolean =>
  answer.kind === 'unsent' || answer.kind === 'none' || (answer.kind === 'response' && answer.view.message.status === UNAVAILABLE);

const isTaken = ({ method }: RequestPlan, answer: OwnAnswer): boolean =>
  method === 'INVITE' && (answer.kind === 'repeated' || (answer.kind === 'response' && answer.view.message.status < 300));

function transact(core: Core, plan: RequestPlan, bytes: Buffer, hasNext: boolean, answered: (answer: OwnAnswer) => void): void {
  const { branch, method, peer, cseq } = plan;
  const patienceMs = hasNext ? core.timers.nextTargetMs : undefined;
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
  if (method !== 'INVITE') return void core.transactions.startRequest(branch, outgoing, peer, events, patienceMs);
  const client = core.transactions.startInvite(branch, outgoing, peer, events, patienceMs);
  // It may have failed while it was being sent.
  if (client.state === 'terminated') return;
  // A 1xx ends Timer B, and nobody rings for a request of ours: it is answered as soon as any other, or not at all.
  limit = core.scheduler.after(core.timers.requestTimeoutMs, () => {
    client.linger();
    answered({ kind: 'none' });
  });
}
