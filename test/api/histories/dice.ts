/** There was nothing to choose from: something else has to be done. */
export class NothingToPick extends Error {
  override readonly name = 'NothingToPick';
}

/** Chance that can be had again: the same seed throws the same. */
export interface Dice {
  /** A whole number from 0 to `below` - 1. */
  int(below: number): number;
  /** True once in `times`. */
  once(times: number): boolean;
  /** One of a list; throws `NothingToPick` when it is empty. */
  pick<T>(from: readonly T[]): T;
  /** One to `max` of a list, in its order; throws `NothingToPick` when it is empty. */
  some<T>(from: readonly T[], max: number): readonly T[];
}

/** The generator "mulberry32": 32 bits of state, enough to tell histories apart. */
export function seededDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return {
    int,
    once: (times) => int(times) === 0,
    pick<T>(from: readonly T[]): T {
      if (from.length === 0) throw new NothingToPick();
      return from[int(from.length)] as T;
    },
    some<T>(from: readonly T[], max: number): readonly T[] {
      if (from.length === 0) throw new NothingToPick();
      const left = [...from];
      const count = 1 + int(Math.min(max, left.length));
      while (left.length > count) left.splice(int(left.length), 1);
      return left;
    },
  };
}
