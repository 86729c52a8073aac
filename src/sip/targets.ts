import { lookup, resolveSrv } from 'node:dns/promises';
import { isIP } from 'node:net';
import { bounded } from '../kit/lifecycle.ts';
import type { SipTransport } from './sip-stack.ts';
import { parseUri, type UriParts } from './sip-uri.ts';

/** Where a request is really sent. */
export interface NextHop {
  readonly ip: string;
  readonly port: number;
  readonly transport: SipTransport;
  /** The name its certificate has to be for: what was asked for, not what DNS answered (RFC 5922 §7.1). TLS to names only. */
  readonly serverName?: string;
}

/** Finds addresses of host names. */
export interface TargetResolver {
  /** The address of a SIP URI; null when it has none within the deadline. */
  resolve(uri: string): Promise<NextHop | null>;
}

export interface ResolverOptions {
  readonly deadlineMs: number;
  readonly cacheMs: number;
  readonly entriesMax: number;
}

const transportOf = (uri: UriParts): SipTransport => {
  const named = uri.params.transport?.toLowerCase();
  if (uri.scheme === 'sips' || named === 'tls') return 'tls';
  return named === 'tcp' ? 'tcp' : 'udp';
};

const defaultPort = (transport: SipTransport): number => (transport === 'tls' ? 5061 : 5060);

/** Resolves by literal, SRV where no port is given, then A or AAAA (RFC 3263 §4.2); answers are kept for a short while. */
export function createTargetResolver(options: ResolverOptions): TargetResolver {
  const cache = new Map<string, { readonly hop: Promise<NextHop | null>; readonly until: number }>();

  const find = async (uri: UriParts, transport: SipTransport): Promise<NextHop | null> => {
    const service = uri.port === null ? await firstService(uri.host, transport) : null;
    const { address } = await lookup(service?.host ?? uri.host);
    const port = service?.port ?? uri.port ?? defaultPort(transport);
    return { ip: address, port, transport, ...(transport === 'tls' ? { serverName: uri.host } : {}) };
  };

  const remember = (key: string, hop: Promise<NextHop | null>): Promise<NextHop | null> => {
    const [oldest] = cache.keys();
    if (cache.size >= options.entriesMax && oldest !== undefined) cache.delete(oldest);
    cache.set(key, { hop, until: performance.now() + options.cacheMs });
    return hop;
  };

  return {
    async resolve(text) {
      const uri = parseUri(text);
      if (uri === null || uri.host === '') return null;
      const transport = transportOf(uri);
      if (isIP(uri.host) !== 0) return { ip: uri.host, port: uri.port ?? defaultPort(transport), transport };
      const key = `${uri.host} ${uri.port ?? ''} ${transport}`;
      const held = cache.get(key);
      if (held !== undefined && held.until > performance.now()) return await held.hop;
      cache.delete(key);
      const found = bounded(find(uri, transport), options.deadlineMs, 'DNS').catch(() => null);
      return (await remember(
        key,
        found.then((hop) => hop ?? null),
      )) as NextHop | null;
    },
  };
}

/** The first SRV record of RFC 2782's order; equal priorities by weight are left to the gateway list, which is ours to weigh. */
async function firstService(host: string, transport: SipTransport): Promise<{ host: string; port: number } | null> {
  const name = transport === 'tls' ? `_sips._tcp.${host}` : `_sip._${transport}.${host}`;
  const records = await resolveSrv(name).catch(() => []);
  const [best] = records.toSorted((a, b) => a.priority - b.priority || b.weight - a.weight);
  return best === undefined || best.name === '' ? null : { host: best.name, port: best.port };
}

/** A next hop as the SIP URI the server is told; `tls-name` is between the agent and its engine, other servers ignore it. */
export const nextHopUri = ({ ip, port, transport, serverName }: NextHop): string => {
  const name = transport === 'tls' && serverName !== undefined ? `;tls-name=${serverName}` : '';
  return `sip:${isIP(ip) === 6 ? `[${ip}]` : ip}:${port};transport=${transport}${name}`;
};
