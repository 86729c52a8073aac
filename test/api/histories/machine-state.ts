/**
 * The six machines of provisioning as the decisions have them (seed-apis D.4.1 to D.4.3, decisions B1, B7, B25 to B27), with indices
 * instead of ids: states only. What commands do to them is in the `play-*` files; nothing here or there is the product's own code.
 */
export const DAY_MS = 86_400_000;
export const MINUTE_MS = 60_000;

/** A master with a sub-account, and another master: the parent of each account. */
export const PARENTS: readonly (number | null)[] = [null, 0, null];
export const CREDIT_MINOR = 2_500;
export const WINDOW_MS = DAY_MS;
export const QUARANTINE_MS = 45 * DAY_MS;
export const DEADLINE_MS = 30 * DAY_MS;
export const GROUP_VALID_MS = 365 * DAY_MS;
export const KEEP_MS = 30 * MINUTE_MS;
export const EXTENSIONS_MAX = 2;
/** Numbers that a master and its sub-accounts may keep at once. */
export const RESERVED_MAX = 3;

export const TYPES = ['local', 'mobile', 'national'] as const;
export type NumberType = (typeof TYPES)[number];
export type RequirementName = 'tax' | 'name' | 'code';
/** What a number of each type needs. */
export const NEEDS: Readonly<Record<NumberType, readonly RequirementName[]>> = {
  local: ['tax', 'name'],
  mobile: ['code'],
  national: [],
};
export const VALUES = ['ok', 'no', 'much too long'] as const;
/** Whether a value meets the rule of a requirement; `name` has no rule, so a person judges it. */
export const ACCEPTS: Readonly<Record<RequirementName, (value: string) => boolean>> = {
  tax: (value) => value.length <= 3,
  name: () => true,
  code: (value) => value === 'ok',
};
export const HAS_RULE: Readonly<Record<RequirementName, boolean>> = { tax: true, name: false, code: true };
/** The numbers of a history, and what each costs to begin with and a month. */
export const STOCK: readonly { readonly type: NumberType; readonly fees: readonly [setup: number, monthly: number] }[] = [
  { type: 'local', fees: [100, 200] },
  { type: 'local', fees: [0, 0] },
  { type: 'mobile', fees: [50, 150] },
  { type: 'mobile', fees: [400, 100] },
  { type: 'national', fees: [0, 300] },
  { type: 'national', fees: [250, 0] },
];
const stockOf = (number: number) => STOCK[number % STOCK.length] ?? { type: 'national', fees: [0, 0] };
export const priceOf = (number: number): number => stockOf(number).fees.reduce((sum, fee) => sum + fee, 0);
/** The types come again when there are more numbers. */
export const typeOf = (number: number): NumberType => stockOf(number).type;

export interface ModelNumber {
  holder: number | null;
  lastHolder: number | null;
  lifecycle: 'available' | 'pending' | 'active' | 'releasing';
  /** Sorted. */
  suspendedBy: readonly ('platform' | 'tenant')[];
  lock: boolean;
  availableAt: number | null;
  isPaid: boolean;
  /** Kept for an account, by which place of which reservation. */
  kept: { readonly by: number; readonly until: number; readonly reservation: number; readonly place: number } | null;
  version: number;
}

export interface ModelValue {
  readonly name: RequirementName;
  value: string | null;
  status: 'unset' | 'provided' | 'approved' | 'rejected';
}

export interface ModelItem {
  readonly number: number;
  readonly price: number;
  status: 'pending' | 'success' | 'cancelled' | 'deleted';
  deadline: number | null;
  values: ModelValue[];
}

export interface ModelOrder {
  readonly holder: number;
  reference: string | null;
  readonly items: readonly ModelItem[];
  version: number;
}

export interface ModelGroup {
  readonly holder: number;
  readonly type: NumberType;
  state: 'unapproved' | 'in_review' | 'approved' | 'declined';
  expiresAt: number | null;
  readonly values: Map<RequirementName, string | null>;
  version: number;
  deleted: boolean;
}

export interface ModelReservation {
  readonly by: number;
  readonly places: { readonly number: number; readonly error: 'reserved' | 'not_available' | null; until: number | null }[];
  extensions: number;
}

