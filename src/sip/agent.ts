import { createCheckOwnLegs } from '../app/calls/check-own-legs.ts';
import { JournalDelivery } from '../app/calls/deliver-journal.ts';
import { createEndLostLegs } from '../app/calls/end-lost-legs.ts';
import { EventQueue } from '../app/calls/event-queue.ts';
import { isLastAgent } from '../app/calls/is-last-agent.ts';
import { JournalMark } from '../app/calls/journal-mark.ts';
import { LegNotes } from '../app/calls/leg-notes.ts';
import { PlaneContact } from '../app/calls/plane-contact.ts';
import { createReportLeases } from '../app/calls/report-leases.ts';
import { GatewayHealth } from '../app/gateways/gateway-health.ts';
import type { Journal } from '../app/ports/journal.ts';
import type { LeaseScope } from '../domain/lease.ts';
import type { Part } from '../kit/lifecycle.ts';
import { type Loop, startLoop } from '../kit/loop.ts';
import {
  type AgentDeps,
  authenticateDeps,
  createBanGuard,
  dialDeps,
  loginLimits,
  registerDeps,
  routeDeps,
  upCallDeps,
} from './agent-deps.ts';
import { AgentPulse } from './agent-pulse.ts';
import type { BanGuard } from './ban-guard.ts';
import { handleInvite, type InviteDeps } from './handle-invite.ts';
import { handleOptions } from './handle-options.ts';
import { handleRegister, type RegisterDeps } from './handle-register.ts';
import { hopToken } from './hop-token.ts';
import { startKeepAlive } from './keep-alive.ts';
import { LiveCalls } from './live-calls.ts';
import { SipServers } from './sip-servers.ts';
import type { SipServer } from './sip-stack.ts';
import { type ServerAddress, SrfServer } from './srf-server.ts';
import { watchGateways } from './watch-gateways.ts';

/** A running agent. */
export interface Agent extends Part {
  readonly agentId: string;
  /** SIP servers that are connected. */
  readonly connected: number;
  /** How it decides now (decision C10). */
  readonly mode: 'normal' | 'degraded' | 'draining';
  readonly callCount: number;
  /** Gateways that calls or pings met, and whether they are up. */
  readonly gateways: GatewayHealth['known'];
  /** What it notes on its disk (decision C5). */
  readonly journal: Pick<Journal, 'state' | 'bytes'>;
  /** Resolves when every SIP server is connected; rejects after `ms`. */
  ready(ms: number): Promise<void>;
  drain(deadlineMs: number): Promise<void>;
  /** Ends both legs of a call of this agent; `unknown`: it has none such. Resolves when the call is gone. */
  hangUp(callId: string): Promise<'ended' | 'unknown'>;
  /** Phones registered with all agents, as last counted. */
  readonly registrations: number;
  /** Sources that are banned now, and bans this agent put. */
  readonly bans: Pick<BanGuard, 'size' | 'made'>;
  /** What the SIP servers kept of the messages of these Call-IDs, as JSON each. */
  trace(sipCallIds: readonly string[]): Promise<readonly string[]>;
  /** Never puts this lease of a call back; `unknown`: it has no such call. */
  forgetLease(callId: string, scope: LeaseScope): 'released' | 'unknown';
}

const EVENTS_DRAIN_MS = 2000;
const BYE_MS = 2000;
/** A peer that does not answer its BYE must not keep the order waiting: the call's record is closed by then. */
const HANG_UP_MS = 1500;
// Behind a drain's deadline little time is left; `stop` waits longer.
const LAST_BYE_MS = 400;

/** Connects to the SIP servers and takes their calls. */
export function startAgent(deps: AgentDeps): Agent {
  return new RunningAgent(deps);
}

class RunningAgent implements Agent {
  readonly name = 'agent';
  readonly agentId: string;
  readonly #deps: AgentDeps;
  readonly #servers: SipServers;
  readonly #calls: LiveCalls;
  readonly #events: EventQueue;
  readonly #contact: PlaneContact;
  readonly #delivery: JournalDelivery;
  readonly #bans: BanGuard;
  readonly #invites: InviteDeps;
  readonly #registers: RegisterDeps;
  readonly #pulse: AgentPulse;
  readonly #legs: LegNotes;
  readonly #lostLegs: Loop;
  readonly #leaseReport: Loop;
  readonly #keepAlive: Loop;
  readonly #health: GatewayHealth;
  readonly #gateways: Part;
  #registrations = 0;
  /** What others let go of is to be looked after now. */
  #missed = false;
  #leaving = false;
  #turnsAway = false;

