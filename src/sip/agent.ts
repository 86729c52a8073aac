import type { RouteCallDeps } from '../app/calls/call-routing.ts';
import { EventQueue } from '../app/calls/event-queue.ts';
import { PlaneContact } from '../app/calls/plane-contact.ts';
import { TokenBucket } from '../app/calls/token-bucket.ts';
import type { CallMetrics } from '../app/ports/metrics.ts';
import type { Admission, AgentRegistry, LocalRecords, RecordReader } from '../app/ports/routing.ts';
import type { Ha1 } from '../domain/digest.ts';
import type { CredentialRecord } from '../domain/records.ts';
import { buildSourceIndex, type SourceIndex } from '../domain/source-index.ts';
import type { Clock } from '../kit/clock.ts';
import { newId } from '../kit/ids.ts';
import type { Part } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import type { AgentSettings } from './agent-settings.ts';
import type { AuthenticateDeps } from './authenticate.ts';
import { handleInvite, type InviteDeps } from './handle-invite.ts';
import { handleOptions } from './handle-options.ts';
import { handleRegister, type RegisterDeps } from './handle-register.ts';
import { hopToken } from './hop-token.ts';
import { LiveCalls } from './live-calls.ts';
import { ownHosts } from './own-hosts.ts';
import { hostOfAddress, serverSockets } from './server-sockets.ts';
import type { SipServer } from './sip-stack.ts';
import { SourceLimits } from './source-limits.ts';
import { type ServerAddress, SrfServer } from './srf-server.ts';
import { createTargetGuard } from './target-guard.ts';
import { createTargetResolver } from './targets.ts';

/** What an agent works with. */
export interface AgentDeps {
  readonly agentId: string;
  readonly servers: readonly ServerAddress[];
  readonly settings: AgentSettings;
  readonly admission: Admission;
  readonly local: LocalRecords;
  readonly reader: RecordReader;
  readonly registry: AgentRegistry;
  /** Epoch of the records as last read. */
  readonly epoch: () => number;
  readonly openHa1: (record: CredentialRecord) => Ha1 | null;
  /** Shared by all agents. */
  readonly nonceKey: Uint8Array;
  readonly clock: Clock;
  readonly metrics: CallMetrics;
  readonly log: Logger;
}

/** A running agent. */
export interface Agent extends Part {
  readonly agentId: string;
  /** SIP servers that are connected. */
  readonly connected: number;
  /** How it decides now (decision C10). */
  readonly mode: 'normal' | 'degraded' | 'draining';
  readonly callCount: number;
  /** Resolves when every SIP server is connected; rejects after `ms`. */
  ready(ms: number): Promise<void>;
  drain(deadlineMs: number): Promise<void>;
}

const EVENTS_DRAIN_MS = 2000;
const BYE_MS = 2000;

/** Connects to the SIP servers and takes their calls. */
export function startAgent(deps: AgentDeps): Agent {
  return new RunningAgent(deps);
}

class RunningAgent implements Agent {
  readonly name = 'agent';
  readonly agentId: string;
  readonly #deps: AgentDeps;
  readonly #servers: SipServer[];
  readonly #calls: LiveCalls;
  readonly #events: EventQueue;
  readonly #contact: PlaneContact;
  readonly #invites: InviteDeps;
  readonly #registers: RegisterDeps;
  readonly #heartbeat: Loop;
  #sourceIndex: { readonly of: unknown; readonly index: SourceIndex } | undefined;
  #planeAnswers = true;
  #leaving = false;
  #turnsAway = false;
  #whenConnected: (() => void)[] = [];

  constructor(deps: AgentDeps) {
    const { settings, log } = deps;
    this.agentId = deps.agentId;
    this.#deps = deps;
    this.#calls = new LiveCalls(settings.callsMax);
    this.#events = new EventQueue(deps.admission, log);
    this.#contact = new PlaneContact(settings.degradedMaxAgeMs);
    const limits = {
      failures: new SourceLimits(settings.failedAuthPerMinute / 60, settings.failedAuthPerMinute),
      challenges: new SourceLimits(settings.challengesPerSecond, 2 * settings.challengesPerSecond),
    };
    const auth = this.#authDeps();
    this.#registers = { auth, local: deps.local, ...limits };
    this.#invites = {
      ...limits,
      auth,
      route: this.#routeDeps(),
      run: { ...this.#dialDeps(), calls: this.#calls, callMs: settings.callMs, metrics: deps.metrics, log },
      platform: hopToken(Buffer.from(deps.nonceKey).toString('hex'), settings.sipDomain),
      turnsAway: () => this.#turnsAway,
    };
    this.#servers = [];
    for (const address of deps.servers) this.#servers.push(this.#connect(address));
    this.#heartbeat = startLoop({ name: 'agent heartbeat', run: () => this.#beat(), intervalMs: settings.heartbeatMs, log });
  }

  get connected(): number {
    return this.#servers.filter((server) => server.connected).length;
  }

