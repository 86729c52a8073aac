import type { PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { UnitOfWork } from '../ports/store.ts';
import { isOwnNumber } from './own-number.ts';

/** Reads a number of the actor's, without secrets. */
export async function getNumber(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  numberId: string,
): Promise<Result<PhoneNumber, RequestRefusal>> {
  const number = await deps.unitOfWork.read((tx) => tx.numbers.get(numberId));
  return number !== null && isOwnNumber(actor, number) ? ok(number) : err({ kind: 'not_found', resource: 'number' });
}
