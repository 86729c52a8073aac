import type { NumberOrder, OrderItem } from '../../domain/order.ts';
import { decideItemReview } from '../../domain/order-group.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { decideGroupReview, type RequirementGroup } from '../../domain/requirement-group.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { writeComment } from '../comments/add-comment.ts';
import { auditOrder } from '../orders/audit-order.ts';
import type { OrderingDeps } from '../orders/place-order.ts';
import { activateReady } from '../orders/update-order.ts';
import type { Transaction } from '../ports/store.ts';
import { saveGroup } from './save-group.ts';

export interface ReviewDeps extends ChangeDeps, OrderingDeps {
  /** How long the approval of a group lasts. */
  readonly groupValidMs: number;
}

/** What a reviewer says of a group, of a sub-order's values, or of one number's. */
export interface Verdict {
  /** Id of the group, the sub-order or the ordered number. */
  readonly id: string;
  readonly verdict: 'approved' | 'declined';
  /** Said to the customer as a comment; null for an approval that needs no words. */
  readonly reason: string | null;
  /** Only these requirements; null: all that wait. A group is reviewed as a whole. */
  readonly requirementIds: readonly string[] | null;
  /** The version whose values were looked at; null: whatever they are now. */
  readonly ifVersion: number | null;
}

/** What was reviewed, as it is now. */
export type Reviewed =
  | { readonly kind: 'requirement_group'; readonly group: RequirementGroup }
  | { readonly kind: 'sub_order' | 'order_item'; readonly order: NumberOrder; readonly items: readonly OrderItem[] };

/** The version of what holds the values: of the group, or of the order. */
export const versionOf = (found: Reviewed): number => (found.kind === 'requirement_group' ? found.group : found.order).version;

/** Finds what an id names to a reviewer, whoever it belongs to. */
export async function findReview(tx: Transaction, id: string): Promise<Reviewed | null> {
  const group = await tx.requirementGroups.get(id);
  if (group !== null) return { kind: 'requirement_group', group };
  const ofSub = await tx.orders.ofSubOrder(id);
  if (ofSub !== null) return { kind: 'sub_order', order: ofSub, items: ofSub.items.filter(({ subOrderId }) => subOrderId === id) };
  const ofItem = await tx.orders.ofItem(id);
  return ofItem === null ? null : { kind: 'order_item', order: ofItem, items: ofItem.items.filter((item) => item.id === id) };
}

/**
 * Approves or declines. Numbers that have all they need by it become active and are paid at once; a declined value puts its number in
 * exception, with a new deadline for a new value (seed-apis D.4).
 */
export function reviewValues(deps: ReviewDeps, actor: Actor, given: Verdict): Promise<Result<Changed<Reviewed>, RequestRefusal>> {
  return change(deps, actor, async (tx): Promise<Result<Reviewed, RequestRefusal>> => {
    const found = await findReview(tx, given.id);
    if (found === null) return err({ kind: 'not_found', resource: 'review' });
    return found.kind === 'requirement_group' ? reviewGroup(tx, deps, given) : reviewItems(tx, deps, found, given);
  });
}

async function reviewGroup(
  tx: Transaction,
  deps: ReviewDeps,
  { id, verdict, reason, ifVersion }: Verdict,
): Promise<Result<Reviewed, RequestRefusal>> {
  const before = await tx.requirementGroups.lock(id);
  if (before === null) return err({ kind: 'not_found', resource: 'review' });
  if (ifVersion !== null && ifVersion !== before.version) return err({ kind: 'precondition_failed', currentVersion: before.version });
  const at = deps.clock.now();
  const decided = decideGroupReview(before, verdict, deps.groupValidMs, at);
  if (!decided.ok) return decided;
  await saveGroup(tx, `requirement_group.${verdict}`, before, decided.value, { at, reason });
  await markDocuments(tx, verdict, before.values, at);
  await tell(tx, { ...before, recordType: 'requirement_group', recordId: id }, reason, at);
  return ok({ kind: 'requirement_group', group: decided.value });
}

async function reviewItems(
  tx: Transaction,
  deps: ReviewDeps,
  found: Extract<Reviewed, { readonly items: unknown }>,
  { verdict, reason, requirementIds, ifVersion }: Verdict,
): Promise<Result<Reviewed, RequestRefusal>> {
  const before = await tx.orders.lock(found.order.id);
  if (before === null) return err({ kind: 'not_found', resource: 'review' });
  if (ifVersion !== null && ifVersion !== before.version) return err({ kind: 'precondition_failed', currentVersion: before.version });
  const at = deps.clock.now();
  const itemIds = found.items.map(({ id }) => id);
  const decided = decideItemReview(before, { itemIds, requirementIds, verdict, deadlineMs: deps.requirementDeadlineMs }, at);
  if (!decided.ok) return decided;
  const after = await activateReady(tx, deps, decided.value);
  await tx.orders.save(before, after);
  await auditOrder(tx, `order.${verdict}`, before, after, reason);
  // Of the numbers that wait, as the verdict is: what others of the order named, an earlier review has judged, or nobody ever will.
  const judged = before.items.filter((item) => item.status === 'pending' && itemIds.includes(item.id)).flatMap((item) => item.requirements);
  const waited = judged.filter((each) => each.status === 'provided' && requirementIds?.includes(each.requirementId) !== false);
  await markDocuments(tx, verdict, waited, at);
  const recordId = found.items[0]?.subOrderId ?? '';
  await tell(tx, { ...before, recordType: 'sub_number_order', recordId }, reason, at);
  return ok({ ...found, order: after, items: after.items.filter(({ id }) => itemIds.includes(id)) });
}

/** The vendor has no field for it: reasons are comments (seed-apis A.1.2). */
async function tell(
  tx: Transaction,
  { mode, holder, recordType, recordId }: Pick<Parameters<typeof writeComment>[1], 'mode' | 'holder' | 'recordType' | 'recordId'>,
  reason: string | null,
  at: number,
): Promise<void> {
  if (reason === null) return;
  await writeComment(tx, { mode, holder, recordType, recordId, body: reason, commenter: 'platform', commenterType: 'admin', at });
}

/** A document is what the last review said of it. */
async function markDocuments(
  tx: Transaction,
  verdict: Verdict['verdict'],
  values: readonly { readonly fieldType: string; readonly value: string | null }[],
  at: number,
): Promise<void> {
  const ids = new Set(values.flatMap(({ fieldType, value }) => (fieldType === 'document' && value !== null ? [value] : [])));
  for (const id of [...ids].toSorted()) {
    const document = await tx.documents.lock(id);
    const status = verdict === 'approved' ? 'verified' : 'denied';
    if (document !== null && document.status !== status) await tx.documents.save({ ...document, status, updatedAt: at });
  }
}
