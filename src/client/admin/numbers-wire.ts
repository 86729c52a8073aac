// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getNumber` answers. */
export interface NumberAnswer {
  readonly id: string;
  readonly e164: string;
  readonly country: string;
  readonly type: string;
  readonly region: string | null;
  readonly mode: 'live' | 'test';
  readonly lifecycle: 'available' | 'pending' | 'active' | 'suspended' | 'releasing';
  readonly suspended_by: readonly ('tenant' | 'platform' | 'billing')[];
  readonly owner_account_id: string | null;
  readonly sub_account_id: string | null;
  readonly endpoint_id: string | null;
  readonly trunk_group_id: string | null;
  readonly allow_inbound: boolean;
  readonly allow_outbound: boolean;
  readonly setup_fee_minor: number;
  readonly monthly_fee_minor: number;
  readonly currency: string;
  readonly tags: readonly string[];
  readonly customer_reference: string | null;
  readonly deletion_lock: boolean;
  readonly max_channels: number | null;
  readonly max_cps: number | null;
  readonly max_call_seconds: number | null;
  readonly minutes_per_day: number | null;
  readonly last_call_at: string | null;
  readonly cool_off_until: string | null;
  readonly available_at: string | null;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
  /** After a change, where there are some: what will hardly do what was meant. */
  readonly warnings?:
    | readonly {
        readonly code: string;
        readonly detail: string;
      }[]
    | undefined;
}

/** What `listNumbers` answers. */
export interface ListNumbersAnswer {
  readonly data: readonly NumberAnswer[];
  readonly next: string | null;
}

/** How `listNumbers` is asked. */
export interface ListNumbersQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly e164?: string | undefined;
  readonly account_id?: string | undefined;
  readonly lifecycle?: 'available' | 'pending' | 'active' | 'suspended' | 'releasing' | undefined;
  readonly mode?: 'live' | 'test' | undefined;
}

/** What `updateNumber` is sent. */
export interface UpdateNumberBody {
  readonly allow_inbound?: boolean | undefined;
  readonly allow_outbound?: boolean | undefined;
  readonly endpoint_id?: string | null | undefined;
  readonly trunk_group_id?: string | null | undefined;
  readonly suspended?: boolean | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly customer_reference?: string | null | undefined;
  readonly deletion_lock?: boolean | undefined;
  readonly max_channels?: number | null | undefined;
  readonly max_cps?: number | null | undefined;
  readonly max_call_seconds?: number | null | undefined;
  readonly minutes_per_day?: number | null | undefined;
}

/** How `updateNumber` is asked. */
export interface UpdateNumberQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}
