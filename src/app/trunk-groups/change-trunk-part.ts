import { parseAclEntry } from '../../domain/acl-entry.ts';
import { isTargetUri, TARGET_URI_RULE } from '../../domain/endpoint.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { TrunkGroup } from '../../domain/trunk-group.ts';
import type { TrunkPart } from '../../domain/trunk-part.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';
import { changeClaims } from './change-claims.ts';
import { findOwnPart, findOwnTrunk, lockOwnPart, lockOwnTrunk, type TrunkName } from './own-trunk.ts';
import { type ClaimWitness, type RewriteDeps, rewriteTrunk } from './rewrite-trunk.ts';

type PartDeps = ChangeDeps & RewriteDeps;

/** A part with the trunk that has it now, or had it until now. */
export interface ChangedPart {
  readonly part: TrunkPart;
  readonly group: TrunkGroup | null;
}

type PartFields = Pick<TrunkPart, 'value' | 'port' | 'priority' | 'weight' | 'enabled' | 'name' | 'description'>;

export interface CreatePartInput extends Partial<PartFields> {
  readonly kind: TrunkPart['kind'];
  readonly value: string;
  /** Name of the value on the wire, for refusals. */
  readonly field: string;
  readonly trunk?: TrunkName | null;
}

/** Parts of one account, also those that no trunk uses. */
const PARTS_MAX = 1000;
const TOO_MANY: RequestRefusal = {
  kind: 'conflict',
  code: 'too_many_parts',
  detail: `An account has at most ${PARTS_MAX} addresses and URIs of trunks; delete some first.`,
};

const DEFAULTS = { port: null, priority: 10, weight: 1, enabled: true, name: null, description: null };

/** Makes a part, in a trunk or for later. Refuses what is no address or SIP URI, and addresses that are not for this account. */
export function createTrunkPart(
  deps: PartDeps,
  actor: Actor,
  { field, trunk, ...given }: CreatePartInput,
  wait?: Wait,
): Promise<Result<Changed<ChangedPart>, RequestRefusal>> {
  return changeClaims(
    deps,
    actor,
    async (tx, witness) => {
      const checked = checkValue(given, field);
      if (!checked.ok) return checked;
      // Those who make parts at once queue here: each counts the others'.
      await tx.accounts.lock(accountOf(actor).id);
      if ((await tx.trunkParts.count(accountOf(actor).id)) >= PARTS_MAX) return err(TOO_MANY);
      const group = await lockTrunk(tx, actor, trunk);
      if (!group.ok) return group;
      const now = deps.clock.now();
      const owner = { accountId: accountOf(actor).id, mode: actor.mode, trunkGroupId: group.value?.id ?? null };
      const part = await tx.trunkParts.insert({ ...DEFAULTS, ...given, ...owner, id: newId(), createdAt: now, updatedAt: now });
      const rewritten = await rewriteAll(tx, { ...deps, ...witness }, actor, [group.value]);
      if (!rewritten.ok) return rewritten;
      await auditPart(tx, 'trunk_part.create', null, part);
      return ok({ part, group: rewritten.value[0] ?? null });
    },
    wait,
  );
}

export interface UpdatePartInput extends Partial<PartFields> {
  readonly kind: TrunkPart['kind'];
  readonly part: TrunkName;
  readonly field: string;
  /** null: out of its trunk. */
  readonly trunk?: TrunkName | null;
  /** What depends on what the part is, asked under its lock: two changes at once do not undo each other. */
  readonly patchOf?: (locked: TrunkPart) => Partial<PartFields>;
}

/** Changes a part of the actor's, and the trunk that it is in, or both when it moves. */
export function updateTrunkPart(
  deps: PartDeps,
  actor: Actor,
  { kind, part: name, field, trunk, patchOf, ...patch }: UpdatePartInput,
  wait?: Wait,
): Promise<Result<Changed<ChangedPart>, RequestRefusal>> {
  return changeClaims(
    deps,
    actor,
    async (tx, witness) => {
      const locked = await lockPart(tx, actor, kind, name, trunk);
      if (locked === null) return err({ kind: 'not_found', resource: resourceOf(kind) });
      const { part: before, group: had } = locked;
      const group = trunk === undefined ? ok(had) : await lockTrunk(tx, actor, trunk);
      if (!group.ok) return group;
      const next = { ...before, ...patch, ...patchOf?.(before), trunkGroupId: group.value?.id ?? null };
      const checked = checkValue(next, field);
      if (!checked.ok) return checked;
      const isChanged = JSON.stringify(next) !== JSON.stringify(before);
      const after = isChanged ? { ...next, updatedAt: deps.clock.now() } : before;
      if (isChanged) await tx.trunkParts.save(after);
      // Given up before it is claimed: an address and a gateway are one trunk's at a time.
      const rewritten = await rewriteAll(tx, { ...deps, ...witness }, actor, had?.id === group.value?.id ? [had] : [had, group.value]);
      if (!rewritten.ok) return rewritten;
      if (isChanged) await auditPart(tx, 'trunk_part.update', before, after);
      return ok({ part: after, group: rewritten.value.at(-1) ?? null });
    },
    wait,
  );
}

