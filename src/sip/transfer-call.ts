import type { RouteCallDeps, RoutedCall } from '../app/calls/call-routing.ts';
import type { IncomingCall } from '../app/calls/incoming-call.ts';
import type { CallEnd } from '../app/calls/record-call.ts';
import { routeCall } from '../app/calls/route-call.ts';
import type { Candidate, TransferFact } from '../domain/call.ts';
import type { FinalAnswer } from '../domain/failover.ts';
import { CALL_REFUSALS, type CallRefusalCode } from '../domain/refusal.ts';
import { AnsweredCall } from './answered-call.ts';
import type { AnsweredAttempt } from './attempt.ts';
import { Bridge } from './bridge.ts';
import { dialTargets } from './dial-targets.ts';
import type { Handover } from './handover.ts';
import { hopToken, isTransferLoop } from './hop-token.ts';
import type { LiveCall } from './live-calls.ts';
import type { ReferTarget } from './refer-to.ts';
import type { RunCallDeps } from './run-call.ts';
import type { DialogReply, MessageContent, ReceivedReply, ReceivedRequest } from './sip-stack.ts';
import type { TransferReport } from './transfer-report.ts';
import type { LegCall } from './try-leg.ts';

export interface TransferCallDeps {
  readonly route: RouteCallDeps;
  readonly run: RunCallDeps;
  /** Names this platform in hop tokens. */
  readonly platform: string;
  readonly turnsAway: () => boolean;
  /** How long who transferred may take to hang up. */
  readonly transferByeMs: number;
}

/** A transfer that was accepted. */
export interface Transfer {
  readonly request: ReceivedRequest;
  readonly target: ReferTarget;
  readonly fact: TransferFact;
  readonly handover: Handover;
  readonly report: TransferReport;
}

const USER_MAX = 256;

/**
 * Calls the place a party is to be transferred to, as a call of the account with every check of one (decision C6), a record and leases
 * of its own; when it answers, the party is offered its session (RFC 3725 §4.1) and the two stay. Until then, and if it comes to
 * nothing, the call that is up goes on. Never rejects.
 */
export async function transferCall(transfer: Transfer, deps: TransferCallDeps): Promise<void> {
  const { handover, report } = transfer;
  try {
    report.progress(100);
    const routed = await routeCall(incomingCall(transfer, deps), deps.route);
    if (routed.result === 'admitted') await runTransferred(transfer, routed, deps);
    else {
      const code = routed.result === 'refused' ? routed.code : 'transfer_refused';
      if (routed.result === 'refused' && routed.parties !== null)
        deps.run.metrics.ended({ direction: routed.parties.direction, outcome: 'refused', reason: code });
      report.end(CALL_REFUSALS[code].sipStatus, code);
    }
  } catch (error) {
    deps.run.log.error('a transfer failed on a fault', { error: error instanceof Error ? error.stack : String(error) });
    report.end(500, 'internal_error');
  }
  handover.fail();
}

/** What is asked for, as an INVITE of the account would have asked. */
function incomingCall({ request, target, fact, handover }: Transfer, { platform, turnsAway }: TransferCallDeps): IncomingCall {
  const { call } = handover.stays;
  const { callId: sipCallId, sourceIp, sourcePort, transport } = request;
  const user = target.user.slice(0, USER_MAX);
  return {
    facts: {
      ...{ sourceIp, sourcePort, transport },
      requestUser: user,
      requestUriParams: target.params,
      requestHostIsOurs: true,
      toUser: user,
      caller: { from: fact.e164 },
      privacyId: call.decision.presentation.privacyId,
      maxForwards: call.maxForwards,
      ...(turnsAway() ? { draining: true as const } : {}),
      transfer: fact,
    },
    origin: { sipCallId, sourceIp, sourcePort, transport },
    authentication: null,
    loops: (called) => isTransferLoop(call.hops, hopToken(platform, called)),
  };
}

type Admitted = Extract<RoutedCall, { result: 'admitted' }>;

/** From its admission to its end, as `runCall` does for an INVITE (invariant 12). */
async function runTransferred(transfer: Transfer, admitted: Admitted, deps: TransferCallDeps): Promise<void> {
  const { run } = deps;
  const { direction } = admitted.decision.parties;
  const running = new TransferredCall(transfer, admitted, deps);
  run.metrics.active(direction, 1);
  const release = run.calls.add(running);
  try {
    await running.run();
  } finally {
    running.close({ outcome: 'failed', sipStatus: null, code: 'internal_error', endedBy: 'platform' });
    run.metrics.active(direction, -1);
    run.legs.ended(running.callId);
    release();
  }
}

