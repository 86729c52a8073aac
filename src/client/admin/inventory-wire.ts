// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `importInventory` answers. */
export interface ImportInventoryAnswer {
  readonly created: number;
  readonly updated: number;
  readonly rejected: readonly {
    readonly index: number;
    readonly code: string;
    readonly detail: string;
  }[];
}

/** What `importInventory` is sent. */
export interface ImportInventoryBody {
  readonly numbers: readonly unknown[];
}

/** How `importInventory` is asked. */
export interface ImportInventoryQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}
