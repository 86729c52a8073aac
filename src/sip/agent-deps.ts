import type { RouteCallDeps } from '../app/calls/call-routing.ts';
import type { DeliverJournalDeps } from '../app/calls/deliver-journal.ts';
import { EndpointAnswers } from '../app/calls/endpoint-answers.ts';
import type { EventQueue } from '../app/calls/event-queue.ts';
import { LastContacts } from '../app/calls/last-contacts.ts';
import type { PlaneContact } from '../app/calls/plane-contact.ts';
import { UnansweredCalls } from '../app/calls/unanswered-calls.ts';
import type { GatewayHealth } from '../app/gateways/gateway-health.ts';
import type { Bindings, FlowKeeper } from '../app/ports/bindings.ts';
import type { GatewayHealthStore } from '../app/ports/gateway-health.ts';
import type { LegStore } from '../app/ports/legs.ts';
import type { CallMetrics } from '../app/ports/metrics.ts';
import type { OutboundHttp } from '../app/ports/outbound-http.ts';
import type { RegisteredSenders } from '../app/ports/registered-senders.ts';
import type { Admission, AgentRegistry, LocalRecords, RecordReader } from '../app/ports/routing.ts';
import type { SipBanStore } from '../app/ports/sip-bans.ts';
import type { Ha1 } from '../domain/digest.ts';
import type { CarrierLogin } from '../domain/gateway-terms.ts';
import { parseIp, prefixHolds } from '../domain/ip-address.ts';
import type { CredentialRecord } from '../domain/records.ts';
import { buildSourceIndex, type SourceIndex } from '../domain/source-index.ts';
import type { SourceToken } from '../domain/source-marks.ts';
import type { Clock } from '../kit/clock.ts';
import { newIdAt } from '../kit/ids.ts';
import { KeyedTokenBuckets } from '../kit/keyed-token-buckets.ts';
import type { Logger } from '../kit/log.ts';
import { TokenBucket } from '../kit/token-bucket.ts';
import type { AgentSettings } from './agent-settings.ts';
import type { AuthenticateDeps } from './authenticate.ts';
import { BanGuard } from './ban-guard.ts';
import { BridgedLegs } from './bridged-legs.ts';
import { CarrierLogins } from './carrier-logins.ts';
import type { DialDeps } from './dial-targets.ts';
import type { InviteDeps } from './handle-invite.ts';
import { createReferHandler } from './handle-refer.ts';
import type { RegisterDeps } from './handle-register.ts';
import { ownHosts } from './own-hosts.ts';
import type { RunCallDeps } from './run-call.ts';
import { hostOfAddress, reaches, serverSockets } from './server-sockets.ts';
import type { SipServer } from './sip-stack.ts';
import type { ServerAddress } from './srf-server.ts';
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
  /** On a connection of its own: a sign of life must not wait behind what calls ask. */
  readonly registry: AgentRegistry;
  readonly legs: LegStore;
  /** Where phones are, and whose way back is kept open. */
  readonly bindings: Bindings;
  readonly flows: FlowKeeper;
  readonly senders: RegisteredSenders;
  /** Sources that are not answered. */
  readonly bans: SipBanStore;
  /** What the agent notes on its disk, and how that gets to Redis. */
  readonly journals: Pick<DeliverJournalDeps, 'journal' | 'adopter' | 'registry' | 'liveCalls' | 'lostCalls'>;
  /** Epoch of the records as last read. */
  readonly epoch: () => number;
  /** May throw: the login then fails, and the log says why. */
  readonly openHa1: (record: CredentialRecord) => Ha1;
  /** Nobody's login, sealed as all others are. */
  readonly standIn: CredentialRecord;
  /** The password of a login of ours at a carrier; may throw: the carrier then gets no answer. */
  readonly openCarrierPassword: (login: CarrierLogin) => string;
  /** The way out to webhooks of endpoints, and what opens their secrets; may throw: then there is no answer. */
  readonly outboundHttp: OutboundHttp;
  readonly openSecret: (sealed: string, context: string) => string;
  /** Whether what a request says in the field of a trunk group's token is the token. */
  readonly bears: (token: SourceToken, said: string | undefined) => boolean;
  /** How gateways are, as all agents found. */
  readonly gateways: GatewayHealthStore;
  /** Shared by all agents. */
  readonly nonceKey: Uint8Array;
  readonly clock: Clock;
  readonly metrics: CallMetrics;
  readonly log: Logger;
}

const NAMES_MAX = 10_000;
const USERS_MAX = 20_000;
/** Strangers cost no more than this; who is registered and has to log in all the same can. */
const SENDER_CHECKS_PER_SECOND = 1000;

/** What digests are checked with; hosts of ours are the configured ones and whatever the servers listen on. */
export function authenticateDeps(deps: AgentDeps, servers: () => readonly SipServer[]): AuthenticateDeps {
  const { settings, nonceKey, log } = deps;
  const fixed = settings.ownHosts.map((host) => host.toLowerCase());
  const isAddress = (host: string): boolean =>
    fixed.includes(host) || servers().some((server) => server.addresses.some((address) => hostOfAddress(address) === host));
  const openHa1 = (record: CredentialRecord): Ha1 | null => {
    try {
      return deps.openHa1(record);
    } catch (error) {
      log.error('a SIP credential cannot be opened', { credentialId: record.id, error: String(error) });
      return null;
    }
  };
  const { digest, nonceLifetimeMs } = settings;
  const { standIn } = deps;
  return { hosts: ownHosts(settings.sipDomain, isAddress), nonceKey, openHa1, standIn, nonceLifetimeMs, digest, now: () => Date.now() };
}

