import { createFailedAuthLimiter } from '../app/auth/failed-auth-limiter.ts';
import { renewNumber } from '../app/billing/renew-number.ts';
import { runBulkJob } from '../app/bulk-jobs/run-bulk-job.ts';
import { createCloseLostCalls } from '../app/calls/close-lost-calls.ts';
import { createCloseUnlistedCalls } from '../app/calls/close-unlisted-calls.ts';
import { drainCallLog } from '../app/calls/drain-call-log.ts';
import { keepCallLog } from '../app/calls/keep-call-log.ts';
import { keepRoster } from '../app/calls/keep-roster.ts';
import { createPlaneGuard } from '../app/expectations/guard-plane.ts';
import { finishRelease } from '../app/numbers/finish-release.ts';
import { endOverdue } from '../app/orders/end-overdue.ts';
import { type KeepPlaneDeps, keepPlane } from '../app/routing/keep-plane.ts';
import { relayOutbox } from '../app/routing/relay-outbox.ts';
import { writeSnapshots } from '../app/snapshots/write-snapshots.ts';
import { drainTrunkGroup } from '../app/trunk-groups/drain-trunk-group.ts';
import type { Config } from '../config/load-config.ts';
import { Lifecycle } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { startLoop } from '../kit/loop.ts';
import { httpMetrics, planeMetrics } from '../metrics/recorders.ts';
import { createAgentInbox } from '../redis/agent-inbox.ts';
import { createJournalRoster } from '../redis/agent-journals.ts';
import { createAgentRegistry } from '../redis/agents.ts';
import { createCallLog } from '../redis/call-log.ts';
import { createHolderFence, FENCE_MARGIN_MS } from '../redis/holder-fence.ts';
import { createLostCalls } from '../redis/lost-calls.ts';
import { createNumberCalls } from '../redis/number-calls.ts';
import { createRoutingPlane } from '../redis/plane.ts';
import { createRecordReader } from '../redis/record-reader.ts';
import { createRecordWriter } from '../redis/record-writer.ts';
import { postgresJournals } from '../store/agent-journals.ts';
import { postgresCallKeeper } from '../store/call-days.ts';
import { postgresCallReader } from '../store/calls.ts';
import { postgresCallFolder } from '../store/fold-calls.ts';
import { holdLeadership, holdLongLeadership } from '../store/leadership.ts';
import { listen } from '../store/listen.ts';
import { postgresOutbox } from '../store/outbox.ts';
import { postgresPlaneHistory } from '../store/plane-history.ts';
import { isStoreAway } from '../store/store-away.ts';
import { postgresUnitOfWork } from '../store/unit-of-work.ts';
import { followChildren } from './children.ts';
import { coolOffRule } from './cool-off-rule.ts';
import { decisionSettings } from './decision-settings.ts';
import { openClock, openRedis } from './plane-parts.ts';
import { openPool } from './pool.ts';
import { readinessOf, rebuildPart } from './readiness.ts';
import { roleRegistry } from './role-registry.ts';
import type { RunningRole } from './running-role.ts';
import { serveHttp } from './serve-http.ts';
import { startAudit } from './start-audit.ts';
import { startFigures } from './start-figures.ts';
import { startGuards } from './start-guards.ts';
import { startSweeps } from './start-sweeps.ts';
import { startWebhooks } from './webhook-parts.ts';
import { startWorkerJobs } from './worker-jobs.ts';

const PLANE_LOOK_MS = 500;
/** Pending reaches 0 within 5 s of Redis' return (invariant 2), and nothing tells of the return of one that was only paused. */
const RELAY_BACK_OFF_MS = 1000;
const LOST_CALLS_LOOK_MS = 2000;
/** A trip that came too late is no reason to look so late that the time agents must be silent begins anew. */
const LOST_CALLS_BACK_OFF_MS = 1000;
const ROSTER_LOOK_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CALL_DAYS_LOOK_MS = 60_000;
/** Sub-orders that one run of a report's job writes down. */
const REPORT_PART_ROWS = 1000;
/** Even where each waits for Redis as long as a change may, a run is over before its lease. */
const BULK_PART_NUMBERS = 10;
/** How long after the deadline agents are asked to end calls before what is left is given up. */
const GIVE_UP_MS = 60_000;

