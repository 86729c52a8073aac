/**
 * `npm run kill-agent [-- --rate calls/s] [--hold ms] [--rounds n]`: kill -9 of the only agent of a running product under load, some
 * times over; prints what callers and callee met, and what was left (decision C9). Exit code 1 when a caller met silence, a leg or a
 * record stayed open, or anything was left.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { compileProgram } from '../test/support/program.ts';
import { freeUdpPort, type SippResult, startSipp } from '../test/support/sipp.ts';
import { requireSipp } from './load.ts';
import { type Product, startProduct } from './product.ts';
import { callsSince, type Provisioned, provision, rowsOf } from './provision.ts';
import { type Left, leftIn } from './soak-holdings.ts';
import { formatText } from './table.ts';

const { values } = parseArgs({ options: { rate: { type: 'string' }, hold: { type: 'string' }, rounds: { type: 'string' } } });
const positive = (text: string | undefined, fallback: number): number => (Number(text) > 0 ? Number(text) : fallback);
const rate = positive(values.rate, 20);
const holdMs = positive(values.hold, 8000);
const rounds = positive(values.rounds, 3);
/** Between two kills the agent comes back and the load runs undisturbed. */
const betweenMs = 12_000;
const patienceMs = 40_000;
/** The load is still there when the last killed agent has come back. */
const calls = Math.ceil((rate * (rounds * (betweenMs + 8000) + betweenMs)) / 1000);

interface Kill {
  readonly heldBefore: number;
  readonly leasesGoneMs: number;
  readonly readyMs: number;
}

const progress = (line: string): void => console.log(`kill-agent: ${line}`);

