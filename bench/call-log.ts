import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallEvent } from '../src/domain/call-event.ts';
import { newId } from '../src/kit/ids.ts';
import { silentLogger } from '../src/kit/log.ts';
import { startPostgres } from '../src/local/postgres.ts';
import { postgresCallFolder } from '../src/store/fold-calls.ts';
import { migrate } from '../src/store/migrate.ts';
import { createPool } from '../src/store/pool.ts';
import { cpuReadable, cpuSeconds } from './process-cpu.ts';
import type { Suite } from './suite.ts';
import { fixed } from './table.ts';

/** What one round of the drain finds at this many calls a second, and how long a call lasts in rounds. */
const ROUND_MS = 200;
const LASTS_ROUNDS = 5;
const NUMBERS = 5000;
const ROUNDS = 40;
/** Half of what a call cost the worker and Postgres before, in ms of CPU (decision C25). */
const CPU_MS_MAX = { fold: 0.27, postgres: 0.25 };

interface Figures {
  readonly rate: number;
  readonly foldMs: number;
  readonly postgresMs: number;
  readonly batchP50Ms: number;
}

/** The fold of call events into Postgres alone: CPU per call of the folding process and of Postgres, at two rates. */
export const benchCallLog: Suite = async ({ progress }) => {
  if (!cpuReadable()) throw new Error('CPU times are read from /proc: run this benchmark on Linux');
  const dir = await mkdtemp(join(tmpdir(), 'dialplane-bench-'));
  const server = await startPostgres({ dataDir: join(dir, 'postgres'), durable: true, log: silentLogger });
  const figures: Figures[] = [];
  try {
    await migrate(server.url);
    const pool = createPool(server.url, { log: silentLogger });
    try {
      const numberIds = await addNumbers(pool);
      const fold = postgresCallFolder(pool, silentLogger);
      await run(fold, numberIds, 100, 10, server.pid);
      for (const rate of [100, 400]) {
        progress(`folding ${rate} calls/s`);
        figures.push(await run(fold, numberIds, rate, ROUNDS, server.pid));
      }
    } finally {
      await pool.end();
    }
  } finally {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
  const rows = figures.map((one) => [String(one.rate), fixed(one.foldMs, 3), fixed(one.postgresMs, 3), fixed(one.batchP50Ms, 1)]);
  return {
    title: 'Call log: CPU per call of the fold into Postgres',
    tables: [{ columns: ['calls/s', 'fold ms', 'postgres ms', 'batch p50 ms'], rows }],
    figures: { rates: figures },
    notes: [
      `${NUMBERS} numbers, one attempt a call, calls of ${LASTS_ROUNDS * ROUND_MS} ms, a batch every ${ROUND_MS} ms of load, fsync on.`,
      `targets at 400 calls/s: fold at most ${CPU_MS_MAX.fold} ms, Postgres at most ${CPU_MS_MAX.postgres} ms`,
    ],
    ok: figures.every(({ rate, foldMs, postgresMs }) => rate < 400 || (foldMs <= CPU_MS_MAX.fold && postgresMs <= CPU_MS_MAX.postgres)),
  };
};

type Pool = ReturnType<typeof createPool>;

export async function addNumbers(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into numbers (id, e164, mode, country, type, setup_fee_minor, monthly_fee_minor, currency, created_at, updated_at)
     select gen_random_uuid(), '+44' || (2000000000 + n), 'live', 'GB', 'local', 0, 0, 'USD', now(), now()
     from generate_series(1, $1::int) n returning id`,
    [NUMBERS],
  );
  return rows.map(({ id }) => id);
}

async function run(
  folder: ReturnType<typeof postgresCallFolder>,
  numberIds: readonly string[],
  rate: number,
  rounds: number,
  pid: number,
): Promise<Figures> {
  const perRound = (rate * ROUND_MS) / 1000;
  const batches: CallEvent[][] = Array.from({ length: rounds + LASTS_ROUNDS }, () => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < perRound; i += 1) {
      const numberId = numberIds[(round * 37 + i * 101) % numberIds.length] ?? '';
      const [begin, end] = eventsOf(numberId, i);
      batches[round]?.push(...begin);
      batches[round + LASTS_ROUNDS]?.push(...end);
    }
  }
  const tookMs: number[] = [];
  const before = { own: process.cpuUsage(), postgres: cpuSeconds({ postgres: [pid] }).postgres ?? 0 };
  for (const batch of batches) {
    const startedAt = performance.now();
    await folder.fold(batch);
    tookMs.push(performance.now() - startedAt);
  }
  const own = process.cpuUsage(before.own);
  const postgres = (cpuSeconds({ postgres: [pid] }).postgres ?? 0) - before.postgres;
  const calls = perRound * rounds;
  const batchP50Ms = tookMs.toSorted((a, b) => a - b)[Math.floor(tookMs.length / 2)] ?? 0;
  return { rate, foldMs: (own.user + own.system) / 1000 / calls, postgresMs: (postgres * 1000) / calls, batchP50Ms };
}

const accountId = newId();
const endpointId = newId();
/** About as long as the decision input of an inbound call is (decision C12). */
const decisionInput = JSON.stringify({
  v: 1,
  request: { caller: { from: '+33123456789' } },
  records: Array.from({ length: 9 }, () => endpointId.repeat(3)),
});

export function eventsOf(numberId: string, index: number): readonly [CallEvent[], CallEvent[]] {
  const base = { callId: newId(), agentId: 'agent-1' };
  const at = Date.now();
  const sipCallId = `${base.callId}@carrier.example`;
  const leg = { n: 1, sipCallId: `${base.callId}-1@dialplane` };
  const called = `+44${2_000_000_000 + index}`;
  const versions = (['number', 'account', 'endpoint', 'trunk_group'] as const).map((kind) => ({
    record: `${kind}:${endpointId}` as never,
    version: 7,
  }));
  const begin: CallEvent[] = [
    {
      ...base,
      type: 'admitted',
      seq: 0,
      at,
      parties: {
        direction: 'inbound',
        mode: 'live',
        called,
        caller: `+33${100_000_000 + index}`,
        numberId,
        accountId,
        subAccountId: null,
        identifiedBy: { kind: 'trunk_group', id: endpointId },
      },
      origin: { sipCallId, sourceIp: '192.0.2.1', sourcePort: 5060, transport: 'udp' },
      versions,
      decisionInput,
      leases: [],
    },
    {
      ...base,
      type: 'attempt',
      seq: 1,
      at: at + 2,
      ...leg,
      trunkGroupId: endpointId,
      gatewayId: endpointId,
      uri: 'sip:1@192.0.2.2',
      leases: [],
    },
    { ...base, type: 'attempt_ended', seq: 2, at: at + 5, ...leg, sipStatus: 200, outcome: 'answered' },
    { ...base, type: 'answered', seq: 3, at: at + 6, sipStatus: 200 },
  ];
  return [begin, [{ ...base, type: 'ended', seq: 4, at: at + 1000, outcome: 'completed', sipStatus: null, code: null, endedBy: 'caller' }]];
}
