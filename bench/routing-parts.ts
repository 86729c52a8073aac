import { setTimeout as pause } from 'node:timers/promises';
import { freeUdpPort, type RunningSipp, type SippResult, sippAvailable } from '../test/support/sipp.ts';
import { ADMIT_USEC_MAX, admissionTable, BYTES_MAX, measureAdmission } from './admission.ts';
import { cpuTable, measureLoad } from './calls.ts';
import { runLoad, startCallee } from './load.ts';
import { measureOwnCost } from './own-cost.ts';
import { openProbeCaller } from './probe-caller.ts';
import { cpuSeconds } from './process-cpu.ts';
import type { Product } from './product.ts';
import { measurePropagation } from './propagation.ts';
import { type Provisioned, provision } from './provision.ts';
import { quantileOf } from './quantiles.ts';
import { measureRebuild, REBUILD_PER_SECOND_MIN } from './rebuild.ts';
import type { FigureRow, PartResult } from './routing.ts';
import { measureStale } from './stale-decisions.ts';
import type { SuiteOptions } from './suite.ts';
import { fixed } from './table.ts';

/** One part of the suite; `product` runs for the parts that need it. */
export type RoutingPart = (on: { readonly options: SuiteOptions; readonly product: Product | null }) => Promise<PartResult>;

/** Targets of issue "A routing plane that can be proven" and decision C25. */
const targets = { changeP99Ms: 20, ownMs: 0.25, redisMs: 0.12, flat: 0.2, admissionP99Ms: 2 };
const perSecond = 20;
const defaultChanges = 10_000;
const holdMs = 1000;
const costRate = 300;
const idleSecondsMax = 60;
const defaultSizes = [10_000, 1_000_000];
const fullSize = 10_000_000;
const rebuildSizeMax = 1_000_000;

const row = (figure: string, measured: string, target: string, met: boolean | null): FigureRow => ({ figure, measured, target, met });
const below = (value: number | undefined, target: number): boolean => value !== undefined && value <= target;
const skipped = (figure: string): PartResult => ({ rows: [row(figure, 'not measured: no sipp', '-', null)], figures: {} });

function running(product: Product | null): Product {
  if (product === null) throw new Error('this part needs the product');
  return product;
}

const patch: RoutingPart = async ({ options, product }) => {
  const owned = await provision(running(product), { source: '127.0.0.1:9', endpointUri: null, numbers: 20, prefix: '+44207947' });
  const changes = perSecond * options.seconds;
  options.progress(`${changes} changes at ${perSecond}/s`);
  await measurePropagation(running(product), owned, { changes: 2 * perSecond, perSecond });
  const { tookMs, notApplied } = await measurePropagation(running(product), owned, { changes, perSecond });
  const [p50, p99] = [quantileOf(tookMs, 0.5), quantileOf(tookMs, 0.99)];
  return {
    rows: [
      row(`PATCH to applied at ${perSecond}/s, fsync on, p50 ms`, fixed(p50, 1), '-', null),
      row(`PATCH to applied at ${perSecond}/s, fsync on, p99 ms`, fixed(p99, 1), `${targets.changeP99Ms}`, below(p99, targets.changeP99Ms)),
      row('changes not answered `applied`', `${notApplied} of ${changes}`, '0', notApplied === 0),
    ],
    figures: { changes, notApplied, p50Ms: p50, p99Ms: p99 },
  };
};

const stale: RoutingPart = async ({ options, product }) => {
  const { state } = running(product);
  const caller = await openProbeCaller({ host: state.sip_host, port: state.sip_port });
  try {
    const owned = await provision(running(product), { source: caller.source, endpointUri: null, numbers: 64, prefix: '+44207948' });
    const wanted = options.changes ?? defaultChanges;
    options.progress(`${wanted} changes, each with a call right behind it`);
    const { examples, ...figures } = await measureStale(running(product), caller, owned, wanted);
    const rate = `${Math.round(figures.changes / figures.seconds)}/s`;
    return {
      rows: [
        row('stale decisions of calls right behind their change', `${figures.stale} of ${figures.changes}`, '0', figures.stale === 0),
        row('of those changes, not answered `applied`', `${figures.notApplied}`, '0', figures.notApplied === 0),
      ],
      figures: { ...figures, examples },
      notes: [`Changes with a call behind each went at ${rate}, 16 at a time.`, ...examples],
    };
  } finally {
    await caller.close();
  }
};

const idle: RoutingPart = async ({ options, product }) => {
  const seconds = Math.min(options.seconds, idleSecondsMax);
  options.progress(`idle for ${seconds} s`);
  const named = running(product).pids();
  const before = cpuSeconds(named);
  await pause(seconds * 1000);
  const after = cpuSeconds(named);
  const msPerMinute = Object.fromEntries(
    Object.entries(after).map(([name, cpu]) => [name, ((cpu - (before[name] ?? 0)) * 60_000) / seconds]),
  );
  const rows = Object.entries(msPerMinute).map(([name, ms]) => [name, fixed(ms, 0)]);
  return { rows: [], tables: [{ columns: ['process', 'idle CPU ms per minute'], rows }], figures: { msPerMinute } };
};

/** Callee, numbers and sipp of the two parts that put calls through. */
async function withCalls<T>(
  product: Product,
  prefix: string,
  run: (callee: RunningSipp, place: (pace: { rate: number; seconds: number }) => Promise<SippResult>) => Promise<T>,
): Promise<T> {
  const callee = await startCallee();
  try {
    const port = await freeUdpPort('127.0.0.1');
    const wanted = { source: `127.0.0.1:${port}`, endpointUri: `sip:callee@${callee.host}:${callee.port}`, numbers: 50, prefix };
    const { numbers }: Provisioned = await provision(product, wanted);
    const remote = { host: product.state.sip_host, port: product.state.sip_port };
    const called = numbers.map(({ e164 }) => e164);
    return await run(callee, (pace) => runLoad({ remote, port, called, holdMs, rate: pace.rate, seconds: pace.seconds }));
  } finally {
    await callee.stop();
  }
}

