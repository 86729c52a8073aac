import { err, ok, type Result } from '../kit/result.ts';
import { type IpPrefix, parseIp } from './ip-address.ts';
import { buildSourceIndex } from './source-index.ts';
import { type GuardedAddress, type TargetPolicy, type TargetRefusal, targetRefusal } from './target-policy.ts';

/** Where requests that tenants ask for may go. */
export interface OutboundRules {
  /** This machine's, which `allowedNetworks` does not open. */
  readonly ownAddresses: readonly GuardedAddress[];
  /** Opens private, link-local, loopback and multicast blocks. */
  readonly allowedNetworks: readonly IpPrefix[];
  /** Inclusive. */
  readonly ports: readonly { readonly from: number; readonly to: number }[];
}

/** A URL of a tenant's, taken apart. */
export interface OutboundUrl {
  readonly protocol: 'http' | 'https';
  /** A name, or an IP address without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The `Host` header. */
  readonly host: string;
  /** Path and query. */
  readonly path: string;
}

/** Why a URL is not one we would go to; a public sentence. */
export type UrlProblem = string;

const URL_MAX = 2048;

/** Reads a URL that a tenant wrote (decision C6): http or https, no credentials, an open port; an address in it must be allowed. */
export function readOutboundUrl(text: string, rules: OutboundRules): Result<OutboundUrl, UrlProblem> {
  if (text.length > URL_MAX || !URL.canParse(text)) return err(`Must be a URL of at most ${URL_MAX} characters.`);
  const url = new URL(text);
  const protocol = url.protocol.slice(0, -1);
  if (protocol !== 'http' && protocol !== 'https') return err('Must be an http or https URL.');
  if (url.username !== '' || url.password !== '') return err('May not carry credentials.');
  const port = url.port === '' ? (protocol === 'https' ? 443 : 80) : Number(url.port);
  if (!rules.ports.some(({ from, to }) => port >= from && port <= to)) return err('This port is not open for such requests.');
  // The parser has turned decimal, octal and hexadecimal forms into dotted ones.
  const hostname = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  const read: OutboundUrl = { protocol, hostname, port, host: url.host, path: `${url.pathname}${url.search}` };
  if (parseIp(hostname) !== null && outboundRefusal(hostname, read, rules) !== null) return err('Must lead to a public address.');
  return ok(read);
}

const NO_SOURCES = buildSourceIndex([]);

/** The policy of SIP targets (decision C6), judged on the address really connected to; null: it may. */
export function outboundRefusal(
  ip: string,
  { port, protocol }: Pick<OutboundUrl, 'port' | 'protocol'>,
  rules: OutboundRules,
): TargetRefusal | null {
  const policy: TargetPolicy = {
    ownAddresses: rules.ownAddresses,
    gatewayAddresses: [],
    carrierSources: NO_SOURCES,
    allowedNetworks: rules.allowedNetworks,
    loopbackAllowed: false,
  };
  return targetRefusal({ ip, port, transport: protocol === 'https' ? 'tls' : 'tcp' }, policy);
}
