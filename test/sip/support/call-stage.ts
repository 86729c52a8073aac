import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { GatewayHealthStore } from '../../../src/app/ports/gateway-health.ts';
import type { JournalRegistry } from '../../../src/app/ports/journal.ts';
import type { CallMetrics } from '../../../src/app/ports/metrics.ts';
import { unsealHa1 } from '../../../src/app/sip-credentials/ha1.ts';
import { standInLogin } from '../../../src/app/sip-credentials/stand-in.ts';
import { openCarrierPassword } from '../../../src/app/trunk-groups/carrier-login.ts';
import { bearsToken } from '../../../src/app/trunk-groups/source-token.ts';
import type { CallEvent } from '../../../src/domain/call-event.ts';
import { parsePrefix } from '../../../src/domain/ip-address.ts';
import { createJournalAdopter } from '../../../src/journal/adopt-journals.ts';
import { openFileJournal } from '../../../src/journal/file-journal.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { newId } from '../../../src/kit/ids.ts';
import { jsonLogger, type Logger, silentLogger } from '../../../src/kit/log.ts';
import { createOutboundHttp } from '../../../src/outbound-http/outbound-http.ts';
import { createJournalRegistry } from '../../../src/redis/agent-journals.ts';
import { createAgentRegistry } from '../../../src/redis/agents.ts';
import { createBindings } from '../../../src/redis/bindings.ts';
import { decodeCallEvent } from '../../../src/redis/call-event-codec.ts';
import { createLegStore } from '../../../src/redis/call-legs.ts';
import { closeRedis, connectRedis } from '../../../src/redis/client.ts';
import { createGatewayHealthStore } from '../../../src/redis/gateway-health.ts';
import { createFlowKeeper } from '../../../src/redis/kept-flows.ts';
import { keys } from '../../../src/redis/keys.ts';
import { createLiveCalls } from '../../../src/redis/live-calls.ts';
import { type FollowingRecords, openLocalRecords } from '../../../src/redis/local-records.ts';
import { createLostCalls } from '../../../src/redis/lost-calls.ts';
import { createRegisteredSenders } from '../../../src/redis/registered-senders.ts';
import { createSipBans } from '../../../src/redis/sip-bans.ts';
import { type Agent, startAgent } from '../../../src/sip/agent.ts';
import { type AgentSettings, DEFAULT_AGENT_SETTINGS } from '../../../src/sip/agent-settings.ts';
import type { EngineLimits, SilentInvites } from '../../../src/sip-engine/engine.ts';
import { type OpenPlane, openPlane } from '../../redis/support/plane.ts';
import { startTestRedis, type TestRedisServer } from '../../support/services.ts';
import { createParty, type Party, type PartyOptions } from '../../support/sip/party.ts';
import { CallWorld, DOMAIN, sealer } from './call-world.ts';
import { type StageEngine, startStageEngine } from './stage-engine.ts';

const LOOPBACK = [parsePrefix('127.0.0.0/8')].filter((prefix) => prefix !== null);
export const SECRET = 'control-secret';
/** 64*T1 = 1.92 s: nothing waits for 32 s. */
export const SHORT = { t1Ms: 30, t2Ms: 120, t4Ms: 60 };

/** What an agent reported. */
export interface SeenMetrics extends CallMetrics {
  readonly strangers: string[];
  readonly endings: string[];
  readonly attempts: string[];
  readonly webhooks: string[];
  live: number;
  /** Calls and attempts without limits. */
  open: number;
  leaked: number;
}

export interface StageAgent {
  readonly agent: Agent;
  readonly metrics: SeenMetrics;
  readonly local: FollowingRecords;
  readonly gateways: GatewayHealthStore;
  readonly plane: OpenPlane;
  /** What tells the local copy of changes. */
  readonly subscriber: Redis;
  close(): Promise<void>;
}

