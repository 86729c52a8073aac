import type { Mode } from '../../domain/records.ts';
import type { ActorStamp, OffsetPage, OffsetRequest, PageRequest } from './store.ts';

/** One audit row as read back. */
export interface AuditRecord {
  readonly id: string;
  /** Product time in ms. */
  readonly at: number;
  readonly actor: Pick<ActorStamp, 'kind' | 'id' | 'accountId'>;
  readonly action: string;
  readonly resource: string;
  readonly accountId: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly forced: boolean;
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly ip: string | null;
}

export interface AuditFilter {
  /** `number:<uuid>` and the like, whole. */
  readonly resource?: string;
  readonly action?: string;
  readonly accountId?: string;
}

/** What was done, by whom. Written only through `Transaction.audit`; nothing can change or remove it. */
export interface AuditLog {
  /** Newest first; `after` is the (at, id) of the last row seen. */
  list(filter: AuditFilter, page: PageRequest): Promise<readonly AuditRecord[]>;
}

export interface AuditTrailFilter {
  /** Exactly this account's rows. */
  readonly accountId: string;
  /** What happened to things of the other mode is left out; what has no mode is in both. */
  readonly mode: Mode;
  readonly after?: number;
  readonly before?: number;
  readonly oldestFirst?: boolean;
}

/** The audit rows of one account, for the account. */
export interface AuditTrail {
  page(filter: AuditTrailFilter, page: OffsetRequest): Promise<OffsetPage<AuditRecord>>;
}
