import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltChild, buildChild } from './build-child.ts';
import { SCENARIOS } from './call-scenarios.ts';
import { type CallSite, openCallSite } from './call-site.ts';
import { type ChildPool, openChildPool } from './child-process.ts';
import { choose, FULL, inLanes, printTotals, told } from './choose.ts';
import type { Fault } from './fault-runtime.ts';
import type { AgentWord } from './messages.ts';
import { pointsOfCall, runCall } from './run-call.ts';
import { faultsOf, type Outcome } from './run-change.ts';

let built: BuiltChild;
let site: CallSite;
let pool: ChildPool<AgentWord>;
const outcomes: Outcome[] = [];

beforeAll(async () => {
  [built, site] = await Promise.all([buildChild('agent-child.ts'), openCallSite()]);
  pool = openChildPool<AgentWord>(built.path, {}, 1);
}, 60_000);
afterAll(async () => {
  await pool.close();
  await site.close();
  built.remove();
  printTotals(outcomes);
});

/** The agent's loops reach their points again and again; the first two times tell as much as all. */
const NTH_MAX = 2;
const ACTIONS: readonly Fault['action'][] = FULL ? ['kill', 'throw'] : ['kill'];

describe.each(SCENARIOS)('invariant 12: a call whose agent is killed at any point: %s', (scenario) => {
  it(
    'ends in one record, gives back what it held and is a last call (invariants 5 and 6)',
    async () => {
      const points = await pointsOfCall(site, pool, scenario);
      expect(points.length).toBeGreaterThan(5);
      const all = ACTIONS.flatMap((action) => faultsOf(points, action)).filter(({ nth }) => nth <= NTH_MAX);
      const done = await inLanes(1, choose(`call ${scenario}`, all), async (fault) => told(await runCall(site, pool, scenario, fault)));
      outcomes.push(...done);
      expect(done.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
      // What a loop comes to a second time it may not come to in a short call; of the two of a normal run that may be one.
      expect(done.filter(({ struck }) => !struck).length).toBeLessThanOrEqual(Math.max(1, done.length * 0.2));
    },
    FULL ? 7_200_000 : 180_000,
  );
});
