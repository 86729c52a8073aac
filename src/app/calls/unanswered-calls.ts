import type { MatchedSource } from '../../domain/call.ts';

/**
 * Calls that ring for groups that are told by an address over UDP alone, which anybody can forge: each group has so many at once with
 * this agent (decision C21). Whoever answers proves nothing of the caller, but forged calls are never answered for long.
 */
export class UnansweredCalls {
  readonly #max: number;
  readonly #ringing = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Counts a call of the group until the returned function is called, however often. */
  begin(trunkGroupId: string): () => void {
    this.#ringing.set(trunkGroupId, this.of(trunkGroupId) + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = this.of(trunkGroupId) - 1;
      if (left > 0) this.#ringing.set(trunkGroupId, left);
      else this.#ringing.delete(trunkGroupId);
    };
  }

  /** How many of the group ring now. */
  of(trunkGroupId: string): number {
    return this.#ringing.get(trunkGroupId) ?? 0;
  }

  /** Those of the groups that have no room for another. */
  crowded(sources: readonly MatchedSource[]): readonly string[] {
    if (this.#ringing.size === 0) return [];
    return sources.filter(({ trunkGroupId }) => this.of(trunkGroupId) >= this.#max).map(({ trunkGroupId }) => trunkGroupId);
  }
}
