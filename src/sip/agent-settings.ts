import type { BanRule } from '../app/ports/sip-bans.ts';
import type { DecisionSettings } from '../domain/call.ts';
import type { FailoverRules } from '../domain/failover-rules.ts';
import type { ReferPolicy } from '../domain/gateway-terms.ts';
import type { IpPrefix } from '../domain/ip-address.ts';
import type { RegistrationSettings } from '../domain/registration.ts';
import type { DigestPolicy } from './authenticate.ts';
import type { SipDeadlines } from './sip-stack.ts';

/** How an agent behaves; everything in milliseconds unless its name says otherwise. */
export interface AgentSettings {
  readonly sipDomain: string;
  /** Further names and addresses of ours: the listening and the external one. */
  readonly ownHosts: readonly string[];
  readonly decision: DecisionSettings;
  readonly firstResponseMs: number;
  readonly ringMs: number;
  /** How long a call that came in, or stays here, rings at most, whoever of all its targets does (decision C21). */
  readonly ringCapMs: number;
  /** What the platform says of failover, before what is built in. */
  readonly failover: FailoverRules;
  /** How often the agent looks how gateways are. */
  readonly gatewayLookMs: number;
  /** After this a caller who has heard nothing hears 100 again: the SIP server then knows that the call is taken care of. */
  readonly speakAfterMs: number;
  /** Longest call where nothing says less (decision C21). */
  readonly callMs: number;
  /** What becomes of a REFER of a carrier, and of a customer or phone, where its trunk group says nothing. */
  readonly refer: { readonly fromCarriers: ReferPolicy; readonly fromAccounts: ReferPolicy };
  /** How long a party may take to hang up whose other party was transferred. */
  readonly transferByeMs: number;
  /** What is asked of each leg whose far side knows session timers (RFC 4028); 0: nothing. */
  readonly sessionSeconds: number;
  readonly callsMax: number;
  /** Calls of one customer group that may ring at once with this agent where UDP alone tells whose they are (decision C21). */
  readonly unansweredCallsMax: number;
  readonly digest: DigestPolicy;
  readonly nonceLifetimeMs: number;
  readonly failedAuthPerMinute: number;
  readonly bans: BanRule;
  readonly banExempt: readonly IpPrefix[];
  /** Challenges one address may cause per second. */
  readonly challengesPerSecond: number;
  /** Questions to Redis that strangers may cause per second, all together. */
  readonly strangerChecksPerSecond: number;
  readonly heartbeatMs: number;
  /** How often the agent compares its calls with the leases Redis lists for it (decision C9). */
  readonly leaseReportMs: number;
  /** How long a listed call must be missing here before it counts as leaked. */
  readonly leaseMissingMs: number;
  /** How long inbound calls go by the last-known-good copy (decision C10). */
  readonly degradedMaxAgeMs: number;
  /** How long an agent that leaves waits for Postgres to have its last events. */
  readonly commitWaitMs: number;
  readonly dnsDeadlineMs: number;
  readonly dnsCacheMs: number;
  /** Name servers as `address[:port]`; none: the machine's. */
  readonly dnsServers: readonly string[];
  /** How long an address of a name that failed is tried last. */
  readonly failedTargetMs: number;
  readonly targetNetworks: readonly IpPrefix[];
  readonly loopbackAllowed: boolean;
  readonly deadlines: SipDeadlines;
  readonly registration: RegistrationSettings;
  /** How often a phone behind a NAT is sent something over UDP (decision C20). */
  readonly keepAliveMs: number;
  /** Signs of life this agent sends per second at most, for each SIP server. */
  readonly keepAlivesPerSecond: number;
}

/** What a site need not set. */
export const DEFAULT_AGENT_SETTINGS = {
  ownHosts: [],
  firstResponseMs: 8000,
  ringMs: 120_000,
  ringCapMs: 180_000,
  failover: {},
  gatewayLookMs: 500,
  speakAfterMs: 1000,
  callMs: 4 * 3_600_000,
  // A REFER has an account pay for a call nobody authenticated anew: only where the platform says so (decision C6).
  refer: { fromCarriers: 'refuse', fromAccounts: 'refuse' },
  transferByeMs: 2000,
  sessionSeconds: 1800,
  callsMax: 10_000,
  unansweredCallsMax: 500,
  digest: 'md5',
  nonceLifetimeMs: 60_000,
  failedAuthPerMinute: 30,
  bans: { failuresMax: 0, windowMs: 600_000, banMs: 3_600_000 },
  banExempt: [],
  challengesPerSecond: 50,
  strangerChecksPerSecond: 100,
  heartbeatMs: 2000,
  leaseReportMs: 30_000,
  // Longer than a call waits for the answer of a Redis that comes and goes.
  leaseMissingMs: 15_000,
  degradedMaxAgeMs: 600_000,
  commitWaitMs: 500,
  dnsDeadlineMs: 2000,
  dnsCacheMs: 30_000,
  dnsServers: [],
  failedTargetMs: 30_000,
  targetNetworks: [],
  loopbackAllowed: false,
  registration: { expiresDefaultSeconds: 3600, expiresSecondsMin: 60, expiresSecondsMax: 7200, contactsMax: 10 },
  keepAliveMs: 25_000,
  keepAlivesPerSecond: 200,
  // RFC 3261 §17.1.2.2: Timer F is 32 s, and a re-INVITE may ring a person.
  deadlines: { commandMs: 5000, dialogRequestMs: 60_000, pingMs: 5000 },
} as const satisfies Partial<AgentSettings>;
