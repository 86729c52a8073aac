import type { RequestRefusal, Resource } from '../../domain/request-refusal.ts';
import type { TrunkGroup } from '../../domain/trunk-group.ts';
import type { TrunkPart } from '../../domain/trunk-part.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { Transaction } from '../ports/store.ts';
import { findOwnLogin } from '../sip-credentials/own-login.ts';
import { saveLogin } from '../sip-credentials/save-login.ts';
import { lockOwnPart } from './own-trunk.ts';

/** What a trunk is told to use, by id; absent: as it is, null: none. */
export interface TrunkUse {
  readonly loginId?: string | null;
  readonly addressId?: string | null;
  /** Called first, and after it. */
  readonly primaryId?: string | null;
  readonly fallbackId?: string | null;
}

/** The parts that stand for those single places of a trunk. */
export interface TrunkPlaces {
  readonly address: TrunkPart | null;
  readonly primary: TrunkPart | null;
  readonly fallback: TrunkPart | null;
}

/** The first of each in the order in which they are tried. */
export function placesOf(parts: readonly TrunkPart[]): TrunkPlaces {
  const uris = parts.filter(({ kind }) => kind === 'uri');
  return { address: parts.find(({ kind }) => kind === 'address') ?? null, primary: uris[0] ?? null, fallback: uris[1] ?? null };
}

/** Puts logins and parts of the account into a trunk, and takes out those that were in their place. The trunk is rewritten afterwards. */
export async function attachToTrunk(
  tx: Transaction,
  actor: Actor,
  group: TrunkGroup,
  use: TrunkUse,
  now: number,
): Promise<Result<void, RequestRefusal>> {
  const had = placesOf(await tx.trunkParts.ofGroup(group.id));
  const address = await placePart(tx, actor, group, 'address', { asked: use.addressId, had: had.address, other: null }, now);
  if (!address.ok) return address;
  const primary = await placePart(tx, actor, group, 'uri', { asked: use.primaryId, had: had.primary, other: use.fallbackId }, now);
  if (!primary.ok) return primary;
  const fallback = await placePart(tx, actor, group, 'uri', { asked: use.fallbackId, had: had.fallback, other: use.primaryId }, now);
  if (!fallback.ok) return fallback;
  await orderPlaces(tx, group, use, now);
  return placeLogin(tx, actor, group, use.loginId, now);
}

const notFound = (resource: Resource): Result<never, RequestRefusal> => err({ kind: 'not_found', resource });

/** What shall be in a place, what is in it now, and what shall be in the other place of its kind. */
interface Place {
  readonly asked: string | null | undefined;
  readonly had: TrunkPart | null;
  readonly other: string | null | undefined;
}

async function placePart(
  tx: Transaction,
  actor: Actor,
  group: TrunkGroup,
  kind: TrunkPart['kind'],
  { asked, had, other }: Place,
  now: number,
): Promise<Result<TrunkPart | null, RequestRefusal>> {
  if (asked === undefined || asked === had?.id) return ok(null);
  const part = asked === null ? null : await lockOwnPart(tx, actor, kind, { id: asked });
  if (asked !== null && part === null) return notFound(kind === 'uri' ? 'trunk_uri' : 'trunk_address');
  if (part !== null && part.trunkGroupId !== null && part.trunkGroupId !== group.id) {
    return err({ kind: 'in_use', detail: 'Another trunk uses this already.', counts: { trunks: 1 } });
  }
  // Asked for in the other place, it only changes places.
  if (had !== null && had.id !== other) await tx.trunkParts.save({ ...had, trunkGroupId: null, updatedAt: now });
  if (part === null) return ok(null);
  const placed = { ...part, trunkGroupId: group.id, updatedAt: now };
  await tx.trunkParts.save(placed);
  return ok(placed);
}

/** What was named primary is tried before all others, and a fallback after the primary, whatever priorities they had. */
async function orderPlaces(tx: Transaction, group: TrunkGroup, { primaryId, fallbackId }: TrunkUse, now: number): Promise<void> {
  const uris = (await tx.trunkParts.ofGroup(group.id)).filter(({ kind }) => kind === 'uri');
  const isNamed = typeof primaryId === 'string';
  const primary = uris.find(({ id }) => (isNamed ? id === primaryId : id !== fallbackId));
  if (primary === undefined) return;
  const late = uris.filter(({ id, priority }) => id !== primary.id && priority <= primary.priority && (isNamed || id === fallbackId));
  for (const part of late) await tx.trunkParts.save({ ...part, priority: Math.min(65_535, primary.priority + 1), updatedAt: now });
}

async function placeLogin(
  tx: Transaction,
  actor: Actor,
  group: TrunkGroup,
  asked: string | null | undefined,
  now: number,
): Promise<Result<void, RequestRefusal>> {
  if (asked === undefined) return ok(undefined);
  const login = asked === null ? null : await findOwnLogin(tx, actor, 'trunk', asked);
  if (asked !== null && login === null) return notFound('sip_user');
  if (login?.trunkGroupId !== undefined && login.trunkGroupId !== group.id) {
    return err({ kind: 'in_use', detail: 'Another trunk uses this already.', counts: { trunks: 1 } });
  }
  for (const { id } of await tx.credentials.ofTrunkGroup(group.id)) {
    const had = id === asked ? null : await findOwnLogin(tx, actor, 'trunk', id);
    if (had !== null) await saveLogin(tx, { ...had, trunkGroupId: undefined }, now);
  }
  if (login !== null && login.trunkGroupId !== group.id) await saveLogin(tx, { ...login, trunkGroupId: group.id }, now);
  return ok(undefined);
}
