import { err, ok, type Result } from '../kit/result.ts';
import { availableMinor, type Balance, type Holder } from './account.ts';
import { CLEAN_SLATE, handOver, isForSaleTo, type PhoneNumber, purchasePriceMinor } from './number.ts';
import { isMet, type NumberOrder, type OrderItem, type SubOrder } from './order.ts';
import { refuseGroups, withRequirements } from './order-group.ts';
import { givenBackBy } from './platform-suspension.ts';
import type { Mode } from './records.ts';
import type { RequestRefusal } from './request-refusal.ts';
import { type Requirement, snapshotOf } from './requirement.ts';
import { type RequirementGroup, withGroupValues } from './requirement-group.ts';

/** How many numbers one order may have. */
export const ORDER_NUMBERS_MAX = 1000;

/** What is asked for besides the numbers. */
export interface OrderRequest extends Pick<NumberOrder, 'customerReference' | 'trunkGroup' | 'messagingProfileId' | 'billingGroupId'> {
  readonly buyer: Holder;
  readonly mode: Mode;
  readonly requestSha256: Buffer | null;
  /** How long values may be outstanding before the order of a number ends. */
  readonly deadlineMs: number;
}

/** Facts a new order is judged on, all read under lock. */
export interface OrderFacts {
  /** In the order in which they were asked for; null: no such number. */
  readonly numbers: readonly (PhoneNumber | null)[];
  readonly catalogue: readonly Requirement[];
  /** The requirement group of each number, in the same order; absent: none. */
  readonly groups?: readonly (RequirementGroup | null)[];
  /** Countries whose numbers need a fulfilled group where they have requirements; absent: none. */
  readonly groupCountries?: readonly string[];
  readonly balance: Balance;
  readonly nowMs: number;
}

/** A number before and after it changed hands or state. */
export interface NumberMove {
  readonly before: PhoneNumber;
  readonly after: PhoneNumber;
}

export interface PlacedOrder {
  readonly order: NumberOrder;
  /** One for each item, in the same order. */
  readonly moves: readonly NumberMove[];
}

/**
 * Decides an order: all numbers are for sale and paid for, or nothing happens (decision B27). A number without requirements is the
 * buyer's and active at once; the others are the buyer's and wait, their price held. `newId` gives the ids, one a call.
 */
export function decideOrder(request: OrderRequest, facts: OrderFacts, newId: () => string): Result<PlacedOrder, RequestRefusal> {
  const { numbers, balance, nowMs } = facts;
  const { buyer, mode } = request;
  const wanted = numbers.filter((number) => number !== null && number.mode === mode && isForSaleTo(number, buyer, nowMs));
  if (wanted.length < numbers.length) return err({ kind: 'not_in_stock' });
  const sold = wanted as readonly PhoneNumber[];
  const refused = refuseGroups(sold, facts.groups ?? [], facts.catalogue, facts.groupCountries ?? [], nowMs);
  if (refused !== null) return err(refused);
  const paid = checkMoney(sold, mode, balance);
  if (!paid.ok) return paid;
  return ok(splitOrder(request, sold, facts, newId));
}

/** Test keys spend no money (design §4), but their ledger still gets its rows. */
const chargeOf = (number: PhoneNumber, mode: Mode): number => (mode === 'test' ? 0 : purchasePriceMinor(number));

function checkMoney(numbers: readonly PhoneNumber[], mode: Mode, balance: Balance): Result<null, RequestRefusal> {
  const foreign = numbers.find((number) => chargeOf(number, mode) > 0 && number.currency !== balance.currency);
  if (foreign !== undefined) {
    const detail = `The number is priced in ${foreign.currency}, the account in ${balance.currency}.`;
    return err({ kind: 'conflict', code: 'currency_mismatch', detail });
  }
  const requiredMinor = numbers.reduce((sum, number) => sum + chargeOf(number, mode), 0);
  const available = availableMinor(balance);
  if (requiredMinor === 0 || available >= requiredMinor) return ok(null);
  return err({ kind: 'insufficient_balance', requiredMinor, availableMinor: available, currency: balance.currency });
}

function splitOrder(request: OrderRequest, numbers: readonly PhoneNumber[], facts: OrderFacts, newId: () => string): PlacedOrder {
  const { nowMs, balance } = facts;
  const subOrders = new Map<string, SubOrder>();
  const subOrderOf = ({ country, type }: PhoneNumber): SubOrder => {
    const key = `${country} ${type}`;
    const { customerReference } = request;
    const found = subOrders.get(key) ?? { id: newId(), country, type, customerReference, createdAt: nowMs, updatedAt: nowMs };
    subOrders.set(key, found);
    return found;
  };
  const { buyer, mode, deadlineMs: _, ...kept } = request;
  const order = { ...kept, id: newId(), mode, holder: buyer, version: 1, createdAt: nowMs, updatedAt: nowMs };
  const items = numbers.map((number, index): OrderItem => {
    const asked = snapshotOf(facts.catalogue, number.country, number.type);
    const group = facts.groups?.[index] ?? null;
    const requirements = group === null ? asked : withGroupValues(asked, group, nowMs);
    const waits = !isMet({ requirements });
    const item: OrderItem = {
      id: newId(),
      subOrderId: subOrderOf(number).id,
      numberId: number.id,
      e164: number.e164,
      locality: number.region,
      status: waits ? 'pending' : 'success',
      chargeMinor: chargeOf(number, mode),
      currency: balance.currency,
      deadline: waits ? nowMs + request.deadlineMs : null,
      requirements,
      holdId: waits ? newId() : null,
      settleId: waits ? null : newId(),
    };
    return waits ? withRequirements(item, requirements) : item;
  });
  const moves = numbers.map((before, index) => {
    const pending = handOver(before, buyer, nowMs);
    const after = items[index]?.status === 'success' ? activate(pending, request, nowMs) : pending;
    return { before, after: { ...after, version: before.version + 1 } };
  });
  return { order: { ...order, subOrders: [...subOrders.values()], items }, moves };
}

/** An ordered number comes into use, with the destination and the labels of its order. */
export const activate = (
  number: PhoneNumber,
  order: Pick<NumberOrder, 'trunkGroup' | 'customerReference' | 'billingGroupId'>,
  nowMs: number,
): PhoneNumber => ({
  ...number,
  lifecycle: 'active',
  suspensionAside: undefined,
  availableAt: null,
  // A destination its holder chose while it was waiting stays.
  trunkGroupId: number.endpointId === null ? (number.trunkGroupId ?? order.trunkGroup?.id ?? null) : null,
  customerReference: number.customerReference ?? order.customerReference,
  billingGroupId: number.billingGroupId ?? order.billingGroupId ?? undefined,
  purchasedAt: nowMs,
  updatedAt: nowMs,
  version: number.version + 1,
});

/** A waiting number goes back to stock as it came: never in use, it keeps its last holder and what is left of an older cool-off. */
export const giveBack = (number: PhoneNumber, nowMs: number): PhoneNumber => ({
  ...number,
  ...CLEAN_SLATE,
  ...(number.holder === null ? {} : givenBackBy(number, number.holder)),
  holder: null,
  lifecycle: 'available',
  updatedAt: nowMs,
  version: number.version + 1,
});
