// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `createComment` answers. */
export interface CreateCommentAnswer {
  readonly id: string;
  readonly mode: 'live' | 'test';
  readonly account_id: string;
  readonly comment_record_type: 'sub_number_order' | 'requirement_group';
  readonly comment_record_id: string;
  readonly body: string;
  readonly commenter: string;
  readonly commenter_type: 'admin' | 'user';
  readonly created_at: string;
  readonly read_at: string | null;
  readonly updated_at: string;
}

/** What `createComment` is sent. */
export interface CreateCommentBody {
  readonly comment_record_type: 'sub_number_order' | 'requirement_group';
  readonly comment_record_id: string;
  readonly body: string;
  /** Who says it; `platform` when absent. */
  readonly commenter?: string | undefined;
}

/** How `createComment` is asked. */
export interface CreateCommentQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** What `listComments` answers. */
export interface ListCommentsAnswer {
  readonly data: readonly CreateCommentAnswer[];
  readonly next: string | null;
}

/** How `listComments` is asked. */
export interface ListCommentsQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly comment_record_type?: 'sub_number_order' | 'requirement_group' | undefined;
  readonly comment_record_id?: string | undefined;
  readonly account_id?: string | undefined;
  readonly read?: 'true' | 'false' | undefined;
}
