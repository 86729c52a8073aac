import type { RouteCallDeps, RoutedCall } from '../app/calls/call-routing.ts';
import type { IncomingCall } from '../app/calls/incoming-call.ts';
import { routeCall } from '../app/calls/route-call.ts';
import type { Candidate } from '../domain/call.ts';
import type { FinalAnswer } from '../domain/failover.ts';
import { CALL_REFUSALS } from '../domain/refusal.ts';
import type { TransferFact } from '../domain/transfer-fact.ts';
import type { AnsweredCall } from './answered-call.ts';
import type { AnsweredAttempt } from './attempt.ts';
import { Bridge } from './bridge.ts';
import { CallLife } from './call-life.ts';
import { dialTargets } from './dial-targets.ts';
import type { Handover } from './handover.ts';
import { hopToken, isTransferLoop } from './hop-token.ts';
import { contentOf } from './message-content.ts';
import type { ReferTarget } from './refer-to.ts';
import type { RunCallDeps } from './run-call.ts';
import type { ReceivedReply, ReceivedRequest } from './sip-stack.ts';
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
    if (routed.result === 'admitted') await keepTransferred(transfer, routed, deps);
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

/** From its admission to its end, as `runCall` does for an INVITE. */
async function keepTransferred(transfer: Transfer, admitted: Admitted, deps: TransferCallDeps): Promise<void> {
  const life = new CallLife(admitted, deps.run);
  const transferred = new TransferredCall(transfer, admitted, life, deps);
  await life.keep(
    () => transferred.run(),
    () => transfer.report.end(500, 'internal_error'),
  );
}

class TransferredCall {
  readonly #transfer: Transfer;
  readonly #admitted: Admitted;
  readonly #life: CallLife;
  readonly #deps: TransferCallDeps;
  readonly #startedAt = performance.now();
  readonly #hops: readonly string[];
  readonly #maxForwards: number;
  #rang = false;

  constructor(transfer: Transfer, admitted: Admitted, life: CallLife, deps: TransferCallDeps) {
    this.#transfer = transfer;
    this.#admitted = admitted;
    this.#life = life;
    this.#deps = deps;
    const { call } = transfer.handover.stays;
    this.#hops = [...call.hops, hopToken(deps.platform, admitted.decision.parties.called)];
    this.#maxForwards = call.maxForwards - 1;
  }

  async run(): Promise<void> {
    const { handover } = this.#transfer;
    const { server } = handover.stays.call;
    const signal = AbortSignal.any([this.#life.signal, handover.signal]);
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
      this.#life.close({ outcome: 'cancelled', sipStatus: 487, code: null, endedBy: 'caller' });
      report.end(487);
      return;
    }
    const code = this.#life.stoppedFor ?? final.code;
    const sipStatus = code === null ? final.sipStatus : CALL_REFUSALS[code].sipStatus;
    this.#life.close({ outcome: 'failed', sipStatus, code, endedBy: code === null ? 'callee' : 'platform' });
    report.end(sipStatus, code);
  }

  async #connect(answer: AnsweredAttempt, candidate: Candidate): Promise<void> {
    const { handover } = this.#transfer;
    // Who answers without the offer it was asked for has none: passed on, the party would be asked for its own (RFC 3261 §13.2.1).
    const joined = answer.reply.body === '' ? null : await handover.reinvite(contentOf(answer.reply));
    const isRefused = joined === null || joined.reply.status >= 300;
    if (!isRefused && !handover.signal.aborted && !this.#life.signal.aborted) {
      await this.#join(answer, joined.reply, candidate);
      return;
    }
    // Somebody picked up for nobody.
    answer.acknowledge();
    const gone = answer.dialog.bye();
    this.#refused({ sipStatus: 488, code: 'not_acceptable' });
    // Who took the new session has media to nobody, and the other one's is not at hand.
    if (!isRefused) handover.breakOff();
    await gone;
  }

  /** The party took the session of who answered: the two stay. On a fault both are hung up, or they would be left with nobody. */
  async #join(answer: AnsweredAttempt, reply: ReceivedReply, candidate: Candidate): Promise<void> {
    const { handover, report } = this.#transfer;
    const { record, leases } = this.#admitted;
    const { run, transferByeMs } = this.#deps;
    let call: AnsweredCall;
    let isAcknowledged = false;
    try {
      record.answered(200, leases.minutes);
      isAcknowledged = true;
      answer.acknowledge(contentOf(reply));
      const { server } = handover.stays.call;
      call = this.#life.answered({ hops: this.#hops, maxForwards: this.#maxForwards, server, candidate });
      const { refer, bridged, log } = run;
      const options = { lateOffer: null, isEstablished: true, refer, bridged, log };
      new Bridge(handover.take(transferByeMs), { dialog: answer.dialog, call, candidate, isForeign: answer.isForeign }, options);
      report.end(200);
    } catch (error) {
      if (!isAcknowledged) answer.acknowledge();
      const gone = answer.dialog.bye();
      handover.breakOff();
      await gone;
      throw error;
    }
    await call.gone;
  }
}
