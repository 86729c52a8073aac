import type { LostRequest } from './connection.ts';

const KEPT_MAX = 256;

interface Recent extends LostRequest {
  readonly at: number;
  /** The connection was opened for it, rather than found open. */
  readonly first: boolean;
}

/** The requests a connection was given last: when it breaks, these most likely were not read (RFC 3261 §18.4). */
export class RecentRequests {
  readonly #keepMs: number;
  #requests: Recent[] = [];

  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  add(request: LostRequest, first: boolean, now: number): void {
    if (this.#requests.length >= KEPT_MAX) this.#requests.shift();
    this.#requests.push({ bytes: request.bytes, failed: request.failed, at: now, first });
  }

  /** The peer has spoken: what was sent before is not lost. */
  heard(): void {
    if (this.#requests.length > 0) this.#requests = [];
  }

  /** Lets go of what is too old to say anything about. */
  expire(now: number): void {
    if (this.#requests.length > 0) this.#requests = this.#requests.filter(({ at }) => now - at < this.#keepMs);
  }

  /** Takes all of them out. */
  take(): Recent[] {
    const taken = this.#requests;
    this.#requests = [];
    return taken;
  }
}
