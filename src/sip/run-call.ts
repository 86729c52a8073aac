import type { CallLeases } from '../app/calls/call-leases.ts';
import type { Contacts } from '../app/calls/call-routing.ts';
import type { LegNotes } from '../app/calls/leg-notes.ts';
import type { CallEnd, CallRecord } from '../app/calls/record-call.ts';
import type { UnansweredCalls } from '../app/calls/unanswered-calls.ts';
import type { CallMetrics } from '../app/ports/metrics.ts';
import type { Candidate, Connect } from '../domain/call.ts';
import type { CallRefusalCode } from '../domain/refusal.ts';
import type { Logger } from '../kit/log.ts';
import { AnsweredCall } from './answered-call.ts';
import type { AnsweredAttempt } from './attempt.ts';
import { Bridge, type BridgeOptions } from './bridge.ts';
import type { BridgedLegs } from './bridged-legs.ts';
import { type DialDeps, dialTargets } from './dial-targets.ts';
import type { LiveCalls } from './live-calls.ts';
import { Provisionals } from './relay-provisional.ts';
import { ALLOW, callIdField, passedOnReply, refusalReply, SERVER } from './replies.ts';
import { sessionAnswer } from './session-fields.ts';
import type { ReceivedInvite, ReceivedReply, SipDialog } from './sip-stack.ts';

export interface RunCallDeps extends DialDeps {
  readonly calls: LiveCalls;
  readonly legs: LegNotes;
  readonly callMs: number;
  /** Calls that ring over what can be forged. */
  readonly unanswered: Pick<UnansweredCalls, 'begin'>;
  readonly speakAfterMs: number;
  /** A party of a call that is up asks for a transfer. */
  readonly refer: BridgeOptions['refer'];
  readonly bridged: BridgedLegs;
  readonly metrics: CallMetrics;
  readonly log: Logger;
}

/** A call that was let in. */
export interface AdmittedCall {
  readonly invite: ReceivedInvite;
  readonly decision: Connect;
  readonly record: CallRecord;
  readonly leases: CallLeases;
  readonly contacts: Contacts;
  readonly hops: readonly string[];
  readonly maxForwards: number;
  /** `performance.now()` when the INVITE came. */
  readonly receivedAt: number;
}

/** Puts an admitted call through and stays with it to its end; its record is closed exactly once, whatever happens (invariant 12). */
export async function runCall(call: AdmittedCall, deps: RunCallDeps): Promise<void> {
  const { direction } = call.decision.parties;
  const running = new RunningCall(call, deps);
  deps.metrics.active(direction, 1);
  const release = deps.calls.add(running);
  try {
    await running.run();
  } catch (error) {
    running.fault(error);
  } finally {
    running.close({ outcome: 'failed', sipStatus: null, code: 'internal_error', endedBy: 'platform' });
    deps.metrics.active(direction, -1);
    deps.legs.ended(running.callId);
    release();
  }
}

class RunningCall {
  readonly #call: AdmittedCall;
  readonly #deps: RunCallDeps;
  readonly #stop = new AbortController();
  #stoppedFor: CallRefusalCode | null = null;
  #answered: AnsweredCall | undefined;
  readonly #provisionals: Provisionals;
  #rang = false;
  readonly #noLongerRings: () => void;

  constructor(call: AdmittedCall, deps: RunCallDeps) {
    this.#call = call;
    this.#deps = deps;
    this.#provisionals = new Provisionals(call.invite, call.record.callId);
    const { unproven } = call.decision;
    this.#noLongerRings = unproven === undefined ? () => {} : deps.unanswered.begin(unproven);
  }

  get callId(): string {
    return this.#call.record.callId;
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
    const { record, decision } = this.#call;
    this.#noLongerRings();
    if (!record.close(end)) return;
    this.#deps.metrics.ended({ direction: decision.parties.direction, outcome: end.outcome, reason: end.code ?? 'none' });
  }

  fault(error: unknown): void {
    const { invite } = this.#call;
    this.#deps.log.error('a call failed on a fault', { callId: this.callId, error: error instanceof Error ? error.stack : String(error) });
    this.#stop.abort();
    this.#answered?.hangUp('internal_error');
    const { status, headers } = refusalReply('internal_error', this.callId);
    invite.reply(status, { headers });
  }

