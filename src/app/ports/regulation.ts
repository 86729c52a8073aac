import type { Address } from '../../domain/address.ts';
import type { DocumentFile } from '../../domain/document.ts';
import type { NumberType } from '../../domain/number.ts';
import type { Requirement, RequirementSet } from '../../domain/requirement.ts';
import type { GroupState, RequirementGroup } from '../../domain/requirement-group.ts';
import type { OrderScope } from './orders.ts';
import type { OffsetPage, OffsetRequest, PageRequest } from './store.ts';

/** Rows of the catalogue to look for. */
export interface RequirementFilter {
  readonly country?: string;
  readonly numberType?: NumberType;
}

/** How a counted list is sorted: by what, and the last first. */
export interface Sort<K extends string> {
  readonly by: K;
  readonly descending: boolean;
}

/** What lists of numbers are sorted by. */
export type NumberSort = 'purchased_at' | 'e164' | 'trunk_group_name';

export interface RequirementStore {
  /** Adds a row and raises its set; `setId` is the set's where it is the first of it. False when the set has one of this name already. */
  insert(requirement: Requirement, setId: string): Promise<boolean>;
  get(id: string): Promise<Requirement | null>;
  list(filter: RequirementFilter, page: PageRequest): Promise<readonly Requirement[]>;
  /** All of these countries, oldest first. */
  ofCountries(countries: readonly string[]): Promise<readonly Requirement[]>;
  /** Rows whose name contains a text, in any case. */
  search(
    filter: { readonly nameContains?: string },
    sort: readonly Sort<'name' | 'created_at'>[],
    page: OffsetRequest,
  ): Promise<OffsetPage<Requirement>>;
  getSet(id: string): Promise<RequirementSet | null>;
  listSets(
    filter: RequirementFilter,
    sort: readonly Sort<'created_at' | 'updated_at' | 'country' | 'number_type'>[],
    page: OffsetRequest,
  ): Promise<OffsetPage<RequirementSet>>;
}

export interface GroupFilter extends OrderScope, RequirementFilter {
  readonly state?: GroupState;
  /** For `state`: approvals that ended before are expired. */
  readonly now: number;
  readonly customerReference?: string;
}

export interface RequirementGroupStore {
  get(id: string): Promise<RequirementGroup | null>;
  /** Row lock until the transaction ends, then the group as it is now. */
  lock(id: string): Promise<RequirementGroup | null>;
  /** Many for reading: nobody changes them until the transaction ends. Unknown ids are left out. */
  share(ids: readonly string[]): Promise<readonly RequirementGroup[]>;
  insert(group: RequirementGroup): Promise<void>;
  save(before: RequirementGroup, after: RequirementGroup): Promise<void>;
  remove(id: string): Promise<void>;
  count(scope: OrderScope): Promise<number>;
  /** Newest first. */
  list(filter: GroupFilter): Promise<readonly RequirementGroup[]>;
}

export interface AddressFilter extends OrderScope {
  readonly customerReference?: string;
  readonly customerReferenceContains?: string;
  readonly streetContains?: string;
}

export type AddressSort = 'created_at' | 'first_name' | 'last_name' | 'business_name' | 'street_address';

export interface AddressStore {
  /** By its integer id. */
  get(extId: string): Promise<Address | null>;
  lock(extId: string): Promise<Address | null>;
  /** Returns it with its integer id. */
  insert(address: Omit<Address, 'extId'>): Promise<Address>;
  remove(id: string): Promise<void>;
  count(scope: OrderScope): Promise<number>;
  list(filter: AddressFilter, sort: readonly Sort<AddressSort>[], page: OffsetRequest): Promise<OffsetPage<Address>>;
}

export interface DocumentFilter extends OrderScope {
  readonly filenameContains?: string;
  readonly customerReference?: string;
  readonly createdAfter?: number;
  readonly createdBefore?: number;
  /** Documents that nothing refers to and that are older than this are gone. */
  readonly unlinkedSince: number;
}

/** What refers to a document. */
export interface DocumentLink {
  readonly documentId: string;
  readonly kind: 'requirement_group' | 'order_item';
  readonly resourceId: string;
  readonly createdAt: number;
}

export interface DocumentStore {
  get(id: string): Promise<DocumentFile | null>;
  lock(id: string): Promise<DocumentFile | null>;
  content(id: string): Promise<Buffer | null>;
  insert(document: DocumentFile, content: Buffer): Promise<void>;
  save(document: DocumentFile): Promise<void>;
  remove(id: string): Promise<void>;
  /** Removes some of those, of anybody, that nothing refers to and that were uploaded before. Returns how many. */
  forgetUnlinked(before: number, countMax: number): Promise<number>;
  /** Without those that nothing refers to and that were uploaded before `unlinkedSince`; so is `bytesOf`. */
  count(scope: OrderScope, unlinkedSince: number): Promise<number>;
  /** The size of all documents of an owner and its sub-accounts, of both modes. */
  bytesOf(ownerAccountId: string, unlinkedSince: number): Promise<number>;
  list(
    filter: DocumentFilter,
    sort: readonly Sort<'filename' | 'created_at' | 'updated_at'>[],
    page: OffsetRequest,
  ): Promise<OffsetPage<DocumentFile>>;
  links(
    scope: OrderScope,
    filter: { readonly kind?: DocumentLink['kind']; readonly resourceId?: string },
    page: OffsetRequest,
  ): Promise<OffsetPage<DocumentLink>>;
}

/** Addresses and documents as values name them. */
export interface ReferenceStore {
  /**
   * Those of the ids that exactly this holder has, by `referenceOf`; they cannot go until the transaction ends, and documents are linked
   * from now on. Documents that nothing refers to and that were uploaded before `unlinkedSince` are gone.
   */
  take(scope: OrderScope, ids: readonly string[], at: number, unlinkedSince: number): Promise<ReadonlySet<string>>;
  /** How many values name it. */
  countUsing(fieldType: 'address' | 'document', id: string): Promise<number>;
}

/** Something that waits for a reviewer: a group, or what a sub-order's numbers were given. */
export interface WaitingReview {
  readonly id: string;
  readonly kind: 'requirement_group' | 'sub_order';
  readonly accountId: string;
  readonly mode: 'live' | 'test';
  readonly country: string;
  readonly numberType: NumberType;
  readonly orderId: string | null;
  /** How many values wait. */
  readonly waiting: number;
  readonly createdAt: number;
}

export interface ReviewStore {
  /** Oldest first, by when the group or the order was made. */
  list(
    filter: { readonly kind?: WaitingReview['kind']; readonly accountId?: string },
    page: PageRequest,
  ): Promise<readonly WaitingReview[]>;
}