export interface Model {
  readonly numbers: ModelNumber[];
  readonly orders: ModelOrder[];
  readonly groups: ModelGroup[];
  readonly reservations: ModelReservation[];
  /** Of masters; those of sub-accounts stay 0. */
  readonly walletMinor: number[];
  readonly heldMinor: number[];
}

/** A number nobody has had yet. */
export const newNumber = (): ModelNumber => ({
  holder: null,
  lastHolder: null,
  lifecycle: 'available',
  suspendedBy: [],
  lock: false,
  availableAt: null,
  isPaid: false,
  kept: null,
  version: 1,
});

/** No numbers, and masters with money. */
export const newModel = (): Model => ({
  numbers: [],
  orders: [],
  groups: [],
  reservations: [],
  walletMinor: PARENTS.map((parent) => (parent === null ? CREDIT_MINOR : 0)),
  heldMinor: PARENTS.map(() => 0),
});

/** What every new holder starts with (decision B7). */
export const CLEAN = { suspendedBy: [], lock: false, kept: null } as const;

export const masterOf = (account: number): number => PARENTS[account] ?? account;
/** Its own things, and for a master those of its sub-accounts (decision B29). */
export const sees = (account: number, holder: number): boolean =>
  account === holder || (PARENTS[account] === null && masterOf(holder) === account);
export const isKept = ({ kept }: ModelNumber, now: number): boolean => kept !== null && kept.until > now;
/** In stock for an account: nobody waits on it, or it was the last holder (decision B8). Reservations aside. */
export const isInStock = (one: ModelNumber, account: number, now: number): boolean =>
  one.lifecycle === 'available' && (one.availableAt === null || one.availableAt <= now || one.lastHolder === account);
export const isForSale = (one: ModelNumber, account: number, now: number): boolean =>
  isInStock(one, account, now) && (!isKept(one, now) || one.kept?.by === account);

/** The number types of an order, a sub-order each, in the order in which they were asked for. */
export const subsOf = ({ items }: ModelOrder): readonly NumberType[] => [...new Set(items.map(({ number }) => typeOf(number)))];
export const isMet = ({ values }: ModelItem): boolean => values.every(({ status }) => status === 'approved');
export const isComplete = ({ values }: ModelItem): boolean => values.every(({ status }) => status === 'provided' || status === 'approved');

type PartStatus = ModelItem['status'];
/** D.4.2: any pending → pending; at least one success → success; deleted; all cancelled → cancelled. Nothing here ever fails. */
export function wholeOf(parts: readonly PartStatus[]): PartStatus {
  for (const status of ['pending', 'success', 'deleted'] as const) if (parts.includes(status)) return status;
  return 'cancelled';
}
export const itemsOfSub = (order: ModelOrder, sub: number): readonly ModelItem[] =>
  order.items.filter(({ number }) => typeOf(number) === subsOf(order)[sub]);
export const statusOfSub = (order: ModelOrder, sub: number): PartStatus => wholeOf(itemsOfSub(order, sub).map(({ status }) => status));
export const statusOfOrder = (order: ModelOrder): PartStatus => wholeOf(subsOf(order).map((_, sub) => statusOfSub(order, sub)));

/** How far an item is with its values, in the words of D.4.1. */
export function progressOf(item: ModelItem): string {
  if (item.status === 'deleted' || item.status === 'cancelled') return item.status;
  const statuses = item.values.map(({ status }) => status);
  if (isMet(item)) return 'approved';
  if (statuses.includes('rejected')) return 'requirement-info-exception';
  return statuses.includes('unset') ? 'requirement-info-pending' : 'requirement-info-under-review';
}

export const groupState = ({ state, expiresAt }: ModelGroup, now: number): ModelGroup['state'] | 'expired' =>
  state === 'approved' && expiresAt !== null && expiresAt <= now ? 'expired' : state;

/** The item that a number is in an order by: no other can change with it. */
export function itemOfNumber({ orders }: Model, number: number): { order: ModelOrder; item: ModelItem } | null {
  for (const order of orders) {
    const item = order.items.find((each) => each.number === number && (each.status === 'pending' || each.status === 'success'));
    if (item !== undefined) return { order, item };
  }
  return null;
}
