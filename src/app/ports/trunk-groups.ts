import type { Mode } from '../../domain/records.ts';
import type { SipCredential } from '../../domain/sip-credential.ts';
import type { ClaimedSources } from '../../domain/tenant-acl.ts';
import type { TrunkGroup } from '../../domain/trunk-group.ts';
import type { OffsetPage, OffsetRequest, PageRequest } from './store.ts';
import type { OwnFilter } from './trunk-parts.ts';

/** What a list of an account's trunks is narrowed by. */
export interface TrunkFilter extends OwnFilter {
  /** A part of the name, in any case. */
  readonly nameHas?: string;
  /** Told by what it has where nobody said (seed-apis A.9). */
  readonly identifiedBy?: TrunkGroup['identifiedBy'];
  readonly profileId?: string;
  /** Host of one of its URIs. */
  readonly host?: string;
  readonly sort?: 'created_at' | '-created_at' | 'name' | '-name' | 'enabled' | '-enabled';
}

export interface TrunkGroupStore {
  get(id: string): Promise<TrunkGroup | null>;
  lock(id: string): Promise<TrunkGroup | null>;
  byExtId(extId: string): Promise<TrunkGroup | null>;
  insert(group: Omit<TrunkGroup, 'extId'>): Promise<TrunkGroup>;
  /** Saves group, gateways and ACL; `version`/`sourceVersion` are the caller's to raise. */
  save(group: TrunkGroup): Promise<void>;
  remove(id: string): Promise<void>;
  list(filter: { readonly accountId?: string; readonly kind?: string }, page: PageRequest): Promise<readonly TrunkGroup[]>;
  /** Customer groups of one account, oldest first unless told otherwise. */
  listOwn(filter: TrunkFilter, page: OffsetRequest): Promise<OffsetPage<TrunkGroup>>;
  /** ACLs of all groups except one, for conflict checks: until the transaction ends nobody else gets them. */
  otherSources(exceptId: string | null): Promise<readonly ClaimedSources[]>;
}

/** What a list of an account's logins is narrowed by. */
export interface CredentialFilter {
  readonly accountId: string;
  readonly subAccountId: string | null;
  readonly mode: Mode;
  readonly purpose: 'user' | 'trunk' | 'issued';
  readonly trunkGroupId?: string;
  readonly name?: string;
  readonly tag?: string;
  readonly username?: string;
  /** Whether it has run out at this time. */
  readonly expired?: { readonly is: boolean; readonly at: number };
}

export interface CredentialStore {
  get(id: string): Promise<SipCredential | null>;
  ofNumber(numberId: string): Promise<SipCredential | null>;
  byLogin(realm: string, username: string): Promise<SipCredential | null>;
  lock(id: string): Promise<SipCredential | null>;
  /**
   * Returns it as stored: a login made anew goes on above the version of the one removed before it; publish that version.
   * Chosen unless said otherwise: `generated` names never come back and leave no trace for that.
   */
  insert(credential: SipCredential, username?: 'chosen' | 'generated'): Promise<SipCredential>;
  /** Many whose usernames are generated. */
  insertGenerated(credentials: readonly SipCredential[]): Promise<void>;
  save(credential: SipCredential): Promise<void>;
  remove(id: string): Promise<void>;
  /** Logins of one account and purpose that are not a number's own, in the order they were made. */
  listOwn(filter: CredentialFilter, page: OffsetRequest): Promise<OffsetPage<SipCredential>>;
  /** Logins of a trunk, in the order they were made. */
  ofTrunkGroup(trunkGroupId: string): Promise<readonly SipCredential[]>;
  /** By payer, and among those by sub-account. */
  list(filter: { readonly accountId?: string; readonly subAccountId?: string }, page: PageRequest): Promise<readonly SipCredential[]>;
}
