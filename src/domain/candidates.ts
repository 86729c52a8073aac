import type { Candidate } from './call.ts';
import { formatDialled } from './dial-plan.ts';
import type { E164 } from './e164.ts';
import { type GatewayTerms, mergedTerms } from './gateway-terms.ts';
import { wantedLease } from './lease.ts';
import { type EndpointRecord, recordRef, type TrunkGroupRecord } from './records.ts';
import { rendezvousOrder } from './rendezvous.ts';

/** What to dial at a gateway: a number, which each group writes its own way, or a short code, which nobody rewrites. */
export type Dialled = { readonly e164: E164 } | { readonly digits: string };

function dialUser(
  dialled: Dialled,
  { numberFormat, country }: TrunkGroupRecord,
  { techPrefix = '', dialFormat }: GatewayTerms = {},
): string {
  return 'e164' in dialled ? techPrefix + formatDialled(dialled.e164, dialFormat ?? numberFormat, country) : dialled.digits;
}

/** The chosen first in their order, the excluded after them. */
export const chosenFirst = (candidates: readonly Candidate[]): Candidate[] => [
  ...candidates.filter((candidate) => candidate.chosen),
  ...candidates.filter((candidate) => !candidate.chosen),
];

/** The gateways of a group in the order this call tries them; disabled ones are excluded. `why` precedes each reason. */
export function gatewayCandidates(callId: string, group: TrunkGroupRecord, dialled: Dialled, why: string): Candidate[] {
  const ordered = rendezvousOrder(callId, group.gateways, (gateway) => gateway.id);
  return ordered.map((gateway) => {
    const terms = mergedTerms(gateway.terms, group.terms);
    return {
      trunkGroupId: group.id,
      gatewayId: gateway.id,
      endpointId: null,
      uri: gateway.uri,
      dialUser: dialUser(dialled, group, terms),
      chosen: gateway.enabled,
      ...(terms === undefined ? {} : { terms }),
      ...(terms?.callerId?.format === undefined ? {} : { country: group.country }),
      ...(gateway.enabled ? { leases: [wantedLease('trunk_group', group), wantedLease('gateway', gateway)] } : {}),
      reason: gateway.enabled ? `${why}priority ${gateway.priority} weight ${gateway.weight}` : 'disabled',
    };
  });
}

/**
 * Where the peer of a group registered with the group's own logins, for a group without an enabled gateway: whoever named a gateway
 * meant it (ADR 27). It is asked as what it registered, and told which number is called.
 */
export function loginCandidates(group: TrunkGroupRecord, dialled: Dialled): Candidate[] {
  const { id, logins = [], gateways, terms } = group;
  if (gateways.some(({ enabled }) => enabled)) return [];
  return logins.map(({ realm, username }) => ({
    trunkGroupId: id,
    gatewayId: null,
    endpointId: null,
    uri: `sip:${escapeUser(username)}@${realm}`,
    dialUser: null,
    calledAs: dialUser(dialled, group, terms),
    user: recordRef.credential(realm, username),
    chosen: true,
    ...(terms === undefined ? {} : { terms }),
    ...(terms?.callerId?.format === undefined ? {} : { country: group.country }),
    leases: [wantedLease('trunk_group', group)],
    reason: 'login of the trunk',
  }));
}

/** The targets of an endpoint in the order this call tries them; a target without a user part is asked for the called number. */
export function endpointCandidates(callId: string, endpoint: EndpointRecord, called: E164): Candidate[] {
  const ordered = rendezvousOrder(callId, endpoint.targets, (target) => `${endpoint.id} ${target.uri}`);
  return ordered.map((target) => ({
    trunkGroupId: null,
    gatewayId: null,
    endpointId: endpoint.id,
    uri: target.uri,
    dialUser: target.uri.includes('@') ? null : called,
    chosen: true,
    reason: `priority ${target.priority} weight ${target.weight}`,
  }));
}

/** One line for a whole group that is left out. */
export const excludedGroup = (trunkGroupId: string, reason: string): Candidate => ({
  trunkGroupId,
  gatewayId: null,
  endpointId: null,
  uri: '',
  dialUser: null,
  chosen: false,
  reason,
});

// RFC 3261 §25.1: `#` and everything else outside user-unreserved is escaped in the user part.
const escapeUser = (user: string): string => user.replaceAll(/[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/g, (char) => encodeURIComponent(char));

/** The R-URI to send to a candidate: its URI with the number to dial as user part. */
export function requestUriOf(candidate: Pick<Candidate, 'uri' | 'dialUser'>): string {
  if (candidate.dialUser === null) return candidate.uri;
  const colon = candidate.uri.indexOf(':') + 1;
  const host = candidate.uri.slice(candidate.uri.lastIndexOf('@') + 1 || colon);
  return `${candidate.uri.slice(0, colon)}${escapeUser(candidate.dialUser)}@${host}`;
}
