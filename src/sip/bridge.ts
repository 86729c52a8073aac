import type { CallEnd } from '../app/calls/record-call.ts';
import type { CallRefusalCode } from '../domain/refusal.ts';
import { CALL_REFUSALS } from '../domain/refusal.ts';
import type { Logger } from '../kit/log.ts';
import type { BridgedLegs } from './bridged-legs.ts';
import { Handover } from './handover.ts';
import { contentOfAck, isIdentified, type Leg, legOf, type RelayState, relayInDialog, sideOf, type TakenLeg } from './relay-in-dialog.ts';
import type { DialogEnd, MessageContent, ReceivedAck, ReceivedRequest, SipDialog, SipHeaders } from './sip-stack.ts';

export interface BridgeOptions {
  /** Acknowledges B's answer with A's, when A sent no offer and B made it; else null, because that is done. */
  readonly lateOffer: ((content?: MessageContent) => void) | null;
  /** True for dialogs that were up before: nobody waits for an ACK. */
  readonly isEstablished?: boolean;
  /** A party asks for a transfer. */
  readonly refer: (request: ReceivedRequest, from: Leg, to: Leg, bridge: Bridge) => void;
  /** Where its legs are found by those who name them. */
  readonly bridged: BridgedLegs;
  readonly log: Logger;
}

type Ending = Omit<CallEnd, 'endedBy'>;

const COMPLETED: Ending = { outcome: 'completed', sipStatus: 200, code: null };
const reasonField = (end: DialogEnd): SipHeaders => ('reason' in end && end.reason ? { Reason: end.reason } : {});

/** Why we hang up, as a peer is told it (RFC 3326); our code is for those we know (decision C11). */
function ownReason(code: CallRefusalCode | null, leg: Leg): SipHeaders {
  if (code !== 'duration_reached') return { Reason: 'SIP;cause=200;text="Call ended by the platform"' };
  const { q850, meaning } = CALL_REFUSALS[code];
  return { ...(isIdentified(leg) ? { 'X-Dialplane-Reason': code } : {}), Reason: `Q.850;cause=${q850};text="${meaning}"` };
}

/**
 * Two dialogs that talk to each other: what one side asks the other answers, and when one ends both do. The called side's requests wait
 * until the caller acknowledged (drachtio.md §5.3), because a BYE or re-INVITE may not overtake the 200 (RFC 3261 §15). Usually they are
 * one call; after a transfer each is of its own.
 */
export class Bridge {
  readonly #a: Leg;
  readonly #b: Leg;
  readonly #options: BridgeOptions;
  readonly #state: RelayState;
  readonly #timer: NodeJS.Timeout;
  #isOver = false;
  #acknowledged: boolean;
  #whenAcknowledged: (() => void) | undefined;
  /** Acknowledges B's answer, which must be done once; null: it was. */
  #openAnswer: BridgeOptions['lateOffer'];
  #handover: Handover | undefined;

  constructor(caller: TakenLeg, called: TakenLeg, options: BridgeOptions) {
    this.#a = legOf(caller);
    this.#b = legOf(called);
    this.#options = options;
    const { isEstablished = false, log } = options;
    this.#acknowledged = isEstablished;
    this.#openAnswer = options.lateOffer;
    this.#state = {
      offeredBy: isEstablished ? null : this.#a,
      log,
      broken: (leg) => this.#broken(leg),
      refer: (request, from, to) => options.refer(request, from, to, this),
    };
    const untilMs = Math.min(this.#a.call.endsAtMs, this.#b.call.endsAtMs);
    this.#timer = setTimeout(() => this.hangUp('duration_reached'), Math.max(0, untilMs - performance.now()));
    this.#timer.unref();
    this.#tellCalls();
    options.bridged.up(this, [this.#a, this.#b]);
    // The ACK first: it may have come in one read with a re-INVITE behind it, which would be glare (RFC 3261 §14.1), or with the BYE.
    this.#a.dialog.onAck((content) => this.#callerAcknowledged(content));
    for (const leg of [this.#a, this.#b]) leg.dialog.onEnd((end) => this.#legEnded(leg, end));
    this.#a.dialog.onRequest((request) => relayInDialog(request, this.#a, this.#b, this.#state));
    this.#b.dialog.onAck((content) => this.#take(this.#b, content));
    if (isEstablished) this.#listenToCalled();
  }

  /** Ends both legs on our own account: maximum duration, drain, or an order. */
  hangUp(code: CallRefusalCode | null): void {
    this.#finish({ ...COMPLETED, code }, null, () => [this.#a, this.#b].map((leg) => this.#bye(leg, ownReason(code, leg))));
  }

  /** Somebody else is to take the place of this leg, for which the other waits; null: not now. */
  beginHandover(leaves: Leg): Handover | null {
    if (this.#isOver || !this.#acknowledged || this.#handover !== undefined) return null;
    const stays = leaves === this.#a ? this.#b : this.#a;
    this.#handover = new Handover(stays, leaves, this.#state, {
      failed: (leftWith) => {
        this.#handover = undefined;
        if (leftWith !== undefined) this.#legEnded(leaves, leftWith);
      },
      done: () => this.#letGo(),
    });
    return this.#handover;
  }

  /** A leg belongs to another bridge from now on; nothing is ended. */
  #letGo(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#options.bridged.down(this, [this.#a, this.#b]);
  }

  #tellCalls(): void {
    const legs = [this.#a, this.#b];
    for (const call of new Set(legs.map((leg) => leg.call))) call.holds(legs.filter((leg) => leg.call === call).map(dialogOf), this);
  }

  #callerAcknowledged(content: ReceivedAck): void {
    if (this.#acknowledged) {
      this.#take(this.#a, content);
      return;
    }
    this.#acknowledged = true;
    this.#state.offeredBy = null;
    this.#acknowledgeCalled(contentOfAck(content));
    this.#whenAcknowledged?.();
    if (!this.#isOver) this.#listenToCalled();
  }

  #acknowledgeCalled(content?: MessageContent): void {
    const acknowledge = this.#openAnswer;
    this.#openAnswer = null;
    acknowledge?.(content);
  }

  #listenToCalled(): void {
    this.#b.dialog.onRequest((request) => relayInDialog(request, this.#b, this.#a, this.#state));
  }

