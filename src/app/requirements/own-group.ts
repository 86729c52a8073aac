import { type Holder, holderOf, sameHolder } from '../../domain/account.ts';
import type { Mode } from '../../domain/records.ts';
import type { InvalidField, RequestRefusal } from '../../domain/request-refusal.ts';
import type { RequirementGroup } from '../../domain/requirement-group.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { type Actor, isPlatform } from '../actor.ts';
import type { Transaction, UnitOfWork } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';

/** Something that a holder has in one mode. */
interface Held {
  readonly holder: Holder;
  readonly mode: Mode;
}

/** True when the actor may see and change what a holder has: its own, or its sub-account's (decision B29). */
export function isOwnThing(actor: Actor, { holder, mode }: Held): boolean {
  if (actor.account === null) return isPlatform(actor);
  if (mode !== actor.mode) return false;
  const isMaster = actor.account.parentId === null && holder.ownerAccountId === actor.account.id;
  return isMaster || sameHolder(holder, holderOf(actor.account));
}

const NOT_FOUND = err({ kind: 'not_found', resource: 'requirement_group' } as const);

/** Reads a requirement group of the actor's; a foreign one does not exist (invariant 11). */
export async function findGroup(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  id: string,
): Promise<Result<RequirementGroup, RequestRefusal>> {
  const group = await deps.unitOfWork.read((tx) => tx.requirementGroups.get(id));
  return group === null || !isOwnThing(actor, group) ? NOT_FOUND : ok(group);
}

/** The same inside a change, locked. */
export async function lockGroup(tx: Transaction, actor: Actor, id: string): Promise<Result<RequirementGroup, RequestRefusal>> {
  const group = await tx.requirementGroups.lock(id);
  return group === null || !isOwnThing(actor, group) ? NOT_FOUND : ok(group);
}

/** Groups that numbers of a new order shall use, in the numbers' order; only the buyer's own, which nobody changes meanwhile. */
export async function lockGroups(
  tx: Transaction,
  actor: Actor,
  ids: readonly (string | null)[],
): Promise<Result<readonly (RequirementGroup | null)[], RequestRefusal>> {
  const named = [...new Set(ids.filter((id) => id !== null))].toSorted();
  if (named.length === 0) return ok(ids.map(() => null));
  const buyer = holderOf(accountOf(actor));
  const own = (await tx.requirementGroups.share(named)).filter(({ holder, mode }) => sameHolder(holder, buyer) && mode === actor.mode);
  const byId = new Map(own.map((group) => [group.id, group]));
  const fields = ids.flatMap((id, index): InvalidField[] => {
    if (id === null || byId.has(id)) return [];
    const path = ['phone_numbers', index, 'requirement_group_id'];
    return [{ in: 'body', path, problem: 'not_found', message: 'You have no requirement group with this id.' }];
  });
  return fields.length > 0 ? err({ kind: 'invalid', fields }) : ok(ids.map((id) => (id === null ? null : (byId.get(id) ?? null))));
}
