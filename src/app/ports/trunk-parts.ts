import type { Mode } from '../../domain/records.ts';
import type { OutboundProfile } from '../../domain/trunk-group.ts';
import type { TrunkPart } from '../../domain/trunk-part.ts';
import type { OffsetPage, OffsetRequest, PageRequest } from './store.ts';

/** What a list of an account's things is narrowed by. */
export interface OwnFilter {
  readonly accountId: string;
  readonly mode: Mode;
}

export interface TrunkPartFilter extends OwnFilter {
  readonly kind: TrunkPart['kind'];
  readonly trunkGroupId?: string;
  /** True: only addresses that calls go to. */
  readonly isTarget?: true;
  /** True: only URIs whose host is a name. */
  readonly isName?: true;
  /** Exactly this address, or host of the URI. */
  readonly host?: string;
  readonly port?: number;
}

/**
 * Parts of customer groups. Whoever saves a group finds its parts brought in line with its ACL and gateways; whoever changes parts
 * saves the group that they make.
 */
export interface TrunkPartStore {
  get(id: string): Promise<TrunkPart | null>;
  byExtId(extId: string): Promise<TrunkPart | null>;
  /** Row lock until the transaction ends, taken after that of its trunk, then the part as it is now. */
  lock(id: string): Promise<TrunkPart | null>;
  /** In the order they were made. */
  ofGroup(trunkGroupId: string): Promise<readonly TrunkPart[]>;
  insert(part: Omit<TrunkPart, 'extId'>): Promise<TrunkPart>;
  save(part: TrunkPart): Promise<void>;
  remove(id: string): Promise<void>;
  /** How many an account has, of all modes. */
  count(accountId: string): Promise<number>;
  list(filter: TrunkPartFilter, page: OffsetRequest): Promise<OffsetPage<TrunkPart>>;
}

export interface OutboundProfileStore {
  get(id: string): Promise<OutboundProfile | null>;
  byExtId(extId: string): Promise<OutboundProfile | null>;
  lock(id: string): Promise<OutboundProfile | null>;
  insert(profile: Omit<OutboundProfile, 'extId'>): Promise<OutboundProfile>;
  save(profile: OutboundProfile): Promise<void>;
  remove(id: string): Promise<void>;
  list(
    filter: OwnFilter & { readonly name?: string; readonly newestFirst: boolean },
    page: OffsetRequest,
  ): Promise<OffsetPage<OutboundProfile>>;
  /** Those of an account, or of all, in the order they were made. */
  listAfter(filter: { readonly accountId?: string }, page: PageRequest): Promise<readonly OutboundProfile[]>;
  /** Ids of the groups that use it. */
  groupsUsing(id: string): Promise<readonly string[]>;
}
