import { holderOf } from '../../domain/account.ts';
import { type Address, type AddressFields, addressProblems } from '../../domain/address.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { scopeOf } from '../orders/own-order.ts';
import type { UnitOfWork } from '../ports/store.ts';
import { isOwnThing } from '../requirements/own-group.ts';
import { accountOf } from '../tenant.ts';

const ADDRESSES_MAX = 10_000;
const NOT_FOUND = err({ kind: 'not_found', resource: 'address' } as const);

/** Names of address fields in the request, for pointers. */
type FieldNames = Readonly<Record<'postalCode' | 'administrativeArea', string>>;

/** Adds an address; unless told otherwise one whose parts cannot be right is refused. */
export function createAddress(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  { fields, validate, names }: { readonly fields: AddressFields; readonly validate: boolean; readonly names: FieldNames },
): Promise<Result<Changed<Address>, RequestRefusal>> {
  return change(deps, actor, async (tx): Promise<Result<Address, RequestRefusal>> => {
    const problems = validate ? addressProblems(fields) : [];
    if (problems.length > 0) {
      return err({
        kind: 'invalid',
        fields: problems.map(({ field, problem, message }) => ({ in: 'body', path: [names[field]], problem, message })),
      });
    }
    const scope = scopeOf(actor);
    if ((await tx.addresses.count(scope)) >= ADDRESSES_MAX) {
      return err({ kind: 'conflict', code: 'too_many', detail: `You have ${ADDRESSES_MAX} addresses: delete some first.` });
    }
    const holder = holderOf(accountOf(actor));
    const address = await tx.addresses.insert({ ...fields, id: newId(), mode: actor.mode, holder, createdAt: deps.clock.now() });
    const accountId = accountOf(actor).id;
    await tx.audit({ action: 'address.create', resource: `address:${address.id}`, accountId, before: null, after: address });
    return ok(address);
  });
}

/** Deletes an address that no value names. */
export function deleteAddress(deps: ChangeDeps, actor: Actor, extId: string): Promise<Result<Changed<Address>, RequestRefusal>> {
  return change(deps, actor, async (tx): Promise<Result<Address, RequestRefusal>> => {
    const address = await tx.addresses.lock(extId);
    if (address === null || !isOwnThing(actor, address)) return NOT_FOUND;
    const values = await tx.references.countUsing('address', extId);
    if (values > 0) return err({ kind: 'in_use', detail: 'Requirements refer to this address.', counts: { values } });
    await tx.addresses.remove(address.id);
    const accountId = address.holder.subAccountId ?? address.holder.ownerAccountId;
    await tx.audit({ action: 'address.delete', resource: `address:${address.id}`, accountId, before: address, after: null });
    return ok(address);
  });
}

/** Reads an address of the actor's; a foreign one does not exist (invariant 11). */
export async function findAddress(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  extId: string,
): Promise<Result<Address, RequestRefusal>> {
  const address = await deps.unitOfWork.read((tx) => tx.addresses.get(extId));
  return address === null || !isOwnThing(actor, address) ? NOT_FOUND : ok(address);
}