  get mode(): 'normal' | 'degraded' | 'draining' {
    if (this.#leaving) return 'draining';
    return this.#planeAnswers ? 'normal' : 'degraded';
  }

  get callCount(): number {
    return this.#calls.size;
  }

  async ready(ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    while (this.connected < this.#servers.length) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`${this.#servers.length - this.connected} SIP servers are not connected`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#whenConnected.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Takes no new calls, waits for those it has until the deadline, then ends them (decision C19). */
  async drain(deadlineMs: number): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    // The last one stays to answer 503 with a time; while others are there they simply get the calls.
    this.#turnsAway = await this.#isLast();
    this.#heartbeat.wake();
    if (!this.#turnsAway) for (const server of this.#servers) server.removeRoutes();
    if (await this.#calls.empty(deadlineMs)) return;
    const ended = this.#calls.hangUpAll('draining');
    this.#deps.log.warn('calls were ended to drain', { calls: ended });
    await this.#calls.empty(BYE_MS);
  }

  async stop(): Promise<void> {
    this.#leaving = true;
    this.#turnsAway = true;
    if (this.#calls.hangUpAll('draining') > 0) await this.#calls.empty(BYE_MS);
    for (const server of this.#servers) server.close();
    const delivered = await this.#events.drain(EVENTS_DRAIN_MS);
    this.#events.stop();
    await this.#heartbeat.stop();
    // Who leaves with calls unrecorded stays listed, dead: somebody must close them (decision C11).
    if (delivered) await this.#deps.registry.leave(this.agentId).catch(() => undefined);
  }

  #connect(address: ServerAddress): SipServer {
    const { settings, log } = this.#deps;
    const handlers = {
      invite: (invite: Parameters<typeof handleInvite>[0]) => void handleInvite(invite, this.#invites),
      register: (request: Parameters<typeof handleRegister>[0]) => void this.#register(request),
      options: (request: Parameters<typeof handleOptions>[0]) => handleOptions(request, this.#turnsAway),
      connection: () => {
        for (const tell of this.#whenConnected.splice(0)) tell();
      },
    };
    return new SrfServer(address, handlers, settings.deadlines, log);
  }

  async #register(request: Parameters<typeof handleRegister>[0]): Promise<void> {
    try {
      await handleRegister(request, this.#registers);
    } catch (error) {
      this.#deps.log.error('a REGISTER failed on a fault', { error: String(error) });
      request.reply(500);
    }
  }

  #authDeps(): AuthenticateDeps {
    const { settings, nonceKey, openHa1 } = this.#deps;
    const fixed = settings.ownHosts.map((host) => host.toLowerCase());
    const addresses = (): ReadonlySet<string> =>
      new Set([...fixed, ...this.#servers.flatMap((server) => server.addresses.map(hostOfAddress))]);
    const hosts = ownHosts(settings.sipDomain, addresses);
    return { hosts, nonceKey, openHa1, nonceLifetimeMs: settings.nonceLifetimeMs, digest: settings.digest, now: () => Date.now() };
  }

  #routeDeps(): RouteCallDeps {
    const { agentId, admission, local, reader, settings, clock, metrics, log } = this.#deps;
    const perSecond = settings.strangerChecksPerSecond;
    return {
      agentId,
      admission,
      local,
      reader,
      sourceIndex: () => this.#index(),
      events: this.#events,
      contact: this.#contact,
      strangerChecks: new TokenBucket(perSecond, 2 * perSecond),
      settings: settings.decision,
      clock,
      newId,
      metrics,
      log,
    };
  }

  #dialDeps() {
    const { local, settings } = this.#deps;
    const { dnsDeadlineMs, dnsCacheMs, targetNetworks, loopbackAllowed, firstResponseMs, ringMs } = settings;
    const resolver = createTargetResolver({ deadlineMs: dnsDeadlineMs, cacheMs: dnsCacheMs, entriesMax: 10_000 });
    const ownAddresses = () => this.#servers.flatMap((server) => serverSockets(server.addresses));
    const guard = createTargetGuard({ local, resolver, ownAddresses, allowedNetworks: targetNetworks, loopbackAllowed });
    return { resolver, guard, timers: { firstResponseMs, ringMs } };
  }

  /** The index is built once per load of the sources. */
  #index(): SourceIndex {
    const { records } = this.#deps.local.sources();
    if (this.#sourceIndex?.of !== records) this.#sourceIndex = { of: records, index: buildSourceIndex(records) };
    return this.#sourceIndex.index;
  }

  async #isLast(): Promise<boolean> {
    try {
      const agents = await this.#deps.registry.list();
      return !agents.some(({ id, alive, mode }) => id !== this.agentId && alive && mode !== 'draining');
    } catch {
      return true;
    }
  }

  async #beat(): Promise<boolean> {
    try {
      await this.#deps.registry.heartbeat(this.agentId, { epoch: this.#deps.epoch(), mode: this.mode });
      if (!this.#planeAnswers) this.#deps.log.info('the routing plane answers again');
      this.#planeAnswers = true;
      this.#contact.good();
    } catch (error) {
      if (this.#planeAnswers) this.#deps.log.error('the routing plane does not answer', { error: String(error) });
      this.#planeAnswers = false;
    }
    return false;
  }
}