/** One SIP server, agents on it, Redis and the parties of a test. */
export interface CallStage {
  readonly engine: StageEngine;
  /** Folder of the agents' journals. */
  readonly journals: string;
  readonly redis: TestRedisServer;
  readonly plane: OpenPlane;
  readonly world: CallWorld;
  readonly agents: readonly StageAgent[];
  /** Where parties send to. */
  readonly target: { readonly host: string; readonly port: number };
  party(options?: PartyOptions): Promise<Party>;
  /** `redisUrl`: a way of its own to Redis. */
  addAgent(
    settings?: Partial<AgentSettings>,
    control?: { readonly host: string; readonly port: number },
    redisUrl?: string,
  ): Promise<StageAgent>;
  /** Events of all calls so far. */
  events(): Promise<CallEvent[]>;
  /** Waits until a call has its last event and returns all of its events by seq; `which` finds the call in its first one. */
  call(sipCallId: string, ms?: number): Promise<CallEvent[]>;
  close(): Promise<void>;
}

const log: Logger = process.env.SIP_TEST_LOG === undefined ? silentLogger : jsonLogger('debug');

/** How a stage differs from two agents with short timers. */
export interface StageOptions {
  readonly agents?: number;
  readonly settings?: Partial<AgentSettings>;
  readonly timers?: { readonly t1Ms: number; readonly t2Ms: number; readonly t4Ms: number; readonly applicationSilenceMs?: number };
  readonly silentInvites?: SilentInvites;
  /** Of the embedded engine. */
  readonly limits?: Partial<EngineLimits>;
  readonly server?: 'embedded' | 'drachtio';
  /** Where the embedded engine listens; 127.0.0.1 when absent. */
  readonly sipHost?: string;
  /** How long an agent that lost Redis waits before it rings by its own copy. */
  readonly promiseMs?: number;
  /** What agents deliver their journals by, in place of what Redis does. */
  readonly registry?: (registry: JournalRegistry) => JournalRegistry;
  /** How long the embedded engine leaves the calls of a lost application be; 200 when absent. */
  readonly graceMs?: number;
}

export async function openStage(options: StageOptions = {}): Promise<CallStage> {
  const timers = options.timers ?? SHORT;
  const redis = await startTestRedis();
  const plane = await openPlane(redis.url);
  await plane.plane.markPlane(1);
  await plane.reader.read([]);
  const engine = await startStageEngine({ ...options, secret: SECRET, graceMs: options.graceMs ?? 200, timers, log });
  const journals = mkdtempSync(join(tmpdir(), 'dialplane-journals-'));
  const { promiseMs = 400 } = options;
  const agents: StageAgent[] = [];
  const parties: Party[] = [];
  const nonceKey = randomBytes(32);
  const addAgent: CallStage['addAgent'] = async (settings = {}, control = engine.control, redisUrl = redis.url) => {
    const one = await openAgent(control, redisUrl, nonceKey, { ...options.settings, ...settings }, { ...options, journals, promiseMs });
    agents.push(one);
    return one;
  };
  for (let count = 0; count < (options.agents ?? 2); count += 1) await addAgent();
  const events = async () => {
    await until(
      () => 'Redis is away',
      () => plane.redis.status === 'ready',
    );
    return (await plane.redis.xrange(keys.callLog, '-', '+')).map(([, fields]) => decodeCallEvent(fields[1]));
  };
  return {
    engine,
    journals,
    redis,
    plane,
    world: new CallWorld(plane),
    agents,
    target: engine.sip,
    addAgent,
    events,
    async party(partyOptions = {}) {
      const party = await createParty({ t1Ms: timers.t1Ms, t2Ms: timers.t2Ms, ...partyOptions });
      parties.push(party);
      return party;
    },
    call: (sipCallId, ms) => endedCall(events, sipCallId, ms),
    async close() {
      for (const party of parties) await party.close();
      for (const one of agents) await one.close();
      await engine.stop();
      await plane.close();
      await redis.close();
      rmSync(journals, { recursive: true, force: true });
    },
  };
}