class TransferredCall implements LiveCall {
  readonly #transfer: Transfer;
  readonly #admitted: Admitted;
  readonly #deps: TransferCallDeps;
  readonly #stop = new AbortController();
  readonly #startedAt = performance.now();
  readonly #hops: readonly string[];
  readonly #maxForwards: number;
  #stoppedFor: CallRefusalCode | null = null;
  #rang = false;
  #answered: AnsweredCall | undefined;

  constructor(transfer: Transfer, admitted: Admitted, deps: TransferCallDeps) {
    this.#transfer = transfer;
    this.#admitted = admitted;
    this.#deps = deps;
    const { call } = transfer.handover.stays;
    this.#hops = [...call.hops, hopToken(deps.platform, admitted.decision.parties.called)];
    this.#maxForwards = call.maxForwards - 1;
  }

  get callId(): string {
    return this.#admitted.record.callId;
  }

  hangUp(code: CallRefusalCode | null): void {
    if (this.#answered !== undefined) {
      this.#answered.hangUp(code);
      return;
    }
    this.#stoppedFor ??= code ?? 'draining';
    this.#stop.abort();
  }

  close(end: CallEnd): void {
    const { record, decision } = this.#admitted;
    if (!record.close(end)) return;
    this.#deps.run.metrics.ended({ direction: decision.parties.direction, outcome: end.outcome, reason: end.code ?? 'none' });
  }

  async run(): Promise<void> {
    const { handover } = this.#transfer;
    const { server } = handover.stays.call;
    const signal = AbortSignal.any([this.#stop.signal, handover.signal]);
    // Without an offer: the party's own is not at hand, and what it was offered before was for somebody else.
    const invite: LegCall['invite'] = { server, body: '', lost: false, header: () => undefined };
    const asked = { ...this.#admitted, invite, hops: this.#hops, maxForwards: this.#maxForwards, signal };
    const dialled = await dialTargets({ ...asked, isReliable: false, provisional: (reply) => this.#heard(reply) }, this.#deps.run);
    if (dialled.answer === null) this.#refused(dialled.final);
    else await this.#connect(dialled.answer, dialled.candidate);
  }

  #heard({ status }: ReceivedReply): void {
    if (status <= 100) return;
    if (!this.#rang) this.#admitted.record.heard(performance.now() - this.#startedAt);
    this.#rang = true;
    this.#transfer.report.progress(status);
  }

  #refused(final: FinalAnswer): void {
    const { handover, report } = this.#transfer;
    if (handover.signal.aborted) {
      this.close({ outcome: 'cancelled', sipStatus: 487, code: null, endedBy: 'caller' });
      report.end(487);
      return;
    }
    const code = this.#stoppedFor ?? final.code;
    const sipStatus = code === null ? final.sipStatus : CALL_REFUSALS[code].sipStatus;
    this.close({ outcome: 'failed', sipStatus, code, endedBy: code === null ? 'callee' : 'platform' });
    report.end(sipStatus, code);
  }

  async #connect(answer: AnsweredAttempt, candidate: Candidate): Promise<void> {
    const { handover, report } = this.#transfer;
    const { decision, record, leases } = this.#admitted;
    const { run, transferByeMs } = this.#deps;
    // Who answers without the offer it was asked for has none: passed on, the party would be asked for its own (RFC 3261 §13.2.1).
    const offer = answer.reply.body === '' ? null : contentOf(answer.reply);
    const joined = offer === null ? null : await handover.reinvite(offer).catch(() => null);
    if (joined === null || joined.reply.status >= 300 || handover.signal.aborted || this.#stop.signal.aborted) {
      // Somebody picked up for nobody.
      answer.acknowledge();
      const gone = answer.dialog.bye();
      this.#refused({ sipStatus: 488, code: 'not_acceptable' });
      // Who took the new session has media to nobody, and the other one's is not at hand.
      if (joined !== null && joined.reply.status < 300) handover.breakOff();
      await gone;
      return;
    }
    record.answered(200, leases.minutes);
    answer.acknowledge(contentOf(joined.reply));
    report.end(200);
    const { server } = handover.stays.call;
    const parts = { callId: this.callId, decision, hops: this.#hops, maxForwards: this.#maxForwards, server, candidate };
    const call = new AnsweredCall(parts, run, (end) => this.close(end));
    this.#answered = call;
    const { refer, bridged, log } = run;
    const options = { lateOffer: null, isEstablished: true, refer, bridged, log };
    new Bridge(handover.take(transferByeMs), { dialog: answer.dialog, call, candidate, isForeign: answer.isForeign }, options);
    await call.gone;
  }
}

function contentOf({ body, header }: DialogReply['reply']): MessageContent {
  const contentType = header('Content-Type');
  return { body, ...(contentType === undefined ? {} : { contentType }) };
}
