import type { Candidate } from './call.ts';
import { CLOSED_NETWORKS, LOOPBACK } from './closed-networks.ts';
import { literalPlace } from './forbidden-place.ts';
import { type IpAddress, parseIp, prefixHolds } from './ip-address.ts';
import { type DecisionContext, note } from './record-view.ts';

/** What cannot be reached from the public Internet; `loopback` is of the machine itself. */
export type ClosedMedia = 'private' | 'link_local' | 'loopback';

const KINDS: readonly string[] = ['private', 'link_local'];

function closedKind(address: IpAddress): ClosedMedia | null {
  if (LOOPBACK.some((network) => prefixHolds(network, address))) return 'loopback';
  const [kind] = CLOSED_NETWORKS.find(([of, network]) => KINDS.includes(of) && prefixHolds(network, address)) ?? [];
  return (kind as ClosedMedia | undefined) ?? null;
}

const isPublic = (address: IpAddress): boolean =>
  ![...LOOPBACK, ...CLOSED_NETWORKS.map(([, network]) => network)].some((network) => prefixHolds(network, address));

/** Where the first medium of a description that says an address wants its media, if nobody outside can send it there; null: they can. */
export function closedMedia(sdp: string): ClosedMedia | null {
  const said = /^c=IN IP[46] ([0-9A-Fa-f:.]{2,45})[\r\n/]/m.exec(sdp)?.[1];
  const address = said === undefined ? null : parseIp(said);
  return address === null ? null : closedKind(address);
}

/**
 * Warns where media go directly (decision C20), the caller offers an address inside a closed network, and a target is a public address:
 * what the target sends will not arrive. Names and SIP users are not judged, for where they are is found out later, and nothing is refused:
 * a network of ours may translate.
 */
export function noteMediaReach(context: DecisionContext, candidates: readonly Candidate[]): void {
  const { closedMedia: offered } = context.request;
  if (offered === undefined) return;
  const unreached = candidates.find(({ chosen, user, uri }) => {
    const address = chosen && user === undefined ? parseIp(literalPlace(uri)?.ip ?? '') : null;
    return address !== null && isPublic(address);
  });
  if (unreached !== undefined) note(context, MEDIA_UNREACHABLE, false, { offered });
}

/** The step of the warning. */
export const MEDIA_UNREACHABLE = 'media_unreachable';
