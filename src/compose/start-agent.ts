import { hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createFailedAuthLimiter } from '../app/auth/failed-auth-limiter.ts';
import { unsealHa1 } from '../app/sip-credentials/ha1.ts';
import { standInLogin } from '../app/sip-credentials/stand-in.ts';
import { openCarrierPassword } from '../app/trunk-groups/carrier-login.ts';
import { bearsToken } from '../app/trunk-groups/source-token.ts';
import { parseDrachtioUrl } from '../config/drachtio-url.ts';
import type { Config } from '../config/load-config.ts';
import type { FailoverRules } from '../domain/failover-rules.ts';
import { parsePrefix } from '../domain/ip-address.ts';
import { createJournalAdopter } from '../journal/adopt-journals.ts';
import { openFileJournal } from '../journal/file-journal.ts';
import { newId } from '../kit/ids.ts';
import { Lifecycle } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { createSealer } from '../kit/seal.ts';
import { observeAgent, observeGateways, observeLeases } from '../metrics/observers.ts';
import { callMetrics, httpMetrics, reassertedLeases } from '../metrics/recorders.ts';
import { createOutboundHttp } from '../outbound-http/outbound-http.ts';
import { createAdmission } from '../redis/admission.ts';
import { confirmCopy } from '../redis/agent-copies.ts';
import { createAgentOrders } from '../redis/agent-inbox.ts';
import { createJournalRegistry } from '../redis/agent-journals.ts';
import { createAgentRegistry } from '../redis/agents.ts';
import { createBindings } from '../redis/bindings.ts';
import { createLegStore } from '../redis/call-legs.ts';
import { createGatewayHealthStore } from '../redis/gateway-health.ts';
import { HeldLeases } from '../redis/held-leases.ts';
import { createFlowKeeper } from '../redis/kept-flows.ts';
import { createLiveCalls } from '../redis/live-calls.ts';
import { type FollowingRecords, type LocalRecordsDeps, openLocalRecords } from '../redis/local-records.ts';
import { createLostCalls } from '../redis/lost-calls.ts';
import { PlaneUnavailable, PlaneView } from '../redis/plane-view.ts';
import { createRecordReader } from '../redis/record-reader.ts';
import { createRegisteredSenders } from '../redis/registered-senders.ts';
import { createSipBans } from '../redis/sip-bans.ts';
import { type Agent, startAgent as startSipAgent } from '../sip/agent.ts';
import { type AgentSettings, DEFAULT_AGENT_SETTINGS } from '../sip/agent-settings.ts';
import { followChildren } from './children.ts';
import { decisionSettings } from './decision-settings.ts';
import { isLoopbackHost } from './loopback-host.ts';
import { outboundRules } from './outbound-rules.ts';
import { openClock, openRedis } from './plane-parts.ts';
import { readinessOf } from './readiness.ts';
import { roleRegistry } from './role-registry.ts';
import type { RunningRole } from './running-role.ts';
import { serveHttp } from './serve-http.ts';
import { takeOrders } from './take-orders.ts';

const PLANE_LOOK_MS = 50;

