// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.

/** What `getUser` answers. */
export interface UserAnswer {
  readonly id: string;
  readonly email: string;
  readonly created_at: string;
  readonly memberships: readonly MembershipAnswer[];
}

/** What `getMembership` answers. */
export interface MembershipAnswer {
  readonly account_id: string;
  readonly user_id: string;
  readonly role: 'owner' | 'admin' | 'member';
  readonly created_at: string;
}

/** What `createUser` answers. */
export interface CreateUserAnswer {
  readonly id: string;
  readonly email: string;
  readonly created_at: string;
}

/** What `createUser` is sent. */
export interface CreateUserBody {
  readonly id?: string | null | undefined;
  readonly email: string;
}

/** How `createUser` is asked. */
export interface CreateUserQuery {
  /** Whether the answer waits until the change is in force on the routing plane, or until every live agent has it. */
  readonly wait?: 'committed' | 'applied' | 'agents' | undefined;
  /** Whether the change is refused (409 expectation_failed) when an expectation would break, or made anyway and audited. */
  readonly expectations?: 'keep' | 'override' | undefined;
}

/** What `listUsers` answers. */
export interface ListUsersAnswer {
  readonly data: readonly CreateUserAnswer[];
  readonly next: string | null;
}

/** How `listUsers` is asked. */
export interface ListUsersQuery {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
}

/** What `putMembership` is sent. */
export interface PutMembershipBody {
  readonly user_id: string;
  readonly role: 'owner' | 'admin' | 'member';
}

/** What `listMemberships` answers. */
export interface ListMembershipsAnswer {
  readonly data: readonly MembershipAnswer[];
  readonly next: string | null;
}
