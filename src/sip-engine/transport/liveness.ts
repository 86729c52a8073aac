import type { CloseReason, ConnectionLimits } from './connection.ts';

/** When a connection was last heard, used and pinged, and what follows from it. Times are milliseconds of one clock. */
export class Liveness {
  readonly #limits: ConnectionLimits;
  /** `always`: a peer that never answered a ping is dead too, as for WebSocket peers, who must answer (RFC 6455 §5.5.3). */
  readonly #pings: 'never' | 'learn' | 'always';
  #heardAt: number;
  #usedAt: number;
  #pingedAt: number | undefined;
  #answersPings = false;
  /** Until a peer that must speak first has done so. */
  #silentSince: number | undefined;
  #unanswered = 0;
  #lastPingAt = Number.NEGATIVE_INFINITY;

  constructor(limits: ConnectionLimits, pings: 'never' | 'learn' | 'always', inbound: boolean, now: number) {
    this.#limits = limits;
    this.#pings = limits.keepAliveMs === 0 ? 'never' : pings;
    this.#heardAt = now;
    this.#usedAt = now;
    this.#silentSince = inbound ? now : undefined;
  }

  /** True while an answer to a ping is out. */
  get awaitsPong(): boolean {
    return this.#pingedAt !== undefined;
  }

  /** Bytes came in. */
  heard(now: number): void {
    this.#heardAt = now;
    this.#unanswered = 0;
  }

  /** A message went either way, or the peer asked for the connection to be kept. */
  used(now: number): void {
    this.#usedAt = now;
  }

  /** A whole message came in. */
  spoke(now: number): void {
    this.#usedAt = now;
    this.#silentSince = undefined;
  }

  ponged(): void {
    this.#answersPings = true;
    this.#pingedAt = undefined;
  }

  /** True when so many requests in a row got no byte back that the connection must be dead. */
  unanswered(): boolean {
    this.#unanswered += 1;
    return this.#unanswered >= this.#limits.silentRequestsMax;
  }

  /** What to do now; `ping` counts as done. */
  look(now: number): 'fine' | 'ping' | CloseReason {
    if (now - this.#usedAt >= this.#limits.tcpIdleMs) return 'idle';
    // Places are few, and keep-alives are nothing a phone would send before its first request.
    if (this.#silentSince !== undefined && now - this.#silentSince >= this.#limits.tcpFirstMessageMs) return 'idle';
    if (this.#pings === 'never') return 'fine';
    if (this.#pingedAt !== undefined) {
      if (this.#heardAt > this.#pingedAt) this.#pingedAt = undefined;
      else if (now - this.#pingedAt < this.#limits.pongMs) return 'fine';
      // Plenty of servers ignore pings: silence means something only from one that has answered before.
      else if (this.#pings === 'always' || this.#answersPings) return 'silent';
      else this.#pingedAt = undefined;
    }
    if (now - this.#heardAt < this.#limits.keepAliveMs || now - this.#lastPingAt < this.#limits.keepAliveMs) return 'fine';
    this.#pingedAt = now;
    this.#lastPingAt = now;
    return 'ping';
  }
}
