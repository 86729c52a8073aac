import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keys } from '../../src/redis/keys.ts';
import { checkAudit, checkKeys, checkLedger } from './check-books.ts';
import { checkCalls } from './check-calls.ts';
import { checkExplain } from './check-explain.ts';
import { checkJobs } from './check-jobs.ts';
import { checkHolders, checkLastCalls, checkLeases } from './check-numbers.ts';
import { createRecordCheck } from './check-records.ts';
import { doFault, type FaultDeps } from './faults.ts';
import { HttpClient } from './http-client.ts';
import { isQuiet, openNumbers, stepHttp } from './load-http.ts';
import { createSipLoad, type SipLoad } from './load-sip.ts';
import { type CallNote, Model } from './model.ts';
import type { OpDeps } from './number-ops.ts';
import { createRandom, type Random } from './random.ts';
import type { ChaosReport } from './report.ts';
import { planRound, type Round, type ScheduleOptions } from './schedule.ts';
import { type Site, startSite } from './site.ts';
import { openWorld, seedWorld, type World } from './world.ts';

/** How a run is asked for; `say` is told of every fault and check as it happens. */
export interface ChaosOptions extends ScheduleOptions {
  readonly seconds: number;
  readonly say: (line: string) => void;
  /** Ends the run after what is under way; a round is bounded in time. */
  readonly signal?: AbortSignal;
  readonly httpWorkers?: number;
  readonly sipWorkers?: number;
}

interface Run {
  readonly options: ChaosOptions;
  readonly site: Site;
  readonly world: World;
  readonly model: Model;
  readonly http: HttpClient;
  readonly ops: OpDeps;
  readonly sip: SipLoad;
  readonly faults: Record<string, number>;
  readonly checks: readonly (() => Promise<void>)[];
}

const NUMBERS_AT_START = 24;
const READY_MS = 60_000;
const STRAGGLERS_MS = 25_000;

/** Starts everything, runs rounds until the time is over, ends everything, and tells what was found. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const startedAt = performance.now();
  const site = await startSite();
  const world = await openWorld(sipOf(site), options.seed);
  try {
    const run = await openRun(options, site, world);
    let rounds = 0;
    const isOver = (): boolean => options.signal?.aborted === true || performance.now() - startedAt > options.seconds * 1000;
    do {
      await playRound(run, rounds);
      rounds += 1;
    } while (!isOver());
    return reportOf(run, rounds, Math.round((performance.now() - startedAt) / 1000));
  } finally {
    await world.close();
    await site.stop();
  }
}

/** Where the engine listens: the same port after each of its restarts. */
const sipOf = (site: Site): { host: string; port: number } => ({ host: site.state().sip_host, port: site.state().sip_port });

async function openRun(options: ChaosOptions, site: Site, world: World): Promise<Run> {
  const model = new Model();
  const http = new HttpClient(() => site.state().http_url, `chaos-${options.seed}`);
  await seedWorld(site.state(), world, model);
  const ops = { http, model, adminKey: site.state().admin_api_key };
  await openNumbers(ops, NUMBERS_AT_START);
  const sip = createSipLoad(world, model, () => sipOf(site));
  const { adminKey } = ops;
  // What checks ask is no load: counted apart.
  const inspector = new HttpClient(() => site.state().http_url, `check-${options.seed}`);
  const asking = { http: inspector, adminKey };
  const random = createRandom(options.seed, 1_000_000);
  const checks = [
    createRecordCheck(site, model),
    async () => checkExplain(asking, model, random, await checkCalls(asking, model)),
    () => checkLeases(site, model, inspector, adminKey),
    () => checkHolders(site, model),
    () => checkLastCalls(site, model),
    () => checkLedger(site, model),
    () => checkKeys(site, model),
    () => checkAudit(site, model),
    () => checkJobs(site, model),
  ];
  return { options, site, world, model, http, ops, sip, faults: {}, checks };
}

async function playRound(run: Run, index: number): Promise<void> {
  const { options, site, model } = run;
  const round = planRound(options, index);
  options.say(`round ${index}: ${round.loadMs} ms of load, ${round.faults.length} faults`);
  const calls = model.calls.length;
  await Promise.all([load(run, index, round), injectAll(run, round)]);
  heal(run);
  model.healedAt = model.now();
  if (options.signal?.aborted === true) return;
  const ready = await site.ready(READY_MS);
  model.check(0, ready, () => `round ${index}: not ready ${READY_MS} ms after healing`);
  const broken = model.broken.length;
  for (const check of run.checks) await check();
  // Its deltas are in: the first check has seen it.
  model.redisMayBeOld = false;
  options.say(`round ${index}: ${model.calls.length - calls} calls, at rest ${model.broken.length - broken} broken`);
  for (const { invariant, what } of model.broken.slice(broken)) options.say(`  BROKEN ${invariant}: ${what}`);
  const log = site.takeLog();
  if (model.broken.length === broken) return;
  const ladders = model.calls
    .filter(({ broken: isBroken }) => isBroken)
    .flatMap((note) => [`call ${note.sipCallId}:`, ...run.world.ladder(note)]);
  options.say(`  log of the product and ladders of its broken calls in ${keepLog(options.seed, index, [log, ...ladders].join('\n'))}`);
}

