// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getJob` answers. */
export interface JobAnswer {
  readonly id: string;
  readonly queue:
    | 'trunk-group-unassign'
    | 'order-progress'
    | 'release-due'
    | 'requirement-deadlines'
    | 'webhook-delivery'
    | 'bulk-jobs'
    | 'reports'
    | 'billing-renewals';
  readonly key: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  readonly runs: number;
  readonly tries: number;
  readonly progress: unknown;
  readonly result: unknown;
  readonly error: string | null;
  readonly due_at: string;
  readonly account_id: string | null;
  readonly number_id: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What `listJobs` answers. */
export interface ListJobsAnswer {
  readonly data: readonly JobAnswer[];
  readonly next: string | null;
}

/** How `listJobs` is asked. */
export interface ListJobsQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly queue?:
    | 'trunk-group-unassign'
    | 'order-progress'
    | 'release-due'
    | 'requirement-deadlines'
    | 'webhook-delivery'
    | 'bulk-jobs'
    | 'reports'
    | 'billing-renewals'
    | undefined;
  readonly state?: 'queued' | 'running' | 'done' | 'failed' | undefined;
  readonly number?: string | undefined;
}

/** How `retryJob` is asked. */
export interface RetryJobQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}
