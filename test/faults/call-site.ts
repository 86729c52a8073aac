import { createCloseLostCalls } from '../../src/app/calls/close-lost-calls.ts';
import { drainCallLog } from '../../src/app/calls/drain-call-log.ts';
import { keepRoster } from '../../src/app/calls/keep-roster.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { ok } from '../../src/kit/result.ts';
import { createJournalRoster } from '../../src/redis/agent-journals.ts';
import { createAgentRegistry } from '../../src/redis/agents.ts';
import { createCallLog } from '../../src/redis/call-log.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { createLostCalls } from '../../src/redis/lost-calls.ts';
import { postgresJournals } from '../../src/store/agent-journals.ts';
import { postgresCallKeeper } from '../../src/store/call-days.ts';
import { postgresCallFolder } from '../../src/store/fold-calls.ts';
import { createPool } from '../../src/store/pool.ts';
import { postgresUnitOfWork } from '../../src/store/unit-of-work.ts';
import { NO_METRICS } from '../app/routing/plane-fixture.ts';
import { type CallStage, openStage } from '../sip/support/call-stage.ts';
import { NUMBER } from '../sip/support/call-world.ts';
import { createTestDatabase } from '../support/services.ts';
import { AGENT_SETTINGS, DEAD_AFTER_MS, PROMISE_MS } from './agent-settings.ts';

const ALONE_MS_MAX = 600_000;
const DRAIN_WAIT_MS = 10;
const DAY_MS = 86_400_000;

/** A SIP server, Redis and Postgres that outlive the agents, and a worker whose rounds are asked for. */
export interface CallSite {
  readonly stage: CallStage;
  /** One round of everything the worker does for calls. */
  work(): Promise<void>;
  /** Rows of a statement. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read into it.
  sql(text: string, values?: unknown[]): Promise<any[]>;
  close(): Promise<void>;
}

export async function openCallSite(): Promise<CallSite> {
  const stage = await openStage({ agents: 0, settings: AGENT_SETTINGS, promiseMs: PROMISE_MS });
  const database = await createTestDatabase('faults_calls');
  const pool = createPool(database.url, { log: silentLogger, connectionsMax: 3 });
  const { redis } = stage.plane;
  const blocking = await connectRedis({ url: stage.redis.url, name: 'call-log', log: silentLogger, blocking: true });
  const calls = postgresCallFolder(pool, silentLogger);
  const log = createCallLog({ redis, blockingRedis: blocking, onBadValue: () => {} });
  const agents = createAgentRegistry(redis, DEAD_AFTER_MS);
  const closeLost = createCloseLostCalls({
    agents,
    lostCalls: createLostCalls(redis),
    clock: systemClock,
    log: silentLogger,
    confirmMs: DEAD_AFTER_MS,
    nowMs: () => performance.now(),
  });
  const roster = { roster: createJournalRoster(redis), store: postgresJournals(pool), aloneMsMax: ALONE_MS_MAX, log: silentLogger };
  await postgresCallKeeper(pool).makeDays(Date.now() - DAY_MS, 3);
  await addNumber(stage, pool);
  return {
    stage,
    async work() {
      await drainCallLog({ log, calls, metrics: NO_METRICS }, DRAIN_WAIT_MS);
      await keepRoster(roster);
      await closeLost();
    },
    sql: async (text, values = []) => (await pool.query(text, values)).rows,
    async close() {
      await stage.close();
      await closeRedis(blocking);
      await pool.end();
      await database.close();
    },
  };
}

/** The number that is called is a row too, so that its last call has a place. */
async function addNumber({ world }: CallStage, pool: ReturnType<typeof createPool>): Promise<void> {
  const row = {
    id: world.ids.number,
    e164: NUMBER,
    mode: 'live',
    country: 'GB',
    type: 'local',
    region: null,
    capabilities: ['voice'],
    setupFeeMinor: 0,
    monthlyFeeMinor: 0,
    currency: 'USD',
    carrierTrunkGroupId: null,
  } as const;
  const stamp = { kind: 'system', id: 'faults', accountId: null, requestId: 'faults', ip: null };
  const store = postgresUnitOfWork(pool, systemClock, silentLogger);
  await store.change(stamp, async (tx) => ok(await tx.numbers.putInventory([row], Date.now())));
}
