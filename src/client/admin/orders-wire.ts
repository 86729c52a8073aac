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

/** What `updateOrderItem` is sent. */
export interface UpdateOrderItemBody {
  readonly deadline: string;
}

/** How `updateOrderItem` is asked. */
export interface UpdateOrderItemQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
}
