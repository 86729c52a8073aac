import { isIP } from 'node:net';
import { err, ok, type Result } from '../../kit/result.ts';
import type { SipUri } from '../message/uri.ts';
import type { Peer } from '../transport/peer.ts';
import type { Core } from './core.ts';

/** Why a request could not leave over the connection it was meant for; also its reason phrase (RFC 5626 §11.5). */
export const FLOW_FAILED = 'Flow Failed';

/** What an application hears when its request cannot leave. */
export const unreachableStatus = (why: string): number => (why === FLOW_FAILED ? 430 : 503);

/**
 * The peer of a next hop with `;flow`: an address that takes no connections, because a NAT or a phone is behind it. Streams must be open,
 * whichever end opened them and whatever transport the URI names; undefined: an ordinary next hop.
 */
export function flowPeer(core: Core, hop: SipUri | undefined): Result<Peer, string> | undefined {
  if (hop === undefined || !hop.parameters.has('flow')) return undefined;
  const address = hop.host.startsWith('[') ? hop.host.slice(1, -1) : hop.host;
  if (isIP(address) === 0 || hop.port === undefined) return err(FLOW_FAILED);
  if ((hop.parameters.get('transport') ?? 'udp').toLowerCase() === 'udp') {
    return ok({ protocol: 'udp', address, port: hop.port, onlyFlow: true });
  }
  const open = core.flowTo(address, hop.port);
  return open === undefined ? err(FLOW_FAILED) : ok({ ...open, onlyFlow: true });
}