async function main(): Promise<boolean> {
  requireSipp();
  compileProgram();
  const folder = await mkdtemp(join(tmpdir(), 'dialplane-kill-'));
  const product = await startProduct(join(folder, 'product.log'));
  const callee = await startSipp({ scenario: 'uas-answers', pauseMs: 0, moreArguments: ['-max_retrans', '10'] });
  try {
    const port = await freeUdpPort('127.0.0.1');
    const source = `127.0.0.1:${port}`;
    const world = await provision(product, { source, endpointUri: `sip:callee@${callee.host}:${callee.port}`, numbers: 20 });
    const since = new Date().toISOString();
    const load = await startLoad(product, world, port, folder);
    const kills: Kill[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      await pause(betweenMs);
      progress(`round ${round} of ${rounds}: kill -9 of the agent at ${rate} calls/s`);
      kills.push(await killAgent(product, world));
    }
    progress(`waiting for the last of ${calls} calls`);
    const caller = await load.done;
    const left = await whatIsLeft(product, world, since);
    const outcomes = await outcomesSince(product, since);
    return report({ caller, callee: await callee.stop(), kills, left, outcomes });
  } finally {
    await callee.stop();
    await product.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function startLoad({ state }: Product, world: Provisioned, port: number, folder: string) {
  const numbers = join(folder, 'numbers.csv');
  await writeFile(numbers, ['SEQUENTIAL', ...world.numbers.map(({ e164 }) => `+447700900123;${e164}`), ''].join('\n'));
  // sipp takes a time to wait for as digits only.
  const scenario = await readFile(new URL('scenarios/uac-until-bye.xml', import.meta.url), 'utf8');
  const withHold = join(folder, 'uac-until-bye.xml');
  await writeFile(withHold, scenario.replace('[hold]', String(holdMs)));
  return startSipp({
    scenario: withHold,
    remote: { host: state.sip_host, port: state.sip_port },
    ...{ port, rate, calls, concurrentMax: rate * 60 },
    moreArguments: ['-inf', numbers],
  });
}

async function killAgent(product: Product, world: Provisioned): Promise<Kill> {
  const held = await holdersOf(product, world);
  const before = new Set(held.map((one) => one.agent_id));
  const [pid] = product.pids().agent ?? [];
  // No pid, no signal: 0 would be this process and everybody started with it (kill(2)).
  if (pid === undefined) throw new Error('no agent runs');
  const at = performance.now();
  process.kill(pid, 'SIGKILL');
  const since = (): number => Math.round(performance.now() - at);
  await until('the leases of the killed agent are there still', async () =>
    (await holdersOf(product, world)).every((one) => !before.has(one.agent_id)),
  );
  const leasesGoneMs = since();
  await until('no agent came back', async () => product.pids().agent?.[0] !== pid && (await isReady(product)));
  return { heldBefore: held.length, leasesGoneMs, readyMs: since() };
}

/** Asks again until it is so; throws what is wrong after `patienceMs`. */
async function until(trouble: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + patienceMs; Date.now() < end; await pause(100)) if (await isSo().catch(() => false)) return;
  throw new Error(`${trouble} after ${patienceMs} ms`);
}

const isReady = async ({ state }: Product): Promise<boolean> => (await fetch(new URL('/readyz', state.http_url))).status === 200;

async function holdersOf(product: Product, { accountId }: Provisioned): Promise<{ readonly agent_id: string }[]> {
  const holders: { readonly agent_id: string }[] = [];
  for await (const one of rowsOf<{ agent_id: string }>(product, `/admin/v1/limits/account/${accountId}/holders`)) holders.push(one);
  return holders;
}

/** What is left when it is as little as it gets. */
async function whatIsLeft(product: Product, { accountId }: Provisioned, since: string): Promise<WhatIsLeft> {
  const look = async (): Promise<WhatIsLeft> => ({
    ...(await leftIn(product, accountId)),
    records: (await outcomesSince(product, since)).open ?? 0,
  });
  const isNothing = async (): Promise<boolean> => Object.values(await look()).every((count) => count === 0);
  await until('something is left', isNothing).catch((error: Error) => progress(error.message));
  return look();
}

/** Records by outcome and reason; `open` are those that have not ended. */
async function outcomesSince(product: Product, since: string): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {};
  for await (const call of callsSince(product, since)) {
    const outcome = call.ended_at === null ? 'open' : [call.outcome, call.refusal_code].filter((one) => one !== null).join(' ');
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  return outcomes;
}

/** What calls leave behind, and records without an end. */
interface WhatIsLeft extends Left {
  readonly records: number;
}

interface Figures {
  readonly caller: SippResult;
  readonly callee: SippResult;
  readonly kills: readonly Kill[];
  readonly left: WhatIsLeft;
  readonly outcomes: Readonly<Record<string, number>>;
}

function report({ caller, callee, kills, left, outcomes }: Figures): boolean {
  const rows = kills.map((kill, at) => [at + 1, kill.heldBefore, kill.leasesGoneMs, kill.readyMs].map(String));
  console.log(`\n${formatText({ columns: ['kill', 'calls held', 'leases gone after ms', 'ready again after ms'], rows })}\n`);
  const received = (message: string): number => caller.responses[message] ?? 0;
  const refused = received('503') + received('480');
  const endedByUs = caller.steps
    .filter(({ message, direction }) => message === 'BYE' && direction === 'received')
    .reduce((sum, { count }) => sum + count, 0);
  console.log(
    `callers: ${caller.created} calls, ${caller.created - refused} answered, ${refused} refused, ${endedByUs} ended by us, failed ${caller.failed}`,
  );
  console.log(`callee: ${callee.created} calls, failed ${callee.failed}`);
  console.log(`records ${JSON.stringify(outcomes)}`);
  const { records, ...ofCalls } = left;
  const parts = Object.entries(ofCalls).map(([name, count]) => `${count} ${name}`);
  console.log(`left: ${parts.join(', ')}, ${records} open records`);
  return caller.failed + callee.failed === 0 && Object.values(left).every((count) => count === 0);
}

process.exitCode = (await main()) ? 0 : 1;
