import { createAccount } from '../../../src/app/accounts/create-account.ts';
import type { Actor } from '../../../src/app/actor.ts';
import { drainCallLog } from '../../../src/app/calls/drain-call-log.ts';
import { type ChangeDeps, type Changed, change } from '../../../src/app/change.ts';
import { runJob } from '../../../src/app/jobs/run-job.ts';
import { sweepJobs } from '../../../src/app/jobs/sweep-jobs.ts';
import type { HolderChangeDeps } from '../../../src/app/numbers/change-holder.ts';
import { finishRelease } from '../../../src/app/numbers/finish-release.ts';
import { commitNumber } from '../../../src/app/numbers/save-number.ts';
import { createTrunkGroup } from '../../../src/app/trunk-groups/create-trunk-group.ts';
import { drainTrunkGroup } from '../../../src/app/trunk-groups/drain-trunk-group.ts';
import { takeOrders } from '../../../src/compose/take-orders.ts';
import type { Account } from '../../../src/domain/account.ts';
import type { Job, JobQueueName } from '../../../src/domain/job.ts';
import type { PhoneNumber } from '../../../src/domain/number.ts';
import type { TrunkGroup } from '../../../src/domain/trunk-group.ts';
import { createJobQueue } from '../../../src/jobs/job-queue.ts';
import { BUILT_QUEUES, jobKinds } from '../../../src/jobs/queues.ts';
import { startJobWorkers } from '../../../src/jobs/worker.ts';
import { type MovableClock, movableClock } from '../../../src/kit/clock.ts';
import { newId } from '../../../src/kit/ids.ts';
import { Lifecycle } from '../../../src/kit/lifecycle.ts';
import { silentLogger as log } from '../../../src/kit/log.ts';
import { startLoop } from '../../../src/kit/loop.ts';
import { err, ok, type Result } from '../../../src/kit/result.ts';
import { createAgentInbox, createAgentOrders } from '../../../src/redis/agent-inbox.ts';
import { createCallLog } from '../../../src/redis/call-log.ts';
import { closeRedis, connectRedis } from '../../../src/redis/client.ts';
import { createHolderFence } from '../../../src/redis/holder-fence.ts';
import { createNumberCalls } from '../../../src/redis/number-calls.ts';
import { postgresCallReader } from '../../../src/store/calls.ts';
import { postgresCallFolder } from '../../../src/store/fold-calls.ts';
import { postgresOutbox } from '../../../src/store/outbox.ts';
import { createPool } from '../../../src/store/pool.ts';
import { postgresUnitOfWork } from '../../../src/store/unit-of-work.ts';
import { type CallStage, openStage } from '../../sip/support/call-stage.ts';
import { createTestDatabase } from '../../support/services.ts';
import type { Party } from '../../support/sip/party.ts';

export const DEADLINE_MS = 60_000;
export const COOL_OFF_MS = 86_400_000;
/** The fence is open while the agent's promise lasts: longer than any pause of this machine, since here nobody is cut off. */
const PROMISE_MS = 60_000;

