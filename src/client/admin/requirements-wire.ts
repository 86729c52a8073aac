// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getRequirement` answers. */
export interface RequirementAnswer {
  readonly id: string;
  readonly country: string;
  readonly type: 'local' | 'mobile' | 'national' | 'toll_free' | 'shared_cost';
  readonly name: string;
  readonly description: string | null;
  readonly example: string | null;
  readonly field_type: 'textual' | 'datetime' | 'address' | 'document';
  readonly acceptance: {
    readonly min_length: number | null;
    readonly max_length: number | null;
    readonly acceptable_values: readonly string[] | null;
    readonly case_sensitive: boolean;
    readonly regex: string | null;
  };
  readonly created_at: string;
}

/** What `createRequirement` is sent. */
export interface CreateRequirementBody {
  readonly country: string;
  readonly type: 'local' | 'mobile' | 'national' | 'toll_free' | 'shared_cost';
  readonly name: string;
  /** For people. */
  readonly description?: string | null | undefined;
  /** A value that would do. */
  readonly example?: string | null | undefined;
  readonly field_type: 'textual' | 'datetime' | 'address' | 'document';
  /** A value that meets these rules is approved at once; without rules it waits for a reviewer. */
  readonly acceptance?:
    | {
        readonly min_length?: number | null | undefined;
        readonly max_length?: number | null | undefined;
        readonly acceptable_values?: readonly string[] | null | undefined;
        /** How acceptable_values are compared. */
        readonly case_sensitive?: boolean | undefined;
        /** Matched on the whole value; without groups and choices. */
        readonly regex?: string | null | undefined;
      }
    | null
    | undefined;
}

/** How `createRequirement` is asked. */
export interface CreateRequirementQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** What `listRequirements` answers. */
export interface ListRequirementsAnswer {
  readonly data: readonly RequirementAnswer[];
  readonly next: string | null;
}

/** How `listRequirements` is asked. */
export interface ListRequirementsQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly country?: string | undefined;
  readonly type?: 'local' | 'mobile' | 'national' | 'toll_free' | 'shared_cost' | undefined;
}
