// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getTrunkGroup` answers. */
export interface TrunkGroupAnswer {
  readonly id: string;
  readonly ext_id: string;
  readonly name: string;
  readonly kind: 'carrier' | 'customer';
  readonly account_id: string | null;
  readonly mode: 'live' | 'test';
  readonly enabled: boolean;
  readonly acl: readonly string[];
  readonly identify_by: ShownIdentifyBy | null;
  readonly gateways: readonly ShownGateway[];
  /** Logins made for it: calls to its numbers ring where they registered while no gateway is enabled. */
  readonly logins: readonly {
    readonly realm: string;
    readonly username: string;
  }[];
  readonly max_channels: number | null;
  readonly max_cps: number | null;
  readonly max_call_seconds: number | null;
  readonly minutes_per_day: number | null;
  readonly failover: ShownFailover | null;
  readonly health: HealthRules | null;
  readonly tech_prefix: string | null;
  readonly dial_format: 'e164_plus' | 'e164' | 'national' | null;
  readonly caller_id: CallerIdRules | null;
  readonly headers: HeaderRules | null;
  readonly login: ShownLogin | null;
  readonly register_seconds: number | null;
  readonly reliable_provisionals: 'supported' | 'required' | null;
  readonly refer: 'relay' | 'handle' | 'refuse' | null;
  readonly codecs: CodecPolicy | null;
  readonly default_caller: ShownDefaultCaller | null;
  readonly number_format: 'e164' | 'e164_plus' | 'national' | null;
  readonly country: string | null;
  readonly version: number;
  readonly created_at: string;
  readonly updated_at: string;
  /** After a change, where there are some: what will hardly do what was meant. */
  readonly warnings?:
    | readonly {
        readonly code: string;
        readonly detail: string;
      }[]
    | undefined;
}

/** One row of `getTrunkGroupHealth`. */
export interface GetTrunkGroupHealthRow {
  readonly gateway_id: string;
  readonly uri: string;
  readonly enabled: boolean;
  readonly state: 'up' | 'down' | 'unknown';
  readonly since: string | null;
  readonly reason: string | null;
  readonly failures_in_a_row: number;
  readonly last_failure_at: string | null;
  readonly last_ping_at: string | null;
  readonly last_ping_status: string | null;
  readonly registration: {
    readonly state: 'registered' | 'failed' | 'expired';
    readonly status: string;
    readonly at: string;
    readonly expires_at: string;
  } | null;
}

/** What `getTrunkGroupHealth` answers. */
export interface TrunkGroupHealthAnswer {
  readonly data: readonly GetTrunkGroupHealthRow[];
  readonly next: string | null;
}

/** What `getOutboundProfile` answers. */
export interface OutboundProfileAnswer {
  readonly id: string;
  readonly ext_id: string;
  readonly account_id: string;
  readonly mode: 'live' | 'test';
  readonly name: string;
  readonly enabled: boolean;
  readonly max_channels: number | null;
  readonly max_cps: number | null;
  readonly allowed_countries: readonly string[] | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** What `createTrunkGroup` is sent. */
export interface CreateTrunkGroupBody {
  readonly name: string;
  readonly kind: 'carrier' | 'customer';
  readonly account_id?: string | null | undefined;
  readonly mode?: 'live' | 'test' | undefined;
  readonly enabled?: boolean | undefined;
  readonly acl?: readonly string[] | undefined;
  readonly identify_by?: IdentifyBy | null | undefined;
  readonly gateways?: readonly GatewayBody[] | undefined;
  readonly number_format?: 'e164' | 'e164_plus' | 'national' | null | undefined;
  readonly country?: string | null | undefined;
  readonly default_caller?: DefaultCaller | null | undefined;
  readonly max_channels?: number | null | undefined;
  readonly max_cps?: number | null | undefined;
  readonly max_call_seconds?: number | null | undefined;
  readonly minutes_per_day?: number | null | undefined;
  readonly failover?: GroupFailover | null | undefined;
  readonly health?: HealthRules | null | undefined;
  readonly tech_prefix?: string | null | undefined;
  readonly dial_format?: 'e164_plus' | 'e164' | 'national' | null | undefined;
  readonly caller_id?: CallerIdRules | null | undefined;
  readonly headers?: HeaderRules | null | undefined;
  readonly login?: CarrierLogin | null | undefined;
  readonly register_seconds?: number | null | undefined;
  readonly reliable_provisionals?: 'supported' | 'required' | null | undefined;
  readonly refer?: 'relay' | 'handle' | 'refuse' | null | undefined;
  readonly codecs?: CodecPolicy | null | undefined;
}

/** How `createTrunkGroup` is asked. */
export interface CreateTrunkGroupQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** What `listTrunkGroups` answers. */
export interface ListTrunkGroupsAnswer {
  readonly data: readonly TrunkGroupAnswer[];
  readonly next: string | null;
}

/** How `listTrunkGroups` is asked. */
export interface ListTrunkGroupsQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly account_id?: string | undefined;
  readonly kind?: 'carrier' | 'customer' | undefined;
}

