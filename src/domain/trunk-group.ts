import type { Limits } from './lease.ts';
import type { Mode, NumberFormat, OutboundRoute } from './records.ts';

/** One SIP server of a trunk group. */
export interface Gateway {
  readonly id: string;
  readonly uri: string;
  readonly priority: number;
  readonly weight: number;
  readonly enabled: boolean;
  /** Absent: without limit. */
  readonly limits?: Limits;
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
  /** Absent: without limit. */
  readonly limits?: Limits | undefined;
  /** Version of the row in trunk_groups; the ACL has its own (decision C2). */
  readonly version: number;
  readonly sourceVersion: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An outbound route with the set it belongs to. */
export interface StoredOutboundRoute extends OutboundRoute {
  readonly accountId: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}
