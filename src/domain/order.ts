import type { Holder } from './account.ts';
import type { NumberType } from './number.ts';
import type { Mode } from './records.ts';
import type { RequirementValue } from './requirement.ts';

export const ORDER_STATUSES = ['pending', 'success', 'failure', 'cancelled', 'deleted'] as const;
/** Of orders, sub-orders and items alike; only `pending` ever changes, and `success`, to `deleted`. */
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** One number of an order. */
export interface OrderItem {
  readonly id: string;
  readonly subOrderId: string;
  readonly numberId: string;
  readonly e164: string;
  readonly locality: string | null;
  readonly status: OrderStatus;
  /** What it costs at once, in the payer's currency; 0 in test mode. */
  readonly chargeMinor: number;
  readonly currency: string;
  /** When the order of this number ends unless all values are given; null once they are (and where none are needed). */
  readonly deadline: number | null;
  readonly requirements: readonly RequirementValue[];
  /** Ledger transaction that holds the charge while the item waits; null where it never waited. */
  readonly holdId: string | null;
  /** Ledger transaction that took or released the charge; null exactly while pending. */
  readonly settleId: string | null;
}

/** The numbers of one country and type: regulation is the same for all of them. */
export interface SubOrder {
  readonly id: string;
  readonly country: string;
  readonly type: NumberType;
  readonly customerReference: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What one request asked for. */
export interface NumberOrder {
  readonly id: string;
  readonly mode: Mode;
  readonly holder: Holder;
  readonly customerReference: string | null;
  /** Where its numbers ring once they are active. */
  readonly trunkGroup: { readonly id: string; readonly extId: string } | null;
  /** Labels, stored and shown (decision B33). */
  readonly messagingProfileId: string | null;
  readonly billingGroupId: string | null;
  readonly requestSha256: Buffer | null;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly subOrders: readonly SubOrder[];
  /** In the order in which they were asked for. */
  readonly items: readonly OrderItem[];
}

/** The status of a whole by its parts: items of a sub-order, sub-orders of an order (decisions B1, B27). */
export function statusOfParts(parts: readonly OrderStatus[]): OrderStatus {
  if (parts.includes('pending')) return 'pending';
  if (parts.includes('success')) return 'success';
  if (parts.includes('deleted')) return 'deleted';
  return parts.every((status) => status === 'cancelled') ? 'cancelled' : 'failure';
}

/** The items of a sub-order. */
export const itemsOf = (order: NumberOrder, subOrderId: string): readonly OrderItem[] =>
  order.items.filter((item) => item.subOrderId === subOrderId);

/** The status of a sub-order. */
export const statusOfSubOrder = (order: NumberOrder, subOrderId: string): OrderStatus =>
  statusOfParts(itemsOf(order, subOrderId).map(({ status }) => status));

/** The status of an order. */
export const statusOfOrder = (order: NumberOrder): OrderStatus =>
  statusOfParts(order.subOrders.map(({ id }) => statusOfSubOrder(order, id)));

/** True when every requirement of a number is approved; true for a number that has none. */
export const isMet = ({ requirements }: Pick<OrderItem, 'requirements'>): boolean =>
  requirements.every(({ status }) => status === 'approved');

/** True when every requirement of every number is approved. */
export const areMet = (items: readonly OrderItem[]): boolean => items.every(isMet);

export type RequirementsStatus =
  | 'approved'
  | 'cancelled'
  | 'deleted'
  | 'requirement-info-exception'
  | 'requirement-info-pending'
  | 'requirement-info-under-review';

/** How far a number is with its requirements; `approved` for one that has none (decision B1). */
export function requirementsStatusOf(item: OrderItem): RequirementsStatus {
  if (item.status === 'deleted') return 'deleted';
  if (item.status === 'cancelled' || item.status === 'failure') return 'cancelled';
  if (isMet(item)) return 'approved';
  if (item.requirements.some(({ status }) => status === 'rejected')) return 'requirement-info-exception';
  if (item.requirements.some(({ status }) => status === 'unset')) return 'requirement-info-pending';
  return 'requirement-info-under-review';
}
