import { isIP } from 'node:net';
import { FailedTargets } from '../kit/sip-names/failed-targets.ts';
import { listenerMark } from '../kit/sip-names/listener-mark.ts';
import { Resolver } from '../kit/sip-names/resolver.ts';
import { defaultPort, hostPort, type Target } from '../kit/sip-names/sip-transport.ts';
import type { SipTransport } from './sip-stack.ts';
import { parseUri, type UriParts } from './sip-uri.ts';

/** Where a request is really sent. */
export interface NextHop {
  readonly ip: string;
  readonly port: number;
  readonly transport: SipTransport;
  /** The name its certificate has to be for: what was asked for, not what DNS answered (RFC 5922 §7.1). TLS to names only. */
  readonly serverName?: string;
  /** Its URI named no transport: what is too large for UDP may go over TCP (RFC 3261 §18.1.1). */
  readonly transportOpen?: boolean;
  /** Our `host:port` it should leave by. */
  readonly receivedOn?: string;
}

/** Finds addresses of host names, and remembers those that failed lately. */
export interface TargetResolver {
  /** The first address of a SIP URI; null when it has none within the deadline. */
  resolve(uri: string): Promise<NextHop | null>;
  /** All of them in the order to try them (RFC 3263), those that failed lately last. */
  resolveAll(uri: string): Promise<readonly NextHop[]>;
  /** That address was silent, could not be reached or had no service. */
  failed(hop: NextHop): void;
  answered(hop: NextHop): void;
}

/** Addresses of one name that are tried for one purpose. */
export const ADDRESSES_MAX = 4;

/** How names are resolved; the same settings as the engine's. */
export interface ResolverOptions {
  readonly deadlineMs: number;
  /** Longest lifetime of an answer. */
  readonly cacheMs: number;
  readonly entriesMax: number;
  /** Name servers as `address[:port]`; none: the machine's. */
  readonly servers?: readonly string[];
  /** How long an address that failed is tried last. */
  readonly failedMs?: number;
  /** Whether a SIP server of ours sends by that transport and family; absent: by all but WebSocket. */
  readonly reaches?: (protocol: Target['protocol'], family: 4 | 6) => boolean;
}

const PENDING_MAX = 1000;
const STALE_MS = 3_600_000;
const NEGATIVE_MS = 2000;
const FAILED_MS = 30_000;

/** The transport a URI asks for; undefined: its owner's DNS may say (RFC 3263 §4.1). */
function transportOf({ scheme, port, params }: UriParts): SipTransport | undefined {
  const named = params.transport?.toLowerCase();
  if (scheme === 'sips' || named === 'tls') return 'tls';
  if (named !== undefined) return named === 'tcp' ? 'tcp' : 'udp';
  return port === null ? undefined : 'udp';
}

const hopOf = ({ protocol, address, port, serverName }: Target, isOpen: boolean): NextHop => ({
  ...{ ip: address, port, transport: protocol },
  ...(serverName === undefined ? {} : { serverName }),
  ...(isOpen && protocol === 'udp' ? { transportOpen: true } : {}),
});

const targetOf = ({ ip, port, transport }: NextHop): Target => ({ protocol: transport, address: ip, port });

/** Resolves names by NAPTR, SRV and A or AAAA, as the engine does for what other applications send. */
export function createTargetResolver(options: ResolverOptions): TargetResolver {
  const reaches = options.reaches ?? ((protocol) => protocol !== 'ws' && protocol !== 'wss');
  const limits = {
    dnsDeadlineMs: options.deadlineMs,
    dnsCacheMinMs: Math.min(1000, options.cacheMs),
    dnsCacheMaxMs: options.cacheMs,
    dnsServiceCacheMs: options.cacheMs,
    dnsNegativeCacheMs: NEGATIVE_MS,
    dnsStaleMs: STALE_MS,
    dnsEntriesMax: options.entriesMax,
    dnsPendingMax: PENDING_MAX,
  };
  const names = new Resolver(limits, { servers: options.servers, reaches });
  const failures = new FailedTargets(options.failedMs ?? FAILED_MS);

  const resolveAll = (text: string): Promise<readonly NextHop[]> => {
    const uri = parseUri(text);
    if (uri === null || uri.host === '') return Promise.resolve([]);
    const [protocol, isOpen] = [transportOf(uri), uri.params.transport === undefined];
    const secure = uri.scheme === 'sips';
    if (isIP(uri.host) !== 0) {
      const at = protocol ?? 'udp';
      return Promise.resolve([hopOf({ protocol: at, address: uri.host, port: uri.port ?? defaultPort(at) }, isOpen)]);
    }
    return new Promise((resolve) =>
      names.resolve({ protocol, secure, host: uri.host, port: uri.port ?? undefined }, (targets) =>
        resolve(targets.ok ? failures.order(targets.value).map((target) => hopOf(target, isOpen)) : []),
      ),
    );
  };

  return {
    resolveAll,
    resolve: async (text) => (await resolveAll(text))[0] ?? null,
    failed: (hop) => failures.failed(targetOf(hop)),
    answered: (hop) => failures.answered(targetOf(hop)),
  };
}

/** A next hop as the SIP URI the server is told; `tls-name` and `received-on` are between the agent and its engine, others ignore them. */
export const nextHopUri = ({ ip, port, transport, serverName, transportOpen, receivedOn }: NextHop): string => {
  const name = transport === 'tls' && serverName !== undefined ? `;tls-name=${serverName}` : '';
  const by = transport === 'udp' && receivedOn !== undefined ? `;received-on=${listenerMark(receivedOn)}` : '';
  return `sip:${hostPort(ip, port)}${transportOpen === true ? '' : `;transport=${transport}`}${name}${by}`;
};

/** Two machines' clocks measure the same age. */
const FLOW_AGE_MARGIN_SECONDS = 2;

/**
 * What a next hop adds where only what is open to it will do (decision C20): the stream must be about as old as the registration it was
 * made for, or it is somebody else's who was given the port. '' where any connection does.
 */
export function flowText({ onlyByFlow, flowAgeMs = 0 }: { readonly onlyByFlow: boolean; readonly flowAgeMs?: number | undefined }): string {
  const seconds = Math.floor(flowAgeMs / 1000) - FLOW_AGE_MARGIN_SECONDS;
  return onlyByFlow ? `;flow${seconds > 0 ? `=${seconds}` : ''}` : '';
}
