import { type Account, payerOf } from './account.ts';
import { destinationsOf } from './country-prefixes.ts';
import { defaultCallerMember } from './default-caller.ts';
import { type Destinations, destinationsMember } from './destinations.ts';
import type { Endpoint } from './endpoint.ts';
import { mergedTerms, termsMember } from './gateway-terms.ts';
import { limitsMember } from './lease.ts';
import type { PhoneNumber } from './number.ts';
import { lifecycleOf } from './number.ts';
import type {
  AccountRecord,
  CredentialRecord,
  EndpointRecord,
  NumberRecord,
  OutboundRoute,
  RouteSetRecord,
  SourceRecord,
  TrunkGroupRecord,
} from './records.ts';
import type { SipCredential } from './sip-credential.ts';
import { marksMember } from './source-marks.ts';
import type { TrunkGroup } from './trunk-group.ts';

/** render(Postgres row) of invariant 2: what Redis must hold for each row at its version. */

/** What a number's record is made of; a rebuild reads no more of the row than this. */
export type NumberFacts = Pick<
  PhoneNumber,
  | 'id'
  | 'e164'
  | 'mode'
  | 'holder'
  | 'lifecycle'
  | 'suspendedBy'
  | 'allowInbound'
  | 'allowOutbound'
  | 'endpointId'
  | 'trunkGroupId'
  | 'limits'
>;

/** An inventory number has no record (decision C2). */
export function numberRecord(number: NumberFacts): NumberRecord | null {
  const lifecycle = lifecycleOf(number);
  if (number.holder === null || lifecycle === 'available') return null;
  return {
    kind: 'number',
    id: number.id,
    e164: number.e164,
    mode: number.mode,
    ownerAccountId: number.holder.ownerAccountId,
    subAccountId: number.holder.subAccountId,
    lifecycle,
    suspendedBy: number.suspendedBy,
    allowInbound: number.allowInbound,
    allowOutbound: number.allowOutbound,
    endpointId: number.endpointId,
    trunkGroupId: number.trunkGroupId,
    ...limitsMember(number.limits),
  };
}

/** The record of an endpoint. */
export const endpointRecord = (endpoint: Endpoint): EndpointRecord => ({
  kind: 'endpoint',
  id: endpoint.id,
  accountId: endpoint.accountId,
  status: endpoint.status,
  targets: endpoint.targets,
  ...ringOf(endpoint.providerConfig['ring']),
  ...(endpoint.route === undefined ? {} : { route: endpoint.route }),
  ...(endpoint.fallback === undefined ? {} : { fallback: endpoint.fallback }),
});

const ringOf = (value: unknown): Pick<EndpointRecord, 'ring'> => (value === 'parallel' || value === 'serial' ? { ring: value } : {});

/** The record of a trunk group with its gateways. */
export const trunkGroupRecord = (group: TrunkGroup): TrunkGroupRecord => ({
  kind: 'trunk_group',
  id: group.id,
  name: group.name,
  groupKind: group.kind,
  accountId: group.accountId,
  mode: group.mode,
  enabled: group.enabled,
  numberFormat: group.numberFormat,
  country: group.country,
  // A trunk that only calls takes no calls, whatever it lists.
  gateways: group.direction === 'outbound' ? [] : group.gateways,
  ...loginsMember(group),
  ...limitsMember(group.limits),
  ...(callsOut(group) ? {} : { receivesOnly: true as const }),
  ...termsMember(group.terms),
  ...profileMember(group),
  ...defaultCallerMember(group.defaultCaller),
  ...destinationsMember(group.profile?.allowedCountries == null ? undefined : destinationsOf(group.profile.allowedCountries)),
});

/** Carriers are gateways of ours: none of them registers here. */
const loginsMember = ({ kind, direction, logins = [] }: TrunkGroup): Pick<TrunkGroupRecord, 'logins'> =>
  kind !== 'customer' || direction === 'outbound' || logins.length === 0 ? {} : { logins };

const callsOut = ({ direction, profile }: TrunkGroup): boolean => direction !== 'inbound' && profile?.enabled !== false;

/** Counted limit or not while there is a profile, so that a limit set later is right at once. */
const profileMember = ({ profile }: TrunkGroup): Pick<TrunkGroupRecord, 'profile'> =>
  profile === undefined
    ? {}
    : { profile: { id: profile.id, limits: { channelsMax: profile.channelsMax, perSecondMax: profile.perSecondMax } } };

/** The record of a trunk group's ACL; a disabled group recognises nobody, and neither does one that only receives. */
export const sourceRecord = (group: TrunkGroup): SourceRecord => ({
  kind: 'source',
  trunkGroupId: group.id,
  groupKind: group.kind,
  accountId: group.accountId,
  mode: group.mode,
  acl: group.enabled && callsOut(group) ? group.acl : [],
  ...(isWatched(group) ? { watched: true as const } : {}),
  // Also of one that recognises nobody now: what carries a token is passed on by nobody meanwhile.
  ...marksMember(group.marks),
});

/** True where somebody has to look after gateways of the group between calls: they are pinged, or registered at. */
export const isWatched = ({ enabled, direction, gateways, terms }: TrunkGroup): boolean =>
  enabled &&
  direction !== 'outbound' &&
  gateways.some((gateway) => {
    const merged = mergedTerms(gateway.terms, terms);
    return gateway.enabled && (merged?.health?.pingIntervalMs !== undefined || merged?.registerSeconds !== undefined);
  });

/** The record of a SIP credential; one that was made for trunks is good as long as it is in one. */
export const credentialRecord = (credential: SipCredential): CredentialRecord => ({
  kind: 'credential',
  id: credential.id,
  username: credential.username,
  realm: credential.realm,
  accountId: credential.accountId,
  subAccountId: credential.subAccountId,
  mode: credential.mode,
  e164: credential.e164,
  enabled: credential.enabled && (credential.purpose !== 'trunk' || credential.trunkGroupId !== undefined),
  sealedHa1: credential.sealedHa1,
  digest: credential.digest,
  ...(credential.trunkGroupId === undefined ? {} : { trunkGroupId: credential.trunkGroupId }),
  ...(credential.expiresAt === undefined ? {} : { expiresAt: credential.expiresAt }),
  ...defaultCallerMember(credential.defaultCaller),
});

/** The record of an account. Routes are looked for in the payer's own set first, then in the platform's; a set may not exist. */
export const accountRecord = (account: Account): AccountRecord => ({
  kind: 'account',
  id: account.id,
  parentId: account.parentId,
  status: account.status === 'active' ? 'active' : 'disabled',
  country: account.country,
  routeSetId: payerOf(account),
  ...limitsMember(account.limits),
  ...destinationsMember(account.destinations),
  ...(account.outboundStoppedAt === undefined ? {} : { outboundStopped: true as const }),
});

/** The record of a route set; of a route only what a decision looks at. */
export const routeSetRecord = (id: string, routes: readonly OutboundRoute[], destinations?: Destinations): RouteSetRecord => ({
  kind: 'route_set',
  id,
  routes: routes.map((route) => ({
    id: route.id,
    prefix: route.prefix,
    trunkGroupId: route.trunkGroupId,
    priority: route.priority,
    weight: route.weight,
    ...(route.cost === undefined ? {} : { cost: route.cost }),
    ...(route.hours === undefined ? {} : { hours: route.hours }),
  })),
  ...destinationsMember(destinations),
});