/** Warnings of the round in which something broke, for whoever looks for the reason. */
function keepLog(seed: number, round: number, text: string): string {
  const path = join(tmpdir(), `dialplane-chaos-${seed}-${round}.log`);
  writeFileSync(path, text);
  return path;
}

function heal({ site, world }: Run): void {
  site.redis.proxy.heal();
  site.postgres.proxy.heal();
  world.line.rates = { loss: 0, duplicate: 0, reorder: 0, reorderDelayMs: 60 };
}

async function injectAll(run: Run, round: Round): Promise<void> {
  const startedAt = performance.now();
  const deps = faultDeps(run);
  await Promise.all(
    round.faults.map(async (fault) => {
      await pause(startedAt + fault.atMs - performance.now());
      if (run.options.signal?.aborted === true) return;
      run.options.say(
        `  +${String(Math.round(performance.now() - startedAt)).padStart(5)} ms ${fault.kind} (${fault.nth}, ${fault.holdMs} ms)`,
      );
      run.faults[fault.kind] = (run.faults[fault.kind] ?? 0) + 1;
      await doFault(deps, fault);
    }),
  );
}

function faultDeps({ site, world, model, ops }: Run): FaultDeps {
  const { redisClient } = site;
  return {
    site,
    world,
    async advanceClock(ms) {
      await ops.http.send('POST', '/admin/v1/test-clock', { key: ops.adminKey, body: { advance_seconds: Math.round(ms / 1000) } });
      model.clockAheadMs = Math.max(model.clockAheadMs, Number((await redisClient.get(keys.testClock)) ?? 0));
    },
    doubtRedis: () => model.doubtRedis(),
    agentKilled() {
      model.agentKilledAt = model.now();
    },
  };
}

/** Load for the time of the round; then what is under way comes to its end. */
async function load(run: Run, index: number, round: Round): Promise<void> {
  const { options, ops, sip } = run;
  const until = performance.now() + round.loadMs;
  const following = new Set<Promise<void>>();
  const follow = (call: Promise<void>): void => {
    following.add(call);
    void call.finally(() => following.delete(call));
  };
  const random = (worker: number): Random => createRandom(options.seed, index, worker);
  const goesOn = (): boolean => performance.now() < until && options.signal?.aborted !== true;
  const httpWorker = async (own: Random): Promise<void> => {
    while (goesOn()) {
      await stepHttp(ops, sip, own, follow);
      await pause(own.int(10, 120));
    }
  };
  const sipWorker = async (own: Random): Promise<void> => {
    while (goesOn()) {
      await stepSip(run, own);
      await pause(own.int(10, 150));
    }
  };
  await Promise.all([
    ...Array.from({ length: options.httpWorkers ?? 3 }, (_, worker) => httpWorker(random(100 + worker))),
    ...Array.from({ length: options.sipWorkers ?? 6 }, (_, worker) => sipWorker(random(200 + worker))),
  ]);
  await Promise.race([Promise.allSettled([...following]), pause(STRAGGLERS_MS)]);
}

/** One call of a number that leads somewhere. */
async function stepSip({ model, sip }: Run, random: Random): Promise<void> {
  const routed = model.numbers.filter(
    ({ holder, routed: to }, index) => holder !== null && to !== 'no' && (!isQuiet(index) || random.chance(0.01)),
  );
  if (routed.length === 0) return;
  const number = random.pick(routed);
  const direction = number.login !== null && random.chance(0.4) ? 'outbound' : 'inbound';
  await sip.place(number, direction, random);
}

function reportOf({ options, model, http, faults }: Run, rounds: number, seconds: number): ChaosReport {
  const calls: Record<string, number> = { placed: model.calls.length };
  for (const note of model.calls) {
    const cause = causeOf(note);
    calls[cause] = (calls[cause] ?? 0) + 1;
  }
  return { seed: options.seed, seconds, rounds, faults, calls, http: http.statuses, checked: model.checked, broken: model.broken };
}

function causeOf({ status, reason }: CallNote): string {
  if (status === 0) return 'no answer';
  if (status < 300) return 'answered';
  return reason === '' ? `status ${status}` : reason;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
