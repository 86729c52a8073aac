import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';
import type { AuthDeps } from '../app/auth/authenticate.ts';
import { createFailedAuthLimiter } from '../app/auth/failed-auth-limiter.ts';
import { createKeyUse } from '../app/auth/key-use.ts';
import { explainCall } from '../app/calls/explain-call.ts';
import { explainOwnCall, explainOwnPastCall } from '../app/calls/explain-own-call.ts';
import type { ChangeDeps } from '../app/change.ts';
import { createPlaneGuard } from '../app/expectations/guard-plane.ts';
import { judgeExpectations } from '../app/expectations/judge-expectations.ts';
import { unwellOf } from '../app/gateways/gateway-health.ts';
import { settleDueJobs } from '../app/jobs/settle-due-jobs.ts';
import type { Config } from '../config/load-config.ts';
import { webhookPublicKey } from '../config/webhook-key.ts';
import { adminFace } from '../http/admin/admin-face.ts';
import type { Face } from '../http/face.ts';
import { krosFace } from '../http/kros/kros-face.ts';
import { createSessionTokenVerifier } from '../http/session-tokens.ts';
import { telnyxFace } from '../http/telnyx/telnyx-face.ts';
import { vobizFace } from '../http/vobiz/vobiz-face.ts';
import { newId } from '../kit/ids.ts';
import { Lifecycle } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { createSealer } from '../kit/seal.ts';
import { httpMetrics, propagationMetrics } from '../metrics/recorders.ts';
import { createAgentCopies } from '../redis/agent-copies.ts';
import { createAgentInbox } from '../redis/agent-inbox.ts';
import { createAgentRegistry } from '../redis/agents.ts';
import { createBindings } from '../redis/bindings.ts';
import { createGatewayHealthStore } from '../redis/gateway-health.ts';
import { createHolderFence, FENCE_MARGIN_MS } from '../redis/holder-fence.ts';
import { createLeaseBook } from '../redis/lease-book.ts';
import { createMinuteBook } from '../redis/minute-book.ts';
import { createRoutingPlane } from '../redis/plane.ts';
import { isPlaneAway } from '../redis/plane-away.ts';
import { PlaneView } from '../redis/plane-view.ts';
import { createRecordReader } from '../redis/record-reader.ts';
import { createRecordWriter } from '../redis/record-writer.ts';
import { createSipBans } from '../redis/sip-bans.ts';
import { postgresAuditLog } from '../store/audit.ts';
import { postgresCallReader } from '../store/calls.ts';
import { countRecords } from '../store/count-records.ts';
import { postgresLimits } from '../store/limits.ts';
import { notifier } from '../store/notify.ts';
import { postgresNumberUsage } from '../store/number-usage.ts';
import { postgresOutbox } from '../store/outbox.ts';
import { postgresPlaneHistory } from '../store/plane-history.ts';
import { postgresRouteAudit } from '../store/route-audit.ts';
import { isStoreAway } from '../store/store-away.ts';
import { postgresUnitOfWork } from '../store/unit-of-work.ts';
import { followChildren } from './children.ts';
import { claimRules } from './claim-rules.ts';
import { coolOffRule } from './cool-off-rule.ts';
import { decisionSettings } from './decision-settings.ts';
import { outboundRules } from './outbound-rules.ts';
import { openClock, openRedis } from './plane-parts.ts';
import { openPool } from './pool.ts';
import { readinessOf, rebuildPart } from './readiness.ts';
import { roleRegistry } from './role-registry.ts';
import type { RunningRole } from './running-role.ts';
import { serveHttp } from './serve-http.ts';

