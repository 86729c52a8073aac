/**
 * `npm run rolling [-- --rate calls/s] [--engines n] [--hold ms]`: two api, two agent and two worker processes on one Postgres and
 * Redis, restarted one after another under load; prints what callers and clients saw (decision C19). Exit code 1 when anything failed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { silentLogger } from '../src/kit/log.ts';
import { startPostgres } from '../src/local/postgres.ts';
import { startRedis } from '../src/local/redis.ts';
import { migrate } from '../src/store/migrate.ts';
import { startFleet } from '../test/support/fleet.ts';
import { compileProgram } from '../test/support/program.ts';
import { type RollingFigures, rollingRestart } from '../test/support/rolling-restart.ts';
import { requireSipp } from './load.ts';
import { formatText } from './table.ts';

const { values } = parseArgs({ options: { rate: { type: 'string' }, engines: { type: 'string' }, hold: { type: 'string' } } });
const positive = (text: string | undefined, fallback: number): number => (Number(text) > 0 ? Number(text) : fallback);

async function main(): Promise<boolean> {
  requireSipp();
  const progress = (line: string): void => console.log(`rolling: ${line}`);
  const dir = await mkdtemp(join(tmpdir(), 'dialplane-rolling-'));
  compileProgram();
  progress('starting Postgres and Redis');
  const postgres = await startPostgres({ dataDir: join(dir, 'postgres'), durable: true, log: silentLogger });
  const redis = await startRedis({ dataDir: join(dir, 'redis'), durable: true, log: silentLogger });
  try {
    await migrate(postgres.url, { log: silentLogger });
    progress('starting two of each role');
    const engines = positive(values.engines, 1);
    const fleet = await startFleet({ databaseUrl: postgres.url, redisUrl: redis.url, engines, api: 2, agent: 2, worker: 2 });
    try {
      const rate = positive(values.rate, 50);
      progress(`${rate} calls/s over ${engines} SIP server(s)`);
      return report(await rollingRestart(fleet, { rate, holdMs: positive(values.hold, 1000), restMs: 2000, progress }));
    } finally {
      await fleet.stop();
    }
  } finally {
    await redis.stop();
    await postgres.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

function report(figures: RollingFigures): boolean {
  const { restarts, requests, records, setupMs } = figures;
  const rows = restarts.map(({ name, code, stopMs, startMs }) => [name, String(code), `${stopMs} ms`, `${startMs} ms`]);
  console.log(`\n${formatText({ columns: ['process', 'exit code', 'drained and ended in', 'ready again in'], rows })}\n`);
  console.log(`calls ${figures.calls} in ${figures.seconds} s, failed ${figures.failed}, failed at the callee ${figures.failedAtCallee}`);
  console.log(`answers ${JSON.stringify(figures.responses)}; set-up p50 ${setupMs.p50} ms, p99 ${setupMs.p99} ms, max ${setupMs.max} ms`);
  console.log(`records completed ${records.completed}, other ${records.other}`);
  console.log(`requests ${requests.sent}, failed ${requests.failed.length}, sent to the other api ${requests.moved}`);
  if (figures.repeated > 0) console.log(`answers to a repeated BYE ${figures.repeated}`);
  if (figures.stalls > 0) console.log(`sipp was kept from the processor for half a second ${figures.stalls} times`);
  for (const error of figures.errors) console.log(`sipp: ${error}`);
  for (const failure of new Set(requests.failed)) console.log(`request failed: ${failure}`);
  const clean = figures.failed + figures.failedAtCallee + requests.failed.length + records.other + figures.errors.length === 0;
  return clean && records.completed === figures.calls && restarts.every(({ code }) => code === 0);
}

process.exitCode = (await main()) ? 0 : 1;
