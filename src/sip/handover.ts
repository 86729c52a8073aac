import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { CallEnd } from '../app/calls/record-call.ts';
import { type Leg, type RelayState, sideOf, type TakenLeg } from './relay-in-dialog.ts';
import type { DialogEnd, DialogReply, MessageContent } from './sip-stack.ts';

// RFC 3261 §14.1, in ms: who made the Call-ID waits longer than the other, so that the two do not meet again.
const GLARE_OWN = [2100, 4000] as const;
const GLARE_THEIRS = [10, 2000] as const;
const OFFERS_MAX = 4;

/** What its bridge does when it is over. */
export interface HandoverEnd {
  /** Nobody came; `leftWith`: how the leg that was to leave did so meanwhile. */
  failed(leftWith: DialogEnd | undefined): void;
  /** The leg that stays has been taken. */
  done(): void;
}

/** One leg of a bridge is about to get another party, while the call goes on as it is. */
export class Handover {
  readonly stays: Leg;
  readonly leaves: Leg;
  readonly #state: RelayState;
  readonly #end: HandoverEnd;
  readonly #stop = new AbortController();
  #leftWith: DialogEnd | undefined;
  #isOver = false;
  #isTaken = false;

  constructor(stays: Leg, leaves: Leg, state: RelayState, end: HandoverEnd) {
    this.stays = stays;
    this.leaves = leaves;
    this.#state = state;
    this.#end = end;
  }

  /** Aborts when there is nobody left to hand over. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** The leg that is to leave has hung up. */
  left(end: DialogEnd): void {
    this.#leftWith = end;
  }

  /** The call is over. */
  stop(): void {
    this.#isOver = true;
    this.#stop.abort();
  }

  /**
   * Offers a session to the leg that stays, or asks it for its offer, which stays open until it is acknowledged; waits for offers under
   * way. null: it could not be asked, as when the call is over.
   */
  async reinvite(content: MessageContent): Promise<DialogReply | null> {
    try {
      return await this.#reinvite(content);
    } catch (error) {
      this.#state.log.debug('a party was not offered another session', { callId: this.stays.call.callId, error: String(error) });
      return null;
    }
  }

  async #reinvite(content: MessageContent): Promise<DialogReply> {
    const state = this.#state;
    for (let count = 1; ; count += 1) {
      if (state.offeredBy === null) {
        state.offeredBy = this.leaves;
        let staysOpen = false;
        try {
          const answer = await this.stays.dialog.request('INVITE', content, this.signal);
          staysOpen = content.body === undefined && answer.reply.status < 300;
          if (staysOpen) return this.#closing(answer);
          if (answer.reply.status !== 491 || count === OFFERS_MAX) return answer;
        } finally {
          if (!staysOpen) state.offeredBy = null;
        }
      } else if (count === OFFERS_MAX) throw new Error('an offer stays open');
      const [min, max] = sideOf(this.stays) === 'callee' ? GLARE_OWN : GLARE_THEIRS;
      await delay(randomInt(min, max), undefined, { signal: this.signal });
    }
  }

  /** The answer to an offer goes in the ACK; until then another offer would be one in an offer (RFC 3261 §14.1). */
  #closing({ reply, acknowledge }: DialogReply): DialogReply {
    return {
      reply,
      acknowledge: (content) => {
        this.#state.offeredBy = null;
        acknowledge(content);
      },
    };
  }

  /** Nobody takes the place: the call goes on, or ends as it would have. */
  fail(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#end.failed(this.#leftWith);
  }

  /** The leg that stays has no session any more: its call ends. One that was taken and is in no bridge is hung up from here. */
  breakOff(): void {
    const { dialog, call } = this.stays;
    if (this.#isTaken) call.ended(FAULT, dialog.bye());
    else this.#state.broken(this.stays);
  }

  /** The leg that stays, for another bridge; the one that leaves is hung up when it does not do so itself within `byeMs`. */
  take(byeMs: number): TakenLeg {
    this.#isOver = true;
    this.#isTaken = true;
    this.#end.done();
    const { leaves, stays } = this;
    const now = new AbortController();
    const gone = this.#hangUp(byeMs, now.signal);
    leaves.call.leaves({ dialog: leaves.dialog, gone, hangUp: () => now.abort() });
    if (leaves.call !== stays.call) leaves.call.ended({ ...TRANSFERRED, endedBy: sideOf(leaves) }, gone);
    return stays;
  }

  async #hangUp(byeMs: number, now: AbortSignal): Promise<void> {
    const { dialog } = this.leaves;
    if (!dialog.open) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(done, byeMs);
      dialog.onRequest((request) => request.reply(481));
      dialog.onEnd(done);
      now.addEventListener('abort', done, { once: true });
    });
    await dialog.bye({ Reason: 'SIP;cause=200;text="Call transferred"' });
  }
}

const TRANSFERRED: Omit<CallEnd, 'endedBy'> = { outcome: 'completed', sipStatus: 200, code: null };
const FAULT: CallEnd = { outcome: 'failed', sipStatus: 200, code: 'internal_error', endedBy: 'platform' };
