/**
 * `npm run soak [-- --rate calls/s] [--seconds s] [--hold ms]`: calls through the whole product for a long time; prints what failed and
 * what every process holds before and after, garbage collected. Exit code 1 when a call failed, a record is missing or something is left.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { compileProgram } from '../test/support/program.ts';
import { freeUdpPort, type RunningSipp, type SippResult } from '../test/support/sipp.ts';
import { root } from './built.ts';
import { requireSipp, runLoad, startCallee } from './load.ts';
import { INSPECTABLE } from './process-inspector.ts';
import { type Product, startProduct } from './product.ts';
import { type Provisioned, provision, recordsOnceThere } from './provision.ts';
import { quantileOf } from './quantiles.ts';
import { type Holdings, holdingsOf, isEmpty, type Left, leftIn } from './soak-holdings.ts';
import { fixed, formatText } from './table.ts';

interface Pace {
  readonly rate: number;
  readonly seconds: number;
  readonly holdMs: number;
}

const numbersOwned = 50;
/** What is made once is made by then: compiled code, pools, the ring of traced messages. */
const warmUpSeconds = 20;
// Longer than any transaction (64*T1 = 32 s) and than the drain of the call log.
const settleMsMax = 60_000;
/** What the heaps together may grow: caches of numbers and decisions fill slowly. */
const growthBytesMax = 32 * 1024 * 1024;

const positive = (text: string | undefined, fallback: number): number => (Number(text) > 0 ? Number(text) : fallback);
const say = (line: string): void => console.error(`soak: ${line}`);

async function main(): Promise<boolean> {
  const { values } = parseArgs({ options: { rate: { type: 'string' }, seconds: { type: 'string' }, hold: { type: 'string' } } });
  const pace = { rate: positive(values.rate, 100), seconds: positive(values.seconds, 600), holdMs: positive(values.hold, 1000) };
  requireSipp();
  const folder = join(root, '.local/bench');
  await mkdir(folder, { recursive: true });
  say('compiling and starting the product');
  compileProgram();
  const product = await startProduct(join(folder, 'soak.log'), { NODE_OPTIONS: INSPECTABLE });
  try {
    const callee = await startCallee();
    try {
      return await soak(product, callee, pace);
    } finally {
      await callee.stop();
    }
  } finally {
    await product.stop();
  }
}

async function soak(product: Product, callee: RunningSipp, pace: Pace): Promise<boolean> {
  const port = await freeUdpPort('127.0.0.1');
  const endpointUri = `sip:callee@${callee.host}:${callee.port}`;
  const provisioned = await provision(product, { source: `127.0.0.1:${port}`, endpointUri, numbers: numbersOwned });
  const remote = { host: product.state.sip_host, port: product.state.sip_port };
  const called = provisioned.numbers.map(({ e164 }) => e164);
  const place = (seconds: number): Promise<SippResult> => runLoad({ remote, port, called, rate: pace.rate, seconds, holdMs: pace.holdMs });
  say(`warming up: ${pace.rate} calls/s for ${warmUpSeconds} s`);
  await place(warmUpSeconds);
  await settled(product, provisioned);
  const before = await holdingsOf(product);
  const since = new Date().toISOString();
  say(`${pace.rate} calls/s for ${pace.seconds} s`);
  const load = await place(pace.seconds);
  say('waiting until nothing is left');
  const left = await settled(product, provisioned);
  const records = await recordsOnceThere(product, since, load.created, settleMsMax);
  const after = await holdingsOf(product);
  return report({ pace, load, left, records, before, after });
}

/** Waits until nothing is left, or says what is. */
async function settled(product: Product, { accountId }: Provisioned): Promise<Left> {
  const deadline = Date.now() + settleMsMax;
  for (;;) {
    const left = await leftIn(product, accountId);
    if (isEmpty(left) || Date.now() > deadline) return left;
    await pause(500);
  }
}

interface Soaked {
  readonly pace: Pace;
  readonly load: SippResult;
  readonly left: Left;
  readonly records: number;
  readonly before: readonly Holdings[];
  readonly after: readonly Holdings[];
}

const megabytes = (bytes: number | undefined): string => fixed(bytes === undefined ? undefined : bytes / 1024 / 1024, 1);

function report({ pace, load, left, records, before, after }: Soaked): boolean {
  console.log(`\n${pace.rate} calls/s for ${pace.seconds} s, each held for ${pace.holdMs} ms`);
  console.log(`calls ${load.created}, failed ${load.failed}, sent again ${load.retransmissions}, records ${records}`);
  console.log(`call set-up p50 ${fixed(quantileOf(load.setupMs, 0.5), 0)} ms, p99 ${fixed(quantileOf(load.setupMs, 0.99), 0)} ms`);
  const rows = after.map((now, index) => {
    const then = before[index];
    const [held, holds] = [then?.held, now.held];
    const memory = [then?.residentBytes, now.residentBytes, held?.heapUsedBytes, holds?.heapUsedBytes].map(megabytes);
    return [
      now.name,
      ...memory,
      pair(held?.emitters, holds?.emitters),
      pair(held?.listeners, holds?.listeners),
      pair(held?.timers, holds?.timers),
    ];
  });
  const columns = ['process', 'RSS MB before', 'after', 'heap MB before', 'after', 'emitters', 'listeners', 'timers'];
  console.log(`\n${formatText({ columns, rows })}\n`);
  console.log(
    `left: ${Object.entries(left)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ')}`,
  );
  const heaps = (all: readonly Holdings[]): number => all.reduce((sum, { held }) => sum + (held?.heapUsedBytes ?? 0), 0);
  const grown = heaps(after) - heaps(before);
  console.log(`heaps together: ${megabytes(grown)} MB more than before`);
  if (load.errors !== '') console.log(load.errors);
  const isWhole = load.failed === 0 && load.created === Math.round(pace.rate * pace.seconds) && records === load.created;
  return isWhole && isEmpty(left) && grown < growthBytesMax;
}

const pair = (before: number | undefined, after: number | undefined): string => `${before ?? '-'} → ${after ?? '-'}`;

process.exitCode = await main().then(
  (ok) => (ok ? 0 : 1),
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  },
);
