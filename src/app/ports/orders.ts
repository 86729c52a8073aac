import type { Holder } from '../../domain/account.ts';
import type { NumberType } from '../../domain/number.ts';
import type { NumberOrder, OrderItem, OrderStatus, SubOrder } from '../../domain/order.ts';
import type { Mode } from '../../domain/records.ts';
import type { OffsetPage, OffsetRequest, PageRequest } from './store.ts';

/** Whose orders are looked at. */
export interface OrderScope {
  readonly holder: Holder;
  readonly mode: Mode;
}

export interface OrderFilter extends OrderScope {
  /** Any of these. */
  readonly statuses?: readonly OrderStatus[];
  readonly createdAfter?: number;
  readonly createdBefore?: number;
  readonly phoneNumbersCount?: number;
  readonly customerReference?: string;
  readonly requirementsMet?: boolean;
}
export interface AllOrdersFilter {
  readonly accountId?: string;
  readonly mode?: Mode;
  readonly status?: OrderStatus;
}
export interface SubOrderFilter extends OrderScope {
  /** Any of these. */
  readonly statuses?: readonly OrderStatus[];
  readonly orderId?: string;
  readonly country?: string;
  readonly type?: NumberType;
  readonly phoneNumbersCount?: number;
}
export interface OrderItemFilter extends OrderScope {
  readonly country?: string;
}

/** A sub-order with the order it is part of; its items are `itemsOf(order, sub.id)`. */
export interface OrderPart {
  readonly order: NumberOrder;
  readonly sub: SubOrder;
}
export interface OrderedNumber extends OrderPart {
  readonly item: OrderItem;
}

export interface OrderStore {
  get(id: string): Promise<NumberOrder | null>;
  /** The order that has this sub-order, or this item. */
  ofSubOrder(subOrderId: string): Promise<NumberOrder | null>;
  ofItem(itemId: string): Promise<NumberOrder | null>;
  /** The order whose waiting or finished item is the number; the newest one. */
  ofNumber(numberId: string): Promise<NumberOrder | null>;
  /** Row lock until the transaction ends, then the order as it is now. */
  lock(id: string): Promise<NumberOrder | null>;
  /** Inserts order, sub-orders, items and values. Holds and settlements must be in the ledger already. */
  insert(order: NumberOrder): Promise<void>;
  /** Saves what `after` has changed; its version must be higher. */
  save(before: NumberOrder, after: NumberOrder): Promise<void>;
  /** The holder's newest order since `since` that was asked for in the same words. */
  repeated(scope: OrderScope, requestSha256: Buffer, since: number): Promise<NumberOrder | null>;
  /** Newest first, like every list of orders. */
  list(filter: OrderFilter, page: OffsetRequest): Promise<OffsetPage<NumberOrder>>;
  /** Anybody's, oldest first; `accountId` is exactly the holder. */
  listAll(filter: AllOrdersFilter, page: PageRequest): Promise<readonly NumberOrder[]>;
  listSubOrders(filter: SubOrderFilter, page: OffsetRequest): Promise<OffsetPage<OrderPart>>;
  listItems(filter: OrderItemFilter, page: OffsetRequest): Promise<OffsetPage<OrderedNumber>>;
  /** Remembers that an account was shown these numbers, and forgets what it was shown before `since`. */
  rememberSearched(accountId: string, mode: Mode, e164s: readonly string[], at: number, since: number): Promise<void>;
  /** Which of the numbers the account was shown since then. */
  searchedSince(accountId: string, mode: Mode, e164s: readonly string[], since: number): Promise<readonly string[]>;
}
