// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getExpectation` answers. */
export interface ExpectationAnswer {
  readonly id: string;
  readonly name: string;
  readonly account_id: string | null;
  readonly enabled: boolean;
  readonly call: {
    readonly direction: 'inbound' | 'outbound';
    readonly mode: 'live' | 'test';
    readonly from: string | null;
    readonly to: string;
    readonly source: string | null;
    readonly trunk_group_id: string | null;
    readonly credential: string | null;
    readonly at: string | null;
  };
  readonly expected: {
    readonly outcome: 'connect' | 'reject';
    readonly targets?:
      | readonly {
          readonly trunk_group_id?: string | null | undefined;
          readonly gateway?: string | null | undefined;
          readonly endpoint_id?: string | null | undefined;
          readonly uri?: string | null | undefined;
        }[]
      | undefined;
    readonly match?: 'exact' | 'prefix' | 'any_order' | undefined;
    readonly code?: string | null | undefined;
  };
  readonly holds: boolean;
  readonly why: string | null;
  readonly judged_at: string;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly explanation: {
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
}

/** What `createExpectation` is sent. */
export interface CreateExpectationBody {
  readonly name: string;
  /** Whose call it is; the platform’s without it. */
  readonly account_id?: string | null | undefined;
  readonly enabled?: boolean | undefined;
  readonly call: ExpectedCall;
  readonly expected:
    | {
        readonly outcome: 'connect';
        readonly targets?:
          | readonly {
              readonly trunk_group_id?: string | undefined;
              readonly gateway?: string | undefined;
              readonly endpoint_id?: string | undefined;
              readonly uri?: string | undefined;
            }[]
          | undefined;
        readonly match?: 'exact' | 'prefix' | 'any_order' | undefined;
      }
    | {
        readonly outcome: 'reject';
        readonly code?:
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
          | 'duration_reached'
          | 'transfer_refused'
          | 'internal_error'
          | 'agent_lost'
          | null
          | undefined;
      };
}

/** How `createExpectation` is asked. */
export interface CreateExpectationQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** One row of `listExpectations`. */
export interface ListExpectationsRow {
  readonly id: string;
  readonly name: string;
  readonly account_id: string | null;
  readonly enabled: boolean;
  readonly call: {
    readonly direction: 'inbound' | 'outbound';
    readonly mode: 'live' | 'test';
    readonly from: string | null;
    readonly to: string;
    readonly source: string | null;
    readonly trunk_group_id: string | null;
    readonly credential: string | null;
    readonly at: string | null;
  };
  readonly expected: {
    readonly outcome: 'connect' | 'reject';
    readonly targets?:
      | readonly {
          readonly trunk_group_id?: string | null | undefined;
          readonly gateway?: string | null | undefined;
          readonly endpoint_id?: string | null | undefined;
          readonly uri?: string | null | undefined;
        }[]
      | undefined;
    readonly match?: 'exact' | 'prefix' | 'any_order' | undefined;
    readonly code?: string | null | undefined;
  };
  readonly holds: boolean;
  readonly why: string | null;
  readonly judged_at: string;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What `listExpectations` answers. */
export interface ListExpectationsAnswer {
  readonly data: readonly ListExpectationsRow[];
  readonly next: string | null;
}

/** How `listExpectations` is asked. */
export interface ListExpectationsQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly account_id?: string | undefined;
  readonly name?: string | undefined;
}

/** What `listExpectationChecks` answers. */
export interface ListExpectationChecksAnswer {
  readonly data: readonly ExpectationAnswer[];
  readonly next: string | null;
}

/** What `updateExpectation` is sent. */
export interface UpdateExpectationBody {
  readonly name?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly call?: ExpectedCall | undefined;
  readonly expected?:
    | {
        readonly outcome: 'connect';
        readonly targets?:
          | readonly {
              readonly trunk_group_id?: string | undefined;
              readonly gateway?: string | undefined;
              readonly endpoint_id?: string | undefined;
              readonly uri?: string | undefined;
            }[]
          | undefined;
        readonly match?: 'exact' | 'prefix' | 'any_order' | undefined;
      }
    | {
        readonly outcome: 'reject';
        readonly code?:
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
          | 'duration_reached'
          | 'transfer_refused'
          | 'internal_error'
          | 'agent_lost'
          | null
          | undefined;
      }
    | undefined;
}

/** Part of what is sent or answered. */
export interface ExpectedCall {
  readonly direction: 'inbound' | 'outbound';
  readonly to: string;
  /** Without it: an anonymous caller, or outbound some number of the account that may call out. */
  readonly from?: string | undefined;
  readonly mode?: 'live' | 'test' | undefined;
  /** ip[:port][/transport]. */
  readonly source?: string | undefined;
  /** As if it came from an address of this group. */
  readonly trunk_group_id?: string | undefined;
  /** username or username@realm. */
  readonly credential?: string | undefined;
  /** As if it came at this time; without it at the time of each look. */
  readonly at?: string | undefined;
}