/** The agent role: takes the calls of the SIP servers (design §6). It needs Redis and never Postgres. */
export async function startAgent(config: Config, log: Logger): Promise<RunningRole> {
  const { sealingKey, sealingKeyPrevious } = config.auth;
  const servers = parseDrachtioUrl(config.sip.drachtioUrl ?? '', config.sip.drachtioSecret);
  if (sealingKey === undefined) throw new Error('an agent needs SEALING_KEY');
  if (servers === undefined) throw new Error('an agent needs DRACHTIO_URL');
  const lifecycle = new Lifecycle();
  const registry = roleRegistry('agent');
  const redis = await openRedis(config, 'agent', lifecycle, log);
  const { clock } = await openClock(config, redis, lifecycle, log);
  const plane = new PlaneView();
  const onBadValue = (where: string, reason: string) => log.error('bad value in Redis', { where, reason });
  const reader = createRecordReader({ redis: redis.main, plane, onBadValue });
  const sealer = createSealer(sealingKey, sealingKeyPrevious);
  // A connection of its own: behind thousands of commands of the other a sign of life would come too late.
  const registerOfAgents = createAgentRegistry(await redis.another('heartbeat'), config.plane.deadAfterMs);
  const agentId = newId();
  const journals = join(config.process.dataDir, 'journal');
  const subscriber = await redis.another('records');
  const blocking = await redis.another('inbox', { blocking: true });
  const confirm = (token: string): Promise<void> => confirmCopy(redis.main, token, agentId);
  let agent: Agent | null = null;
  observeAgent(registry, () => agent, servers.length);
  observeGateways(registry, () => agent?.gateways ?? []);
  const held = new HeldLeases();
  const lists = { liveCalls: createLiveCalls(redis.main), lostCalls: createLostCalls(redis.main) };
  observeLeases(registry, () => held.counts);
  const stopping = new AbortController();
  // Probes answer from the first moment: a missing plane or SIP server shows in `/readyz` and does not end the process (decision C10).
  const started = openWhenComplete({ reader, subscriber, plane, confirm, log }, stopping.signal).then((local) => {
    if (local === null) return;
    lifecycle.add({ name: 'local records', stop: async () => local.stop() });
    agent = lifecycle.add(
      startSipAgent({
        agentId,
        journals: {
          // Opened with the first look at the records and closed by the agent; a folder that cannot be made is a fault at the start.
          journal: openFileJournal({ folder: join(journals, agentId), bytesMax: config.plane.journalBytesMax, log }),
          adopter: createJournalAdopter(journals, log),
          registry: createJournalRegistry(redis.main, config.plane.deadAfterMs, reassertedLeases(registry)),
          ...lists,
        },
        servers,
        settings: settingsOf(config),
        admission: createAdmission({ redis: redis.main, plane, onBadValue, held, deadAfterMs: config.plane.deadAfterMs }),
        local,
        reader,
        registry: registerOfAgents,
        legs: createLegStore(redis.main),
        bindings: createBindings({ redis: redis.main, plane }),
        flows: createFlowKeeper(redis.main),
        senders: createRegisteredSenders(redis.main),
        bans: createSipBans(redis.main),
        epoch: () => plane.marker?.epoch ?? 0,
        openHa1: (record) => unsealHa1(sealer, record),
        standIn: standInLogin(sealer),
        openCarrierPassword: (login) => openCarrierPassword(sealer, login),
        outboundHttp: createOutboundHttp({ rules: outboundRules(config) }),
        openSecret: sealer.unseal,
        bears: (token, said) => bearsToken(sealer, token, said),
        gateways: createGatewayHealthStore(redis.main),
        // All agents derive the same key, so that any of them can check another's challenge (decision C14).
        nonceKey: new Uint8Array(hkdfSync('sha256', sealingKey, 'dialplane', 'digest nonce', 32)),
        clock,
        metrics: callMetrics(registry),
        log,
      }),
    );
    const orders = createAgentOrders({ redis: redis.main, blocking, agentId: agent.agentId });
    lifecycle.add(takeOrders({ orders, agent, log }));
  });
  started.catch((error: unknown) => log.error('the agent cannot start', { error: String(error) }));
  lifecycle.add({
    name: 'start of the agent',
    async stop() {
      stopping.abort();
      await started.catch(() => {});
    },
  });
  return serveHttp({
    config,
    lifecycle,
    log,
    faces: [],
    once: null,
    isStoreAway: () => false,
    failedAuth: createFailedAuthLimiter({ perMinute: config.http.failedAuthPerMinute, nowMs: () => performance.now() }),
    metrics: httpMetrics(registry),
    metricsText: followChildren(registry, lifecycle).metricsText,
    health: readinessOf(registry, {
      sip: () => ({
        status: agent?.connected === servers.length ? 'up' : 'down',
        connected: agent?.connected ?? 0,
        servers: servers.length,
      }),
      journal: () => {
        const { state, bytes } = agent?.journal ?? { state: 'ok', bytes: 0 };
        return { status: state === 'ok' ? 'up' : 'degraded', state, bytes };
      },
      plane: () => {
        if (agent === null) return { status: 'down', mode: 'waiting_for_records' };
        return { status: agent.mode === 'degraded' ? 'degraded' : 'up', mode: agent.mode, calls: agent.callCount };
      },
    }),
  });
}

