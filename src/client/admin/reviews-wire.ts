// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getReview` answers. */
export interface ReviewAnswer {
  readonly id: string;
  readonly kind: 'requirement_group' | 'sub_order' | 'order_item';
  readonly account_id: string;
  readonly mode: 'live' | 'test';
  readonly order_id: string | null;
  /** Of a group its state; of ordered numbers `waiting` while a value waits for a review. */
  readonly status: string;
  /** Of the group or the order: with it in `If-Match` a verdict is of these values and no others. */
  readonly version: number;
  readonly requirements: readonly {
    readonly number: {
      readonly id: string;
      readonly e164: string;
      readonly status: string;
    } | null;
    readonly requirement_id: string;
    readonly name: string;
    readonly field_type: string;
    readonly value: string | null;
    readonly status: string;
  }[];
}

/** One row of `listReviews`. */
export interface ListReviewsRow {
  readonly id: string;
  readonly kind: 'requirement_group' | 'sub_order';
  readonly account_id: string;
  readonly mode: 'live' | 'test';
  readonly country: string;
  readonly type: string;
  readonly order_id: string | null;
  readonly waiting: number;
  readonly created_at: string;
}

/** What `listReviews` answers. */
export interface ListReviewsAnswer {
  readonly data: readonly ListReviewsRow[];
  readonly next: string | null;
}

/** How `listReviews` is asked. */
export interface ListReviewsQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly kind?: 'requirement_group' | 'sub_order' | undefined;
  readonly account_id?: string | undefined;
}

/** What `approveReview` is sent. */
export interface ApproveReviewBody {
  /** Only these; a group is reviewed as a whole. */
  readonly requirement_ids?: readonly string[] | null | undefined;
  readonly reason?: string | null | undefined;
}

/** How `approveReview` is asked. */
export interface ApproveReviewQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** What `declineReview` is sent. */
export interface DeclineReviewBody {
  /** Only these; a group is reviewed as a whole. */
  readonly requirement_ids?: readonly string[] | null | undefined;
  /** Said to the customer as a comment. */
  readonly reason: string;
}
