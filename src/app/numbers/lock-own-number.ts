import type { PhoneNumber } from '../../domain/number.ts';
import type { Actor } from '../actor.ts';
import type { Transaction } from '../ports/store.ts';
import { isOwnNumber } from './own-number.ts';

/** How a face names a number: by id, or as E.164 of the actor's mode. */
export type NumberName = { readonly numberId: string } | { readonly e164: string };

/** Locks the number a face names; null when there is none, or none of the actor's: both are the same answer (invariant 11). */
export async function lockOwnNumber(tx: Transaction, actor: Actor, name: NumberName): Promise<PhoneNumber | null> {
  const id = 'numberId' in name ? name.numberId : (await tx.numbers.byE164(actor.mode, name.e164))?.id;
  const number = id === undefined ? null : await tx.numbers.lock(id);
  return number !== null && isOwnNumber(actor, number) ? number : null;
}