/** The worker role: the loops that bring Postgres to Redis and the call log to Postgres (decision C8). */
export async function startWorker(config: Config, log: Logger): Promise<RunningRole> {
  const lifecycle = new Lifecycle();
  const registry = roleRegistry('worker');
  const metrics = planeMetrics(registry);
  const pool = openPool(config, 'worker', lifecycle, log);
  const redis = await openRedis(config, 'worker', lifecycle, log);
  const { clock } = await openClock(config, redis, lifecycle, log);
  const onBadValue = (where: string, reason: string) => log.error('bad value in Redis', { where, reason });
  const plane = createRoutingPlane(redis.main);
  const policy = await plane.checkPolicy();
  if (policy.refuse[0] !== undefined) throw new Error(policy.refuse[0]);
  for (const warning of policy.warn) log.warn(warning);

  const outbox = postgresOutbox(pool, log);
  const records = createRecordWriter({ redis: redis.main, replicasMin: config.plane.replicasMin });
  const calls = postgresCallFolder(pool, log);
  const callLog = createCallLog({ redis: redis.main, blockingRedis: await redis.another('call-log', { blocking: true }), onBadValue });
  const lost = {
    agents: createAgentRegistry(redis.main, config.plane.deadAfterMs),
    lostCalls: createLostCalls(redis.main),
    calls,
    clock,
    log,
    // Two heartbeats, and never fewer than two looks: a look that comes later than that is a gap.
    confirmMs: 2 * Math.max(config.plane.heartbeatMs, LOST_CALLS_LOOK_MS),
    nowMs: () => performance.now(),
  };
  const closeLost = createCloseLostCalls(lost);
  const closeUnlisted = createCloseUnlistedCalls(lost);

  // Nobody need wait for a pause to end once Redis is here again.
  const wakeRelay = (): void => relay.wake();
  redis.main.on('ready', wakeRelay);
  lifecycle.add({ name: 'relay waker', stop: async () => void redis.main.off('ready', wakeRelay) });
  const history = postgresPlaneHistory(pool);
  const alone: KeepPlaneDeps['alone'] = (stop, work) => holdLongLeadership(pool, 'plane', stop, work);
  const keep = { plane, history, outbox, records, alone, log };
  const { relayPollMs, drainPollMs } = config.plane;
  const relay = lifecycle.add(
    startLoop({
      name: 'outbox relay',
      intervalMs: relayPollMs,
      backOffMsMax: RELAY_BACK_OFF_MS,
      log,
      run: () => relayOutbox({ outbox, records, metrics }),
    }),
  );
  lifecycle.add(
    startLoop({
      name: 'plane',
      intervalMs: PLANE_LOOK_MS,
      log,
      run: async (signal) => {
        await keepPlane(keep, signal);
        return false;
      },
    }),
  );
  lifecycle.add(
    startLoop({
      name: 'call-log drain',
      intervalMs: drainPollMs,
      log,
      // One drain at a time is enough; two would read the same events twice.
      run: async () =>
        (await holdLeadership(pool, 'call-log drain', () => drainCallLog({ log: callLog, calls, metrics }, drainPollMs))) ?? false,
    }),
  );
  const aloneMsMax = config.plane.degradedMaxAgeMs + FENCE_MARGIN_MS;
  const roster = { roster: createJournalRoster(redis.main), store: postgresJournals(pool), aloneMsMax, log };
  lifecycle.add(
    startLoop({
      name: 'agents known to the fence',
      intervalMs: ROSTER_LOOK_MS,
      log,
      run: async () => {
        await keepRoster(roster);
        return false;
      },
    }),
  );
  lifecycle.add(
    startLoop({
      name: 'lost calls',
      intervalMs: LOST_CALLS_LOOK_MS,
      backOffMsMax: LOST_CALLS_BACK_OFF_MS,
      log,
      run: async () => (await closeLost()).more,
    }),
  );
  // Alone: it asks Postgres, and a late look of the loop above would count as a gap.
  lifecycle.add(
    startLoop({
      name: 'unlisted calls',
      intervalMs: LOST_CALLS_LOOK_MS,
      backOffMsMax: LOST_CALLS_BACK_OFF_MS,
      log,
      run: async () => (await closeUnlisted()).more,
    }),
  );
  const { retentionDays, explainDays } = config.calls;
  const keeping = { keeper: postgresCallKeeper(pool), clock, log, callsMs: retentionDays * DAY_MS, decisionsMs: explainDays * DAY_MS };
  lifecycle.add(
    startLoop({
      name: 'call days',
      intervalMs: CALL_DAYS_LOOK_MS,
      log,
      run: async () => {
        await holdLeadership(pool, 'call days', () => keepCallLog(keeping));
        return false;
      },
    }),
  );
  startAudit({ pool, redis: redis.main, plane, outbox, metrics, wakeRelay, perSecond: config.plane.auditPerSecond, lifecycle, log });
  startFigures({ registry, pool, plane, agents: lost.agents, lifecycle, log });
  lifecycle.add(listen({ databaseUrl: config.postgres.url ?? '', channels: ['outbox'], onNotify: () => relay.wake(), log }));
  const { hangupDeadlineMs, trunkGroupUnassignDeadlineMs } = config.jobs;
  const guard = createPlaneGuard({ settings: decisionSettings(config.sip), clock, log });
  const unitOfWork = postgresUnitOfWork(pool, clock, log, guard);
  startSweeps({ pool, unitOfWork, history, clock, lifecycle, log });
  const change = { unitOfWork, outbox, records, log, propagationWaitMs: config.plane.propagationWaitMs };
  startGuards({ pool, redis: redis.main, registry, change, clock, lifecycle, trafficLookMs: config.calls.guardSeconds * 1000 });
  const draining = {
    clock,
    plane: createRecordReader({ redis: redis.main, onBadValue }),
    numberCalls: createNumberCalls(redis.main),
    inbox: createAgentInbox(redis.main, hangupDeadlineMs),
    deadlineMs: trunkGroupUnassignDeadlineMs,
    giveUpMs: GIVE_UP_MS,
  };
  const fence = createHolderFence({
    redis: redis.main,
    log,
    settleMs: config.plane.lastCallSettleMs,
    promiseMs: config.plane.deadAfterMs,
    aloneMsMax,
  });
  const releasing = { ...change, clock, fence, coolOffMs: coolOffRule(config.rules) };
  const handlers = {
    'trunk-group-unassign': drainTrunkGroup({ ...draining, callsDecided: postgresCallReader(pool).decided }),
    'release-due': finishRelease({ ...draining, ...releasing }),
    'requirement-deadlines': endOverdue({ clock }),
    'bulk-jobs': runBulkJob({ ...releasing, partNumbers: BULK_PART_NUMBERS, partMsMax: config.jobs.leaseMs / 2 }),
    reports: writeSnapshots({
      clock,
      partRows: REPORT_PART_ROWS,
      rowsMax: config.telnyx.reportRowsMax,
      keepMs: config.telnyx.reportDays * DAY_MS,
    }),
    'billing-renewals': renewNumber({
      clock,
      graceMs: config.rules.renewalGraceDays * DAY_MS,
      tryAgainMs: config.rules.renewalTryHours * HOUR_MS,
    }),
    'webhook-delivery': startWebhooks({ config, change, clock, registry, lifecycle }),
  };
  await startWorkerJobs({ config, change, clock, handlers, redis, registry, lifecycle, log });

  return serveHttp({
    config,
    lifecycle,
    log,
    faces: [],
    once: null,
    isStoreAway,
    failedAuth: createFailedAuthLimiter({ perMinute: config.http.failedAuthPerMinute, nowMs: () => performance.now() }),
    metrics: httpMetrics(registry),
    metricsText: followChildren(registry, lifecycle).metricsText,
    health: readinessOf(registry, {
      postgres: async () => {
        await pool.query('select 1');
        return { status: 'up' };
      },
      redis: async () => {
        const [{ status }, { rebuild }] = await Promise.all([plane.readPlane(), history.read()]);
        return { status: status === 'ready' ? 'up' : 'down', plane: status, ...rebuildPart(rebuild) };
      },
    }),
  });
}
