import { err, ok, type Result } from '../kit/result.ts';
import { areMet, type NumberOrder, type OrderItem, statusOfParts } from './order.ts';
import type { InvalidField, RequestRefusal } from './request-refusal.ts';
import { judgeValue, type References, type RequirementValue } from './requirement.ts';

/** A value offered for a requirement, for every number in scope that needs it. */
export interface OfferedValue {
  readonly requirementId: string;
  readonly value: string;
}

/** A change of an order; absent keys stay. */
export interface OrderPatch {
  /** null clears it; copied to the sub-orders, in every status. */
  readonly customerReference?: string | null;
  readonly values?: readonly OfferedValue[];
  /** The items that `values` are for; absent: all. */
  readonly itemIds?: readonly string[];
  /** Addresses and documents of the holder that values may name; absent: none. */
  readonly references?: References;
}

/** Where the values lie in the request, for pointers. */
const FIELD = 'regulatory_requirements';

/**
 * Decides a change of an order, all or nothing (decision B26). Returns the same object when nothing changes: no version then
 * (decision B17). Items whose requirements are all met now are still pending; `readyItems` finds them.
 */
export function decideOrderPatch(order: NumberOrder, patch: OrderPatch, nowMs: number): Result<NumberOrder, RequestRefusal> {
  const merged = mergeValues(order, patch);
  if (!merged.ok) return merged;
  const reference = patch.customerReference === undefined ? order.customerReference : patch.customerReference;
  const renamed = reference !== order.customerReference;
  if (!renamed && merged.value === order.items) return ok(order);
  const touched = new Set(merged.value.filter((item, index) => item !== order.items[index]).map(({ subOrderId }) => subOrderId));
  const subOrders = order.subOrders.map((sub) =>
    renamed || touched.has(sub.id) ? { ...sub, customerReference: reference, updatedAt: nowMs } : sub,
  );
  return ok({ ...order, customerReference: reference, subOrders, items: merged.value, version: order.version + 1, updatedAt: nowMs });
}

/** Pending items that have all they need: what may be activated now. */
export const readyItems = (order: NumberOrder): readonly OrderItem[] =>
  order.items.filter((item) => item.status === 'pending' && areMet([item]));

function mergeValues(order: NumberOrder, { values = [], itemIds, references }: OrderPatch): Result<readonly OrderItem[], RequestRefusal> {
  if (values.length === 0) return ok(order.items);
  const isInScope = (item: OrderItem): boolean => itemIds === undefined || itemIds.includes(item.id);
  const scope = order.items.filter(isInScope);
  const refused = refuseByState(scope) ?? refuseByContent(scope, values, references);
  if (refused !== null) return err(refused);
  const offered = new Map(values.map(({ requirementId, value }) => [requirementId, value]));
  let changed = false;
  const items = order.items.map((item) => {
    if (!isInScope(item) || item.status !== 'pending') return item;
    const requirements = item.requirements.map((each) => mergeOne(each, offered.get(each.requirementId), references));
    if (requirements.every((each, index) => each === item.requirements[index])) return item;
    changed = true;
    // The deadline is for giving values, not for their review: all there, none left (seed-apis A.1.2).
    const complete = requirements.every(({ status }) => status === 'provided' || status === 'approved');
    return { ...item, requirements, deadline: complete ? null : item.deadline };
  });
  return ok(changed ? items : order.items);
}

/** Approved values stay as they are, whatever is offered. */
function mergeOne(known: RequirementValue, value: string | undefined, references: References | undefined): RequirementValue {
  if (value === undefined || known.status === 'approved') return known;
  const judged = judgeValue(known, value, references);
  if (!judged.ok) throw new Error('unreachable: judged before');
  return known.value === value && known.status === judged.value ? known : { ...known, value, status: judged.value };
}

/** Satisfied comes before ended: an order ends well by satisfying its requirements, and that is what its owner must hear. */
function refuseByState(scope: readonly OrderItem[]): RequestRefusal | null {
  const asked = scope.filter(({ requirements, status }) => requirements.length > 0 && (status === 'pending' || status === 'success'));
  if (asked.length > 0 && areMet(asked)) {
    return {
      kind: 'conflict',
      code: 'requirements_satisfied',
      detail: 'All regulatory requirements are satisfied and cannot change any more.',
    };
  }
  const status = statusOfParts(scope.map((item) => item.status));
  return status === 'pending' ? null : { kind: 'wrong_state', detail: `The order is ${status}: its requirements cannot change any more.` };
}

/** Every bad value at once, each with its place. */
function refuseByContent(
  scope: readonly OrderItem[],
  values: readonly OfferedValue[],
  references: References | undefined,
): RequestRefusal | null {
  const seen = new Set<string>();
  const fields = values.flatMap(({ requirementId, value }, index): InvalidField[] => {
    const idField = { in: 'body', path: [FIELD, index, 'requirement_id'], problem: 'invalid' } as const;
    if (seen.has(requirementId)) return [{ ...idField, message: 'This requirement is in the list twice.' }];
    seen.add(requirementId);
    const known = scope.flatMap(({ requirements, status }) =>
      requirements.filter((each) => each.requirementId === requirementId).map((each) => ({ each, open: status === 'pending' })),
    );
    if (known.length === 0) return [{ ...idField, message: 'No number of this order needs this requirement.' }];
    const open = known.find((one) => one.open && one.each.status !== 'approved');
    const judged = open === undefined ? null : judgeValue(open.each, value, references);
    return judged === null || judged.ok ? [] : [{ in: 'body', path: [FIELD, index, 'field_value'], ...judged.error }];
  });
  return fields.length === 0 ? null : { kind: 'invalid', fields };
}
