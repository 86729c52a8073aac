// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getCall` answers. */
export interface CallAnswer {
  readonly call_id: string;
  readonly sip_call_id: string | null;
  readonly sip_call_ids: readonly string[];
  readonly direction: 'inbound' | 'outbound' | 'internal' | 'unknown';
  readonly mode: 'live' | 'test';
  /** Whether the agent that decided reached the routing plane. */
  readonly plane_mode: 'normal' | 'degraded' | null;
  readonly from: string;
  readonly to: string;
  readonly number_id: string | null;
  readonly account_id: string | null;
  readonly sub_account_id: string | null;
  /** Of a call on-net to a number of another account: that account. */
  readonly called_account_id: string | null;
  readonly called_sub_account_id: string | null;
  readonly source: string | null;
  readonly agent_id: string;
  readonly started_at: string;
  readonly answered_at: string | null;
  readonly ended_at: string | null;
  /** From the INVITE to what the caller heard first. */
  readonly post_dial_delay_ms: number | null;
  /** From answer to end; null while the call goes on. */
  readonly duration_ms: number | null;
  readonly outcome: string | null;
  readonly sip_status: number | null;
  readonly refusal_code: string | null;
  readonly ended_by: string | null;
  readonly versions: readonly {
    readonly record: string;
    readonly version: number;
  }[];
  readonly attempts: readonly {
    readonly n: number;
    readonly trunk_group_id: string | null;
    readonly gateway: string | null;
    readonly uri: string;
    readonly sip_call_id: string | null;
    readonly sip_status: number | null;
    readonly started_at: string;
    readonly ended_at: string | null;
    readonly outcome: string | null;
  }[];
}

/** How `getCall` is asked. */
export interface GetCallQuery {
  readonly wait_ms?: number | undefined;
}

/** How `getCallTrace` is asked. */
export interface GetCallTraceQuery {
  readonly format?: 'json' | 'text' | 'ladder' | undefined;
}

/** What `listCalls` answers. */
export interface ListCallsAnswer {
  readonly data: readonly CallAnswer[];
  readonly next: string | null;
}

/** How `listCalls` is asked. */
export interface ListCallsQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly wait_ms?: number | undefined;
  /** Of any leg. */
  readonly sip_call_id?: string | undefined;
  /** Called or calling. */
  readonly number?: string | undefined;
  readonly number_id?: string | undefined;
  readonly account_id?: string | undefined;
  readonly sub_account_id?: string | undefined;
  readonly direction?: 'inbound' | 'outbound' | 'internal' | undefined;
  readonly mode?: 'live' | 'test' | undefined;
  readonly plane_mode?: 'normal' | 'degraded' | undefined;
  /** Goes on, or is over. */
  readonly live?: 'true' | 'false' | undefined;
  readonly outcome?: 'completed' | 'refused' | 'failed' | 'cancelled' | 'agent_lost' | undefined;
  readonly sip_status?: number | undefined;
  readonly refusal_code?:
    | 'number_unknown'
    | 'number_inbound_disabled'
    | 'number_outbound_disabled'
    | 'number_suspended'
    | 'caller_suspended'
    | 'number_moving'
    | 'account_disabled'
    | 'caller_account_disabled'
    | 'no_destination'
    | 'caller_not_owned'
    | 'dial_string_invalid'
    | 'destination_blocked'
    | 'no_route'
    | 'no_carrier'
    | 'target_unreachable'
    | 'target_forbidden'
    | 'not_registered'
    | 'flow_lost'
    | 'ring_timeout'
    | 'source_ambiguous'
    | 'authentication_failed'
    | 'authentication_required'
    | 'unknown_source'
    | 'loop'
    | 'too_many_hops'
    | 'extension_unsupported'
    | 'not_acceptable'
    | 'no_codec'
    | 'limit_reached'
    | 'rate_exceeded'
    | 'minutes_exhausted'
    | 'outbound_stopped'
    | 'plane_busy'
    | 'plane_degraded'
    | 'draining'
    | 'hung_up'
    | 'endpoint_busy'
    | 'endpoint_declined'
    | 'endpoint_unavailable'
    | 'duration_reached'
    | 'transfer_refused'
    | 'internal_error'
    | 'agent_lost'
    | undefined;
  /** Of any attempt. */
  readonly trunk_group_id?: string | undefined;
  /** Of any attempt. */
  readonly gateway_id?: string | undefined;
  readonly duration_min_seconds?: number | undefined;
  /** Started at or after. */
  readonly since?: string | undefined;
  /** Started before. */
  readonly until?: string | undefined;
}

