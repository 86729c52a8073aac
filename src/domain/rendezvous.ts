/**
 * Order among equals without random numbers (decision C12): a weighted rendezvous hash (Thaler and Ravishankar 1998) of the call
 * and the candidate. The same call always gets the same order; over many calls each candidate is first in proportion to its weight.
 */
export interface Weighted {
  /** Lower goes first. */
  readonly priority: number;
  /** Share among equal priorities; 0 goes last (RFC 2782). */
  readonly weight: number;
}

/** 32-bit MurmurHash3 of UTF-16 code units: well mixed and fast, not for secrets. */
function hash32(text: string, seed: number): number {
  let h = seed | 0;
  for (let i = 0; i < text.length; i += 1) {
    let k = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    h ^= k;
    h = Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64;
  }
  h ^= text.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A number in (0, 1) that depends on every character of both texts. */
function uniform(callId: string, key: string): number {
  const text = `${callId}\n${key}`;
  // 53 bits: two hashes, so that thousands of candidates do not tie.
  const high = hash32(text, 0x9747b28c) >>> 5;
  const low = hash32(text, 0x1b873593) >>> 6;
  return (high * 0x4000000 + low + 0.5) / 0x20000000000000;
}

/** The items by priority, then by weighted rendezvous of `(callId, key)`; the input order has no influence while keys differ. */
export function rendezvousOrder<T extends Weighted>(callId: string, items: readonly T[], keyOf: (item: T) => string): T[] {
  if (items.length < 2) return [...items];
  const scored = items.map((item) => {
    const key = keyOf(item);
    const u = uniform(callId, key);
    // -w / ln(u) is largest with probability w / Σw; weight 0 sorts after every positive weight, by u.
    const score = item.weight > 0 ? -item.weight / Math.log(u) : u - 1;
    return { item, key, score };
  });
  scored.sort((a, b) => a.item.priority - b.item.priority || b.score - a.score || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return scored.map(({ item }) => item);
}
