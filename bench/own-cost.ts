import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SippResult } from '../test/support/sipp.ts';
import { cpuSeconds } from './process-cpu.ts';
import type { Product } from './product.ts';
import { counterSum } from './quantiles.ts';
import { end } from './sip-servers.ts';

/** CPU per call of the product's agent and of one that decides nothing, in the same seconds on the same engine. */
export interface OwnCost {
  readonly load: SippResult;
  readonly agentMs: number;
  readonly nullMs: number;
  readonly redisMs: number;
  readonly agentCalls: number;
  readonly nullCalls: number;
}

const connectMs = 15_000;
const endMs = 5_000;

/**
 * Runs one load while a null agent shares the engine with the product's agent. The engine gives new calls to them in turn, so both
 * see the same machine at the same time, which no two runs one after the other do.
 */
export async function measureOwnCost(
  product: Product,
  callee: { readonly host: string; readonly port: number },
  place: (pace: { rate: number; seconds: number }) => Promise<SippResult>,
  pace: { readonly rate: number; readonly seconds: number; readonly warmUpSeconds: number },
): Promise<OwnCost> {
  const child = await startNullAgent(product, `sip:callee@${callee.host}:${callee.port}`);
  try {
    await place({ rate: pace.rate, seconds: pace.warmUpSeconds });
    const { agent = [], redis = [] } = product.pids();
    const look = async () => ({
      cpu: cpuSeconds({ agent, redis, none: [child.pid ?? 0] }),
      agentCalls: counterSum(await product.metrics(), 'dialplane_calls_total', 'role="agent"'),
      nullCalls: await callsOf(child),
    });
    const before = await look();
    const load = await place(pace);
    const after = await look();
    const agentCalls = after.agentCalls - before.agentCalls;
    const nullCalls = after.nullCalls - before.nullCalls;
    const perCall = (name: string, calls: number): number =>
      (((after.cpu[name] ?? 0) - (before.cpu[name] ?? 0)) * 1000) / Math.max(1, calls);
    const cost = { agentMs: perCall('agent', agentCalls), nullMs: perCall('none', nullCalls), redisMs: perCall('redis', agentCalls) };
    return { load, ...cost, agentCalls, nullCalls };
  } finally {
    await end(child);
  }
}

async function startNullAgent(product: Product, callee: string): Promise<ChildProcess> {
  const wanted = { ...product.sipControl(), callee };
  const child = fork(fileURLToPath(new URL('null-agent.ts', import.meta.url)), [], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, BENCH_NULL_AGENT: JSON.stringify(wanted) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message', { signal: AbortSignal.timeout(connectMs) });
  return child;
}

async function callsOf(child: ChildProcess): Promise<number> {
  const answer = once(child, 'message', { signal: AbortSignal.timeout(endMs) }) as Promise<[{ calls: number }]>;
  child.send('calls');
  return (await answer)[0].calls;
}
