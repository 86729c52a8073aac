import { holderOf, sameHolder } from '../../domain/account.ts';
import type { NumberOrder } from '../../domain/order.ts';
import { type Actor, isPlatform } from '../actor.ts';
import type { OrderScope } from '../ports/orders.ts';
import { accountOf } from '../tenant.ts';

/** True when the actor may see and change an order, or what goes with one: its account's, or a sub-account's of it (decision B29). */
export function isOwnOrder(actor: Actor, order: Pick<NumberOrder, 'holder' | 'mode'>): boolean {
  if (actor.account === null) return isPlatform(actor);
  if (order.mode !== actor.mode) return false;
  const isMaster = actor.account.parentId === null && order.holder.ownerAccountId === actor.account.id;
  return isMaster || sameHolder(order.holder, holderOf(actor.account));
}

/** What the actor's lists show: its own holder's, nobody else's (decision B29). */
export const scopeOf = (actor: Actor): OrderScope => ({ holder: holderOf(accountOf(actor)), mode: actor.mode });