/** An agent with connections of its own. */
export async function openAgent(
  control: { readonly host: string; readonly port: number },
  redisUrl: string,
  nonceKey: Uint8Array,
  settings: Partial<AgentSettings>,
  {
    journals,
    promiseMs,
    registry = (real) => real,
  }: { readonly journals: string; readonly promiseMs: number; readonly registry?: StageOptions['registry'] & {} },
): Promise<StageAgent> {
  const plane = await openPlane(redisUrl);
  const subscriber = await connectRedis({ url: redisUrl, name: 'subscriber', log });
  const beats = await connectRedis({ url: redisUrl, name: 'heartbeat', log });
  const local = await openLocalRecords({ reader: plane.reader, subscriber, plane: plane.view, log });
  const metrics = seenMetrics();
  const agentId = newId();
  const gateways = createGatewayHealthStore(plane.redis);
  const agent = startAgent({
    agentId,
    servers: [{ host: control.host, port: control.port, secret: SECRET }],
    settings: {
      ...DEFAULT_AGENT_SETTINGS,
      sipDomain: DOMAIN,
      decision: { defaultCountry: null, unknownSource: 'drop' },
      firstResponseMs: 400,
      ringMs: 5000,
      // Nobody brings the events of a stage to Postgres.
      commitWaitMs: 0,
      loopbackAllowed: true,
      deadlines: { commandMs: 1000, dialogRequestMs: 3000, pingMs: 500 },
      ...settings,
    },
    admission: plane.admission,
    local,
    reader: plane.reader,
    registry: createAgentRegistry(beats, settings.heartbeatMs === undefined ? undefined : 6 * settings.heartbeatMs),
    legs: createLegStore(plane.redis),
    bindings: createBindings({ redis: plane.redis, plane: plane.view }),
    flows: createFlowKeeper(plane.redis),
    senders: createRegisteredSenders(plane.redis),
    bans: createSipBans(plane.redis),
    journals: {
      journal: openFileJournal({ folder: join(journals, agentId), bytesMax: 1e9, log }),
      adopter: createJournalAdopter(journals, log),
      registry: registry(createJournalRegistry(plane.redis, promiseMs)),
      liveCalls: createLiveCalls(plane.redis),
      lostCalls: createLostCalls(plane.redis),
    },
    epoch: () => plane.view.marker?.epoch ?? 0,
    openHa1: (record) => unsealHa1(sealer, record),
    standIn: standInLogin(sealer),
    openCarrierPassword: (login) => openCarrierPassword(sealer, login),
    outboundHttp: createOutboundHttp({ rules: { ownAddresses: [], allowedNetworks: LOOPBACK, ports: [{ from: 1, to: 65_535 }] } }),
    openSecret: sealer.unseal,
    bears: (token, said) => bearsToken(sealer, token, said),
    gateways,
    nonceKey,
    clock: systemClock,
    metrics,
    log,
  });
  await agent.ready(3000);
  let closed = false;
  return {
    agent,
    metrics,
    gateways,
    local,
    plane,
    subscriber,
    async close() {
      if (closed) return;
      closed = true;
      await agent.stop();
      local.stop();
      await closeRedis(subscriber);
      await closeRedis(beats);
      await plane.close();
    },
  };
}

function seenMetrics(): SeenMetrics {
  const seen: SeenMetrics = {
    strangers: [],
    endings: [],
    attempts: [],
    webhooks: [],
    live: 0,
    open: 0,
    leaked: 0,
    ended: ({ direction, outcome, reason }) => void seen.endings.push(`${direction} ${outcome} ${reason}`),
    setup: () => {},
    postDialDelay: () => {},
    active: (_direction, change) => {
      seen.live += change;
    },
    attempt: ({ code }) => void seen.attempts.push(code),
    admission: () => {},
    limitsOpen: () => {
      seen.open += 1;
    },
    mediaUnreachable: () => {},
    leasesLeaked: (count) => {
      seen.leaked += count;
    },
    endpointWebhook: (outcome) => void seen.webhooks.push(outcome),
    stranger: (answer) => void seen.strangers.push(answer),
  };
  return seen;
}

/** Polls until `holds` is true; throws naming `what` after `ms`. */
export async function until(what: () => string, holds: () => boolean | Promise<boolean>, ms = 5000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function endedCall(events: () => Promise<CallEvent[]>, sipCallId: string, ms = 5000): Promise<CallEvent[]> {
  let found: CallEvent[] = [];
  await until(
    () => `the record of ${sipCallId} is not closed: ${JSON.stringify(found.map(({ type }) => type))}`,
    async () => {
      const all = await events();
      const first = all.find((event) => 'origin' in event && event.origin.sipCallId === sipCallId);
      found = all.filter(({ callId }) => callId === first?.callId).sort((a, b) => a.seq - b.seq);
      return found.some(({ type }) => type === 'ended' || type === 'refused');
    },
    ms,
  );
  return found;
}
