// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getPropagation` answers. */
export interface PropagationAnswer {
  readonly pending: number;
  readonly oldest_pending_ms: number | null;
  readonly redis: 'up' | 'down';
  readonly epoch: number;
  readonly records: Readonly<Record<string, number>>;
  readonly rebuild: {
    readonly kind: string;
    readonly written: number;
    readonly total: number | null;
    readonly started_at: string;
    readonly updated_at: string;
  } | null;
  readonly audit: {
    readonly kind: string;
    readonly checked: number;
    readonly rounds: number;
    readonly repairs: Readonly<Record<string, number>>;
    readonly last_round: {
      readonly seconds: number;
      readonly checked: number;
      readonly ended_at: string;
    } | null;
  };
  readonly agents: readonly {
    readonly id: string;
    readonly seen_at: string;
    readonly epoch: number;
    readonly mode: string;
    readonly alive: boolean;
  }[];
}
