import type { Account, ApiKey, Holder, Role } from '../../domain/account.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import type { NumberMove } from '../../domain/order-create.ts';
import type { Mode, RecordRef } from '../../domain/records.ts';
import type { IdempotencyStore } from '../idempotency/idempotency-store.ts';
import type { AuditTrail } from './audit-log.ts';
import type { BulkJobStore } from './bulk-jobs.ts';
import type { CommentStore } from './comments.ts';
import type { ExpectationFailed, ExpectationStore, FactsOf } from './expectations.ts';
import type { GatewayStateStore } from './gateway-health.ts';
import type { HolderStore } from './holders.ts';
import type { JobStore, TrunkGroupHistory } from './jobs.ts';
import type { LedgerStore } from './ledger.ts';
import type { NumberDownloadStore } from './number-downloads.ts';
import type { OrderReportStore } from './order-reports.ts';
import type { OrderStore } from './orders.ts';
import type {
  AddressStore,
  DocumentStore,
  NumberSort,
  ReferenceStore,
  RequirementGroupStore,
  RequirementStore,
  ReviewStore,
  Sort,
} from './regulation.ts';
import type { ReservationStore } from './reservations.ts';
import type { RouteSetStore } from './route-sets.ts';
import type { RecordWrite } from './routing.ts';
import type { InventoryRow, StockFilter, StockLevel } from './stock.ts';
import type { SubAccountStore } from './sub-accounts.ts';
import type { TrafficPolicyStore } from './traffic.ts';
import type { CredentialStore, TrunkGroupStore } from './trunk-groups.ts';
import type { OutboundProfileStore, TrunkPartStore } from './trunk-parts.ts';
import type { DeliveryStore, EventStore, WebhookGroupStore, WebhookStore } from './webhooks.ts';

/** A page asked for: rows after `after` in (created_at, id) order. */
export interface PageRequest {
  readonly limit: number;
  readonly after: { readonly createdAt: number; readonly id: string } | null;
}

/** A page by offset, for faces that count. */
export interface OffsetRequest {
  readonly limit: number;
  readonly offset: number;
  /** False where nobody reads the total; then it is only what is known to be there. */
  readonly isCounted?: false;
}

export interface OffsetPage<T> {
  readonly rows: readonly T[];
  /** Exact up to 10,000 and on the last page; beyond, an estimate that is never below what is known to be there. */
  readonly total: number;
}

export interface AccountStore {
  get(id: string): Promise<Account | null>;
  byAuthId(authId: string): Promise<Account | null>;
  /** The account of the key with this secret, and its parent. */
  ofKey(secretSha256: Buffer): Promise<readonly Account[]>;
  lock(id: string): Promise<Account | null>;
  insert(account: Account): Promise<void>;
  save(account: Account): Promise<void>;
  list(filter: { readonly parentId?: string; readonly kind?: Account['kind'] }, page: PageRequest): Promise<readonly Account[]>;
  childrenOf(parentId: string): Promise<readonly Account[]>;
}

export interface ApiKeyStore {
  bySecretHash(sha256: Buffer): Promise<ApiKey | null>;
  insert(key: ApiKey, sha256: Buffer): Promise<void>;
  get(id: string): Promise<ApiKey | null>;
  revoke(id: string, at: number): Promise<void>;
  list(accountId: string, page: PageRequest): Promise<readonly ApiKey[]>;
  touchUsed(id: string, at: number): Promise<void>;
}

export interface User {
  readonly id: string;
  readonly email: string;
  readonly createdAt: number;
}
export interface Membership {
  readonly userId: string;
  readonly accountId: string;
  readonly role: Role;
  readonly createdAt: number;
}
export interface UserStore {
  get(id: string): Promise<User | null>;
  list(page: PageRequest): Promise<readonly User[]>;
  insert(user: User): Promise<boolean>;
  /** Oldest first: the first is the fallback organization (decision B20). */
  membershipsOf(userId: string): Promise<readonly Membership[]>;
  putMembership(membership: Membership): Promise<void>;
  removeMembership(userId: string, accountId: string): Promise<boolean>;
  listMemberships(accountId: string, page: PageRequest): Promise<readonly Membership[]>;
}

