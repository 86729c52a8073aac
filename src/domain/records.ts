import type { DefaultCaller } from './default-caller.ts';
import type { Destinations } from './destinations.ts';
import type { EndpointUse } from './endpoint-route.ts';
import type { GatewayTerms } from './gateway-terms.ts';
import type { Limits } from './lease.ts';
import type { LoginName } from './login-name.ts';
import type { RouteHours } from './route-hours.ts';
import type { SourceMarks } from './source-marks.ts';

/**
 * What Redis knows of Postgres: one row, one record, one version (decision C2). Records refer to each other by id and copy
 * nothing, so a change of an endpoint is one write however many numbers point to it.
 */

/** Test-mode resources and live ones never meet (decision B12). */
export type Mode = 'live' | 'test';

/** Names one record: `number:live:+442071838750`, `endpoint:<uuid>`, `route_set:platform`. */
export type RecordRef = string & { readonly __brand: 'RecordRef' };

export type RecordKind = 'number' | 'endpoint' | 'trunk_group' | 'credential' | 'account' | 'route_set' | 'source';

const ref = (text: string): RecordRef => text as RecordRef;

/** The route set every account without own routes uses. */
export const PLATFORM_ROUTE_SET = 'platform';

/** How each kind of record is named; the only place that builds a reference. */
export const recordRef = {
  number: (mode: Mode, e164: string) => ref(`number:${mode}:${e164}`),
  endpoint: (id: string) => ref(`endpoint:${id}`),
  trunkGroup: (id: string) => ref(`trunk_group:${id}`),
  /** Usernames are compared without case inside a realm (decision C13). */
  credential: (realm: string, username: string) => ref(`credential:${realm.toLowerCase()}:${username.toLowerCase()}`),
  account: (id: string) => ref(`account:${id}`),
  routeSet: (id: string) => ref(`route_set:${id}`),
  source: (trunkGroupId: string) => ref(`source:${trunkGroupId}`),
};

/** The kind a reference names. */
export const kindOf = (record: RecordRef): RecordKind => record.slice(0, record.indexOf(':')) as RecordKind;

/** Who may have stopped a number; it is active when nobody has (decision B25). */
export type SuspendedBy = 'tenant' | 'platform' | 'billing';

/** An owned number. Inventory numbers have no record. */
export interface NumberRecord {
  readonly kind: 'number';
  readonly id: string;
  readonly e164: string;
  readonly mode: Mode;
  readonly ownerAccountId: string;
  readonly subAccountId: string | null;
  readonly lifecycle: 'pending' | 'active' | 'suspended' | 'releasing';
  readonly suspendedBy: readonly SuspendedBy[];
  readonly allowInbound: boolean;
  readonly allowOutbound: boolean;
  /** At most one of the two is set. */
  readonly endpointId: string | null;
  readonly trunkGroupId: string | null;
  /** Absent: without limit. */
  readonly limits?: Limits;
}

/** One place a call may go to; lower priority first, weight shares equal priorities (RFC 2782 words). */
export interface Target {
  readonly uri: string;
  readonly priority: number;
  readonly weight: number;
}

/** Where inbound calls of a number go: along its route, or else to its targets. */
export interface EndpointRecord extends EndpointUse {
  readonly kind: 'endpoint';
  readonly id: string;
  readonly accountId: string;
  readonly status: 'active' | 'inactive';
  readonly targets: readonly Target[];
  /** How the contacts of a SIP user among the targets are rung; absent: by their q. */
  readonly ring?: 'parallel' | 'serial';
}

export interface GatewayRecord extends Target {
  readonly id: string;
  readonly enabled: boolean;
  /** Absent: without limit. */
  readonly limits?: Limits;
  /** What it says for itself; absent: as its group says. */
  readonly terms?: GatewayTerms;
}

/** How a group writes national numbers; unset means E.164 with or without `+`, then the default country. */
export type NumberFormat = 'e164' | 'e164_plus' | 'national';

