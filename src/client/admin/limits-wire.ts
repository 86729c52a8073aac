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

/** What `getTrafficGuard` answers. */
export interface TrafficGuardAnswer {
  /** What is done when calls out are far from usual; `block` stops them until that is lifted. */
  readonly action: 'off' | 'alert' | 'block';
  /** How many times its average hour of the seven days before is far from usual. */
  readonly factor: number;
  /** So many attempts in an hour are never far from usual. */
  readonly attempts_min: number;
  readonly minutes_min: number;
  /** Foreign countries called in an hour; null: any number. */
  readonly countries_max: number | null;
  /** Prefixes without +, measured apart from all others. */
  readonly risk_prefixes: readonly string[];
  readonly is_default: boolean;
  readonly version: number;
  readonly outbound_stopped_at: string | null;
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

/** What `updateTrafficGuard` is sent. */
export interface UpdateTrafficGuardBody {
  readonly action?: 'off' | 'alert' | 'block' | undefined;
  readonly factor?: number | undefined;
  readonly attempts_min?: number | undefined;
  readonly minutes_min?: number | undefined;
  readonly countries_max?: number | null | undefined;
  readonly risk_prefixes?: readonly string[] | undefined;
}

/** One row of `listAlerts`. */
export interface ListAlertsRow {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly account_id: string | null;
  readonly mode: 'live' | 'test';
  readonly resource: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What `listAlerts` answers. */
export interface ListAlertsAnswer {
  readonly data: readonly ListAlertsRow[];
  readonly next: string | null;
}

/** How `listAlerts` is asked. */
export interface ListAlertsQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly type?: 'gateway.down' | 'gateway.up' | 'account.traffic_alert' | undefined;
  readonly account_id?: string | undefined;
  /** As in `resource` of an alert: gateway:{id}, account:{id}. */
  readonly resource?: string | undefined;
}
