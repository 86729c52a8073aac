import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepRoster } from '../../../src/app/calls/keep-roster.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { createJournalRegistry, createJournalRoster } from '../../../src/redis/agent-journals.ts';
import { keys } from '../../../src/redis/keys.ts';
import { postgresJournals } from '../../../src/store/agent-journals.ts';
import { type OpenPlane, openPlane } from '../../redis/support/plane.ts';
import { createTestDatabase, createTestRedis, type TestDatabase, type TestRedis } from '../../support/services.ts';

let server: TestRedis;
let one: OpenPlane;
let database: TestDatabase;
let pool: pg.Pool;
beforeAll(async () => {
  [server, database] = await Promise.all([createTestRedis(), createTestDatabase('roster')]);
  one = await openPlane(server.url);
  pool = new pg.Pool({ connectionString: database.url });
});
afterAll(async () => {
  await pool.end();
  await one.close();
  await Promise.all([server.close(), database.close()]);
});

describe('agents known to the fence', () => {
  it('invariant 4: are known to the Redis after a flush too, until they left or must be given up', async () => {
    const registry = createJournalRegistry(one.redis, 6000);
    const store = postgresJournals(pool);
    const deps = { roster: createJournalRoster(one.redis), store, aloneMsMax: 600_000, log: silentLogger };
    const marker = async () => (await registry.look()).marker ?? '';
    const listed = async () => Object.keys(await one.redis.hgetall(keys.agentJournals)).sort();
    await one.plane.markPlane(1, { first: true });
    const { at } = await registry.look();
    await registry.keepInTouch('agent-1', at, await marker());
    await registry.keepInTouch('agent-2', at, await marker());
    await keepRoster(deps);
    await keepRoster(deps);
    expect(await store.list()).toEqual([
      { agentId: 'agent-1', state: 'live', at: at + 6000 },
      { agentId: 'agent-2', state: 'live', at: at + 6000 },
    ]);
    await one.redis.flushdb();
    // Without a marker nothing is taken for the truth.
    await keepRoster(deps);
    expect((await store.list()).length).toBe(2);
    await one.plane.markPlane(1);
    await keepRoster(deps);
    expect(await listed()).toEqual(['agent-1', 'agent-2']);
    expect((await deps.roster.read()).known).toBe(true);
    // An event of its time waits: what it did is not all in Postgres yet.
    const early = await one.redis.xadd(keys.callLog, '*', 'e', '{}');
    await registry.ended('agent-1', await marker(), false);
    await keepRoster(deps);
    expect(await listed()).toEqual(['agent-1', 'agent-2']);
    await one.redis.xdel(keys.callLog, String(early));
    await keepRoster(deps);
    expect([await listed(), (await store.list()).map(({ agentId }) => agentId)]).toEqual([['agent-2'], ['agent-2']]);
    await keepRoster({ ...deps, aloneMsMax: -120_000 });
    expect([await listed(), await store.list()]).toEqual([[], []]);
  });
});
