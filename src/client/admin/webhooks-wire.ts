// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getWebhook` answers. */
export interface WebhookAnswer {
  readonly id: string;
  readonly account_id: string | null;
  readonly mode: 'live' | 'test';
  readonly format: 'standard' | 'hmac_hex' | 'ed25519';
  readonly url: string;
  readonly description: string | null;
  readonly events: readonly string[];
  readonly include_sub_accounts: boolean;
  readonly enabled: boolean;
  readonly disabled_reason: 'by_hand' | 'by_platform' | 'failures' | 'gone' | null;
  readonly failing_since: string | null;
  readonly previous_secret_until: string | null;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What `getWebhookDelivery` answers. */
export interface WebhookDeliveryAnswer {
  readonly id: string;
  readonly webhook_id: string;
  readonly account_id: string | null;
  readonly mode: 'live' | 'test';
  readonly format: 'standard' | 'hmac_hex' | 'ed25519';
  readonly event_id: string;
  readonly event_type: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly attempts_count: number;
  readonly error: string | null;
  readonly next_at: string | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly created_at: string;
  readonly event: {
    readonly id: string;
    readonly type: string;
    readonly resource: string;
    readonly data: unknown;
    readonly at: string;
  };
  readonly attempts: readonly {
    readonly n: number;
    readonly url: string;
    readonly started_at: string;
    readonly finished_at: string | null;
    readonly outcome: 'delivered' | 'failed' | null;
    readonly error: string | null;
    readonly http_status: number | null;
    readonly request_headers: readonly (readonly string[])[];
    readonly response_headers: readonly (readonly string[])[] | null;
    readonly response_body: string | null;
  }[];
}

/** What `createWebhook` answers. */
export interface CreateWebhookAnswer {
  readonly id: string;
  readonly account_id: string | null;
  readonly mode: 'live' | 'test';
  readonly format: 'standard' | 'hmac_hex' | 'ed25519';
  readonly url: string;
  readonly description: string | null;
  readonly events: readonly string[];
  readonly include_sub_accounts: boolean;
  readonly enabled: boolean;
  readonly disabled_reason: 'by_hand' | 'by_platform' | 'failures' | 'gone' | null;
  readonly failing_since: string | null;
  readonly previous_secret_until: string | null;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
  /** Shown this once. */
  readonly secret: string | null;
}

/** What `createWebhook` is sent. */
export interface CreateWebhookBody {
  /** Without it the webhook hears of every account. */
  readonly account_id?: string | null | undefined;
  readonly url: string;
  readonly events?:
    | readonly (
        | 'order.created'
        | 'order.updated'
        | 'order.completed'
        | 'sub_order.updated'
        | 'sub_order.completed'
        | 'number.purchased'
        | 'number.updated'
        | 'number.assigned'
        | 'number.unassigned'
        | 'number.suspended'
        | 'number.resumed'
        | 'number.releasing'
        | 'number.released'
        | 'number.trunk_group_unassigned'
        | 'requirement_group.status_changed'
        | 'gateway.down'
        | 'gateway.up'
        | 'account.traffic_alert'
        | '*'
      )[]
    | undefined;
  readonly description?: string | null | undefined;
  readonly include_sub_accounts?: boolean | undefined;
  readonly mode?: 'live' | 'test' | undefined;
}

/** How `createWebhook` is asked. */
export interface CreateWebhookQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** What `listWebhooks` answers. */
export interface ListWebhooksAnswer {
  readonly data: readonly WebhookAnswer[];
  readonly next: string | null;
}

/** How `listWebhooks` is asked. */
export interface ListWebhooksQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly account_id?: string | undefined;
}

/** What `updateWebhook` is sent. */
export interface UpdateWebhookBody {
  readonly url?: string | undefined;
  readonly events?:
    | readonly (
        | 'order.created'
        | 'order.updated'
        | 'order.completed'
        | 'sub_order.updated'
        | 'sub_order.completed'
        | 'number.purchased'
        | 'number.updated'
        | 'number.assigned'
        | 'number.unassigned'
        | 'number.suspended'
        | 'number.resumed'
        | 'number.releasing'
        | 'number.released'
        | 'number.trunk_group_unassigned'
        | 'requirement_group.status_changed'
        | 'gateway.down'
        | 'gateway.up'
        | 'account.traffic_alert'
        | '*'
      )[]
    | undefined;
  readonly description?: string | null | undefined;
  readonly include_sub_accounts?: boolean | undefined;
  readonly enabled?: boolean | undefined;
}

/** One row of `listWebhookDeliveries`. */
export interface ListWebhookDeliveriesRow {
  readonly id: string;
  readonly webhook_id: string;
  readonly account_id: string | null;
  readonly mode: 'live' | 'test';
  readonly format: 'standard' | 'hmac_hex' | 'ed25519';
  readonly event_id: string;
  readonly event_type: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly attempts_count: number;
  readonly error: string | null;
  readonly next_at: string | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly created_at: string;
}

/** What `listWebhookDeliveries` answers. */
export interface ListWebhookDeliveriesAnswer {
  readonly data: readonly ListWebhookDeliveriesRow[];
  readonly next: string | null;
}

/** How `listWebhookDeliveries` is asked. */
export interface ListWebhookDeliveriesQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly account_id?: string | undefined;
  readonly webhook_id?: string | undefined;
  readonly state?: 'pending' | 'delivered' | 'failed' | undefined;
  readonly event_type?:
    | 'order.created'
    | 'order.updated'
    | 'order.completed'
    | 'sub_order.updated'
    | 'sub_order.completed'
    | 'number.purchased'
    | 'number.updated'
    | 'number.assigned'
    | 'number.unassigned'
    | 'number.suspended'
    | 'number.resumed'
    | 'number.releasing'
    | 'number.released'
    | 'number.trunk_group_unassigned'
    | 'requirement_group.status_changed'
    | 'gateway.down'
    | 'gateway.up'
    | 'account.traffic_alert'
    | undefined;
}
