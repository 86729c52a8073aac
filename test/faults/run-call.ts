import { readdirSync } from 'node:fs';
import { keys } from '../../src/redis/keys.ts';
import { readUses } from '../redis/support/last-calls.ts';
import { until } from '../support/daemon.ts';
import { playCall, type ScenarioName, type Seen } from './call-scenarios.ts';
import type { CallSite } from './call-site.ts';
import type { Child, ChildPool } from './child-process.ts';
import type { Fault } from './fault-runtime.ts';
import type { AgentOrder, AgentWord } from './messages.ts';
import type { Outcome } from './run-change.ts';

/** Invariant 12: an agent's death is over within 30 s; here agents are missed after 0.6 s. */
const RECOVER_MS = 15_000;
const AFTERMATH_MS = 300;
const CLEAR_MS = 6000;

/** Points that a call of this kind reaches in the agent when nothing strikes. */
export async function pointsOfCall(site: CallSite, pool: ChildPool<AgentWord>, scenario: ScenarioName): Promise<readonly string[]> {
  await clear(site);
  const child = await openChild(site, pool, null);
  try {
    const seen = await playCall(site, scenario, new Promise(() => {}));
    if (!seen.completed) throw new Error(`${scenario}: the call did not go through`);
    await new Promise((resolve) => setTimeout(resolve, AFTERMATH_MS));
    child.send({ type: 'tell' } satisfies AgentOrder);
    const word = await child.next();
    if (word?.type !== 'reached') throw new Error(`no points: ${JSON.stringify(word)}`);
    const wrong = await settle(site, seen);
    if (wrong.length > 0) throw new Error(`${scenario} without a fault: ${wrong.join('; ')}`);
    return word.reached;
  } finally {
    await child.end();
  }
}

/** Until nothing is left of agents before: what the next one does for them is not of its call. */
async function clear(site: CallSite): Promise<void> {
  const next = await site.stage.addAgent();
  await until(async () => {
    await site.work();
    return readdirSync(site.stage.journals).every((name) => name === next.agent.agentId);
  }, CLEAR_MS);
  await next.close();
}

/** Lets one fault strike the agent of a call; after a kill the next agent and the worker put things right, after a throw it itself. */
export async function runCall(site: CallSite, pool: ChildPool<AgentWord>, scenario: ScenarioName, fault: Fault): Promise<Outcome> {
  const startedAt = performance.now();
  const child = await openChild(site, pool, fault);
  let struck = false;
  const listening = (async () => {
    for (let word = await child.next(); word !== null; word = await child.next()) struck ||= word.type === 'hit';
  })();
  const ended = child.ended.then((signal) => {
    struck ||= signal === 'SIGKILL';
  });
  const seen = await playCall(site, scenario, fault.action === 'kill' ? ended : new Promise(() => {}));
  // What goes on behind the end of a call may still be struck.
  if (fault.action === 'kill') await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, AFTERMATH_MS))]);
  const wasStruck = struck;
  const next = fault.action === 'kill' ? await site.stage.addAgent() : null;
  if (fault.action === 'kill') await child.end();
  const wrong = await settle(site, seen);
  await next?.close();
  await child.end();
  await listening;
  return { operation: `call ${scenario}`, fault, struck: wasStruck, wrong, tookMs: performance.now() - startedAt };
}

async function openChild(site: CallSite, pool: ChildPool<AgentWord>, fault: Fault | null): Promise<Child<AgentWord>> {
  const child = await pool.take();
  const { engine, redis, journals } = site.stage;
  child.send({ type: 'open', control: engine.control, redisUrl: redis.url, journals } satisfies AgentOrder);
  const open = await child.next();
  if (open?.type !== 'open') throw new Error(`the agent did not open: ${JSON.stringify(open)}`);
  child.send({ type: 'go', fault } satisfies AgentOrder);
  if ((await child.next())?.type !== 'armed') throw new Error('the agent was not armed');
  return child;
}

/** Waits until a call is over everywhere and tells what is not as it must be, invariant by invariant. */
async function settle(site: CallSite, seen: Seen): Promise<readonly string[]> {
  let wrong: readonly string[] = [];
  await until(async () => {
    await site.work();
    wrong = await wrongWithCall(site, seen);
    return wrong.length === 0;
  }, RECOVER_MS);
  return wrong;
}

async function wrongWithCall(site: CallSite, { sipCallId, startedAt, rang, answered, completed }: Seen): Promise<readonly string[]> {
  const wrong: string[] = [];
  const { ids } = site.stage.world;
  const records = await site.sql('select answered_at, ended_at, outcome from calls where sip_call_id = $1', [sipCallId]);
  const mustBe = rang || completed;
  if (records.length > 1 || (mustBe && records.length === 0)) wrong.push(`12: ${records.length} records`);
  if (records.some(({ ended_at: at }) => at === null)) wrong.push('12: an open record');
  if (answered && records.some(({ answered_at: at }) => at === null)) wrong.push('12: answered, and the record does not say so');
  const [open] = await site.sql('select count(*)::int as n from calls where ended_at is null or sip_call_id is null');
  if (open.n > 0) wrong.push(`12: ${open.n} records that are open or of no call`);
  const { redis } = site.stage.plane;
  const use = (await readUses(redis, [ids.number])).get(ids.number);
  if ((use?.liveCalls ?? 0) > 0) wrong.push(`6: ${use?.liveCalls} live calls of the number`);
  for (const scope of [
    { kind: 'number', id: ids.number },
    { kind: 'account', id: ids.account },
    { kind: 'trunk_group', id: ids.carrier },
  ] as const) {
    if ((await redis.exists(keys.lease(scope))) > 0) wrong.push(`6: a lease of the ${scope.kind}`);
  }
  if (rang) {
    if ((use?.lastCallAt ?? 0) < startedAt) wrong.push('5: the last call is missing in Redis');
    const [number] = await site.sql('select last_call_at from numbers where id = $1', [ids.number]);
    if ((number?.last_call_at ?? 0) < startedAt) wrong.push('5: the last call is missing in Postgres');
  }
  return wrong;
}