/** How `exportCalls` is asked. */
export interface ExportCallsQuery {
  /** Of any leg. */
  readonly sip_call_id?: string | undefined;
  /** Called or calling. */
  readonly number?: string | undefined;
  readonly number_id?: string | undefined;
  readonly account_id?: string | undefined;
  readonly sub_account_id?: string | undefined;
  readonly direction?: 'inbound' | 'outbound' | 'internal' | undefined;
  readonly mode?: 'live' | 'test' | undefined;
  readonly plane_mode?: 'normal' | 'degraded' | undefined;
  /** Goes on, or is over. */
  readonly live?: 'true' | 'false' | undefined;
  readonly outcome?: 'completed' | 'refused' | 'failed' | 'cancelled' | 'agent_lost' | undefined;
  readonly sip_status?: number | undefined;
  readonly refusal_code?:
    | 'number_unknown'
    | 'number_inbound_disabled'
    | 'number_outbound_disabled'
    | 'number_suspended'
    | 'caller_suspended'
    | 'number_moving'
    | 'account_disabled'
    | 'caller_account_disabled'
    | 'no_destination'
    | 'caller_not_owned'
    | 'dial_string_invalid'
    | 'destination_blocked'
    | 'no_route'
    | 'no_carrier'
    | 'target_unreachable'
    | 'target_forbidden'
    | 'not_registered'
    | 'flow_lost'
    | 'ring_timeout'
    | 'source_ambiguous'
    | 'authentication_failed'
    | 'authentication_required'
    | 'unknown_source'
    | 'loop'
    | 'too_many_hops'
    | 'extension_unsupported'
    | 'not_acceptable'
    | 'no_codec'
    | 'limit_reached'
    | 'rate_exceeded'
    | 'minutes_exhausted'
    | 'outbound_stopped'
    | 'plane_busy'
    | 'plane_degraded'
    | 'draining'
    | 'hung_up'
    | 'endpoint_busy'
    | 'endpoint_declined'
    | 'endpoint_unavailable'
    | 'duration_reached'
    | 'transfer_refused'
    | 'internal_error'
    | 'agent_lost'
    | undefined;
  /** Of any attempt. */
  readonly trunk_group_id?: string | undefined;
  /** Of any attempt. */
  readonly gateway_id?: string | undefined;
  readonly duration_min_seconds?: number | undefined;
  /** Started at or after. */
  readonly since?: string | undefined;
  /** Started before. */
  readonly until?: string | undefined;
  readonly format?: 'csv' | 'ndjson' | undefined;
}

/** What `hangUpCall` answers. */
export interface HangUpCallAnswer {
  readonly call_id: string;
  readonly outcome: 'ended';
}

/** How `hangUpCall` is asked. */
export interface HangUpCallQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** What `explainCall` answers. */
export type ExplainCallAnswer =
  | ExplainPastCallAnswer
  | {
      readonly outcome: 'connect' | 'reject';
      readonly sip_status: number | null;
      readonly code: string | null;
      readonly remedy: string | null;
      readonly versions: readonly {
        readonly record: string;
        readonly version: number;
      }[];
      readonly steps: readonly {
        readonly step: string;
        readonly ok: boolean;
        readonly facts: Readonly<Record<string, unknown>>;
      }[];
      readonly candidates: readonly {
        readonly trunk_group_id: string | null;
        readonly gateway: string | null;
        readonly endpoint_id: string | null;
        readonly uri: string;
        readonly chosen: boolean;
        readonly reason: string;
      }[];
    };

/** What `explainCall` is sent. */
export interface ExplainCallBody {
  readonly call_id?: string | undefined;
  readonly direction?: 'inbound' | 'outbound' | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly source?: string | undefined;
  /** The call bears the right token of whichever trunk group asks for one. */
  readonly token?: boolean | undefined;
  readonly sip_domain?: string | undefined;
  readonly trunk_group_id?: string | undefined;
  readonly account_id?: string | undefined;
  readonly credential?: string | undefined;
  readonly at?: string | undefined;
}

/** What `explainPastCall` answers. */
export interface ExplainPastCallAnswer {
  readonly outcome: 'connect' | 'reject';
  readonly sip_status: number | null;
  readonly code: string | null;
  readonly remedy: string | null;
  readonly versions: readonly {
    readonly record: string;
    readonly version: number;
  }[];
  readonly steps: readonly {
    readonly step: string;
    readonly ok: boolean;
    readonly facts: Readonly<Record<string, unknown>>;
  }[];
  readonly candidates: readonly {
    readonly trunk_group_id: string | null;
    readonly gateway: string | null;
    readonly endpoint_id: string | null;
    readonly uri: string;
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
    /** Its place among the candidates, from 1; null where that cannot be told. */
    readonly candidate: number | null;
    readonly gateway: string | null;
    readonly uri: string;
    readonly outcome: string | null;
    readonly sip_status: number | null;
  }[];
}
