// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getEndpoint` answers. */
export interface EndpointAnswer {
  readonly id: string;
  readonly account_id: string;
  readonly mode: 'live' | 'test';
  readonly name: string;
  readonly type: string;
  readonly status: 'active' | 'inactive';
  readonly targets: readonly {
    readonly uri: string;
    readonly priority: number;
    readonly weight: number;
  }[];
  /** How the phones of a SIP user among the targets are rung. */
  readonly ring: 'q' | 'parallel' | 'serial';
  readonly route: EndpointRoute | null;
  readonly fallback: EndpointFallback | null;
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

/** What `createEndpoint` answers. */
export interface CreateEndpointAnswer {
  readonly id: string;
  readonly account_id: string;
  readonly mode: 'live' | 'test';
  readonly name: string;
  readonly type: string;
  readonly status: 'active' | 'inactive';
  readonly targets: readonly {
    readonly uri: string;
    readonly priority: number;
    readonly weight: number;
  }[];
  /** How the phones of a SIP user among the targets are rung. */
  readonly ring: 'q' | 'parallel' | 'serial';
  readonly route: EndpointRoute | null;
  readonly fallback: EndpointFallback | null;
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
  readonly signing_secret?: string | undefined;
}

/** What `createEndpoint` is sent. */
export interface CreateEndpointBody {
  readonly account_id: string;
  readonly name: string;
  readonly targets?:
    | readonly {
        readonly uri: string;
        readonly priority?: number | undefined;
        readonly weight?: number | undefined;
      }[]
    | undefined;
  /** Where calls go instead of to targets: a trunk group, another number, other endpoints by the time of the call, or where your server says. */
  readonly route?: EndpointRouteBody | undefined;
  readonly fallback?: EndpointFallbackBody | null | undefined;
  /** How the phones of a SIP user among the targets are rung. */
  readonly ring?: 'q' | 'parallel' | 'serial' | undefined;
  readonly mode?: 'live' | 'test' | undefined;
  readonly status?: 'active' | 'inactive' | undefined;
}

/** How `createEndpoint` is asked. */
export interface CreateEndpointQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** What `listEndpoints` answers. */
export interface ListEndpointsAnswer {
  readonly data: readonly EndpointAnswer[];
  readonly next: string | null;
}

/** How `listEndpoints` is asked. */
export interface ListEndpointsQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly account_id?: string | undefined;
}

/** What `updateEndpoint` is sent. */
export interface UpdateEndpointBody {
  readonly name?: string | undefined;
  readonly targets?:
    | readonly {
        readonly uri: string;
        readonly priority?: number | undefined;
        readonly weight?: number | undefined;
      }[]
    | undefined;
  /** Where calls go instead of to targets: a trunk group, another number, other endpoints by the time of the call, or where your server says. */
  readonly route?: EndpointRouteBody | undefined;
  readonly fallback?: EndpointFallbackBody | null | undefined;
  /** How the phones of a SIP user among the targets are rung. */
  readonly ring?: 'q' | 'parallel' | 'serial' | undefined;
  readonly status?: 'active' | 'inactive' | undefined;
}

/** How `deleteEndpoint` is asked. */
export interface DeleteEndpointQuery {
  readonly detach?: 'true' | 'false' | undefined;
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** Where calls go instead of to targets: a trunk group, another number, other endpoints by the time of the call, or where your server says. */
export type EndpointRoute =
  | {
      readonly kind: 'webhook';
      readonly url: string;
      readonly timeout_ms: number;
      readonly cache_seconds: number;
    }
  | {
      readonly kind: 'trunk_group';
      readonly trunk_group_id: string;
    }
  | {
      readonly kind: 'forward';
      readonly e164: string;
    }
  | {
      readonly kind: 'schedule';
      readonly time_zone: string;
      readonly rules: readonly {
        readonly windows?:
          | readonly {
              readonly days: readonly ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[];
              readonly from: string;
              readonly to: string;
            }[]
          | undefined;
        readonly dates?:
          | readonly {
              readonly from: string;
              readonly to: string;
            }[]
          | undefined;
        readonly endpoint_id: string | null;
      }[];
      readonly otherwise: string | null;
    };

/** Where calls go on to that the endpoint could not put through, for these reasons. */
export interface EndpointFallback {
  readonly on: readonly ('busy' | 'no_answer' | 'unreachable')[];
  readonly endpoint_id: string;
}

/** Where calls go instead of to targets: a trunk group, another number, other endpoints by the time of the call, or where your server says. */
export type EndpointRouteBody =
  | {
      readonly kind: 'webhook';
      readonly url: string;
      readonly timeout_ms?: number | undefined;
      readonly cache_seconds?: number | undefined;
      /** Replaces the secret that signs; the new one is told once. */
      readonly new_secret?: boolean | undefined;
    }
  | {
      readonly kind: 'trunk_group';
      readonly trunk_group_id: string;
    }
  | {
      readonly kind: 'forward';
      readonly e164: string;
    }
  | {
      readonly kind: 'schedule';
      readonly time_zone: string;
      readonly rules: readonly {
        readonly windows?:
          | readonly {
              readonly days: readonly ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[];
              readonly from: string;
              readonly to: string;
            }[]
          | undefined;
        readonly dates?:
          | readonly {
              readonly from: string;
              readonly to: string;
            }[]
          | undefined;
        readonly endpoint_id: string | null;
      }[];
      readonly otherwise: string | null;
    };

/** Where calls go on to that the endpoint could not put through, for these reasons. */
export interface EndpointFallbackBody {
  readonly on: readonly ('busy' | 'no_answer' | 'unreachable')[];
  readonly endpoint_id: string;
}