export interface NumberFilter {
  readonly mode?: Mode;
  readonly e164?: string;
  readonly country?: string;
  readonly type?: string;
  readonly lifecycle?: string;
  /** True: only numbers that are being given back; false: none of them. */
  readonly isGivenBack?: boolean;
  /** Exactly this holder's numbers. */
  readonly holder?: Holder;
  /** Any number whose owner is this account, its sub-accounts' included. */
  readonly ownerAccountId?: string;
  /** A part of the E.164 text. */
  readonly search?: string;
  readonly tag?: string;
  readonly customerReference?: string;
  readonly trunkGroupId?: string;
  /** null: without one. */
  readonly billingGroupId?: string | null;
  /** In use (suspended or not), being given back, or ordered and, by what holds it up, without a value, in review, rejected or approved. */
  readonly standing?: 'active' | 'given_back' | 'unset' | 'provided' | 'rejected' | 'approved';
}
export interface NumberStore {
  get(id: string): Promise<PhoneNumber | null>;
  byE164(mode: Mode, e164: string): Promise<PhoneNumber | null>;
  /** Row lock until the transaction ends; two buyers queue here. */
  lock(id: string): Promise<PhoneNumber | null>;
  /** The same for many, in one order for everybody, so that buyers of the same numbers queue and never block each other. */
  lockMany(ids: readonly string[]): Promise<readonly PhoneNumber[]>;
  lockManyByE164(mode: Mode, e164s: readonly string[]): Promise<readonly PhoneNumber[]>;
  byExtId(extId: string): Promise<PhoneNumber | null>;
  /** Numbers of a mode by their integer ids or by E.164, in no order; unknown ones are left out. */
  named(mode: Mode, by: 'extId' | 'e164', names: readonly string[]): Promise<readonly PhoneNumber[]>;
  /** Saves the row; a change of holder also closes and opens the history row. */
  save(before: PhoneNumber, after: PhoneNumber, reason: string): Promise<void>;
  /** The same for many at once. */
  saveAll(moves: readonly NumberMove[], reason: string): Promise<void>;
  list(filter: NumberFilter, page: PageRequest): Promise<readonly PhoneNumber[]>;
  listByOffset(filter: NumberFilter, page: OffsetRequest, sort?: readonly Sort<NumberSort>[]): Promise<OffsetPage<PhoneNumber>>;
  stock(filter: StockFilter, page: OffsetRequest): Promise<OffsetPage<PhoneNumber>>;
  /** The same in counts, at most `countMax` of them; by region or by North American area code where asked for. */
  stockLevels(filter: StockFilter, groupBy: 'region' | 'npa' | null, countMax: number): Promise<readonly StockLevel[]>;
  /** Inserts or refreshes stock rows; owned numbers are reported, never touched. */
  putInventory(rows: readonly InventoryRow[], at: number): Promise<readonly ('created' | 'updated' | 'owned')[]>;
  countUsing(use: { readonly endpointId?: string; readonly trunkGroupId?: string }): Promise<number>;
  /** Numbers that point to the endpoint, locked. */
  lockUsingEndpoint(endpointId: string): Promise<readonly PhoneNumber[]>;
  /** The same for a trunk group. */
  lockUsingTrunkGroup(trunkGroupId: string): Promise<readonly PhoneNumber[]>;
}

export interface EndpointStore {
  get(id: string): Promise<Endpoint | null>;
  lock(id: string): Promise<Endpoint | null>;
  insert(endpoint: Endpoint): Promise<void>;
  save(endpoint: Endpoint): Promise<void>;
  remove(id: string): Promise<void>;
  list(
    filter: { readonly accountId?: string; readonly mode?: Mode; readonly type?: string; readonly status?: string },
    page: OffsetRequest,
  ): Promise<OffsetPage<Endpoint>>;
  listAfter(filter: { readonly accountId?: string }, page: PageRequest): Promise<readonly Endpoint[]>;
}

/** One audit row; written in the transaction of the change it tells of (invariant 13). */
export interface AuditEntry {
  readonly action: string;
  /** `number:<uuid>` and the like. */
  readonly resource: string;
  readonly accountId: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly forced?: boolean;
  readonly reason?: string | null;
}

