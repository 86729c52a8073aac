import { err, ok, type Result } from '../kit/result.ts';
import type { PhoneNumber } from './number.ts';
import { areMet, type NumberOrder, type OrderItem, statusOfParts } from './order.ts';
import type { InvalidField, RequestRefusal } from './request-refusal.ts';
import type { Requirement } from './requirement.ts';
import { isFulfilled, type RequirementGroup, refuseUse, withGroupValues } from './requirement-group.ts';

/** An item with other requirement values. The deadline is for giving values, not for their review (seed-apis A.1.2). */
export function withRequirements(item: OrderItem, requirements: OrderItem['requirements']): OrderItem {
  const complete = requirements.every(({ status }) => status === 'provided' || status === 'approved');
  return { ...item, requirements, deadline: complete ? null : item.deadline };
}

/** The order with other items: itself when they are the same; else a version newer, and so are the sub-orders that changed. */
export function withItems(order: NumberOrder, items: readonly OrderItem[], nowMs: number): NumberOrder {
  const touched = new Set(items.filter((item, index) => item !== order.items[index]).map(({ subOrderId }) => subOrderId));
  if (touched.size === 0) return order;
  const subOrders = order.subOrders.map((sub) => (touched.has(sub.id) ? { ...sub, updatedAt: nowMs } : sub));
  return { ...order, subOrders, items, version: order.version + 1, updatedAt: nowMs };
}

/** Decides to take the values of a group for the pending items of these, all of one country and type. */
export function decideGroupAttach(
  order: NumberOrder,
  itemIds: readonly string[],
  group: RequirementGroup,
  nowMs: number,
): Result<NumberOrder, RequestRefusal> {
  const scope = order.items.filter(({ id }) => itemIds.includes(id));
  const sub = order.subOrders.find(({ id }) => id === scope[0]?.subOrderId);
  if (sub === undefined) throw new Error(`order ${order.id} has no sub-order for these items`);
  const refused = refuseUse(group, sub, nowMs);
  if (refused !== null) {
    return err({ kind: 'invalid', fields: [{ in: 'body', path: ['requirement_group_id'], problem: 'invalid', message: refused }] });
  }
  const asked = scope.filter(({ requirements, status }) => requirements.length > 0 && (status === 'pending' || status === 'success'));
  if (asked.length > 0 && areMet(asked)) {
    return err({ kind: 'conflict', code: 'requirements_satisfied', detail: 'All regulatory requirements are satisfied.' });
  }
  const status = statusOfParts(scope.map((item) => item.status));
  if (status !== 'pending') return err({ kind: 'wrong_state', detail: `The order is ${status}: its requirements cannot change any more.` });
  const items = order.items.map((item) => {
    if (item.status !== 'pending' || !itemIds.includes(item.id)) return item;
    const requirements = withGroupValues(item.requirements, group, nowMs);
    return requirements === item.requirements ? item : withRequirements(item, requirements);
  });
  return ok(withItems(order, items, nowMs));
}

/** Decides what reviewers say of provided values: one that was declined waits for another value until a new deadline. */
export function decideItemReview(
  order: NumberOrder,
  review: {
    readonly itemIds: readonly string[];
    /** null: every value that waits. */
    readonly requirementIds: readonly string[] | null;
    readonly verdict: 'approved' | 'declined';
    readonly deadlineMs: number;
  },
  nowMs: number,
): Result<NumberOrder, RequestRefusal> {
  const { itemIds, requirementIds, verdict } = review;
  const items = order.items.map((item) => {
    if (item.status !== 'pending' || !itemIds.includes(item.id)) return item;
    const requirements = item.requirements.map((each) => {
      if (each.status !== 'provided' || requirementIds?.includes(each.requirementId) === false) return each;
      return { ...each, status: verdict === 'approved' ? 'approved' : 'rejected' } as const;
    });
    if (requirements.every((each, index) => each === item.requirements[index])) return item;
    return { ...item, requirements, ...(verdict === 'declined' ? { deadline: nowMs + review.deadlineMs } : {}) };
  });
  const after = withItems(order, items, nowMs);
  return after === order ? err({ kind: 'wrong_state', detail: 'None of these values waits for a review.' }) : ok(after);
}

/** Groups that cannot serve the numbers they were named for, and numbers that need one; both lists in the order's order. */
export function refuseGroups(
  numbers: readonly PhoneNumber[],
  groups: readonly (RequirementGroup | null)[],
  catalogue: readonly Requirement[],
  groupCountries: readonly string[],
  nowMs: number,
): RequestRefusal | null {
  const regulated = new Set(catalogue.map(({ country, numberType }) => `${country} ${numberType}`));
  const fields = numbers.flatMap((number, index): InvalidField[] => {
    const group = groups[index] ?? null;
    const field = { in: 'body', path: ['phone_numbers', index, 'requirement_group_id'] } as const;
    const mustHave = groupCountries.includes(number.country) && regulated.has(`${number.country} ${number.type}`);
    if (group === null) {
      return mustHave ? [{ ...field, problem: 'missing', message: `Numbers of ${number.country} need a requirement group.` }] : [];
    }
    const refused = refuseUse(group, number, nowMs);
    if (refused !== null) return [{ ...field, problem: 'invalid', message: refused }];
    if (mustHave && !isFulfilled(group))
      return [{ ...field, problem: 'invalid', message: 'The requirement group lacks values for some of its requirements.' }];
    return [];
  });
  return fields.length === 0 ? null : { kind: 'invalid', fields };
}
