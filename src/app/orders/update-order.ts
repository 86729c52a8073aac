import type { NumberOrder } from '../../domain/order.ts';
import { activate } from '../../domain/order-create.ts';
import { settleItems } from '../../domain/order-progress.ts';
import { decideOrderPatch, type OfferedValue, readyItems } from '../../domain/order-update.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { newId } from '../../kit/ids.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import { takeReferences } from '../requirements/take-references.ts';
import { auditOrder } from './audit-order.ts';
import { type FoundOrder, itemsIn, lockOrder, type OrderRef } from './find-order.ts';
import { captureOf } from './order-money.ts';
import { type OrderingDeps, putInUse } from './place-order.ts';

export interface UpdateOrderInput {
  /** The order, or the part of it that the values are for. */
  readonly ref: OrderRef;
  /** Absent: stays; null: none any more. */
  readonly customerReference?: string | null;
  readonly values?: readonly OfferedValue[];
}

/** Changes reference and requirement values, all or nothing (decision B26); numbers that have all they need become active at once. */
export function updateOrder(
  deps: ChangeDeps & OrderingDeps,
  actor: Actor,
  { ref, ...input }: UpdateOrderInput,
  wait?: Wait,
): Promise<Result<Changed<FoundOrder>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx): Promise<Result<FoundOrder, RequestRefusal>> => {
      const locked = await lockOrder(tx, actor, ref);
      if (!locked.ok) return locked;
      const before = locked.value;
      const itemIds = itemsIn(before, ref).map(({ id }) => id);
      const at = deps.clock.now();
      const references = await takeReferences(tx, before, input.values ?? [], at);
      const patched = decideOrderPatch(before, { ...input, itemIds, references }, at);
      if (!patched.ok) return patched;
      if (patched.value === before) return ok({ order: before, items: itemsIn(before, ref) });
      const after = await activateReady(tx, deps, patched.value);
      await tx.orders.save(before, after);
      await auditOrder(tx, 'order.update', before, after);
      return ok({ order: after, items: itemsIn(after, ref) });
    },
    wait,
  );
}

/** Activates the numbers of an order that have all they need: capture, SIP login, history and records. Returns the order after it. */
export async function activateReady(tx: Transaction, deps: OrderingDeps, order: NumberOrder): Promise<NumberOrder> {
  const ready = readyItems(order);
  if (ready.length === 0) return order;
  // Destination before numbers: the order in which its deletion locks them.
  const trunkGroup = await lockTrunkGroup(tx, order);
  const numbers = new Map((await tx.numbers.lockMany(ready.map(({ numberId }) => numberId))).map((number) => [number.id, number]));
  const at = deps.clock.now();
  const settlements = ready.map(({ id }) => ({ itemId: id, status: 'success', settleId: newId() }) as const);
  const settled = settleItems(order, settlements, at);
  const isReady = new Set(ready.map(({ id }) => id));
  const active = settled.items.filter(({ id }) => isReady.has(id));
  await tx.ledger.postAll(active.map((item) => captureOf(settled, item, at)));
  const moves = active.map((item) => {
    const before = numbers.get(item.numberId);
    // The order is locked, and whoever takes a waiting number away settles its item first.
    if (before?.lifecycle !== 'pending') throw new Error(`item ${item.id} waits for a number that does not`);
    return { before, after: activate(before, { ...settled, trunkGroup }, at) };
  });
  await putInUse(tx, deps, moves, at);
  return settled;
}

/** Where the order's numbers shall ring. A trunk group that was deleted while they waited is no destination: they come without one. */
async function lockTrunkGroup(tx: Transaction, { trunkGroup }: NumberOrder): Promise<NumberOrder['trunkGroup']> {
  return trunkGroup !== null && (await tx.trunkGroups.lock(trunkGroup.id)) !== null ? trunkGroup : null;
}
