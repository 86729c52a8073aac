export interface GoneAgentsDeps {
  /** How long an agent must look gone, look after look; more than one heartbeat and what its connection takes to come back. */
  readonly confirmMs: number;
  /** Real time. */
  readonly nowMs: () => number;
}

/** Looks further apart, as a share of the confirmation, tell nothing of the time between them. */
const GAP_SHARE = 3 / 4;

/**
 * Tells which agents are gone. Behind a Redis that was paused (its TIME runs on), emptied or put back every agent looks gone until
 * its next sign of life: only who looks gone at every look for `confirmMs`, while Redis answered all along, is. A look that failed,
 * or came late, begins the time anew for all.
 */
export class GoneAgents {
  readonly #deps: GoneAgentsDeps;
  readonly #since = new Map<string, number>();
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(deps: GoneAgentsDeps) {
    this.#deps = deps;
  }

  /** One look: `ask` tells who looks gone now. Returns who is; throws what `ask` throws. */
  async look(ask: () => Promise<Iterable<string>>): Promise<ReadonlySet<string>> {
    const { confirmMs, nowMs } = this.#deps;
    const askedAt = nowMs();
    const suspects = await ask().catch((error: unknown) => {
      this.#since.clear();
      throw error;
    });
    const answeredAt = nowMs();
    if (answeredAt - this.#answeredAt > confirmMs * GAP_SHARE) this.#since.clear();
    this.#answeredAt = answeredAt;
    const seen = new Set(suspects);
    for (const id of this.#since.keys()) if (!seen.has(id)) this.#since.delete(id);
    for (const id of seen) if (!this.#since.has(id)) this.#since.set(id, answeredAt);
    return new Set([...seen].filter((id) => askedAt - (this.#since.get(id) ?? askedAt) >= confirmMs));
  }
}