/** Ordered gateways, and who they belong to. Calls in are recognised by the group's `source` record. */
export interface TrunkGroupRecord {
  readonly kind: 'trunk_group';
  readonly id: string;
  readonly name: string;
  readonly groupKind: 'carrier' | 'customer';
  /** null: the platform's own. */
  readonly accountId: string | null;
  readonly mode: Mode;
  readonly enabled: boolean;
  readonly numberFormat: NumberFormat | null;
  readonly country: string | null;
  readonly gateways: readonly GatewayRecord[];
  /** The logins that its peer registers with: it is called where it did so while no gateway is enabled (ADR 27). Absent: none. */
  readonly logins?: readonly LoginName[];
  /** Absent: without limit. */
  readonly limits?: Limits;
  /** True: nobody calls out through it, logins included. */
  readonly receivesOnly?: true;
  /** How calls are put through to its gateways; absent: as the platform says. */
  readonly terms?: GatewayTerms;
  /** Where calls that come by it may go; absent: anywhere. */
  readonly destinations?: Destinations;
  /** The outbound profile whose channels and calls per second those calls share with other groups; absent: none. */
  readonly profile?: { readonly id: string; readonly limits: Limits };
  /** What those calls present by themselves; absent: what they say. */
  readonly defaultCaller?: DefaultCaller;
}

/** A SIP login. HA1s are sealed; only the agent can open them. */
export interface CredentialRecord {
  readonly kind: 'credential';
  readonly id: string;
  readonly username: string;
  readonly realm: string;
  readonly accountId: string;
  readonly subAccountId: string | null;
  readonly mode: Mode;
  /** Set: may present only this number. Unset: any number of exactly this holder (decision C13). */
  readonly e164: string | null;
  readonly enabled: boolean;
  /** base64 of AES-256-GCM over {md5, sha256} hex HA1s. */
  readonly sealedHa1: string;
  readonly digest: 'md5' | 'sha256' | 'both' | null;
  /** The trunk group whose limits its calls count against; without that group in use the login is of no use. */
  readonly trunkGroupId?: string;
  /** Product time in ms from which on it is of no use; absent: never. */
  readonly expiresAt?: number;
  /** What its calls out present by themselves; absent: as its trunk group says, or what they say. */
  readonly defaultCaller?: DefaultCaller;
}

/** True while whoever has this login may use it: there is one, and it is neither switched off nor over. `at`: product time in ms. */
export const isInForce = (login: CredentialRecord | null, at: number): login is CredentialRecord =>
  login?.enabled === true && (login.expiresAt === undefined || at < login.expiresAt);

export interface AccountRecord {
  readonly kind: 'account';
  readonly id: string;
  readonly parentId: string | null;
  readonly status: 'active' | 'disabled';
  readonly country: string | null;
  /** The account whose route set applies, or `platform`. */
  readonly routeSetId: string;
  /** Absent: without limit. */
  readonly limits?: Limits;
  /** Absent: anywhere. */
  readonly destinations?: Destinations;
  /** Its calls out are stopped: they were far from usual. */
  readonly outboundStopped?: true;
}

export interface OutboundRoute {
  readonly id: string;
  /** Digits without `+` that the called number must start with, or `=112` for exactly that dial string. */
  readonly prefix: string;
  readonly trunkGroupId: string;
  readonly priority: number;
  readonly weight: number;
  /** Of equal priority the cheaper comes first, one without a cost last; whatever unit the platform counts in. */
  readonly cost?: number;
  /** Absent: always. */
  readonly hours?: RouteHours;
}

/** All outbound routes of an account, or of the platform. */
export interface RouteSetRecord {
  readonly kind: 'route_set';
  readonly id: string;
  readonly routes: readonly OutboundRoute[];
  /** Of the platform's set alone: where calls of everybody may go; absent: anywhere. */
  readonly destinations?: Destinations;
}

/** The addresses a trunk group's calls come from. Each entry is a CIDR or `ip:port[/transport]` (decision C1). */
export interface SourceRecord {
  readonly kind: 'source';
  readonly trunkGroupId: string;
  readonly groupKind: 'carrier' | 'customer';
  readonly accountId: string | null;
  readonly mode: Mode;
  readonly acl: readonly string[];
  /** True: some gateway of the group is pinged or registered at. */
  readonly watched?: true;
  /** What tells its requests from others of these addresses; absent: the address alone. */
  readonly marks?: SourceMarks;
}

export type RouteRecord =
  | NumberRecord
  | EndpointRecord
  | TrunkGroupRecord
  | CredentialRecord
  | AccountRecord
  | RouteSetRecord
  | SourceRecord;

export type RecordOf<K extends RecordKind> = Extract<RouteRecord, { kind: K }>;

/** A record as read: its version, and null where Redis holds none or a tombstone (version 0 if never written). */
export interface Versioned<R extends RouteRecord = RouteRecord> {
  readonly version: number;
  readonly record: R | null;
}

/** One entry of the vector a decision rests on. */
export interface RecordVersion {
  readonly record: RecordRef;
  readonly version: number;
}
