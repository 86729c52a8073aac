import type { CallRefusalCode } from '../domain/refusal.ts';

/** A call this agent holds. */
export interface LiveCall {
  readonly callId: string;
  hangUp(code: CallRefusalCode | null): void;
}

/** One call in so many is kept for those that nothing may block (decision C15). */
const RESERVE_SHARE = 100;

/** The calls of this agent, at most `callsMax` of them and a few more that nothing may block. */
export class LiveCalls {
  readonly #calls = new Set<LiveCall>();
  readonly #callsMax: number;
  #whenGone: { readonly call: LiveCall; readonly tell: () => void }[] = [];
  #whenEmpty: (() => void)[] = [];

  constructor(callsMax: number) {
    this.#callsMax = callsMax;
  }

  get size(): number {
    return this.#calls.size;
  }

  get isFull(): boolean {
    return this.#calls.size >= this.#callsMax;
  }

  /** True when not even a call that nothing may block can be held. */
  get isPacked(): boolean {
    return this.#calls.size >= this.#callsMax + Math.ceil(this.#callsMax / RESERVE_SHARE);
  }

  /** Holds a call until the returned function is called. */
  add(call: LiveCall): () => void {
    this.#calls.add(call);
    return () => {
      this.#calls.delete(call);
      for (const one of this.#whenGone) if (one.call === call) one.tell();
      if (this.#calls.size > 0) return;
      for (const tell of this.#whenEmpty.splice(0)) tell();
    };
  }

  /** Ends one call; resolves when it is gone, at the latest after `ms`: a peer may leave its BYE unanswered. */
  async hangUp(callId: string, code: CallRefusalCode, ms: number): Promise<'ended' | 'unknown'> {
    const call = [...this.#calls].find((one) => one.callId === callId);
    if (call === undefined) return 'unknown';
    let timer: NodeJS.Timeout | undefined;
    const gone = new Promise<void>((resolve) => {
      this.#whenGone.push({ call, tell: resolve });
      timer = setTimeout(resolve, ms);
    });
    call.hangUp(code);
    await gone;
    clearTimeout(timer);
    this.#whenGone = this.#whenGone.filter((one) => one.call !== call);
    return 'ended';
  }

  /** Ends every call; returns how many there were. */
  hangUpAll(code: CallRefusalCode | null): number {
    const calls = [...this.#calls];
    for (const call of calls) call.hangUp(code);
    return calls.length;
  }

  /** Resolves true when there are none, false when `ms` have passed. */
  async empty(ms: number): Promise<boolean> {
    if (this.#calls.size === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    const empty = new Promise<boolean>((resolve) => this.#whenEmpty.push(() => resolve(true)));
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ms);
    });
    return await Promise.race([empty, late]).finally(() => clearTimeout(timer));
  }
}
