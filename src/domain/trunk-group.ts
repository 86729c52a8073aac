import type { DefaultCaller } from './default-caller.ts';
import type { GatewayTerms } from './gateway-terms.ts';
import type { Limits } from './lease.ts';
import type { LoginName } from './login-name.ts';
import type { Mode, NumberFormat, OutboundRoute } from './records.ts';
import type { SourceMarks } from './source-marks.ts';

/** One SIP server of a trunk group. */
export interface Gateway {
  readonly id: string;
  readonly uri: string;
  readonly priority: number;
  readonly weight: number;
  readonly enabled: boolean;
  /** Absent: without limit. */
  readonly limits?: Limits;
  /** What it says for itself; absent: as its group says. */
  readonly terms?: GatewayTerms;
}

/** Ordered gateways and the addresses calls come from. */
export interface TrunkGroup {
  readonly id: string;
  readonly extId: string;
  readonly name: string;
  readonly kind: 'carrier' | 'customer';
  readonly accountId: string | null;
  readonly mode: Mode;
  readonly enabled: boolean;
  readonly numberFormat: NumberFormat | null;
  readonly country: string | null;
  readonly gateways: readonly Gateway[];
  readonly acl: readonly string[];
  /** Logins made for it alone, the oldest first; absent: none. They are rows of their own, and kept there. */
  readonly logins?: readonly LoginName[] | undefined;
  /** What tells its requests from others of these addresses; absent: the address alone. */
  readonly marks?: SourceMarks | undefined;
  /** Absent: without limit. */
  readonly limits?: Limits | undefined;
  /** How calls are put through to its gateways; absent: as the platform says. */
  readonly terms?: GatewayTerms | undefined;
  /** Absent: calls come in and go out. `inbound`: its peer only receives; `outbound`: it only calls. */
  readonly direction?: 'inbound' | 'outbound' | undefined;
  /** How its peer says who it is; absent: told by what it has. */
  readonly identifiedBy?: 'login' | 'address' | 'name' | undefined;
  /** What its calls out may do; absent: whatever the group may. */
  readonly profile?: OutboundProfileTerms | undefined;
  /** What its calls out present by themselves; absent: what they say. */
  readonly defaultCaller?: DefaultCaller | undefined;
  /** Labels. */
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Version of the row in trunk_groups; the ACL has its own (decision C2). */
  readonly version: number;
  readonly sourceVersion: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What an outbound profile says of the groups that use it. */
export interface OutboundProfileTerms {
  readonly id: string;
  readonly extId: string;
  readonly enabled: boolean;
  /** Calls out at once of all groups that use it together; null: without limit. */
  readonly channelsMax: number | null;
  /** New calls out in one second, likewise. */
  readonly perSecondMax: number | null;
  /** Countries that they may call (ISO 3166-1 alpha-2); null: any. */
  readonly allowedCountries: readonly string[] | null;
}

/** Of a profile what its groups go by. */
export const termsOfProfile = (profile: OutboundProfileTerms): OutboundProfileTerms => {
  const { id, extId, enabled, channelsMax, perSecondMax, allowedCountries } = profile;
  return { id, extId, enabled, channelsMax, perSecondMax, allowedCountries };
};

/** An outbound profile as it is kept. */
export interface OutboundProfile extends OutboundProfileTerms {
  readonly accountId: string;
  readonly mode: Mode;
  readonly name: string;
  readonly tags: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An outbound route with the set it belongs to. */
export interface StoredOutboundRoute extends OutboundRoute {
  readonly accountId: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}
