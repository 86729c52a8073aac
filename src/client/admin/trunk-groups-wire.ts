// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getTrunkGroup` answers. */
export interface TrunkGroupAnswer {
  readonly id: string;
  readonly ext_id: string;
  readonly name: string;
  readonly kind: 'carrier' | 'customer';
  readonly account_id: string | null;
  readonly mode: 'live' | 'test';
  readonly enabled: boolean;
  readonly acl: readonly string[];
  readonly gateways: readonly {
    readonly id: string;
    readonly uri: string;
    readonly priority: number;
    readonly weight: number;
    readonly enabled: boolean;
    readonly max_channels: number | null;
    readonly max_cps: number | null;
  }[];
  readonly max_channels: number | null;
  readonly max_cps: number | null;
  readonly number_format: 'e164' | 'e164_plus' | 'national' | null;
  readonly country: string | null;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What `createTrunkGroup` is sent. */
export interface CreateTrunkGroupBody {
  readonly name: string;
  readonly kind: 'carrier' | 'customer';
  readonly account_id?: string | null | undefined;
  readonly mode?: 'live' | 'test' | undefined;
  readonly enabled?: boolean | undefined;
  readonly acl?: readonly string[] | undefined;
  readonly gateways?:
    | readonly {
        readonly uri: string;
        readonly priority?: number | undefined;
        readonly weight?: number | undefined;
        readonly enabled?: boolean | undefined;
        readonly max_channels?: number | null | undefined;
        readonly max_cps?: number | null | undefined;
      }[]
    | undefined;
  readonly number_format?: 'e164' | 'e164_plus' | 'national' | null | undefined;
  readonly country?: string | null | undefined;
  readonly max_channels?: number | null | undefined;
  readonly max_cps?: number | null | undefined;
  /** Not enforced yet: refused when set. */
  readonly failover?: null | undefined;
  /** Not enforced yet: refused when set. */
  readonly health?: null | undefined;
}

/** How `createTrunkGroup` is asked. */
export interface CreateTrunkGroupQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** What `listTrunkGroups` answers. */
export interface ListTrunkGroupsAnswer {
  readonly data: readonly TrunkGroupAnswer[];
  readonly next: string | null;
}

/** How `listTrunkGroups` is asked. */
export interface ListTrunkGroupsQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly account_id?: string | undefined;
  readonly kind?: 'carrier' | 'customer' | undefined;
}

/** What `updateTrunkGroup` is sent. */
export interface UpdateTrunkGroupBody {
  readonly name?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly acl?: readonly string[] | undefined;
  readonly gateways?:
    | readonly {
        readonly uri: string;
        readonly priority?: number | undefined;
        readonly weight?: number | undefined;
        readonly enabled?: boolean | undefined;
        readonly max_channels?: number | null | undefined;
        readonly max_cps?: number | null | undefined;
      }[]
    | undefined;
  readonly number_format?: 'e164' | 'e164_plus' | 'national' | null | undefined;
  readonly country?: string | null | undefined;
  readonly max_channels?: number | null | undefined;
  readonly max_cps?: number | null | undefined;
  /** Not enforced yet: refused when set. */
  readonly failover?: null | undefined;
  /** Not enforced yet: refused when set. */
  readonly health?: null | undefined;
}