/** Everything one transaction may touch. Made by the unit of work, never outlives it. */
export interface Transaction {
  readonly accounts: AccountStore;
  readonly keys: ApiKeyStore;
  readonly users: UserStore;
  readonly ledger: LedgerStore;
  readonly numbers: NumberStore;
  readonly endpoints: EndpointStore;
  readonly expectations: ExpectationStore;
  readonly facts: FactsOf;
  readonly trunkGroups: TrunkGroupStore;
  readonly trunkParts: TrunkPartStore;
  readonly outboundProfiles: OutboundProfileStore;
  readonly routeSets: RouteSetStore;
  readonly credentials: CredentialStore;
  readonly holders: HolderStore;
  readonly subAccounts: SubAccountStore;
  readonly orders: OrderStore;
  readonly requirements: RequirementStore;
  readonly requirementGroups: RequirementGroupStore;
  readonly addresses: AddressStore;
  readonly documents: DocumentStore;
  readonly references: ReferenceStore;
  readonly reviews: ReviewStore;
  readonly comments: CommentStore;
  readonly reports: OrderReportStore;
  readonly auditTrail: AuditTrail;
  readonly numberDownloads: NumberDownloadStore;
  readonly bulkJobs: BulkJobStore;
  readonly reservations: ReservationStore;
  readonly jobs: JobStore;
  readonly events: EventStore;
  readonly webhooks: WebhookStore;
  readonly webhookGroups: WebhookGroupStore;
  readonly deliveries: DeliveryStore;
  readonly trunkGroupHistory: TrunkGroupHistory;
  readonly gatewayStates: GatewayStateStore;
  readonly trafficPolicies: TrafficPolicyStore;
  readonly idempotency: IdempotencyStore;
  /** Writes the audit row of this change. */
  audit(entry: AuditEntry): Promise<void>;
  /** Notes that a record changed: outbox row now, Redis after the commit. `rowId` is the primary key it is rendered from. */
  publish(write: RecordWrite, rowId: string): Promise<void>;
}

/** What may be looked up outside a transaction: facts that stand alone, or are judged again under their locks. */
export interface Lookups {
  readonly keys: Pick<ApiKeyStore, 'bySecretHash'>;
  readonly accounts: Pick<AccountStore, 'get' | 'byAuthId' | 'ofKey'>;
  readonly users: Pick<UserStore, 'membershipsOf'>;
  readonly numbers: Pick<NumberStore, 'byE164'>;
  readonly idempotency: Pick<IdempotencyStore, 'find'>;
}

/** A published record with the outbox row that remembers it. */
export interface PendingWrite {
  readonly outboxId: string;
  readonly write: RecordWrite;
}

/** Runs work in one Postgres transaction. */
export interface UnitOfWork {
  /**
   * Commits when `work` resolves with ok and nothing that is expected of the plane would break, else rolls back. Retries
   * serialization failures and deadlocks.
   */
  change<T, E>(
    actor: ActorStamp,
    work: (tx: Transaction) => Promise<import('../../kit/result.ts').Result<T, E>>,
  ): Promise<
    import('../../kit/result.ts').Result<
      { readonly value: T; readonly pending: readonly PendingWrite[]; readonly epoch: number },
      E | ExpectationFailed
    >
  >;
  /** Read-only work on one connection, that sees one moment. */
  read<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Reads single things on one connection, each as it is when it is asked for: half the trips of `read`. */
  look<T>(work: (lookups: Lookups) => Promise<T>): Promise<T>;
}

/** What the audit rows of a transaction say about who and when. */
export interface ActorStamp {
  readonly kind: string;
  readonly id: string;
  readonly accountId: string | null;
  readonly requestId: string;
  readonly ip: string | null;
  /** What is expected of the plane does not keep this change from committing. */
  readonly overridesExpectations?: true;
}

/** The outbox as the relay sees it (decision C7). */
export interface Outbox {
  /**
   * Takes due rows under SKIP LOCKED, hands them with their current records (and how long ago each was committed) to `apply`,
   * deletes what was applied and backs off the rest.
   */
  relay(
    countMax: number,
    apply: (epoch: number, writes: readonly RecordWrite[], agesMs: readonly number[]) => Promise<readonly boolean[]>,
  ): Promise<number>;
  /** Removes rows that the API applied itself, soon and many together. */
  applied(outboxIds: readonly string[]): Promise<void>;
  /** Says that rows were left to the relay, which need not end its pause first. */
  wakeRelay(): void;
  pending(): Promise<{ readonly count: number; readonly oldestMs: number | null }>;
  epoch(): Promise<number>;
  /** True for the one caller that is about to mark a complete plane before anybody ever has (decision C4). */
  claimFirstMark(): Promise<boolean>;
  /** Every current record in key order, in pages, for rebuild and audit of Redis. */
  scanRecords(
    kind: string,
    after: string | null,
    limit: number,
  ): Promise<{ readonly writes: readonly RecordWrite[]; readonly next: string | null }>;
}

/** References of records and views of the stock, for callers that only need the name. */
export type { InventoryRow, RecordRef, StockFilter, StockLevel };