/** Deletes a part of the actor's; its trunk goes on without it. */
export function deleteTrunkPart(
  deps: PartDeps,
  actor: Actor,
  { kind, part: name }: Pick<UpdatePartInput, 'kind' | 'part'>,
  wait?: Wait,
): Promise<Result<Changed<ChangedPart>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const locked = await lockPart(tx, actor, kind, name);
      if (locked === null) return err({ kind: 'not_found', resource: resourceOf(kind) });
      await tx.trunkParts.remove(locked.part.id);
      const rewritten = await rewriteAll(tx, deps, actor, [locked.group]);
      if (!rewritten.ok) return rewritten;
      await auditPart(tx, 'trunk_part.delete', locked.part, null);
      return ok({ part: locked.part, group: rewritten.value[0] ?? null });
    },
    wait,
  );
}

/** How refusals name a part. */
export const resourceOf = (kind: TrunkPart['kind']): 'trunk_uri' | 'trunk_address' => (kind === 'uri' ? 'trunk_uri' : 'trunk_address');

function checkValue({ kind, value }: Pick<TrunkPart, 'kind' | 'value'>, field: string): Result<void, RequestRefusal> {
  if (kind === 'uri') return isTargetUri(value) ? ok(undefined) : err(invalidBody([field], TARGET_URI_RULE));
  const parsed = parseAclEntry(value);
  return parsed.ok ? ok(undefined) : err(invalidBody([field], parsed.error));
}

async function lockTrunk(
  tx: Transaction,
  actor: Actor,
  name: TrunkName | null | undefined,
): Promise<Result<TrunkGroup | null, RequestRefusal>> {
  if (name === undefined || name === null) return ok(null);
  const group = await lockOwnTrunk(tx, actor, name);
  return group === null ? err({ kind: 'not_found', resource: 'trunk_group' }) : ok(group);
}

/**
 * A part with the trunk that it is in, both locked. Trunks are locked before their parts, as whoever changes a trunk does, and the one
 * that it goes to among them; one that was seen elsewhere is sought once more, and stays where it is as its own row is locked by then.
 */
async function lockPart(tx: Transaction, actor: Actor, kind: TrunkPart['kind'], name: TrunkName, to?: TrunkName | null) {
  const seen = await findOwnPart(tx, actor, kind, name);
  if (seen === null) return null;
  const target = to === undefined || to === null ? null : await findOwnTrunk(tx, actor, to);
  // In one order for all: two parts that change places wait for each other only once.
  const ids = [seen.trunkGroupId, target?.id ?? null].filter((id) => id !== null);
  for (const id of ids.toSorted()) await tx.trunkGroups.lock(id);
  const part = await lockOwnPart(tx, actor, kind, name);
  return part === null ? null : { part, group: part.trunkGroupId === null ? null : await tx.trunkGroups.lock(part.trunkGroupId) };
}

async function rewriteAll(
  tx: Transaction,
  deps: PartDeps & ClaimWitness,
  actor: Actor,
  groups: readonly (TrunkGroup | null)[],
): Promise<Result<readonly TrunkGroup[], RequestRefusal>> {
  const rewritten: TrunkGroup[] = [];
  for (const group of groups) {
    if (group === null) continue;
    const done = await rewriteTrunk(tx, deps, actor, group);
    if (!done.ok) return done;
    rewritten.push(done.value);
  }
  return ok(rewritten);
}

async function auditPart(tx: Transaction, action: string, before: TrunkPart | null, after: TrunkPart | null): Promise<void> {
  const one = after ?? before;
  if (one === null) return;
  await tx.audit({ action, resource: `trunk_part:${one.id}`, accountId: one.accountId, before, after });
}
