import type { LegNotes } from '../app/calls/leg-notes.ts';
import type { CallEnd } from '../app/calls/record-call.ts';
import type { Candidate, Connect } from '../domain/call.ts';
import { shortestLife } from '../domain/lease.ts';
import type { CallRefusalCode } from '../domain/refusal.ts';
import type { SipDialog, SipServer } from './sip-stack.ts';

/** A leg that was transferred away and has not hung up yet. */
export interface LeavingLeg {
  readonly dialog: SipDialog;
  /** Resolves when it has been hung up. */
  readonly gone: Promise<void>;
  /** Hangs up at once. */
  hangUp(): void;
}

/** What a bridge tells a call whose legs it holds. */
export interface BridgedCall {
  readonly callId: string;
  readonly decision: Connect;
  readonly server: SipServer;
  readonly hops: readonly string[];
  readonly maxForwards: number;
  /** When it has lasted long enough, by `performance.now()`. */
  readonly endsAtMs: number;
  /** Its legs from now on, and where they are. */
  holds(dialogs: readonly SipDialog[], bridge: { hangUp(code: CallRefusalCode | null): void }): void;
  /** A leg it had is to leave, and counts as one of its legs until it has. */
  leaves(leg: LeavingLeg): void;
  /** It is over; `gone` settles when its legs have been hung up. */
  ended(end: CallEnd, gone: Promise<unknown>): void;
}

/** A call as it was when somebody answered. */
export interface AnsweredParts extends Pick<BridgedCall, 'callId' | 'decision' | 'server' | 'hops' | 'maxForwards'> {
  /** Who answered. */
  readonly candidate: Candidate;
}

export interface AnsweredCallDeps {
  readonly legs: Pick<LegNotes, 'answered'>;
  /** Longest call where nothing says less. */
  readonly callMs: number;
}

/** An answered call, whichever bridges its legs are in; what is done with its end is its maker's business. */
export class AnsweredCall implements BridgedCall {
  readonly callId: string;
  readonly decision: Connect;
  readonly server: SipServer;
  readonly hops: readonly string[];
  readonly maxForwards: number;
  readonly endsAtMs: number;
  /** Resolves when it is over and its legs were hung up. */
  readonly gone: Promise<unknown>;
  readonly #legs: Pick<LegNotes, 'answered'>;
  readonly #onEnd: (end: CallEnd) => void;
  #settle: (gone: Promise<unknown>) => void = () => {};
  #bridge: { hangUp(code: CallRefusalCode | null): void } | undefined;
  #dialogs: readonly SipDialog[] = [];
  readonly #leaving = new Set<LeavingLeg>();
  #isOver = false;

  constructor(call: AnsweredParts, { legs, callMs }: AnsweredCallDeps, onEnd: (end: CallEnd) => void) {
    this.callId = call.callId;
    this.decision = call.decision;
    this.server = call.server;
    this.hops = call.hops;
    this.maxForwards = call.maxForwards;
    this.#legs = legs;
    this.#onEnd = onEnd;
    // The smallest that anything the call met says, or the platform (decision C21).
    const seconds = shortestLife([...call.decision.leases, ...(call.candidate.leases ?? [])]);
    this.endsAtMs = performance.now() + (seconds === null ? callMs : Math.min(callMs, seconds * 1000));
    this.gone = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  holds(dialogs: readonly SipDialog[], bridge: { hangUp(code: CallRefusalCode | null): void }): void {
    this.#bridge = bridge;
    this.#dialogs = dialogs;
    this.#noteLegs();
  }

  leaves(leg: LeavingLeg): void {
    this.#leaving.add(leg);
    this.#noteLegs();
    void leg.gone.then(() => {
      this.#leaving.delete(leg);
      if (!this.#isOver) this.#noteLegs();
    });
  }

  ended(end: CallEnd, gone: Promise<unknown>): void {
    this.#isOver = true;
    this.#onEnd(end);
    this.#settle(Promise.all([gone, ...[...this.#leaving].map((leg) => leg.gone)]));
  }

  hangUp(code: CallRefusalCode | null): void {
    for (const leg of this.#leaving) leg.hangUp();
    this.#bridge?.hangUp(code);
  }

  /** For whoever has to end them should this agent die (decision C9). */
  #noteLegs(): void {
    const ids = new Set([...this.#dialogs, ...[...this.#leaving].map(({ dialog }) => dialog)].map(({ id }) => id));
    this.#legs.answered(this.callId, { server: this.server.name, dialogs: [...ids] });
  }
}
