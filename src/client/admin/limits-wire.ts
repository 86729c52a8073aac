// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getLimitUse` answers. */
export interface LimitUseAnswer {
  readonly kind: string;
  readonly id: string;
  readonly limit: {
    readonly max_channels: number | null;
    readonly max_cps: number | null;
    readonly max_call_seconds: number | null;
    readonly minutes_per_day: number | null;
  };
  readonly channels_in_use: number;
  readonly minutes: {
    readonly used: number;
    readonly limit: number;
    readonly resets_at: string;
  } | null;
}

/** One row of `listLeaseHolders`. */
export interface ListLeaseHoldersRow {
  readonly call_id: string;
  readonly agent_id: string;
  readonly since: string;
  readonly alive: boolean;
}

/** What `listLeaseHolders` answers. */
export interface ListLeaseHoldersAnswer {
  readonly limit: {
    readonly max_channels: number | null;
    readonly max_cps: number | null;
    readonly max_call_seconds: number | null;
  };
  readonly in_use: number;
  readonly data: readonly ListLeaseHoldersRow[];
  readonly next: string | null;
}

/** How `listLeaseHolders` is asked. */
export interface ListLeaseHoldersQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
}

/** How `freeLease` is asked. */
export interface FreeLeaseQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}
