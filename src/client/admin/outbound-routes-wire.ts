// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getOutboundRoute` answers. */
export interface OutboundRouteAnswer {
  readonly id: string;
  readonly prefix: string;
  readonly trunk_group_id: string;
  readonly priority: number;
  readonly weight: number;
  readonly cost: number | null;
  readonly hours: RouteHours | null;
  readonly account_id: string | null;
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

/** What `getDestinations` answers. */
export interface DestinationsAnswer {
  readonly allowed_destinations: readonly string[] | null;
  readonly blocked_destinations: readonly string[];
  readonly version: number;
}

/** What `createOutboundRoute` is sent. */
export interface CreateOutboundRouteBody {
  readonly prefix: string;
  readonly trunk_group_id: string;
  readonly priority?: number | undefined;
  readonly weight?: number | undefined;
  readonly account_id?: string | null | undefined;
  readonly cost?: number | null | undefined;
  readonly hours?: RouteHours | null | undefined;
}

/** How `createOutboundRoute` is asked. */
export interface CreateOutboundRouteQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** What `listOutboundRoutes` answers. */
export interface ListOutboundRoutesAnswer {
  readonly data: readonly OutboundRouteAnswer[];
  readonly next: string | null;
}

/** How `listOutboundRoutes` is asked. */
export interface ListOutboundRoutesQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly account_id?: string | undefined;
  readonly prefix?: string | undefined;
  readonly trunk_group_id?: string | undefined;
}

/** What `updateOutboundRoute` is sent. */
export interface UpdateOutboundRouteBody {
  readonly prefix?: string | undefined;
  readonly trunk_group_id?: string | undefined;
  readonly priority?: number | undefined;
  readonly weight?: number | undefined;
  readonly cost?: number | null | undefined;
  readonly hours?: RouteHours | null | undefined;
}

/** What `updateDestinations` is sent. */
export interface UpdateDestinationsBody {
  readonly allowed_destinations?: readonly string[] | null | undefined;
  readonly blocked_destinations?: readonly string[] | undefined;
}

/** Part of what is sent or answered. */
export interface RouteHours {
  readonly time_zone: string;
  readonly windows: readonly {
    readonly days: readonly ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[];
    readonly from: string;
    readonly to: string;
  }[];
}
