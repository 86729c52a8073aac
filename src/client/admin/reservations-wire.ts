// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** One row of `listReservations`. */
export interface ListReservationsRow {
  readonly id: string;
  readonly mode: 'live' | 'test';
  readonly account_id: string;
  readonly status: 'success' | 'partial';
  readonly customer_reference: string | null;
  readonly extensions: number;
  readonly numbers: readonly {
    readonly e164: string;
    readonly number_id: string | null;
    readonly error: 'reserved' | 'not_available' | null;
    readonly expired_at: string | null;
  }[];
  readonly created_at: string;
  readonly updated_at: string;
}

/** What `listReservations` answers. */
export interface ListReservationsAnswer {
  readonly data: readonly ListReservationsRow[];
  readonly next: string | null;
}

/** How `listReservations` is asked. */
export interface ListReservationsQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly account_id?: string | undefined;
  readonly mode?: 'live' | 'test' | undefined;
  readonly e164?: string | undefined;
}
