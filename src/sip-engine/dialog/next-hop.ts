import { err, ok, type Result } from '../../kit/result.ts';
import { parseNameAddr, parseNameAddrs } from '../message/name-addr.ts';
import { header, headerLines, type SipMessage } from '../message/sip-message.ts';
import { parseSipUri, type SipUri } from '../message/uri.ts';
import type { Peer, Protocol } from '../transport/peer.ts';
import type { Core } from './core.ts';
import type { Dialog, RemoteEnd } from './dialog.ts';

/** The transport a URI asks for; undefined when we do not speak it. */
export function protocolOf(uri: SipUri): Protocol | undefined {
  if (uri.scheme === 'sips') return undefined;
  const transport = (uri.parameters.get('transport') ?? 'udp').toLowerCase();
  return transport === 'udp' || transport === 'tcp' ? transport : undefined;
}

/** Finds the peer a URI points to. */
export function resolveUri(core: Core, uri: SipUri | undefined, done: (peer: Result<Peer, string>) => void): void {
  const protocol = uri === undefined ? undefined : protocolOf(uri);
  if (uri === undefined || protocol === undefined) {
    done(err('requested protocol/transport not available'));
    return;
  }
  core.resolver.resolve({ protocol, host: uri.parameters.get('maddr') ?? uri.host, port: uri.port }, done);
}

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

/** Finds the peer for the next request of a dialog. */
export function resolveInDialog(core: Core, dialog: Dialog, hop: SipUri | undefined, done: (peer: Result<Peer, string>) => void): void {
  const { flow } = dialog;
  // Without its stream the request fails at once, and with it the dialog, instead of ringing at somebody's NAT.
  if (flow?.onlyFlow === true && dialog.routeSet.length === 0) {
    done(ok(flow));
    return;
  }
  if (flow !== undefined && dialog.routeSet.length === 0 && (flow.connection === undefined || flow.connection.open)) {
    done(ok(flow));
    return;
  }
  resolveUri(core, hop, done);
}

/** Record-Route values as the route set of the server side; the client side takes them in reverse (RFC 3261 §12.1). */
export function recordRoutes(message: SipMessage): string[] {
  if (header(message, 'record-route') === undefined) return [];
  return headerLines(message, 'record-route').flatMap((line) => (parseNameAddrs(line) ?? []).map((value) => `<${value.uri}>`));
}

/** Whether to answer to where a peer's message came from instead of its Contact: NAT over UDP, or its open stream. */
export function flowOf(core: Core, from: Peer, contactUri: string, routed: boolean): Peer | undefined {
  if (routed) return undefined;
  const uri = parseSipUri(contactUri);
  if (uri === undefined) return from;
  if (from.protocol === 'tcp') return (uri.parameters.get('transport') ?? 'tcp').toLowerCase() === 'tcp' ? from : undefined;
  const host = uri.host.startsWith('[') ? uri.host.slice(1, -1) : uri.host;
  if (core.nat === 'off' || host === from.address) return undefined;
  return core.nat === 'always' || isPrivate(host) ? { protocol: 'udp', address: from.address, port: from.port } : undefined;
}

/** RFC 1918 and RFC 6598 addresses. */
function isPrivate(host: string): boolean {
  const parts = host.split('.').map(Number);
  const [a = -1, b = -1] = parts;
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part))) return false;
  return a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b <= 127);
}
