import type { PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { UnitOfWork } from '../ports/store.ts';
import type { NumberName } from './lock-own-number.ts';
import { isHeldNumber, isOwnNumber } from './own-number.ts';

type Deps = { readonly unitOfWork: UnitOfWork };

/** Reads a number of the actor's, its sub-accounts' included, as a face names it; unknown and foreign are the same (invariant 11). */
export const findOwnNumber = (deps: Deps, actor: Actor, name: NumberName): Promise<Result<PhoneNumber, RequestRefusal>> =>
  findNumber(deps, actor, name, isOwnNumber);

/** The same with numbers that are being given back. */
export const findHeldNumber = (deps: Deps, actor: Actor, name: NumberName): Promise<Result<PhoneNumber, RequestRefusal>> =>
  findNumber(deps, actor, name, isHeldNumber);

async function findNumber(
  deps: Deps,
  actor: Actor,
  name: NumberName,
  isTheirs: typeof isOwnNumber,
): Promise<Result<PhoneNumber, RequestRefusal>> {
  const number = await deps.unitOfWork.read((tx) =>
    'numberId' in name ? tx.numbers.get(name.numberId) : tx.numbers.byE164(actor.mode, name.e164),
  );
  return number !== null && isTheirs(actor, number) ? ok(number) : err({ kind: 'not_found', resource: 'number' });
}