function settingsOf({ sip, plane, engine }: Config): AgentSettings {
  return {
    ...DEFAULT_AGENT_SETTINGS,
    sipDomain: sip.domain,
    ownHosts: [sip.host, ...(sip.externalAddress === undefined ? [] : [sip.externalAddress])],
    decision: decisionSettings(sip),
    ringMs: sip.ringTimeoutMs,
    unansweredCallsMax: sip.unansweredCallsMax,
    sessionSeconds: sip.sessionExpiresSeconds,
    callMs: sip.maxCallSeconds * 1000,
    refer: { fromCarriers: sip.referFromCarriers, fromAccounts: sip.referFromAccounts },
    firstResponseMs: sip.firstResponseTimeoutMs,
    failover: platformFailover(sip),
    dnsServers: sip.dnsServers,
    dnsDeadlineMs: engine.dnsDeadlineMs,
    failedTargetMs: engine.failedTargetMs,
    digest: sip.digestAlgorithm,
    nonceLifetimeMs: sip.nonceLifetimeMs,
    failedAuthPerMinute: sip.failedAuthPerMinute,
    bans: { failuresMax: sip.banFailures, windowMs: sip.banWindowMs, banMs: sip.banMs },
    banExempt: sip.banExempt.flatMap((text) => parsePrefix(text) ?? []),
    registration: {
      expiresDefaultSeconds: sip.registerExpiresDefaultSeconds,
      expiresSecondsMin: sip.registerExpiresMinSeconds,
      expiresSecondsMax: sip.registerExpiresMaxSeconds,
      contactsMax: sip.registerContactsMax,
    },
    keepAliveMs: sip.keepAliveMs,
    keepAlivesPerSecond: sip.keepAlivesPerSecond,
    heartbeatMs: plane.heartbeatMs,
    leaseReportMs: plane.leaseReportMs,
    degradedMaxAgeMs: plane.degradedMaxAgeMs,
    targetNetworks: sip.targetNetworks.flatMap((text) => parsePrefix(text) ?? []),
    // Endpoints on this machine are for trying things out; not when the whole network can reach us (decision C6).
    loopbackAllowed: isLoopbackHost(sip.host),
  };
}

/** What the platform says of failover; the levels below it have their word first. */
const platformFailover = (sip: Config['sip']): FailoverRules => ({
  nextOn: sip.failoverNextOn,
  finalOn: sip.failoverFinalOn,
  attemptsMax: sip.failoverAttemptsMax,
  earlyMedia: sip.earlyMedia,
  noResponse: sip.failoverNoResponse,
  afterEarlyMedia: sip.failoverAfterEarlyMedia,
  redirect: sip.failoverRedirect,
  ...(sip.failoverAfterRing === 'by_direction' ? {} : { ringTimeout: sip.failoverAfterRing }),
});

/** A new Redis gets its records from the worker first; without a complete plane nothing can be decided. null: stopped before. */
async function openWhenComplete(deps: LocalRecordsDeps, stop: AbortSignal): Promise<FollowingRecords | null> {
  for (;;) {
    if (stop.aborted) return null;
    try {
      return await openLocalRecords(deps);
    } catch (error) {
      // A Redis that is away for a moment and a plane that is not complete yet are both worth waiting for.
      if (!(error instanceof PlaneUnavailable)) deps.log.warn('records cannot be read yet', { error: String(error) });
      await delay(PLANE_LOOK_MS, undefined, { signal: stop }).catch(() => {});
    }
  }
}
