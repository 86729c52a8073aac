// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** One row of `listSipBans`. */
export interface ListSipBansRow {
  readonly address: string;
  readonly banned_at: string;
  readonly expires_at: string;
  readonly expires_in_seconds: number;
  readonly failures: number;
}

/** What `listSipBans` answers. */
export interface ListSipBansAnswer {
  readonly data: readonly ListSipBansRow[];
  readonly next: string | null;
}

/** How `liftSipBan` is asked. */
export interface LiftSipBanQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}
