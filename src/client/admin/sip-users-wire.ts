// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getSipUser` answers. */
export interface SipUserAnswer {
  readonly id: string;
  readonly account_id: string;
  readonly username: string;
  readonly realm: string;
  readonly number_id: string | null;
  /** The trunk group whose login it is, or whose limits its calls count against. */
  readonly trunk_group_id: string | null;
  readonly mode: 'live' | 'test';
  readonly digest: 'md5' | 'sha256' | 'both' | null;
  readonly enabled: boolean;
  readonly default_caller: ShownDefaultCaller | null;
  /** A phone of it is registered now; told where it is read. */
  readonly registered?: boolean | undefined;
  readonly version: number;
  readonly created_at: string;
  /** After a change, where there are some: what will hardly do what was meant. */
  readonly warnings?:
    | readonly {
        readonly code: string;
        readonly detail: string;
      }[]
    | undefined;
}

/** What `createSipUser` answers. */
export interface CreateSipUserAnswer {
  readonly id: string;
  readonly account_id: string;
  readonly username: string;
  readonly realm: string;
  readonly number_id: string | null;
  /** The trunk group whose login it is, or whose limits its calls count against. */
  readonly trunk_group_id: string | null;
  readonly mode: 'live' | 'test';
  readonly digest: 'md5' | 'sha256' | 'both' | null;
  readonly enabled: boolean;
  readonly default_caller: ShownDefaultCaller | null;
  /** A phone of it is registered now; told where it is read. */
  readonly registered?: boolean | undefined;
  readonly version: number;
  readonly created_at: string;
  /** After a change, where there are some: what will hardly do what was meant. */
  readonly warnings?:
    | readonly {
        readonly code: string;
        readonly detail: string;
      }[]
    | undefined;
  readonly password: string;
}

/** What `createSipUser` is sent. */
export interface CreateSipUserBody {
  readonly account_id: string;
  readonly username: string;
  readonly password?: string | null | undefined;
  readonly number_id?: string | null | undefined;
  /** A customer group of the account: calls to its numbers ring where this login registers, while no gateway of it is enabled. */
  readonly trunk_group_id?: string | null | undefined;
  readonly mode?: 'live' | 'test' | undefined;
  readonly digest?: 'md5' | 'sha256' | 'both' | null | undefined;
  readonly default_caller?: DefaultCaller | null | undefined;
}

/** How `createSipUser` is asked. */
export interface CreateSipUserQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** What `listSipUsers` answers. */
export interface ListSipUsersAnswer {
  readonly data: readonly SipUserAnswer[];
  readonly next: string | null;
}

/** How `listSipUsers` is asked. */
export interface ListSipUsersQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly account_id?: string | undefined;
}

/** What `updateSipUser` is sent. */
export interface UpdateSipUserBody {
  readonly enabled?: boolean | undefined;
  readonly default_caller?: DefaultCaller | null | undefined;
}

/** One row of `listRegistrations`. */
export interface ListRegistrationsRow {
  readonly id: string;
  readonly contact: string;
  readonly q: number;
  readonly expires_in_seconds: number;
  readonly source: string;
  readonly behind_nat: boolean;
  readonly path: readonly string[];
  readonly sip_server: string;
  readonly user_agent: string;
}

/** What `listRegistrations` answers. */
export interface ListRegistrationsAnswer {
  readonly data: readonly ListRegistrationsRow[];
  readonly next: string | null;
}

/** The number that calls out present: `fallback` in the place of what is no number of the account, `always`, or `emergency` in calls to emergency numbers alone. It counts only while it is the account’s, in use and may call out. */
export interface ShownDefaultCaller {
  readonly e164: string;
  readonly use: 'fallback' | 'always' | 'emergency';
}

/** The number that calls out present: `fallback` in the place of what is no number of the account, `always`, or `emergency` in calls to emergency numbers alone. It counts only while it is the account’s, in use and may call out. */
export interface DefaultCaller {
  readonly e164: string;
  readonly use?: 'fallback' | 'always' | 'emergency' | undefined;
}
