// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

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
