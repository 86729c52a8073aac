import type { TrunkGroup } from '../../domain/trunk-group.ts';
import type { TrunkPart } from '../../domain/trunk-part.ts';
import type { Actor } from '../actor.ts';
import type { Transaction } from '../ports/store.ts';

/** How a face names a trunk, or what belongs to one. */
export type TrunkName = { readonly id: string } | { readonly extId: string };

interface Owned {
  readonly accountId: string | null;
  readonly mode: string;
}

/** True when it is the actor's account's, in its own mode; the others are answered as unknown (invariant 11, decision B12). */
export const isOwn = (actor: Actor, owned: Owned): boolean =>
  actor.account !== null && owned.accountId === actor.account.id && owned.mode === actor.mode;

/** Reads a trunk of the actor's: a trunk group of kind customer (decision B9). null: none of its. */
export async function findOwnTrunk(tx: Transaction, actor: Actor, name: TrunkName): Promise<TrunkGroup | null> {
  const group = 'id' in name ? await tx.trunkGroups.get(name.id) : await tx.trunkGroups.byExtId(name.extId);
  return group !== null && group.kind === 'customer' && isOwn(actor, group) ? group : null;
}

/** The same, locked. */
export async function lockOwnTrunk(tx: Transaction, actor: Actor, name: TrunkName): Promise<TrunkGroup | null> {
  const found = await findOwnTrunk(tx, actor, name);
  return found === null ? null : tx.trunkGroups.lock(found.id);
}

/** Reads a part of the actor's; null: none of its. */
export async function findOwnPart(tx: Transaction, actor: Actor, kind: TrunkPart['kind'], name: TrunkName): Promise<TrunkPart | null> {
  const part = 'id' in name ? await tx.trunkParts.get(name.id) : await tx.trunkParts.byExtId(name.extId);
  return part !== null && part.kind === kind && isOwn(actor, part) ? part : null;
}

/** The same, locked: the trunk that it is in is another's business no more. Whoever locks that trunk too locks it before. */
export async function lockOwnPart(tx: Transaction, actor: Actor, kind: TrunkPart['kind'], name: TrunkName): Promise<TrunkPart | null> {
  const found = await findOwnPart(tx, actor, kind, name);
  return found === null ? null : tx.trunkParts.lock(found.id);
}
