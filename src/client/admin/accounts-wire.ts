// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getAccount` answers. */
export interface AccountAnswer {
  readonly id: string;
  readonly auth_id: string;
  readonly name: string;
  readonly kind: 'account' | 'sub_account';
  readonly parent_id: string | null;
  readonly status: 'active' | 'disabled' | 'closed';
  readonly currency: string;
  readonly country: string | null;
  readonly max_channels: number | null;
  readonly max_cps: number | null;
  readonly max_call_seconds: number | null;
  readonly minutes_per_day: number | null;
  readonly allowed_destinations: readonly string[] | null;
  readonly blocked_destinations: readonly string[];
  readonly outbound_stopped_at: string | null;
  readonly balance_minor: number;
  readonly held_minor: number;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What `createAccount` answers. */
export interface CreateAccountAnswer {
  readonly id: string;
  readonly auth_id: string;
  readonly name: string;
  readonly kind: 'account' | 'sub_account';
  readonly parent_id: string | null;
  readonly status: 'active' | 'disabled' | 'closed';
  readonly currency: string;
  readonly country: string | null;
  readonly max_channels: number | null;
  readonly max_cps: number | null;
  readonly max_call_seconds: number | null;
  readonly minutes_per_day: number | null;
  readonly allowed_destinations: readonly string[] | null;
  readonly blocked_destinations: readonly string[];
  readonly outbound_stopped_at: string | null;
  readonly balance_minor: number;
  readonly held_minor: number;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly auth_token: string;
}

/** What `createAccount` is sent. */
export interface CreateAccountBody {
  readonly name: string;
  readonly kind?: 'account' | 'sub_account' | undefined;
  readonly parent_id?: string | null | undefined;
  readonly currency?: string | null | undefined;
  readonly country?: string | null | undefined;
}

/** How `createAccount` is asked. */
export interface CreateAccountQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** What `listAccounts` answers. */
export interface ListAccountsAnswer {
  readonly data: readonly AccountAnswer[];
  readonly next: string | null;
}

/** How `listAccounts` is asked. */
export interface ListAccountsQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly parent_id?: string | undefined;
  readonly kind?: 'account' | 'sub_account' | undefined;
}

/** What `updateAccount` is sent. */
export interface UpdateAccountBody {
  readonly name?: string | undefined;
  readonly status?: 'active' | 'disabled' | undefined;
  readonly country?: string | null | undefined;
  readonly max_channels?: number | null | undefined;
  readonly max_cps?: number | null | undefined;
  readonly max_call_seconds?: number | null | undefined;
  readonly minutes_per_day?: number | null | undefined;
  readonly allowed_destinations?: readonly string[] | null | undefined;
  readonly blocked_destinations?: readonly string[] | null | undefined;
}

/** What `creditAccount` answers. */
export interface CreditAccountAnswer {
  readonly id: string;
  readonly auth_id: string;
  readonly name: string;
  readonly kind: 'account' | 'sub_account';
  readonly parent_id: string | null;
  readonly status: 'active' | 'disabled' | 'closed';
  readonly currency: string;
  readonly country: string | null;
  readonly max_channels: number | null;
  readonly max_cps: number | null;
  readonly max_call_seconds: number | null;
  readonly minutes_per_day: number | null;
  readonly allowed_destinations: readonly string[] | null;
  readonly blocked_destinations: readonly string[];
  readonly outbound_stopped_at: string | null;
  readonly balance_minor: number;
  readonly held_minor: number;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly mode: 'live' | 'test';
  readonly transaction_id: string;
}

/** What `creditAccount` is sent. */
export interface CreditAccountBody {
  readonly amount_minor: number;
  readonly note: string;
  readonly mode?: 'live' | 'test' | undefined;
  readonly allow_negative?: boolean | undefined;
}

/** One row of `listLedger`. */
export interface ListLedgerRow {
  readonly id: string;
  readonly at: string;
  readonly mode: 'live' | 'test';
  readonly kind: 'credit' | 'purchase' | 'hold' | 'hold_release' | 'capture' | 'renewal' | 'adjustment';
  /** What it added to the balance. */
  readonly amount_minor: number;
  /** What it added to the holds. */
  readonly held_minor: number;
  /** The balance after it. */
  readonly balance_minor: number;
  readonly currency: string;
  readonly number_id: string | null;
  /** Beginning of the month that a renewal pays for. */
  readonly period: string | null;
  readonly note: string | null;
}

/** What `listLedger` answers. */
export interface ListLedgerAnswer {
  readonly data: readonly ListLedgerRow[];
  readonly next: string | null;
}

/** How `listLedger` is asked. */
export interface ListLedgerQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly mode?: 'live' | 'test' | undefined;
}
