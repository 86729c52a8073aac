// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** One row of `listAudit`. */
export interface ListAuditRow {
  readonly id: string;
  readonly at: string;
  readonly actor: {
    readonly kind: string;
    readonly id: string;
    readonly account_id: string | null;
  };
  readonly action: string;
  readonly resource: string;
  readonly account_id: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly forced: boolean;
  readonly reason: string | null;
  readonly request_id: string | null;
  readonly ip: string | null;
}

/** What `listAudit` answers. */
export interface ListAuditAnswer {
  readonly data: readonly ListAuditRow[];
  readonly next: string | null;
}

/** How `listAudit` is asked. */
export interface ListAuditQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly resource?: string | undefined;
  readonly action?: string | undefined;
  readonly account_id?: string | undefined;
}
