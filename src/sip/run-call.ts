import type { CallLeases } from '../app/calls/call-leases.ts';
import type { Contacts } from '../app/calls/call-routing.ts';
import type { CallRecord } from '../app/calls/record-call.ts';
import type { UnansweredCalls } from '../app/calls/unanswered-calls.ts';
import type { Candidate, Connect } from '../domain/call.ts';
import type { CallRefusalCode } from '../domain/refusal.ts';
import type { AnsweredCall } from './answered-call.ts';
import type { AnsweredAttempt } from './attempt.ts';
import { Bridge, type BridgeOptions } from './bridge.ts';
import type { BridgedLegs } from './bridged-legs.ts';
import { CallLife, type CallLifeDeps } from './call-life.ts';
import { type DialDeps, dialTargets } from './dial-targets.ts';
import { contentOf } from './message-content.ts';
import { Provisionals } from './relay-provisional.ts';
import { ALLOW, callIdField, passedOnReply, refusalReply, SERVER } from './replies.ts';
import { sessionAnswer } from './session-fields.ts';
import type { MessageContent, ReceivedInvite, ReceivedReply, SipDialog } from './sip-stack.ts';

export interface RunCallDeps extends DialDeps, CallLifeDeps {
  /** Calls that ring over what can be forged. */
  readonly unanswered: Pick<UnansweredCalls, 'begin'>;
  readonly speakAfterMs: number;
  /** A party of a call that is up asks for a transfer. */
  readonly refer: BridgeOptions['refer'];
  readonly bridged: BridgedLegs;
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

/** Puts an admitted call through and stays with it to its end. Never rejects. */
export async function runCall(call: AdmittedCall, deps: RunCallDeps): Promise<void> {
  const life = new CallLife(call, deps);
  const running = new RunningCall(call, life, deps);
  await life.keep(
    () => running.run(),
    () => running.faulted(),
  );
}

class RunningCall {
  readonly #call: AdmittedCall;
  readonly #life: CallLife;
  readonly #deps: RunCallDeps;
  readonly #provisionals: Provisionals;
  #rang = false;
  readonly #noLongerRings: () => void;

  constructor(call: AdmittedCall, life: CallLife, deps: RunCallDeps) {
    this.#call = call;
    this.#life = life;
    this.#deps = deps;
    this.#provisionals = new Provisionals(call.invite, call.record.callId);
    const { unproven } = call.decision;
    this.#noLongerRings = unproven === undefined ? () => {} : deps.unanswered.begin(unproven);
  }

  faulted(): void {
    const { status, headers } = refusalReply('internal_error', this.#life.callId);
    this.#call.invite.reply(status, { headers });
  }

  async run(): Promise<void> {
    try {
      await this.#dial();
    } finally {
      this.#noLongerRings();
    }
  }

  async #dial(): Promise<void> {
    const { invite } = this.#call;
    invite.onCancel(() => this.#life.giveUp());
    // A target may be silent for long; a SIP server that hears nothing of us gives the call up.
    const speak = setTimeout(() => this.#rang || invite.reply(100), this.#deps.speakAfterMs);
    speak.unref();
    const { isReliable } = this.#provisionals;
    const provisional = (reply: ReceivedReply, isLast: boolean): void => {
      if (this.#provisionals.relay(reply, isLast)) this.#heard();
    };
    const asked = { ...this.#call, signal: this.#life.signal, provisional, isReliable };
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
      this.#life.close({ outcome: 'cancelled', sipStatus: 487, code: null, endedBy: 'caller' });
      return;
    }
    const code = invite.lost ? 'internal_error' : (this.#life.stoppedFor ?? final.code);
    const { status, headers } = code === null ? passedOnReply(final.sipStatus, this.#life.callId) : refusalReply(code, this.#life.callId);
    invite.reply(status, { headers });
    this.#deps.metrics.setup(this.#call.decision.parties.direction, this.#elapsedSeconds());
    this.#life.close({ outcome: 'failed', sipStatus: status, code, endedBy: code === null ? 'callee' : 'platform' });
  }

  async #connect(answer: AnsweredAttempt, candidate: Candidate): Promise<void> {
    const { invite } = this.#call;
    const legs = [answer.dialog];
    let isAcknowledged = false;
    const acknowledge = (content?: MessageContent): void => {
      isAcknowledged = true;
      answer.acknowledge(content);
    };
    let call: AnsweredCall;
    try {
      this.#noteAnswer();
      const lateOffer = invite.body === '' ? acknowledge : null;
      if (lateOffer === null) acknowledge();
      const caller = await invite.accept(this.#acceptance(answer));
      legs.push(caller);
      this.#deps.metrics.setup(this.#call.decision.parties.direction, this.#elapsedSeconds());
      call = this.#bridge(caller, answer, candidate, lateOffer);
    } catch (error) {
      if (!isAcknowledged) acknowledge();
      const gone = Promise.all(legs.map((dialog) => dialog.bye()));
      if (invite.canceled) this.#life.close({ outcome: 'cancelled', sipStatus: 487, code: null, endedBy: 'caller' });
      await gone;
      if (!invite.canceled) throw error;
      return;
    }
    await call.gone;
  }

  /**
   * On the disk before the 200 goes up (decision C5): killed in between, we leave a record that says what the caller heard. Of one who
   * gives up while it goes up the record says `cancelled`, and no answer.
   */
  #noteAnswer(): void {
    const { invite, record, leases } = this.#call;
    if (!invite.finished) {
      this.#heard();
      record.answered(200, leases.minutes);
    }
    this.#noLongerRings();
  }

  #acceptance({ reply }: AnsweredAttempt): MessageContent {
    const session = sessionAnswer(this.#call.invite, this.#deps.sessionSeconds);
    return contentOf(reply, { ...callIdField(this.#life.callId), Allow: ALLOW, Server: SERVER, ...session });
  }

  #bridge(
    caller: SipDialog,
    { dialog, isForeign }: AnsweredAttempt,
    candidate: Candidate,
    lateOffer: BridgeOptions['lateOffer'],
  ): AnsweredCall {
    const { hops, maxForwards, invite } = this.#call;
    const { refer, bridged, log } = this.#deps;
    const call = this.#life.answered({ hops, maxForwards, server: invite.server, candidate });
    new Bridge({ dialog: caller, call, candidate: null }, { dialog, call, candidate, isForeign }, { lateOffer, refer, bridged, log });
    if (this.#life.stoppedFor !== null) call.hangUp(this.#life.stoppedFor);
    return call;
  }
}