/** What calls are routed with. */
export function routeDeps(
  deps: AgentDeps,
  events: EventQueue,
  contact: PlaneContact,
  health: GatewayHealth,
): RouteCallDeps & { readonly unanswered: UnansweredCalls } {
  const { agentId, admission, local, reader, settings, clock, metrics, log } = deps;
  const perSecond = settings.strangerChecksPerSecond;
  const strangerChecks = new TokenBucket(perSecond, 2 * perSecond);
  // Registrations come and go; what an agent saw last is good for an outage, not for the days after.
  const lastContacts = new LastContacts(USERS_MAX, () => performance.now());
  const decision = { ...settings.decision, sipDomain: settings.sipDomain };
  const ports = { agentId, admission, local, reader, clock, metrics, log, newId: () => newIdAt(clock.now()) };
  const unwell = () => health.unwell;
  const { outboundHttp: http, openSecret: unseal } = deps;
  const nowMs = (): number => performance.now();
  const webhooks = new EndpointAnswers({ http, unseal, wallMs: () => Date.now(), nowMs, metrics, log });
  const checks = new TokenBucket(SENDER_CHECKS_PER_SECOND, 2 * SENDER_CHECKS_PER_SECOND);
  const unanswered = new UnansweredCalls(settings.unansweredCallsMax);
  const registered = { senders: deps.senders, bindings: deps.bindings, checks };
  return {
    ...ports,
    webhooks,
    registered,
    unanswered,
    events,
    contact,
    unwell,
    strangerChecks,
    lastContacts,
    settings: decision,
    sourceIndex: sourceIndexOf(local),
  };
}

/** The index over the sources, built once per load of them. */
function sourceIndexOf(local: LocalRecords): () => SourceIndex {
  let built: { readonly of: unknown; readonly index: SourceIndex } | undefined;
  return () => {
    const { records } = local.sources();
    if (built?.of !== records) built = { of: records, index: buildSourceIndex(records) };
    return built.index;
  };
}

/** How many logins of an address may fail, and how often it is asked for one. */
export const loginLimits = ({ failedAuthPerMinute, challengesPerSecond }: AgentSettings) => ({
  failures: new KeyedTokenBuckets(failedAuthPerMinute / 60, failedAuthPerMinute),
  challenges: new KeyedTokenBuckets(challengesPerSecond, 2 * challengesPerSecond),
});

/** What guards against sources that guess passwords; those of trunk groups and of exempt networks are never banned. */
export function createBanGuard(deps: AgentDeps, servers: () => readonly SipServer[]): BanGuard {
  const { bans: store, local, settings, log } = deps;
  const acl = sourceIndexOf(local);
  const isExempt = (text: string): boolean => {
    const address = parseIp(text);
    if (address === null || settings.banExempt.some((prefix) => prefixHolds(prefix, address))) return true;
    return acl().knowsSite(address);
  };
  return new BanGuard({
    store,
    rule: settings.bans,
    isExempt,
    exemptions: acl,
    servers,
    nowMs: () => performance.now(),
    log,
  });
}

/** What targets are dialled with. */
export function dialDeps(deps: AgentDeps, servers: () => readonly SipServer[], health: GatewayHealth): DialDeps {
  const { local, settings, metrics, log } = deps;
  const { dnsDeadlineMs, dnsCacheMs, dnsServers, failedTargetMs, targetNetworks, loopbackAllowed, firstResponseMs, ringMs } = settings;
  const { sessionSeconds, failover, ringCapMs } = settings;
  const resolver = createTargetResolver({
    ...{ deadlineMs: dnsDeadlineMs, cacheMs: dnsCacheMs, entriesMax: NAMES_MAX, servers: dnsServers, failedMs: failedTargetMs },
    reaches: (protocol, family) => reaches(servers(), protocol, family),
  });
  const ownAddresses = () => servers().flatMap((server) => serverSockets(server.addresses));
  const guard = createTargetGuard({ local, resolver, ownAddresses, allowedNetworks: targetNetworks, loopbackAllowed });
  const logins = new CarrierLogins(deps.openCarrierPassword, log);
  const timers = { firstResponseMs, ringMs };
  const index = sourceIndexOf(local);
  const withheld = () => index().tokenHeaders;
  return { withheld, resolver, guard, servers, logins, health, failover, timers, ringCapMs, sessionSeconds, metrics, log };
}

/** What calls that are up are kept with; a transfer is a call in its turn, for which `invites` has what it needs. */
export function upCallDeps(
  { local, settings }: AgentDeps,
  invites: () => InviteDeps,
): Pick<RunCallDeps, 'callMs' | 'speakAfterMs' | 'refer' | 'bridged'> {
  const { callMs, speakAfterMs, refer: policy, transferByeMs, sipDomain: domain } = settings;
  const refer = createReferHandler(() => {
    const { auth, ...shared } = invites();
    return { ...shared, local, hosts: auth.hosts, domain, policy, transferByeMs };
  });
  return { callMs, speakAfterMs, refer, bridged: new BridgedLegs() };
}

/** What phones register with. */
export function registerDeps(
  deps: AgentDeps,
  shared: Pick<RegisterDeps, 'auth' | 'guard' | 'resolver' | 'failures' | 'challenges' | 'bans'>,
): RegisterDeps {
  const { local, reader, bindings, flows, senders, clock, log, settings } = deps;
  const index = sourceIndexOf(local);
  const isTrunk = (trunkGroupId: string): boolean => index().registered.has(trunkGroupId);
  return { ...shared, local, reader, bindings, flows, senders, isTrunk, clock, log, settings: settings.registration };
}
