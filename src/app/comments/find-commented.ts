import type { Holder } from '../../domain/account.ts';
import type { CommentedType } from '../../domain/comment.ts';
import type { Mode } from '../../domain/records.ts';
import type { Actor } from '../actor.ts';
import { isOwnOrder } from '../orders/own-order.ts';
import type { Transaction } from '../ports/store.ts';
import { isOwnThing } from '../requirements/own-group.ts';

/** Whose the thing is that is talked about. */
export interface Commented {
  readonly mode: Mode;
  readonly holder: Holder;
}

/** Finds what a comment is about; null when there is none, or none of the actor's: both are the same answer (invariant 11). */
export async function findCommented(tx: Transaction, actor: Actor, type: CommentedType, id: string): Promise<Commented | null> {
  if (type === 'requirement_group') {
    const group = await tx.requirementGroups.get(id);
    return group !== null && isOwnThing(actor, group) ? { mode: group.mode, holder: group.holder } : null;
  }
  const order = await tx.orders.ofSubOrder(id);
  return order !== null && isOwnOrder(actor, order) ? { mode: order.mode, holder: order.holder } : null;
}