/** What `updateTrunkGroup` is sent. */
export interface UpdateTrunkGroupBody {
  readonly name?: string | undefined;
  readonly enabled?: boolean | undefined;
  readonly acl?: readonly string[] | undefined;
  readonly identify_by?: IdentifyBy | null | undefined;
  readonly gateways?: readonly GatewayBody[] | undefined;
  readonly number_format?: 'e164' | 'e164_plus' | 'national' | null | undefined;
  readonly country?: string | null | undefined;
  readonly default_caller?: DefaultCaller | null | undefined;
  readonly max_channels?: number | null | undefined;
  readonly max_cps?: number | null | undefined;
  readonly max_call_seconds?: number | null | undefined;
  readonly minutes_per_day?: number | null | undefined;
  readonly failover?: GroupFailover | null | undefined;
  readonly health?: HealthRules | null | undefined;
  readonly tech_prefix?: string | null | undefined;
  readonly dial_format?: 'e164_plus' | 'e164' | 'national' | null | undefined;
  readonly caller_id?: CallerIdRules | null | undefined;
  readonly headers?: HeaderRules | null | undefined;
  readonly login?: CarrierLogin | null | undefined;
  readonly register_seconds?: number | null | undefined;
  readonly reliable_provisionals?: 'supported' | 'required' | null | undefined;
  readonly refer?: 'relay' | 'handle' | 'refuse' | null | undefined;
  readonly codecs?: CodecPolicy | null | undefined;
}

/** What `listOutboundProfiles` answers. */
export interface ListOutboundProfilesAnswer {
  readonly data: readonly OutboundProfileAnswer[];
  readonly next: string | null;
}

/** How `listOutboundProfiles` is asked. */
export interface ListOutboundProfilesQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly account_id?: string | undefined;
}

/** What `updateOutboundProfile` is sent. */
export interface UpdateOutboundProfileBody {
  readonly enabled?: boolean | undefined;
  readonly max_channels?: number | null | undefined;
  readonly max_cps?: number | null | undefined;
  readonly allowed_countries?: readonly string[] | null | undefined;
}

/** Part of what is sent or answered. */
export interface ShownIdentifyBy {
  readonly token: {
    readonly header: string;
  } | null;
  readonly tech_prefix: string | null;
  readonly sip_domain: string | null;
  readonly registration: boolean;
}

/** Part of what is sent or answered. */
export interface ShownGateway {
  readonly id: string;
  readonly uri: string;
  readonly priority: number;
  readonly weight: number;
  readonly enabled: boolean;
  readonly max_channels: number | null;
  readonly max_cps: number | null;
  readonly max_call_seconds: number | null;
  readonly failover: ShownFailover | null;
  readonly health: HealthRules | null;
  readonly tech_prefix: string | null;
  readonly dial_format: 'e164_plus' | 'e164' | 'national' | null;
  readonly caller_id: CallerIdRules | null;
  readonly headers: HeaderRules | null;
  readonly login: ShownLogin | null;
  readonly register_seconds: number | null;
  readonly reliable_provisionals: 'supported' | 'required' | null;
  readonly refer: 'relay' | 'handle' | 'refuse' | null;
  readonly codecs: CodecPolicy | null;
}

/** Part of what is sent or answered. */
export interface ShownFailover {
  readonly next_on?: readonly string[] | undefined;
  readonly final_on?: readonly string[] | undefined;
  readonly no_response?: 'next' | 'final' | undefined;
  readonly ring_timeout?: 'next' | 'final' | undefined;
  readonly first_response_ms?: number | undefined;
  readonly ring_ms?: number | undefined;
  readonly early_media?: 'last' | 'first' | 'never' | undefined;
  readonly after_early_media?: 'next' | 'final' | undefined;
  readonly redirect?: 'next' | 'follow' | undefined;
  readonly max_attempts?: number | undefined;
}

/** Part of what is sent or answered. */
export interface HealthRules {
  readonly ping_interval_ms?: number | undefined;
  readonly ping_timeout_ms?: number | undefined;
  /** The only answers to OPTIONS besides 2xx that say the gateway is well; absent: any but 408 and 503. */
  readonly ping_statuses?: readonly number[] | undefined;
  readonly fail_statuses?: readonly number[] | undefined;
  readonly down_after?: number | undefined;
  readonly up_after?: number | undefined;
  readonly retry_ms?: number | undefined;
  readonly when_down?: 'last' | 'never' | undefined;
}

