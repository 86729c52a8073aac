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
import { expectAnswer, type Product, startProduct } from './product.ts';
import { type Provisioned, provision } from './provision.ts';
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

interface Left {
  readonly leases: number;
  readonly dialogs: number;
  readonly openRecords: number;
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
  const [pid = 0] = product.pids().agent ?? [];
  const at = performance.now();
  process.kill(pid, 'SIGKILL');
  const since = (): number => Math.round(performance.now() - at);
  await until(async () => (await holdersOf(product, world)).every((one) => !before.has(one.agent_id)));
  const leasesGoneMs = since();
  await until(async () => product.pids().agent?.[0] !== pid && (await isReady(product)));
  return { heldBefore: held.length, leasesGoneMs, readyMs: since() };
}

/** Asks again until it is so, or for `patienceMs`. */
async function until(isSo: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + patienceMs; Date.now() < end; await pause(100)) if (await isSo().catch(() => false)) return true;
  return false;
}

const isReady = async ({ state }: Product): Promise<boolean> => (await fetch(new URL('/readyz', state.http_url))).status === 200;

async function holdersOf(product: Product, { accountId }: Provisioned): Promise<readonly { readonly agent_id: string }[]> {
  const answer = await product.request('GET', `/admin/v1/limits/account/${accountId}/holders?limit=500`);
  return expectAnswer<{ data: { agent_id: string }[] }>(answer, 200, 'GET holders').data;
}

async function whatIsLeft(product: Product, world: Provisioned, since: string): Promise<Left> {
  const look = async (): Promise<Left> => {
    const dialogs = /^dialplane_sip_dialogs(?:\{[^}]*\})? (\d+)$/m.exec(await product.metrics())?.[1];
    const { open = 0 } = await outcomesSince(product, since);
    return { leases: (await holdersOf(product, world)).length, dialogs: Number(dialogs), openRecords: open };
  };
  await until(async () => Object.values(await look()).every((count) => count === 0));
  return look();
}

/** Records by outcome and reason; `open` are those that have not ended. */
async function outcomesSince(product: Product, since: string): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {};
  for (let after = ''; ; ) {
    const path = `/admin/v1/calls?since=${encodeURIComponent(since)}&limit=500${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`;
    const page = expectAnswer<CallPage>(await product.request('GET', path), 200, 'GET calls');
    for (const call of page.data) {
      const outcome = call.ended_at === null ? 'open' : [call.outcome, call.refusal_code].filter((one) => one !== null).join(' ');
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    if (page.next === null) return outcomes;
    after = page.next;
  }
}

interface CallPage {
  readonly data: readonly { readonly ended_at: string | null; readonly outcome: string | null; readonly refusal_code: string | null }[];
  readonly next: string | null;
}

interface Figures {
  readonly caller: SippResult;
  readonly callee: SippResult;
  readonly kills: readonly Kill[];
  readonly left: Left;
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
  console.log(`left: ${left.leases} leases, ${left.dialogs} dialogs, ${left.openRecords} open records`);
  return caller.failed + callee.failed + left.leases + left.dialogs + left.openRecords === 0;
}

process.exitCode = (await main()) ? 0 : 1;
