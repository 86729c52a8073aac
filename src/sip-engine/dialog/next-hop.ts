import { isIP } from 'node:net';
import { err, ok } from '../../kit/result.ts';
import { NOT_AVAILABLE, type Targets } from '../../kit/sip-names/resolver.ts';
import { PROTOCOLS, type Protocol } from '../../kit/sip-names/sip-transport.ts';
import { parseNameAddr, parseNameAddrs } from '../message/name-addr.ts';
import { header, headerLines, type SipMessage } from '../message/sip-message.ts';
import { parseSipUri, type SipUri } from '../message/uri.ts';
import { addressOf, isReliable, type Peer } from '../transport/peer.ts';
import type { Core } from './core.ts';
import type { RemoteEnd } from './dialog.ts';

/** The transport a URI asks for: 'any' when it leaves that to its owner's DNS, undefined when nobody speaks it. */
export function protocolOf(uri: SipUri): Protocol | 'any' | undefined {
  const secure = uri.scheme === 'sips';
  const wanted = uri.parameters.get('transport')?.toLowerCase();
  // RFC 3263 §4.1: an explicit port without a transport is UDP, for sips TLS.
  if (wanted === undefined) return uri.port === undefined ? 'any' : secure ? 'tls' : 'udp';
  const protocol = PROTOCOLS.find((name) => name === wanted);
  if (!secure || protocol === undefined) return protocol;
  // RFC 3261 §26.2.2: sips never goes in the clear, so its tcp is TLS and its ws is wss.
  return protocol === 'udp' ? undefined : protocol === 'ws' || protocol === 'wss' ? 'wss' : 'tls';
}

const NAME = /^[a-z0-9._-]{1,253}$/;

/** The name an application says the certificate at a numeric next hop has to be for: it has resolved and judged the address itself. */
export function tlsNameOf(hop: SipUri | undefined): string | undefined {
  const name = hop?.parameters.get('tls-name')?.toLowerCase();
  return name !== undefined && NAME.test(name) && isIP(name) === 0 ? name : undefined;
}

/** Finds the peers a URI points to, in the order to try them (RFC 3263); `serverName` is for those over TLS that have no name. */
export function resolveUri(core: Core, uri: SipUri | undefined, done: (targets: Targets) => void, serverName?: string): void {
  const protocol = uri === undefined ? undefined : protocolOf(uri);
  if (uri === undefined || protocol === undefined) {
    done(err(NOT_AVAILABLE));
    return;
  }
  const host = uri.parameters.get('maddr') ?? uri.host;
  const to = { protocol: protocol === 'any' ? undefined : protocol, secure: uri.scheme === 'sips', host, port: uri.port };
  core.resolver.resolve(to, (targets) => {
    if (!targets.ok) return done(targets);
    done(
      ok(
        protocol === 'ws' || protocol === 'wss'
          ? targets.value.map((peer) => core.webSocketTo(peer))
          : core.failedTargets.order(named(targets.value, serverName)),
      ),
    );
  });
}

const named = (peers: readonly Peer[], serverName: string | undefined): readonly Peer[] =>
  serverName === undefined
    ? peers
    : peers.map((peer) => (peer.protocol === 'tls' && peer.serverName === undefined ? { ...peer, serverName } : peer));

/** True when a request to that URI may go over TCP although it would go over UDP (RFC 3261 §18.1.1). */
export const leavesTransportOpen = (uri: SipUri | undefined): boolean => uri !== undefined && !uri.parameters.has('transport');

/** Request-URI and Route values of a request in a dialog, and the URI of its first hop (RFC 3261 §12.2.1.1). */
export function routeInDialog(end: RemoteEnd): {
  readonly requestUri: string;
  readonly routes: readonly string[];
  readonly hop: SipUri | undefined;
} {
  const [first, ...rest] = end.routeSet;
  if (first === undefined) return { requestUri: end.remoteTarget, routes: [], hop: parseSipUri(end.remoteTarget) };
  const firstUri = parseNameAddr(first)?.uri ?? '';
  const hop = parseSipUri(firstUri);
  if (hop === undefined || hop.parameters.has('lr')) return { requestUri: end.remoteTarget, routes: end.routeSet, hop };
  // A strict router wants itself as Request-URI and the target last.
  return { requestUri: firstUri, routes: [...rest, `<${end.remoteTarget}>`], hop };
}

/** Record-Route values as the route set of the server side; the client side takes them in reverse (RFC 3261 §12.1). */
export function recordRoutes(message: SipMessage): string[] {
  if (header(message, 'record-route') === undefined) return [];
  return headerLines(message, 'record-route').flatMap((line) => (parseNameAddrs(line) ?? []).map((value) => `<${value.uri}>`));
}

/** A WebSocket peer cannot be called: it is reached by the stream it opened. */
export const isWebSocket = (peer: Peer): boolean => peer.protocol === 'ws' || peer.protocol === 'wss';

/** Whether to answer to where a peer's message came from instead of its Contact: NAT over UDP, or its open stream. */
export function flowOf(core: Core, from: Peer, contactUri: string, routed: boolean): Peer | undefined {
  if (isWebSocket(from)) return from;
  if (routed) return undefined;
  const uri = parseSipUri(contactUri);
  if (uri === undefined) return from;
  if (isReliable(from.protocol)) return fitsStream(from.protocol, uri) ? from : undefined;
  const host = uri.host.startsWith('[') ? uri.host.slice(1, -1) : uri.host;
  if (core.nat === 'off' || host === from.address) return undefined;
  return core.nat === 'always' || isPrivate(host) ? addressOf(from) : undefined;
}

// A Contact without a transport means the one it came by; sips over TCP is TLS.
function fitsStream(protocol: Protocol, uri: SipUri): boolean {
  const wanted = uri.parameters.get('transport')?.toLowerCase();
  return wanted === undefined || wanted === protocol || (uri.scheme === 'sips' && wanted === 'tcp' && protocol === 'tls');
}

/** RFC 1918 and RFC 6598 addresses. */
function isPrivate(host: string): boolean {
  const parts = host.split('.').map(Number);
  const [a = -1, b = -1] = parts;
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part))) return false;
  return a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b <= 127);
}
