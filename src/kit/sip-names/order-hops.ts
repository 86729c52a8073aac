import type { Hop } from './locate.ts';

/** The order to try hosts in: by rank and priority, among equals drawn by weight anew each time (RFC 2782). */
export function orderHops(hops: readonly Hop[], random: () => number = Math.random): Hop[] {
  if (hops.length < 2) return [...hops];
  const sorted = [...hops].sort((a, b) => a.rank - b.rank || a.priority - b.priority || a.weight - b.weight);
  const ordered: Hop[] = [];
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1;
    while (end < sorted.length && sorted[end]?.rank === sorted[start]?.rank && sorted[end]?.priority === sorted[start]?.priority) end += 1;
    ordered.push(...drawAll(sorted.slice(start, end), random));
    start = end;
  }
  return ordered;
}

function drawAll(equals: Hop[], random: () => number): Hop[] {
  const drawn: Hop[] = [];
  while (equals.length > 0) {
    const total = equals.reduce((sum, { weight }) => sum + weight, 0);
    // Weight 0 has a small chance next to others and an equal one among its own.
    let at = total === 0 ? random() * equals.length : random() * (total + 1) - 1;
    const index = equals.findIndex(({ weight }) => {
      at -= total === 0 ? 1 : weight;
      return at < 0;
    });
    drawn.push(...equals.splice(Math.max(0, index), 1));
  }
  return drawn;
}
