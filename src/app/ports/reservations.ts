import type { Mode } from '../../domain/records.ts';
import type { Reservation } from '../../domain/reservation.ts';
import type { OrderScope } from './orders.ts';
import type { OffsetPage, OffsetRequest, PageRequest } from './store.ts';

export interface ReservationFilter extends OrderScope {
  /** Any of these. */
  readonly statuses?: readonly Reservation['status'][];
  readonly createdAfter?: number;
  readonly createdBefore?: number;
  readonly e164?: string;
  readonly customerReference?: string;
}

export interface AllReservationsFilter {
  readonly accountId?: string;
  readonly mode?: Mode;
  readonly e164?: string;
}

/** The reservations of one transaction. Its writers also write the numbers, which must be locked. */
export interface ReservationStore {
  get(id: string): Promise<Reservation | null>;
  lock(id: string): Promise<Reservation | null>;
  /** Keeps the numbers for the holder. */
  insert(reservation: Reservation): Promise<void>;
  /** Saves an extension: every number of `after` whose row differs from `before` is kept until its new end. */
  extend(before: Reservation, after: Reservation): Promise<void>;
  /** Newest first. */
  list(filter: ReservationFilter, page: OffsetRequest): Promise<OffsetPage<Reservation>>;
  /** Anybody's, oldest first; `accountId` is exactly the holder. */
  listAll(filter: AllReservationsFilter, page: PageRequest): Promise<readonly Reservation[]>;
  /** Numbers that this owner and its sub-accounts have reserved at a time. */
  countActive(ownerAccountId: string, mode: Mode, at: number): Promise<number>;
}
