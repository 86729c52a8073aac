import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rendezvousOrder } from '../../src/domain/rendezvous.ts';

interface Item {
  readonly key: string;
  readonly priority: number;
  readonly weight: number;
}

const item = (key: string, weight: number, priority = 1): Item => ({ key, priority, weight });
const order = (callId: string, items: readonly Item[]) => rendezvousOrder(callId, items, ({ key }) => key);
const keys = (items: readonly Item[]) => items.map(({ key }) => key);

// Call ids as they really are: UUIDv7 that differ in time and a few random bits only.
const callId = (n: number) =>
  `01890000-${(n >>> 16).toString(16).padStart(4, '0')}-7${(n & 0xfff).toString(16).padStart(3, '0')}-8000-${n.toString(16).padStart(12, '0')}`;

function firsts(items: readonly Item[], calls: number): Map<string, number> {
  const count = new Map<string, number>();
  for (let n = 0; n < calls; n += 1) {
    const first = order(callId(n), items)[0]?.key ?? '';
    count.set(first, (count.get(first) ?? 0) + 1);
  }
  return count;
}

const lists = fc.uniqueArray(
  fc.record({ key: fc.uuid(), priority: fc.integer({ min: 0, max: 3 }), weight: fc.integer({ min: 0, max: 100 }) }),
  {
    selector: ({ key }) => key,
    maxLength: 12,
  },
);

describe('the order of candidates', () => {
  it('is a permutation sorted by priority, weight 0 last within each', () => {
    fc.assert(
      fc.property(fc.uuid(), lists, (id, items) => {
        const ordered = order(id, items);
        expect(keys(ordered).sort()).toEqual(keys(items).sort());
        for (const [i, next] of ordered.slice(1).entries()) {
          const before = ordered[i] as Item;
          expect(before.priority).toBeLessThanOrEqual(next.priority);
          if (before.priority === next.priority && before.weight === 0) expect(next.weight).toBe(0);
        }
      }),
    );
  });

  it('does not depend on the order of loading', () => {
    fc.assert(
      fc.property(fc.uuid(), lists, (id, items) => {
        expect(order(id, [...items].reverse())).toEqual(order(id, items));
      }),
    );
  });

  it('of the rest stays when one candidate goes', () => {
    fc.assert(
      fc.property(fc.uuid(), lists, fc.nat(), (id, items, n) => {
        fc.pre(items.length > 0);
        const gone = items[n % items.length]?.key;
        expect(
          keys(
            order(
              id,
              items.filter(({ key }) => key !== gone),
            ),
          ),
        ).toEqual(keys(order(id, items)).filter((key) => key !== gone));
      }),
    );
  });

  it.each([[[1, 1]], [[1, 3]], [[10, 20, 70]], [[1, 1, 1, 1, 1]], [[1, 99]]])(
    'puts each first in proportion to its weight: %j',
    (weights) => {
      const calls = 20_000;
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const count = firsts(
        weights.map((weight, i) => item(`gw-${i}`, weight)),
        calls,
      );
      for (const [i, weight] of weights.entries()) {
        const expected = (calls * weight) / total;
        // Five standard deviations of a binomial; the inputs are fixed, so this can never flake.
        const slack = 5 * Math.sqrt(expected * (1 - weight / total));
        expect(Math.abs((count.get(`gw-${i}`) ?? 0) - expected)).toBeLessThan(slack);
      }
    },
  );

  it('is balanced among equals of weight 0', () => {
    const count = firsts([item('a', 0), item('b', 0)], 10_000);
    expect(count.get('a')).toBeGreaterThan(4700);
    expect(count.get('b')).toBeGreaterThan(4700);
  });

  it('is pinned: a change of the hash would change explain of past calls', () => {
    const items = [item('a', 1), item('b', 2), item('c', 3), item('d', 0), item('e', 1, 0)];
    expect([1, 2, 3, 4].map((n) => keys(order(callId(n), items)).join(''))).toMatchInlineSnapshot(`
      [
        "ecbad",
        "eabcd",
        "ebcad",
        "ecbad",
      ]
    `);
  });
});