/** The whole way: Postgres, Redis, engine, agent with its inbox, worker with its sweep, a carrier and a trunk group that rings a phone. */
export interface UnassignBench {
  readonly stage: CallStage;
  readonly clock: MovableClock;
  readonly deps: HolderChangeDeps & { readonly clock: MovableClock };
  /** Acts for the account. */
  readonly tenant: Actor;
  readonly account: Account;
  readonly carrier: Party;
  readonly phone: Party;
  readonly group: TrunkGroup;
  newGroup(gateways: readonly Party[]): Promise<TrunkGroup>;
  newNumber(trunkGroupId: string): Promise<PhoneNumber>;
  callIn(to: string): ReturnType<Party['invite']>;
  /** Jobs of the number in a queue, `trunk-group-unassign` unless told otherwise. */
  jobs(numberId: string, queue?: JobQueueName): Promise<readonly Job[]>;
  /** The only one of them, once it is done. */
  finished(numberId: string, queue?: JobQueueName): Promise<Job>;
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function openUnassignBench(): Promise<UnassignBench> {
  const lifecycle = new Lifecycle();
  const database = await createTestDatabase('unassign');
  const stage = await openStage({ agents: 1, promiseMs: PROMISE_MS });
  const pool = createPool(database.url, { log, connectionsMax: 8 });
  const connect = async (name: string, options: { blocking?: boolean; patient?: boolean } = {}) => {
    const redis = await connectRedis({ url: stage.redis.url, name, log, ...options });
    lifecycle.add({ name, stop: () => closeRedis(redis) });
    return redis;
  };
  const redis = await connect('worker');
  const clock = movableClock();
  const unitOfWork = postgresUnitOfWork(pool, clock, log);
  const change = { unitOfWork, outbox: postgresOutbox(pool), records: stage.plane.writer, log, propagationWaitMs: 2000 };
  const deps = {
    ...change,
    clock,
    fence: createHolderFence({ redis, log, settleMs: 0, promiseMs: PROMISE_MS }),
    coolOffMs: () => COOL_OFF_MS,
  };
  const metrics = { ran: () => {}, oldestAge: () => {}, propagated: () => {}, pending: () => {}, backlog: () => {}, repaired: () => {} };

  const queue = lifecycle.add(createJobQueue(redis, log));
  const draining = {
    clock,
    plane: stage.plane.reader,
    numberCalls: createNumberCalls(redis),
    inbox: createAgentInbox(redis, 2000),
    deadlineMs: DEADLINE_MS,
    giveUpMs: 60_000,
  };
  const handlers = {
    'trunk-group-unassign': drainTrunkGroup({ ...draining, callsDecided: postgresCallReader(pool).decided }),
    'release-due': finishRelease({ ...deps, ...draining }),
  } as Parameters<typeof runJob>[0]['handlers'];
  const running = { ...deps, handlers, kinds: jobKinds, metrics, leaseMs: 10_000 };
  const run = (id: string) => runJob(running, id);
  const patient = await connect('jobs', { patient: true });
  lifecycle.add(await startJobWorkers({ redis: patient, queues: BUILT_QUEUES, concurrency: 4, run, log }));
  const sweeping = { unitOfWork, queue, clock, metrics, log, againMs: 500 };
  lifecycle.add(startLoop({ name: 'sweep', intervalMs: 20, log, run: () => sweepJobs(sweeping) }));
  const callLog = createCallLog({ redis, blockingRedis: await connect('log', { blocking: true }), onBadValue: () => {} });
  const calls = postgresCallFolder(pool, log);
  lifecycle.add(startLoop({ name: 'drain', intervalMs: 20, log, run: () => drainCallLog({ log: callLog, calls, metrics }, 20) }));
  for (const { agent } of stage.agents) {
    const orders = createAgentOrders({ redis, blocking: await connect('inbox', { blocking: true }), agentId: agent.agentId });
    lifecycle.add(takeOrders({ orders, agent, log }));
  }

  const carrier = await stage.party({ user: 'carrier' });
  const phone = await stage.party({ user: 'phone' });
  const platform = actorOf(null);
  const input = { name: 'Acme', kind: 'account', parentId: null, currency: 'USD', country: 'GB' } as const;
  const { account } = value(await createAccount({ ...deps, defaultCurrency: 'USD' }, platform, input));
  const common = { mode: 'live', enabled: true, numberFormat: null, country: null } as const;
  const gatewaysOf = (parties: readonly Party[]) =>
    parties.map(({ port }, priority) => ({ uri: `sip:127.0.0.1:${port}`, priority, weight: 1, enabled: true }));
  const acl = [`127.0.0.1:${carrier.port}`];
  value(await createTrunkGroup(deps, platform, { ...common, name: 'carrier', kind: 'carrier', accountId: null, acl, gateways: [] }));
  const newGroup = async (parties: readonly Party[]) =>
    value(
      await createTrunkGroup(deps, platform, {
        ...common,
        name: 'pbx',
        kind: 'customer',
        accountId: account.id,
        acl: [],
        gateways: gatewaysOf(parties),
      }),
    );
  const jobs = (numberId: string, queue: JobQueueName = 'trunk-group-unassign'): Promise<readonly Job[]> =>
    unitOfWork.read(async (tx) => (await tx.jobs.list({ queue }, { limit: 100, after: null })).filter((job) => job.numberId === numberId));
  let numbers = 0;
  return {
    stage,
    clock,
    deps,
    tenant: actorOf(account),
    account,
    carrier,
    phone,
    group: await newGroup([phone]),
    newGroup,
    newNumber(trunkGroupId) {
      numbers += 1;
      return ownNumber(deps, account, trunkGroupId, `+4420718387${String(numbers).padStart(2, '0')}`);
    },
    callIn: (to) => carrier.invite({ to, from: '+15550100', target: stage.target }),
    jobs,
    async finished(numberId, queue) {
      const until = performance.now() + 50_000;
      for (;;) {
        const [job, more] = await jobs(numberId, queue);
        if (more !== undefined) throw new Error('more than one job');
        if (job?.state === 'done') return job;
        if (job?.state === 'failed' || performance.now() > until) throw new Error(`not done: ${JSON.stringify(job)}`);
        // A round that met a closed fence is due a second later, so time must pass as it does outside of tests.
        clock.advance(10);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    sql: async (text, values = []) => (await pool.query(text, values)).rows,
    async close() {
      await lifecycle.stop();
      await stage.close();
      await pool.end();
      await database.close();
    },
  };
}

/** A number in the account's hands, routed to a group. */
async function ownNumber(deps: ChangeDeps & { clock: MovableClock }, account: Account, trunkGroupId: string, e164: string) {
  const at = deps.clock.now();
  const row = { id: newId(), e164, mode: 'live', country: 'GB', type: 'local', region: null, capabilities: ['voice'] } as const;
  const fees = { setupFeeMinor: 0, monthlyFeeMinor: 0, currency: 'USD', carrierTrunkGroupId: null };
  const done = await change(deps, actorOf(null), async (tx) => {
    await tx.numbers.putInventory([{ ...row, ...fees }], at);
    const before = await tx.numbers.lock(row.id);
    if (before === null) return err({ kind: 'not_in_stock' });
    const holder = { ownerAccountId: account.id, subAccountId: null };
    const after = { ...before, holder, lifecycle: 'active', trunkGroupId, version: before.version + 1, updatedAt: at } as const;
    await commitNumber(tx, before, after, 'test.own');
    return ok(after);
  });
  return value(done);
}

const actorOf = (account: Account | null): Actor => ({
  kind: account === null ? 'platform' : 'key',
  id: 'test',
  account,
  role: 'owner',
  scopes: null,
  mode: 'live',
  requestId: 'test',
  ip: null,
});

/** The value of a change that must have succeeded. */
export function value<T>(done: Result<Changed<T>, unknown>): T {
  if (!done.ok) throw new Error(`refused: ${JSON.stringify(done.error)}`);
  return done.value.value;
}