/** Part of what is sent or answered. */
export interface CallerIdRules {
  readonly identity?: 'always' | 'unless_private' | 'never' | undefined;
  readonly private_from?: 'anonymous' | 'caller' | undefined;
  readonly format?: 'e164_plus' | 'e164' | 'national' | undefined;
}

/** Part of what is sent or answered. */
export interface HeaderRules {
  readonly pass?: readonly string[] | undefined;
  readonly set?:
    | readonly {
        readonly name: string;
        readonly value: string;
      }[]
    | undefined;
}

/** Part of what is sent or answered. */
export interface ShownLogin {
  readonly username: string;
  readonly realm: string | null;
}

/** Part of what is sent or answered. */
export interface CodecPolicy {
  readonly allow: readonly string[];
  readonly order?: 'prefer' | undefined;
}

/** The number that calls out present: `fallback` in the place of what is no number of the account, `always`, or `emergency` in calls to emergency numbers alone. It counts only while it is the account’s, in use and may call out. */
export interface ShownDefaultCaller {
  readonly e164: string;
  readonly use: 'fallback' | 'always' | 'emergency';
}

/** Part of what is sent or answered. */
export interface IdentifyBy {
  readonly token?: IdentifyByToken | null | undefined;
  readonly tech_prefix?: string | null | undefined;
  readonly sip_domain?: string | null | undefined;
  /** True: calls from exactly where a login of the group registered are calls of the group too, whatever else is asked for here, besides those from the `acl`, not among them. For registered senders alone leave the `acl` empty. */
  readonly registration?: boolean | undefined;
}

/** Part of what is sent or answered. */
export interface GatewayBody {
  readonly uri: string;
  readonly priority?: number | undefined;
  readonly weight?: number | undefined;
  readonly enabled?: boolean | undefined;
  readonly max_channels?: number | null | undefined;
  readonly max_cps?: number | null | undefined;
  readonly max_call_seconds?: number | null | undefined;
  readonly failover?: GatewayFailover | null | undefined;
  readonly health?: HealthRules | null | undefined;
  readonly tech_prefix?: string | null | undefined;
  readonly dial_format?: 'e164_plus' | 'e164' | 'national' | null | undefined;
  readonly caller_id?: CallerIdRules | null | undefined;
  readonly headers?: HeaderRules | null | undefined;
  readonly login?: CarrierLogin | null | undefined;
  readonly register_seconds?: number | null | undefined;
  readonly reliable_provisionals?: 'supported' | 'required' | null | undefined;
  readonly refer?: 'relay' | 'handle' | 'refuse' | null | undefined;
  readonly codecs?: CodecPolicy | null | undefined;
}

/** The number that calls out present: `fallback` in the place of what is no number of the account, `always`, or `emergency` in calls to emergency numbers alone. It counts only while it is the account’s, in use and may call out. */
export interface DefaultCaller {
  readonly e164: string;
  readonly use?: 'fallback' | 'always' | 'emergency' | undefined;
}

/** Part of what is sent or answered. */
export interface GroupFailover {
  readonly next_on?: readonly (number | string)[] | undefined;
  readonly final_on?: readonly (number | string)[] | undefined;
  readonly no_response?: 'next' | 'final' | undefined;
  readonly ring_timeout?: 'next' | 'final' | undefined;
  readonly first_response_ms?: number | undefined;
  readonly ring_ms?: number | undefined;
  readonly early_media?: 'last' | 'first' | 'never' | undefined;
  readonly after_early_media?: 'next' | 'final' | undefined;
  readonly redirect?: 'next' | 'follow' | undefined;
  readonly max_attempts?: number | undefined;
}

/** Part of what is sent or answered. */
export interface CarrierLogin {
  readonly username: string;
  readonly password?: string | undefined;
  readonly realm?: string | undefined;
}

/** Part of what is sent or answered. */
export interface IdentifyByToken {
  readonly header: string;
  readonly value?: string | undefined;
}

/** Part of what is sent or answered. */
export interface GatewayFailover {
  readonly next_on?: readonly (number | string)[] | undefined;
  readonly final_on?: readonly (number | string)[] | undefined;
  readonly no_response?: 'next' | 'final' | undefined;
  readonly ring_timeout?: 'next' | 'final' | undefined;
  readonly first_response_ms?: number | undefined;
  readonly ring_ms?: number | undefined;
  readonly early_media?: 'last' | 'first' | 'never' | undefined;
  readonly after_early_media?: 'next' | 'final' | undefined;
  readonly redirect?: 'next' | 'follow' | undefined;
}
