import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltChild, buildChild } from './build-child.ts';
import { type ChangeSite, openChangeSite } from './change-site.ts';
import { wrongWithSite } from './check-change.ts';
import { type ChildPool, openChildPool } from './child-process.ts';
import { choose, FULL, inLanes, printTotals, told } from './choose.ts';
import type { Fault } from './fault-runtime.ts';
import type { Word } from './messages.ts';
import { OPERATIONS } from './operations.ts';
import { faultsOf, type Outcome, pointsOf, runChange } from './run-change.ts';

let built: BuiltChild;
let site: ChangeSite;
let pool: ChildPool<Word>;
const outcomes: Outcome[] = [];

beforeAll(async () => {
  [built, site] = await Promise.all([buildChild('api-child.ts'), openChangeSite()]);
  pool = openChildPool<Word>(built.path, { DATABASE: site.urls.database, REDIS: site.urls.redis }, 2);
}, 60_000);
afterAll(async () => {
  await pool.close();
  await site.close();
  built.remove();
  printTotals(outcomes);
});

const ACTIONS: readonly Fault['action'][] = FULL ? ['kill', 'throw', 'stall'] : ['kill'];

describe.each(OPERATIONS)('invariant 8: %s, killed at any point, has one effect when it is sent again', (operation) => {
  it(
    'and is whole, in the books, in the audit and in Redis',
    async () => {
      const points = await pointsOf(site, pool, operation);
      expect(points.length).toBeGreaterThan(5);
      const faults = choose(
        operation,
        ACTIONS.flatMap((action) => faultsOf(points, action)),
      );
      const done = await inLanes(2, faults, async (fault) => told(await runChange(site, pool, operation, fault)));
      outcomes.push(...done);
      expect(done.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
      // A fault that did not strike proves nothing; what goes on behind the answer may come in another order.
      expect(done.filter(({ struck }) => !struck).length).toBeLessThanOrEqual(done.length * 0.1);
    },
    FULL ? 3_600_000 : 180_000,
  );
});

it('invariants 2 and 7: after all of that nothing is pending, no record differs, and the books agree', async () => {
  expect(await wrongWithSite(site)).toEqual([]);
});
