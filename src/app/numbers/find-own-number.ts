import type { PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { UnitOfWork } from '../ports/store.ts';
import type { NumberName } from './lock-own-number.ts';
import { isOwnNumber } from './own-number.ts';

/** Reads a number of the actor's, its sub-accounts' included, as a face names it; unknown and foreign are the same (invariant 11). */
export async function findOwnNumber(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  name: NumberName,
): Promise<Result<PhoneNumber, RequestRefusal>> {
  const number = await deps.unitOfWork.read((tx) =>
    'numberId' in name ? tx.numbers.get(name.numberId) : tx.numbers.byE164(actor.mode, name.e164),
  );
  return number !== null && isOwnNumber(actor, number) ? ok(number) : err({ kind: 'not_found', resource: 'number' });
}
