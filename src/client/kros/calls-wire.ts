// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getCall` answers. */
export interface CallAnswer {
  readonly id: string;
  /** Whether a number of yours was called, or called; `calling` where it is both. */
  readonly side: 'calling' | 'called';
  readonly direction: 'inbound' | 'outbound' | 'internal' | 'unknown';
  /** As it was presented. */
  readonly from: string;
  readonly to: string;
  /** The number of yours. */
  readonly phone_number_id: string | null;
  readonly started_at: string;
  readonly answered_at: string | null;
  readonly ended_at: string | null;
  /** From answer to end; null while the call goes on. */
  readonly duration_ms: number | null;
  readonly outcome: string | null;
  readonly sip_status: number | null;
  readonly refusal_code: string | null;
  readonly ended_by: string | null;
}

/** What `listCalls` answers. */
export interface ListCallsAnswer {
  readonly calls: readonly CallAnswer[];
  readonly next: string | null;
}

/** How `listCalls` is asked. */
export interface ListCallsQuery {
  readonly limit?: number | undefined;
  /** The `next` of the page read last: only calls before it. */
  readonly before?: string | undefined;
  /** Called or calling, E.164. */
  readonly number?: string | undefined;
  readonly direction?: 'inbound' | 'outbound' | 'internal' | undefined;
}

/** What `explainCall` answers. */
export interface ExplainCallAnswer {
  readonly outcome: 'connect' | 'reject';
  readonly sip_status: number | null;
  readonly code: string | null;
  readonly remedy: string | null;
  readonly steps: readonly {
    readonly step: string;
    readonly ok: boolean;
    readonly facts: Readonly<Record<string, unknown>>;
  }[];
  readonly candidates: readonly {
    readonly name: string;
    readonly endpoint_id: string | null;
    readonly trunk_group_id: string | null;
    readonly uri: string | null;
    readonly chosen: boolean;
    readonly reason: string;
  }[];
}

/** What `explainCall` is sent. */
export interface ExplainCallBody {
  readonly direction: 'inbound' | 'outbound';
  readonly from: string;
  readonly to: string;
}

/** What `explainPastCall` answers. */
export interface ExplainPastCallAnswer {
  readonly outcome: 'connect' | 'reject';
  readonly sip_status: number | null;
  readonly code: string | null;
  readonly remedy: string | null;
  readonly steps: readonly {
    readonly step: string;
    readonly ok: boolean;
    readonly facts: Readonly<Record<string, unknown>>;
  }[];
  readonly candidates: readonly {
    readonly name: string;
    readonly endpoint_id: string | null;
    readonly trunk_group_id: string | null;
    readonly uri: string | null;
    readonly chosen: boolean;
    readonly reason: string;
  }[];
  readonly result: {
    readonly outcome: string;
    readonly sip_status: number | null;
    readonly code: string | null;
    readonly meaning: string | null;
    readonly remedy: string | null;
    readonly ended_by: string | null;
  } | null;
  readonly attempts: readonly {
    readonly n: number;
    readonly candidate: string | null;
    readonly uri: string | null;
    readonly outcome: string | null;
    readonly sip_status: number | null;
  }[];
}
