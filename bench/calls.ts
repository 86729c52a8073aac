import { join } from 'node:path';
import { freeUdpPort, type SippResult } from '../test/support/sipp.ts';
import { requireSipp, runLoad, startCallee } from './load.ts';
import { cpuReadable, cpuSeconds } from './process-cpu.ts';
import { type Product, startProduct } from './product.ts';
import { measurePropagation, type PropagationFigures } from './propagation.ts';
import { provision, recordsOnceThere } from './provision.ts';
import { bucketsBetween, bucketsOf, histogramQuantile, quantileOf } from './quantiles.ts';
import type { Suite, SuiteOptions, SuiteResult } from './suite.ts';
import { fixed, type Table } from './table.ts';

const numbersOwned = 50;
const holdMs = 1000;
const warmUp = { rate: 20, seconds: 3 };
const changePace = { changes: 200, perSecond: 20 };
/** The targets of the issue "First call" and decision C25. */
const targets = { admissionP99Ms: 2, changeP99Ms: 20 };
const recordsDeadlineMs = 15_000;

/** What a load did and cost. */
export interface MeasuredLoad {
  readonly load: SippResult;
  readonly cpuMsPerCall: Readonly<Record<string, number>>;
  readonly admissionMs: { readonly p50: number | undefined; readonly p99: number | undefined };
  readonly records: number;
}

interface Measured extends MeasuredLoad {
  readonly changes: PropagationFigures;
}

/** Calls from a carrier through engine and agent to an endpoint: failures, CPU, admission, and the time of a change. */
export const benchCalls: Suite = async (options) => {
  requireSipp();
  options.progress('starting the daemon');
  const product = await startProduct(join(options.folder, 'daemon.log'));
  try {
    const callee = await startCallee();
    try {
      return resultOf(options, await measure(product, callee, options));
    } finally {
      await callee.stop();
    }
  } finally {
    await product.stop();
  }
};

async function measure(product: Product, callee: { host: string; port: number }, options: SuiteOptions): Promise<Measured> {
  const port = await freeUdpPort('127.0.0.1');
  const endpointUri = `sip:callee@${callee.host}:${callee.port}`;
  const provisioned = await provision(product, { source: `127.0.0.1:${port}`, endpointUri, numbers: numbersOwned });
  const remote = { host: product.state.sip_host, port: product.state.sip_port };
  const place = (pace: { rate: number; seconds: number }): Promise<SippResult> =>
    runLoad({ remote, port, called: provisioned.numbers.map(({ e164 }) => e164), holdMs, ...pace });
  options.progress(`warming up, then ${options.rate} calls/s for ${options.seconds} s`);
  await place(warmUp);
  const loaded = await measureLoad(product, () => place(options));
  options.progress(`${changePace.changes} changes at ${changePace.perSecond}/s`);
  const changes = await measurePropagation(product, provisioned, changePace);
  return { ...loaded, changes };
}

/** Runs a load and looks at CPU, admission and records around it. */
export async function measureLoad(product: Product, place: () => Promise<SippResult>): Promise<MeasuredLoad> {
  const since = new Date().toISOString();
  const named = product.pids();
  const admission = async () => bucketsOf(await product.metrics(), 'dialplane_admission_seconds');
  const before = { cpu: cpuReadable() ? cpuSeconds(named) : {}, admission: await admission() };
  const load = await place();
  const after = { cpu: cpuReadable() ? cpuSeconds(named) : {}, admission: await admission() };
  const added = bucketsBetween(before.admission, after.admission);
  const ms = (q: number): number | undefined => scaled(histogramQuantile(added, q), 1000);
  const perCall = Object.entries(after.cpu).map(([name, seconds]) => [
    name,
    ((seconds - (before.cpu[name as keyof typeof before.cpu] ?? 0)) * 1000) / Math.max(1, load.created),
  ]);
  const records = await recordsOnceThere(product, since, load.created, recordsDeadlineMs);
  return { load, cpuMsPerCall: Object.fromEntries(perCall), admissionMs: { p50: ms(0.5), p99: ms(0.99) }, records };
}

const scaled = (value: number | undefined, by: number): number | undefined => (value === undefined ? undefined : value * by);

function resultOf({ rate, seconds }: SuiteOptions, measured: Measured): SuiteResult {
  const { load, cpuMsPerCall, admissionMs, records, changes } = measured;
  const [changeP50, changeP99] = [quantileOf(changes.tookMs, 0.5), quantileOf(changes.tookMs, 0.99)];
  const [setupP50, setupP99] = [quantileOf(load.setupMs, 0.5), quantileOf(load.setupMs, 0.99)];
  const complete = load.failed === 0 && load.created === Math.round(rate * seconds) && records === load.created;
  const timely = (admissionMs.p99 ?? Infinity) <= targets.admissionP99Ms && (changeP99 ?? Infinity) <= targets.changeP99Ms;
  const counts = { created: load.created, failed: load.failed, retransmissions: load.retransmissions, records };
  return {
    title: `Calls through engine and agent, ${rate} calls/s for ${seconds} s`,
    tables: [
      { columns: ['calls', 'failed', 'retransmissions', 'records'], rows: [Object.values(counts).map(String)] },
      cpuTable(cpuMsPerCall),
      {
        columns: ['time', 'p50 ms', 'p99 ms', 'target p99'],
        rows: [
          ['admission, one Redis trip', fixed(admissionMs.p50), fixed(admissionMs.p99), `${targets.admissionP99Ms}`],
          ['PATCH to applied', fixed(changeP50), fixed(changeP99), `${targets.changeP99Ms}`],
          ['call set-up seen by the caller', fixed(setupP50, 0), fixed(setupP99, 0), '-'],
        ],
      },
    ],
    figures: {
      ...counts,
      cpuMsPerCall,
      admissionMs,
      setupMs: { p50: setupP50, p99: setupP99 },
      ...changeFigures(changes, changeP50, changeP99),
    },
    notes: [
      `Caller and callee are sipp on the same machine; ${numbersOwned} numbers in turn, each call held for ${holdMs} ms.`,
      `${changes.changes} PATCHes at ${changePace.perSecond}/s without call load, ${changes.notApplied} not answered \`applied\`.`,
      'CPU is user and system time from /proc, child processes included.',
    ],
    ok: complete && timely && changes.notApplied === 0,
  };
}

const changeFigures = (changes: PropagationFigures, p50: number | undefined, p99: number | undefined) => ({
  changes: { count: changes.changes, notApplied: changes.notApplied, p50Ms: p50, p99Ms: p99 },
});

/** CPU per call by process, and the sum. */
export function cpuTable(cpuMsPerCall: Readonly<Record<string, number>>): Table {
  const columns = ['process', 'CPU ms per call'];
  const rows = Object.entries(cpuMsPerCall).map(([name, ms]) => [name, fixed(ms, 3)]);
  if (rows.length === 0) return { columns, rows: [['not measured: CPU times are read from /proc on Linux', '-']] };
  const sum = Object.values(cpuMsPerCall).reduce((total, ms) => total + ms, 0);
  return { columns, rows: [...rows, ['sum', fixed(sum, 3)]] };
}
