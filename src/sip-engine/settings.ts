import type { ResolverLimits } from '../kit/sip-names/resolver.ts';
import { defaultMessageLimits } from './message/message-limits.ts';
import type { TraceLimits } from './trace/trace-ring.ts';
import type { SipTimers } from './transaction/sip-timers.ts';
import type { TransportLimits } from './transport/transport-layer.ts';

/** Sizes beyond which new work is refused with 503 and Retry-After, or a peer is cut off. */
export interface EngineLimits extends TransportLimits, ResolverLimits, TraceLimits {
  readonly transactionsMax: number;
  readonly dialogsMax: number;
  /** A larger request goes over TCP where its URI leaves that open and TCP answers (RFC 3261 §18.1.1 says 1300); 0: never. */
  readonly udpRequestBytesMax: number;
  /** How long a target that failed is tried last; 0: not at all. */
  readonly failedTargetMs: number;
  readonly applicationsMax: number;
  /** New requests one application may have unanswered. */
  readonly pendingPerApplicationMax: number;
  /** Bytes waiting on one control connection beyond which it gets no new work; at four times as many it is cut off. */
  readonly controlBacklogBytesMax: number;
  /** Requests outside dialogs per second: of one source (an IPv4 address or IPv6 /64), with twice as many at once, and of all. */
  readonly sourceRequestsPerSecond: number;
  readonly newRequestsPerSecond: number;
  /** Sources that are remembered. */
  readonly sourcesMax: number;
  /** Requests refused per second with 503 and Retry-After; further ones are not answered. */
  readonly refusalsPerSecond: number;
  /** How long datagrams may wait until they are read; when they wait longer for a second, requests outside dialogs are refused. */
  readonly queueDelayMsMax: number;
}

/** Defaults of every limit. */
export const defaultLimits: EngineLimits = {
  ...defaultMessageLimits,
  transactionsMax: 100_000,
  dialogsMax: 50_000,
  udpRequestBytesMax: 0,
  failedTargetMs: 30_000,
  connectionsMax: 4000,
  connectionsPerSourceMax: 400,
  // Above the longest registration an application may grant: its phone is called by the stream it registered over.
  tcpIdleMs: 7_500_000,
  tcpConnectMs: 4000,
  tcpBacklogBytesMax: 1_048_576,
  tcpStallMs: 20_000,
  tcpMessageMs: 20_000,
  tcpFirstMessageMs: 60_000,
  keepAliveMs: 30_000,
  pongMs: 10_000,
  silentRequestsMax: 3,
  applicationsMax: 64,
  pendingPerApplicationMax: 10_000,
  controlBacklogBytesMax: 4_194_304,
  sourceRequestsPerSecond: 2000,
  newRequestsPerSecond: 5000,
  sourcesMax: 20_000,
  refusalsPerSecond: 500,
  queueDelayMsMax: 500,
  traceBytesMax: 0,
  traceMessagesMax: 100_000,
  traceMessagesPerCallMax: 500,
  dnsDeadlineMs: 2000,
  dnsCacheMinMs: 1000,
  dnsCacheMaxMs: 300_000,
  dnsServiceCacheMs: 30_000,
  dnsNegativeCacheMs: 2000,
  dnsStaleMs: 3_600_000,
  dnsEntriesMax: 1000,
  dnsPendingMax: 100,
};

/** What known scanners call themselves, in User-Agent, From, To or Contact. */
export const SCANNERS: readonly string[] = [
  'friendly-scanner',
  'sipvicious',
  'sundayddr',
  'sip-scan',
  'pplsip',
  'vaxsipuseragent',
  'sipsscuser',
];

/** Session timers (RFC 4028). */
export interface SessionSettings {
  /** What we ask for where neither an application nor the far side does; 0: nothing. */
  readonly seconds: number;
  /** The shortest that is agreed to; at least 90. */
  readonly minSeconds: number;
  /** How long their second is: tests have no minute. */
  readonly secondMs: number;
}

/** Which peers are called back at the address their request came from instead of their Contact (UDP, no Record-Route). */
export type NatPolicy = 'off' | 'private' | 'always';

/**
 * What the caller gets for a new INVITE about which the application never says a word: 408, the default, or nothing, for
 * applications that ignore strangers: 408 would tell them of us, eleven times over UDP, and to whomever they pretend to be.
 */
export type SilentInvites = 'answer' | 'forget';

export type { SipTimers };

/** Who gets the INVITEs that a lost application had not said a word about: another application, the default, or nobody. */
export type LostInvites = 'offer' | 'refuse';