const DEFAULT_CURRENCY = 'USD';
/** How long the test clock waits for the jobs that its move made due. */
const DUE_JOBS_MS = 5000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The api role: all faces over one store and one plane, and the word for all children (decision C18). */
export async function startApi(config: Config, log: Logger): Promise<RunningRole> {
  const lifecycle = new Lifecycle();
  const registry = roleRegistry('api');
  const pool = openPool(config, 'api', lifecycle, log);
  const redis = await openRedis(config, 'api', lifecycle, log);
  const { clock, testClock } = await openClock(config, redis, lifecycle, log);
  const settings = decisionSettings(config.sip);
  const unitOfWork = postgresUnitOfWork(pool, clock, log, createPlaneGuard({ settings, clock, log }));
  const outbox = postgresOutbox(pool, log);
  const agents = createAgentRegistry(redis.main, config.plane.deadAfterMs);
  const history = postgresPlaneHistory(pool);
  const routeAudit = postgresRouteAudit(pool);
  const onBadValue = (where: string, reason: string) => log.error('bad value in Redis', { where, reason });
  const reader = createRecordReader({ redis: redis.main, plane: new PlaneView(), onBadValue });
  const change: ChangeDeps = {
    unitOfWork,
    outbox,
    records: createRecordWriter({ redis: redis.main, replicasMin: config.plane.replicasMin }),
    log,
    propagationWaitMs: config.plane.propagationWaitMs,
    propagationMetrics: propagationMetrics(registry),
    agentCopies: createAgentCopies(redis.main, agents),
  };
  const { auth: secrets, sip } = config;
  const auth: AuthDeps = {
    unitOfWork,
    clock,
    platformKey: need(secrets.adminApiKey, 'ADMIN_API_KEY'),
    sessionTokens: createSessionTokenVerifier({
      secret: secrets.jwtSecret ?? null,
      jwksUrl: secrets.jwksUrl ?? null,
      issuer: secrets.jwtIssuer ?? null,
      audience: secrets.jwtAudience,
      clock,
    }),
    keyUse: createKeyUse({ unitOfWork, log }),
  };
  const common = {
    ...change,
    clock,
    auth,
    sealer: createSealer(need(secrets.sealingKey, 'SEALING_KEY'), secrets.sealingKeyPrevious),
    outbound: outboundRules(config),
    claims: claimRules(config),
    secretOverlapMs: config.webhooks.rotationHours * HOUR_MS,
    webhookPublicKey: webhookPublicKey(need(secrets.sealingKey, 'SEALING_KEY')),
    sipDomain: sip.domain,
    // The api reads bindings and takes no REGISTER: no epoch is needed.
    bindings: createBindings({ redis: redis.main, plane: { marker: undefined } }),
    coolOffMs: coolOffRule(config.rules),
    requirementDeadlineMs: config.rules.requirementDeadlineDays * 86_400_000,
    fence: createHolderFence({
      redis: redis.main,
      log,
      settleMs: config.plane.lastCallSettleMs,
      promiseMs: config.plane.deadAfterMs,
      aloneMsMax: config.plane.degradedMaxAgeMs + FENCE_MARGIN_MS,
    }),
  };
  const plane = createRoutingPlane(redis.main);
  const leases = createLeaseBook(redis.main);
  const calls = postgresCallReader(pool);
  const gateways = createGatewayHealthStore(redis.main);
  const unwell = async () => unwellOf((await gateways.read(null)).states ?? []);
  const faces: Face[] = [
    krosFace({
      ...common,
      calls,
      explainOwn: (actor, question) => explainOwnCall({ reader, settings, clock, newId, unwell }, actor, question),
      explainOwnPast: (actor, callId) => explainOwnPastCall({ calls }, actor, callId),
      isPlaneAway,
      sipContact: () => ({ domain: sip.domain, ip: sip.externalAddress ?? sip.host, port: sip.port, transport: 'udp' }),
    }),
    vobizFace({
      ...common,
      leases,
      usage: postgresNumberUsage(pool),
      releaseTerms: { windowMs: config.vobiz.releaseWindowHours * HOUR_MS, quarantineMs: config.vobiz.quarantineDays * DAY_MS },
      publicUrl: config.http.publicUrl ?? null,
    }),
    telnyxFace({
      ...common,
      leases,
      requireSearch: config.telnyx.requireSearch,
      searchValidMs: config.telnyx.searchValidMinutes * 60_000,
      strictStatus: config.telnyx.strictStatus,
      groupCountries: config.telnyx.groupCountries,
      documentBytesMax: config.http.documentBytesMax,
      documentsBytesMax: config.telnyx.documentsBytesMax,
      documentTransfersMax: config.telnyx.documentTransfersMax,
      reportsPendingMax: config.telnyx.reportsPendingMax,
      publicUrl: config.http.publicUrl ?? null,
      reservations: {
        keepMs: config.telnyx.reservationMinutes * 60_000,
        extensionsMax: config.telnyx.reservationExtensionsMax,
        activeMax: config.telnyx.reservationsActiveMax,
      },
      callingCodeOf: (country) => (isSupportedCountry(country) ? getCountryCallingCode(country) : null),
    }),
    adminFace({
      ...common,
      defaultCurrency: DEFAULT_CURRENCY,
      groupValidMs: config.rules.requirementGroupDays * 86_400_000,
      countryOf: (e164) => parsePhoneNumberFromString(e164)?.country ?? null,
      importBytesMax: config.http.importBytesMax,
      exportMsMax: config.calls.exportSecondsMax * 1000,
      importRowsMax: 100_000,
      calls,
      audit: postgresAuditLog(pool),
      agents,
      inbox: createAgentInbox(redis.main, config.jobs.hangupDeadlineMs),
      limits: postgresLimits(pool),
      leases,
      minutes: createMinuteBook(redis.main),
      sipBans: createSipBans(redis.main),
      countRecords: () => countRecords(pool),
      rebuild: async () => (await history.read()).rebuild,
      routeAudit: () => routeAudit.load(),
      explain: (question) => explainCall(question, { reader, settings, clock, newId, unwell }),
      decisionSettings: settings,
      judgeNow: (expectations) => judgeExpectations(expectations, reader, { settings, at: clock.now() }),
      gateways,
      isPlaneAway,
      testClock:
        testClock === null
          ? null
          : {
              async advance(ms) {
                const offsetMs = await testClock.advance(ms);
                // What is due by the new time has run when the answer comes (decision B16).
                await settleDueJobs({ unitOfWork, wakeWorkers: notifier(pool, 'jobs', log) }, clock.now(), DUE_JOBS_MS);
                return offsetMs;
              },
            },
    }),
  ];
  const children = followChildren(registry, lifecycle);
  return serveHttp({
    config,
    lifecycle,
    log,
    faces,
    once: { unitOfWork, sealer: common.sealer, clock, keepMs: config.http.idempotencyHours * HOUR_MS },
    isStoreAway,
    failedAuth: createFailedAuthLimiter({ perMinute: config.http.failedAuthPerMinute, nowMs: () => performance.now() }),
    metrics: httpMetrics(registry),
    metricsText: children.metricsText,
    health: readinessOf(registry, {
      postgres: async () => {
        await pool.query('select 1');
        return { status: 'up' };
      },
      redis: async () => {
        const state = await plane.readPlane();
        const rebuild = state.status === 'ready' ? null : (await history.read()).rebuild;
        return { status: state.status === 'ready' ? 'up' : 'down', plane: state.status, ...rebuildPart(rebuild) };
      },
      propagation: async () => {
        const { count, oldestMs } = await outbox.pending();
        return { status: 'up', pending: count, oldest_pending_ms: oldestMs };
      },
      agents: async () => {
        const alive = (await agents.list()).filter((agent) => agent.alive);
        const degraded = alive.filter(({ mode }) => mode === 'degraded').length;
        return { status: degraded > 0 ? 'degraded' : 'up', alive: alive.length, degraded };
      },
      children: () => {
        const current = children.current();
        const down = Object.entries(current).filter(([, { status }]) => status === 'down' || status === 'starting');
        return { status: down.length === 0 ? 'up' : 'down', ...current };
      },
    }),
  });
}

function need(value: string | undefined, name: string): string {
  if (value === undefined) throw new Error(`the api needs ${name}`);
  return value;
}
