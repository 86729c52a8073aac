import { holderOf, sameHolder } from '../../domain/account.ts';
import type { PhoneNumber } from '../../domain/number.ts';
import { type Actor, isPlatform } from '../actor.ts';

/**
 * True when the actor may see and change a number: its account holds it, or is the parent of who does (decision B29). Everything
 * else is answered as if the number did not exist, a number of the other mode included (decision B12), and one that was given back and
 * waits for its last calls (decision B6).
 */
export const isOwnNumber = (actor: Actor, number: PhoneNumber): boolean => number.lifecycle !== 'releasing' && isHeldNumber(actor, number);

/** The same with numbers that are being given back, for faces that have a status for them; nothing about these can be changed. */
export function isHeldNumber(actor: Actor, number: PhoneNumber): boolean {
  if (number.holder === null) return false;
  // The platform on its own behalf sees every mode; on a tenant's behalf it sees what the tenant sees.
  if (actor.account === null) return isPlatform(actor);
  if (number.mode !== actor.mode) return false;
  const isMaster = actor.account.parentId === null && number.holder.ownerAccountId === actor.account.id;
  return isMaster || sameHolder(number.holder, holderOf(actor.account));
}