  async run(): Promise<void> {
    const { invite } = this.#call;
    invite.onCancel(() => this.#stop.abort());
    // A target may be silent for long; a SIP server that hears nothing of us gives the call up.
    const speak = setTimeout(() => this.#rang || invite.reply(100), this.#deps.speakAfterMs);
    speak.unref();
    const { isReliable } = this.#provisionals;
    const provisional = (reply: ReceivedReply, isLast: boolean): void => {
      if (this.#provisionals.relay(reply, isLast)) this.#heard();
    };
    const asked = { ...this.#call, signal: this.#stop.signal, provisional, isReliable };
    const dialled = await dialTargets(asked, this.#deps).finally(() => clearTimeout(speak));
    if (dialled.answer === null) this.#refuse(dialled.final);
    else await this.#connect(dialled.answer, dialled.candidate);
  }

  /** The caller hears something for the first time. */
  #heard(): void {
    if (this.#rang) return;
    this.#rang = true;
    const seconds = this.#elapsedSeconds();
    this.#call.record.heard(seconds * 1000);
    this.#deps.metrics.postDialDelay(this.#call.decision.parties.direction, seconds);
  }

  #elapsedSeconds(): number {
    return (performance.now() - this.#call.receivedAt) / 1000;
  }

  #refuse(final: { readonly sipStatus: number; readonly code: CallRefusalCode | null }): void {
    const { invite } = this.#call;
    if (invite.canceled) {
      this.close({ outcome: 'cancelled', sipStatus: 487, code: null, endedBy: 'caller' });
      return;
    }
    const code = invite.lost ? 'internal_error' : (this.#stoppedFor ?? final.code);
    const { status, headers } = code === null ? passedOnReply(final.sipStatus, this.callId) : refusalReply(code, this.callId);
    invite.reply(status, { headers });
    this.#deps.metrics.setup(this.#call.decision.parties.direction, this.#elapsedSeconds());
    this.close({ outcome: 'failed', sipStatus: status, code, endedBy: code === null ? 'callee' : 'platform' });
  }

  async #connect(answer: AnsweredAttempt, candidate: Candidate): Promise<void> {
    const { invite, record, leases } = this.#call;
    if (!invite.finished) {
      // On the disk before the 200 goes up (decision C5): killed in between, we leave a record that says what the caller heard.
      // Of one who gives up while it goes up the record says `cancelled`, and no answer.
      this.#heard();
      record.answered(200, leases.minutes);
    }
    this.#noLongerRings();
    const lateOffer = invite.body === '';
    if (!lateOffer) answer.acknowledge();
    const contentType = answer.reply.header('Content-Type');
    const headers = { ...callIdField(this.callId), Allow: ALLOW, Server: SERVER, ...sessionAnswer(invite, this.#deps.sessionSeconds) };
    const { body } = answer.reply;
    let caller: SipDialog | undefined;
    try {
      caller = await invite.accept({ headers, body, ...(contentType === undefined ? {} : { contentType }) });
      this.#deps.metrics.setup(this.#call.decision.parties.direction, this.#elapsedSeconds());
      const { refer, bridged, log } = this.#deps;
      const call = this.#asAnswered(candidate);
      this.#answered = call;
      const legs = [
        { dialog: caller, call, candidate: null },
        { dialog: answer.dialog, call, candidate, isForeign: answer.isForeign },
      ] as const;
      new Bridge(...legs, { lateOffer: lateOffer ? answer.acknowledge : null, refer, bridged, log });
      if (this.#stoppedFor !== null) call.hangUp(this.#stoppedFor);
    } catch (error) {
      if (lateOffer) answer.acknowledge();
      const gone = Promise.all([answer.dialog.bye(), caller?.bye()]);
      if (invite.canceled) this.close({ outcome: 'cancelled', sipStatus: 487, code: null, endedBy: 'caller' });
      await gone;
      if (!invite.canceled) throw error;
      return;
    }
    await this.#answered.gone;
  }

  #asAnswered(candidate: Candidate): AnsweredCall {
    const { decision, hops, maxForwards, invite } = this.#call;
    const parts = { callId: this.callId, decision, hops, maxForwards, server: invite.server, candidate };
    return new AnsweredCall(parts, this.#deps, (end) => this.close(end));
  }
}