  constructor(deps: AgentDeps) {
    const { agentId, settings, log, journals, registry: agents } = deps;
    this.agentId = agentId;
    this.#deps = deps;
    this.#calls = new LiveCalls(settings.callsMax);
    this.#events = new EventQueue(deps.admission, log, undefined, journals.journal);
    this.#contact = new PlaneContact(settings.degradedMaxAgeMs, journals.registry.promiseMs);
    const mark = new JournalMark(journals.journal, () => this.#delivery.oweAll());
    const own = { events: this.#events, contact: this.#contact, isSteady: () => mark.isSteady };
    this.#delivery = new JournalDelivery({ ...deps, ...journals, agents, ...own });
    this.#legs = new LegNotes(deps.legs, agentId, log);
    const servers = (): readonly SipServer[] => this.#servers.all;
    this.#bans = createBanGuard(deps, servers);
    const shared = { ...loginLimits(settings), bans: this.#bans };
    const auth = authenticateDeps(deps, servers);
    const health = new GatewayHealth({ store: deps.gateways, log });
    this.#health = health;
    const dial = dialDeps(deps, servers, health);
    this.#registers = registerDeps(deps, { auth, guard: dial.guard, resolver: dial.resolver, ...shared });
    const route = routeDeps(deps, this.#events, this.#contact, health);
    this.#invites = {
      ...shared,
      auth,
      route,
      run: { ...dial, calls: this.#calls, legs: this.#legs, unanswered: route.unanswered, ...upCallDeps(deps, () => this.#invites) },
      platform: hopToken(Buffer.from(deps.nonceKey).toString('hex'), settings.sipDomain),
      turnsAway: () => this.#turnsAway,
      bears: deps.bears,
    };
    this.#servers = new SipServers((moved) => deps.servers.map((address) => this.#connect(address, moved)));
    this.#pulse = this.#startPulse(mark);
    this.#lostLegs = startLoop({ name: 'lost legs', run: this.#endLostLegs(), intervalMs: settings.heartbeatMs, log });
    const { keepAliveMs: everyMs, keepAlivesPerSecond: perSecondMax } = settings;
    this.#keepAlive = startKeepAlive({ servers, flows: deps.flows, everyMs, perSecondMax, log });
    const watching = { agentId, local: deps.local, store: deps.gateways, lookMs: settings.gatewayLookMs };
    this.#gateways = watchGateways({ ...dial, ...watching, health });
    this.#leaseReport = startLoop({ name: 'lease report', run: this.#reportLeases(), intervalMs: settings.leaseReportMs, log });
  }

  get connected(): number {
    return this.#servers.connected;
  }

  get mode(): 'normal' | 'degraded' | 'draining' {
    return this.#modeIf(this.#pulse.planeAnswers);
  }

  get journal(): Pick<Journal, 'state' | 'bytes'> {
    return this.#deps.journals.journal;
  }

  get gateways(): GatewayHealth['known'] {
    return this.#health.known;
  }

  get registrations(): number {
    return this.#registrations;
  }

  get bans(): Pick<BanGuard, 'size' | 'made'> {
    return this.#bans;
  }

  get callCount(): number {
    return this.#calls.size;
  }

  ready(ms: number): Promise<void> {
    return this.#servers.ready(ms);
  }

  hangUp(callId: string): Promise<'ended' | 'unknown'> {
    return this.#calls.hangUp(callId, 'hung_up', HANG_UP_MS);
  }

  trace(sipCallIds: readonly string[]): Promise<readonly string[]> {
    return this.#servers.trace(sipCallIds);
  }

  forgetLease(callId: string, scope: LeaseScope): 'released' | 'unknown' {
    return this.#events.releaseLease(callId, scope) ? 'released' : 'unknown';
  }

  /** Takes no new calls, waits for those it has until the deadline, then ends them (decision C19). */
  async drain(deadlineMs: number): Promise<void> {
    if (this.#leaving) return;
    this.#leaving = true;
    // Told before looking: of two that leave together each then sees the other, and neither counts on it to stay.
    await this.#pulse.announce().catch(() => undefined);
    // The last one stays to answer 503 with a time; while others are there they simply get the calls.
    this.#turnsAway = await isLastAgent(this.agentId, this.#deps.registry);
    // Nor does a phone lose its registration for calls that last: the others may be at another server, or go.
    if (!this.#turnsAway) for (const server of this.#servers.all) server.removeRoutes('all_but_register');
    if (!(await this.#calls.empty(deadlineMs))) {
      const ended = this.#calls.hangUpAll('draining');
      this.#deps.log.warn('calls were ended to drain', { calls: ended });
      await this.#calls.empty(LAST_BYE_MS);
    }
    if (!this.#turnsAway) for (const server of this.#servers.all) server.removeRoutes('all');
  }

  async stop(): Promise<void> {
    this.#leaving = true;
    this.#turnsAway = true;
    if (this.#calls.hangUpAll('draining') > 0) await this.#calls.empty(BYE_MS);
    await this.#lostLegs.stop();
    await this.#leaseReport.stop();
    await this.#keepAlive.stop();
    await this.#gateways.stop();
    for (const server of this.#servers.all) server.close();
    await this.#legs.flush();
    this.#legs.stop();
    await this.#pulse.stopDelivering();
    const delivered = await this.#delivery.finish(EVENTS_DRAIN_MS, this.#deps.settings.commitWaitMs);
    await this.#pulse.stop();
    this.#events.stop();
    // Who leaves with calls unrecorded stays listed, dead: somebody must close them (decision C11).
    if (delivered) await this.#deps.registry.leave(this.agentId).catch(() => undefined);
  }

  #connect(address: ServerAddress, moved: () => void): SipServer {
    const { settings, log } = this.#deps;
    const handlers = {
      invite: (invite: Parameters<typeof handleInvite>[0]) => void handleInvite(invite, this.#invites),
      register: (request: Parameters<typeof handleRegister>[0]) => void this.#register(request, server),
      options: (request: Parameters<typeof handleOptions>[0]) => handleOptions(request, this.#turnsAway),
      connection: () => {
        if (server.connected) this.#bans.tell(server);
        moved();
      },
    };
    const server: SipServer = new SrfServer(address, handlers, settings.deadlines, log);
    return server;
  }

  async #register(request: Parameters<typeof handleRegister>[0], { name }: SipServer): Promise<void> {
    try {
      await handleRegister(request, name, this.#registers);
    } catch (error) {
      // Redis is away, or its plane is not complete: the phone tries again, and nobody is asked for a password.
      this.#deps.log.warn('a REGISTER could not be taken', { error: String(error) });
      request.reply(503, { headers: { 'Retry-After': '5' } });
    }
  }

  #startPulse(mark: JournalMark): AgentPulse {
    const { agentId, registry, settings, epoch, log } = this.#deps;
    const facts = (answers: boolean) => ({ epoch: epoch(), mode: this.#modeIf(answers) });
    const parts = { agentId, registry, delivery: this.#delivery, mark, bans: this.#bans };
    return new AgentPulse({ ...parts, facts, onMissed: () => this.#wasMissed(), intervalMs: settings.heartbeatMs, log });
  }

  #endLostLegs(): () => Promise<boolean> {
    const { agentId, registry, legs, settings, log } = this.#deps;
    const hangUp = async (name: string, dialogId: string): Promise<'ended' | 'unknown' | 'away'> =>
      this.#servers.named(name)?.hangUpForeign(dialogId) ?? 'away';
    // Three signs of life: who is alive and was only unheard, because Redis was away, has given one by then.
    return createEndLostLegs({ agentId, registry, legs, hangUp, confirmMs: 3 * settings.heartbeatMs, nowMs: () => performance.now(), log });
  }

  #reportLeases(): () => Promise<boolean> {
    const { agentId, admission, metrics, clock, settings, log, journals } = this.#deps;
    const { liveCalls } = journals;
    const nowMs = (): number => performance.now();
    const ports = { agentId, events: this.#events, liveCalls, admission, metrics, clock, nowMs, log };
    const report = createReportLeases({ ...ports, missingMs: settings.leaseMissingMs });
    const hangUp = (callId: string): void => void this.#calls.hangUp(callId, 'agent_lost', HANG_UP_MS);
    const probe = async (name: string, dialogId: string): Promise<'there' | 'gone' | 'away'> =>
      this.#servers.named(name)?.probe(dialogId) ?? 'away';
    const checkLegs = createCheckOwnLegs({ agentId, legs: this.#deps.legs, notes: this.#legs, probe, hangUp, log });
    return async () => {
      await report();
      const missed = this.#missed;
      this.#missed = false;
      await checkLegs(missed).catch((error: unknown) => {
        this.#missed ||= missed;
        throw error;
      });
      this.#registrations = await this.#deps.bindings.count();
      return false;
    };
  }

  #modeIf(planeAnswers: boolean): Agent['mode'] {
    if (this.#leaving) return 'draining';
    return planeAnswers && this.journal.state === 'ok' ? 'normal' : 'degraded';
  }

  /** Leases and numbers first, with the next round of delivery; then the notes of legs, and what became of the legs. */
  #wasMissed(): void {
    this.#missed = true;
    this.#delivery.oweAll();
    this.#leaseReport.wake();
  }
}