const cost: RoutingPart = async ({ options, product }) => {
  const rate = Math.min(options.rate, costRate);
  if (!sippAvailable()) return skipped('own cost per call');
  options.progress(`own cost: ${rate} calls/s for ${options.seconds} s shared with an agent that decides nothing`);
  const pace = { rate, seconds: options.seconds, warmUpSeconds: 5 };
  const measured = await withCalls(running(product), '+44207949', (callee, place) => measureOwnCost(running(product), callee, place, pace));
  const { load, agentMs, nullMs, redisMs, agentCalls, nullCalls } = measured;
  const ownMs = agentMs - nullMs;
  return {
    rows: [
      row('own cost, ms of agent CPU per call', fixed(ownMs, 3), `${targets.ownMs}`, below(ownMs, targets.ownMs)),
      row('Redis, ms of CPU per call', fixed(redisMs, 3), `${targets.redisMs}`, below(redisMs, targets.redisMs)),
    ],
    figures: { agentMs, nullMs, ownMs, redisMs, agentCalls, nullCalls, failed: load.failed },
    notes: [
      `Own cost: agent ${fixed(agentMs, 3)} ms (${agentCalls} calls) less ${fixed(nullMs, 3)} ms of an agent that decides nothing ` +
        `(${nullCalls} calls), both on one engine in the same ${options.seconds} s at ${rate} calls/s; ${load.failed} failed.`,
    ],
  };
};

const load: RoutingPart = async ({ options, product }) => {
  const figure = `${options.rate} calls/s for ${options.seconds} s`;
  if (!sippAvailable()) return skipped(figure);
  options.progress(`${figure}, all on this machine`);
  const measured = await withCalls(running(product), '+44207950', async (_, place) => {
    await place({ rate: Math.min(100, options.rate), seconds: 5 });
    return measureLoad(running(product), () => place(options));
  });
  const { created, failed, retransmissions } = measured.load;
  const expected = Math.round(options.rate * options.seconds);
  const { p50, p99 } = measured.admissionMs;
  const setup = [quantileOf(measured.load.setupMs, 0.5), quantileOf(measured.load.setupMs, 0.99)] as const;
  return {
    rows: [
      row(`failed calls at ${figure}`, `${failed} of ${created}`, '0', failed === 0 && created === expected),
      row('call records of them', `${measured.records}`, `${created}`, measured.records === created),
      row('admission p50 / p99 ms at that rate', `${fixed(p50)} / ${fixed(p99)}`, `${targets.admissionP99Ms} (at 100 calls/s)`, null),
      row('call set-up p50 / p99 ms', `${fixed(setup[0], 0)} / ${fixed(setup[1], 0)}`, '-', null),
    ],
    tables: [cpuTable(measured.cpuMsPerCall)],
    figures: {
      created,
      failed,
      retransmissions,
      records: measured.records,
      cpuMsPerCall: measured.cpuMsPerCall,
      admissionMs: measured.admissionMs,
      setupMs: { p50: setup[0], p99: setup[1] },
    },
    notes: [`${retransmissions} retransmissions; caller and callee are sipp on the same machine, calls held for ${holdMs} ms.`],
  };
};

const admission: RoutingPart = async ({ options }) => {
  const sizes = options.numbers ?? [...defaultSizes, ...(options.full ? [fullSize] : [])];
  const figures = await measureAdmission(sizes, options.progress);
  const slowest = Math.max(...figures.map((one) => one.admitUsecPerCall));
  const first = figures[0]?.admitUsecPerCall ?? Number.NaN;
  const spread = Math.max(...figures.map((one) => Math.abs(one.admitUsecPerCall / first - 1)));
  const bytes = Math.max(...figures.map((one) => one.bytesPerNumber));
  const upTo = `up to ${Math.max(...sizes)} numbers`;
  return {
    rows: [
      row(`Redis µs per admission, ${upTo}`, fixed(slowest, 1), `${ADMIT_USEC_MAX}`, slowest <= ADMIT_USEC_MAX),
      row('difference between sizes', `${fixed(spread * 100, 0)} %`, `${targets.flat * 100} %`, spread <= targets.flat),
      row('Redis bytes per number', fixed(bytes, 0), `${BYTES_MAX}`, bytes <= BYTES_MAX),
    ],
    tables: [admissionTable(figures)],
    figures: { sizes: figures },
    notes:
      options.full || options.numbers !== undefined ? [] : ['The row of 10,000,000 numbers is measured with `--full` (2.3 GB of memory).'],
  };
};

const rebuild: RoutingPart = async ({ options }) => {
  const numbers = Math.min(Math.max(...(options.numbers ?? defaultSizes)), rebuildSizeMax);
  const { perSecond: speed, seconds, lookMs } = await measureRebuild(numbers, options.progress);
  return {
    rows: [row(`rebuild of ${numbers} numbers, records/s`, fixed(speed, 0), `${REBUILD_PER_SECOND_MIN}`, speed >= REBUILD_PER_SECOND_MIN)],
    figures: { numbers, seconds, perSecond: speed, lookMs },
  };
};

/** Parts on one running product, in this order. */
export const partsOfProduct: Readonly<Record<string, RoutingPart>> = { patch, stale, idle, cost, load };
/** Parts with a Redis or Postgres of their own. */
export const partsOfNumbers: Readonly<Record<string, RoutingPart>> = { admission, rebuild };