  #take(leg: Leg, content: ReceivedAck): void {
    const awaited = leg.awaitedAck;
    if (awaited?.cseq !== content.cseq) return;
    leg.awaitedAck = undefined;
    awaited.take(contentOfAck(content));
  }

  #broken(leg: Leg): void {
    // The BYE of who transfers is on its way; the other one waits, and if nobody comes it ends as if it had come.
    if (this.#handover?.leaves === leg) this.#handover.left({ by: 'peer', reason: undefined });
    else this.#finish(COMPLETED, leg, () => [this.#bye(this.#a), this.#bye(this.#b)]);
  }

  #legEnded(leg: Leg, end: DialogEnd): void {
    // No ACK comes any more, and no BYE needs to wait for one.
    if (leg === this.#a) this.#whenAcknowledged?.();
    if (this.#isOver) return;
    // Who transfers may hang up before the other one is connected (RFC 5589 §6.1).
    if (this.#handover?.leaves === leg && end.by !== 'lost') {
      this.#handover.left(end);
      return;
    }
    const other = leg === this.#a ? this.#b : this.#a;
    const [ending, by] = this.#endingOf(end, leg);
    // Its own BYE is for a leg that is gone and did not say so.
    this.#finish(ending, by, () => [this.#bye(leg), this.#bye(other, reasonField(end))]);
  }

  /** How it ended, and by whom; null: by us. */
  #endingOf(end: DialogEnd, leg: Leg): [Ending, Leg | null] {
    if (end.by === 'peer') return [COMPLETED, leg];
    if (end.by === 'lost') return [{ outcome: 'failed', sipStatus: 200, code: 'internal_error' }, null];
    // The server gave up: nobody acknowledged the answer, or the session expired.
    return [{ ...COMPLETED, outcome: this.#acknowledged ? 'completed' : 'failed' }, null];
  }

  /** The caller's BYE waits for the ACK; if none comes, the server ends that dialog itself (RFC 3261 §13.3.1.4). */
  #bye({ dialog }: Leg, headers: SipHeaders = {}): Promise<void> {
    if (dialog !== this.#a.dialog || this.#acknowledged || !dialog.open) return dialog.bye(headers);
    return new Promise((resolve) => {
      this.#whenAcknowledged = () => resolve(dialog.bye(headers));
    });
  }

  /** Once: a leg that another bridge has taken is no longer ours to hang up, whatever comes of requests under way. */
  #finish(ending: Ending, by: Leg | null, byes: () => Promise<void>[]): void {
    if (this.#isOver) return;
    this.#letGo();
    // B's answer may be open still; without an answer of A it can only be acknowledged and ended.
    this.#acknowledgeCalled();
    const gone = Promise.all(byes());
    const legs = [this.#a, this.#b];
    for (const call of new Set(legs.map((leg) => leg.call))) {
      const own = legs.find((leg) => leg.call === call) ?? this.#a;
      call.ended({ ...ending, endedBy: endedBy(own, by) }, gone);
    }
    this.#handover?.stop();
  }
}

const dialogOf = ({ dialog }: Leg): SipDialog => dialog;

/** Who ended a call, as its own record calls the sides; a party that is not its own stands for the side that left it. */
function endedBy(own: Leg, by: Leg | null): CallEnd['endedBy'] {
  if (by === null) return 'platform';
  if (by.call === own.call) return sideOf(by);
  return sideOf(own) === 'caller' ? 'callee' : 'caller';
}
