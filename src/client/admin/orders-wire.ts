// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getOrderItem` answers. */
export interface OrderItemAnswer {
  readonly id: string;
  readonly order_id: string;
  readonly sub_order_id: string;
  readonly account_id: string;
  readonly number_id: string;
  readonly e164: string;
  readonly status: 'pending' | 'success' | 'failure' | 'cancelled' | 'deleted';
  readonly requirements_status: string;
  readonly requirements: readonly {
    readonly requirement_id: string;
    readonly name: string;
    readonly field_type: string;
    readonly value: string | null;
    readonly status: 'unset' | 'provided' | 'approved' | 'rejected';
  }[];
  readonly deadline: string | null;
}

/** One row of `listOrders`. */
export interface ListOrdersRow {
  readonly id: string;
  readonly mode: 'live' | 'test';
  readonly account_id: string;
  readonly status: 'pending' | 'success' | 'failure' | 'cancelled' | 'deleted';
  readonly requirements_met: boolean;
  readonly customer_reference: string | null;
  readonly billing_group_id: string | null;
  readonly trunk_group_id: string | null;
  readonly sub_orders: readonly {
    readonly id: string;
    readonly country: string;
    readonly type: string;
    readonly status: 'pending' | 'success' | 'failure' | 'cancelled' | 'deleted';
    readonly items: readonly {
      readonly id: string;
      readonly number_id: string;
      readonly e164: string;
      readonly status: 'pending' | 'success' | 'failure' | 'cancelled' | 'deleted';
    }[];
  }[];
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What `listOrders` answers. */
export interface ListOrdersAnswer {
  readonly data: readonly ListOrdersRow[];
  readonly next: string | null;
}

/** How `listOrders` is asked. */
export interface ListOrdersQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly account_id?: string | undefined;
  readonly mode?: 'live' | 'test' | undefined;
  readonly status?: 'pending' | 'success' | 'failure' | 'cancelled' | 'deleted' | undefined;
}

/** What `updateOrderItem` is sent. */
export interface UpdateOrderItemBody {
  readonly deadline: string;
}

/** How `updateOrderItem` is asked. */
export interface UpdateOrderItemQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}
