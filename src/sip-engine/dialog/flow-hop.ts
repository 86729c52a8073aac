import { isIP } from 'node:net';
import { err, ok, type Result } from '../../kit/result.ts';
import { PROTOCOLS } from '../../kit/sip-names/sip-transport.ts';
import { readNumber } from '../message/characters.ts';
import type { SipUri } from '../message/uri.ts';
import type { Peer } from '../transport/peer.ts';
import type { Core } from './core.ts';

/** Why a request could not leave over the connection it was meant for; also its reason phrase (RFC 5626 §11.5). */
export const FLOW_FAILED = 'Flow Failed';

/** What an application hears when its request cannot leave. */
export const unreachableStatus = (why: string): number => (why === FLOW_FAILED ? 430 : 503);

/** Older than any registration there is. */
const AGE_SECONDS_MAX = 1_000_000_000;

/**
 * The peer of a next hop with `;flow`: an address that takes no connections, because a NAT or a phone is behind it. Streams must be open,
 * whichever end opened them, and with `;flow=<seconds>` that old: a younger one is somebody else's, who was given a port that had become
 * free. undefined: an ordinary next hop.
 */
export function flowPeer(core: Core, hop: SipUri | undefined): Result<Peer, string> | undefined {
  const flow = hop?.parameters.get('flow');
  if (hop === undefined || flow === undefined) return undefined;
  const address = hop.host.startsWith('[') ? hop.host.slice(1, -1) : hop.host;
  const age = flow === '' ? 0 : readNumber(flow, AGE_SECONDS_MAX);
  if (isIP(address) === 0 || hop.port === undefined || age === undefined) return err(FLOW_FAILED);
  const protocol = PROTOCOLS.find((name) => name === (hop.parameters.get('transport') ?? 'udp').toLowerCase());
  if (protocol === 'udp') return ok(byListener(core, hop, { protocol, address, port: hop.port, onlyFlow: true }));
  const open = protocol === undefined ? undefined : core.flowTo([protocol], address, hop.port, age * 1000);
  return open === undefined ? err(FLOW_FAILED) : ok({ ...open, onlyFlow: true });
}

/** The same UDP peer by the listener of `;received-on`, where it is still there: a NAT and a phone know us by that one alone. */
export function byListener(core: Core, hop: SipUri | undefined, peer: Peer): Peer {
  const mark = hop?.parameters.get('received-on');
  const listener = mark === undefined || peer.protocol !== 'udp' ? undefined : core.udpListenerFor(mark.toLowerCase(), peer.address);
  return listener === undefined ? peer : { ...peer, listener };
}
