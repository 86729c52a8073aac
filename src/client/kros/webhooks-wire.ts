// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getWebhook` answers. */
export interface WebhookAnswer {
  readonly id: string;
  readonly url: string;
  readonly events: readonly ('number.provisioned' | 'number.updated' | 'number.suspended' | 'number.resumed' | 'number.released')[];
  readonly description: string | null;
  readonly status: 'active' | 'inactive';
  readonly organization_id: string;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What `listWebhooks` answers. */
export interface ListWebhooksAnswer {
  readonly webhooks: readonly WebhookAnswer[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

/** How `listWebhooks` is asked. */
export interface ListWebhooksQuery {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** What `createWebhook` answers. */
export interface CreateWebhookAnswer {
  readonly id: string;
  readonly url: string;
  readonly events: readonly ('number.provisioned' | 'number.updated' | 'number.suspended' | 'number.resumed' | 'number.released')[];
  readonly description: string | null;
  readonly status: 'active' | 'inactive';
  readonly organization_id: string;
  readonly created_at: string;
  readonly updated_at: string;
  /** Shown this once. */
  readonly secret: string;
}

/** What `createWebhook` is sent. */
export interface CreateWebhookBody {
  readonly url: string;
  readonly events: readonly ('number.provisioned' | 'number.updated' | 'number.suspended' | 'number.resumed' | 'number.released')[];
  readonly description?: string | null | undefined;
}

/** What `updateWebhook` is sent. */
export interface UpdateWebhookBody {
  readonly url?: string | undefined;
  readonly events?:
    | readonly ('number.provisioned' | 'number.updated' | 'number.suspended' | 'number.resumed' | 'number.released')[]
    | undefined;
  readonly description?: string | null | undefined;
  readonly status?: 'active' | 'inactive' | undefined;
}
