import type { DefaultCaller } from '../../domain/default-caller.ts';
import { type GatewayTerms, orderedTerms, withoutSecrets } from '../../domain/gateway-terms.ts';
import { type Limits, mergeLimits } from '../../domain/lease.ts';
import { isWatched } from '../../domain/render-record.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { orderedMarks, type SourceMarks } from '../../domain/source-marks.ts';
import type { Gateway, TrunkGroup } from '../../domain/trunk-group.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { checkDefaultCaller } from '../numbers/check-default-caller.ts';
import type { Transaction } from '../ports/store.ts';
import { checkTrunkGroup, keepGatewayIds, keepPassword, keepToken, publishTrunkGroup } from './check-trunk-group.ts';

export interface TrunkGroupPatch extends Partial<Pick<TrunkGroup, 'name' | 'enabled' | 'numberFormat' | 'country' | 'acl'>> {
  /** Replaced whole (decision B15). */
  readonly gateways?: readonly Omit<Gateway, 'id'>[];
  /** Replaced whole; null: told by addresses alone. */
  readonly marks?: SourceMarks | null;
  readonly limits?: Partial<Limits>;
  /** Replaced whole; null: what they say. */
  readonly defaultCaller?: DefaultCaller | null;
  /** Each member replaced whole; null takes it away. */
  readonly terms?: { readonly [K in keyof GatewayTerms]?: GatewayTerms[K] | null };
}

/** Changes a trunk group. Gateways and ACL are replaced whole; the source record moves only when what it holds did. */
export function updateTrunkGroup(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  id: string,
  patch: TrunkGroupPatch,
  options: { readonly ifVersion?: number | null; readonly wait?: Wait } = {},
): Promise<Result<Changed<TrunkGroup>, RequestRefusal>> {
  const { ifVersion = null, wait } = options;
  return change(
    deps,
    actor,
    async (tx) => {
      const before = await tx.trunkGroups.lock(id);
      if (before === null) return err({ kind: 'not_found', resource: 'trunk_group' });
      if (ifVersion !== null && ifVersion !== before.version) return err({ kind: 'precondition_failed', currentVersion: before.version });
      const merged = mergeTrunkGroup(before, patch);
      const checked = await checkTrunkGroup(tx, merged, id, before.gateways);
      if (!checked.ok) return checked;
      const presented = await checkDefaultCaller(tx, merged, before.defaultCaller);
      return presented.ok ? ok(await saveMerged(tx, before, merged, deps.clock.now())) : presented;
    },
    wait,
  );
}

async function saveMerged(tx: Transaction, before: TrunkGroup, merged: TrunkGroup, now: number): Promise<TrunkGroup> {
  const changed = {
    group: groupContent(before) !== groupContent(merged),
    // A disabled group recognises nobody, and what is looked after is found there.
    source: sourceContent(before) !== sourceContent(merged),
  };
  if (!changed.group && !changed.source) {
    // The answer says `applied`, and the change before it may still be on its way (decision B17).
    await publishTrunkGroup(tx, before, { group: true, source: true });
    return before;
  }
  const sourceVersion = before.sourceVersion + (changed.source ? 1 : 0);
  const after: TrunkGroup = { ...merged, version: before.version + 1, sourceVersion, updatedAt: now };
  await tx.trunkGroups.save(after);
  await tx.audit({
    action: 'trunk_group.update',
    resource: `trunk_group:${after.id}`,
    accountId: after.accountId,
    before: withoutSecrets(before),
    after: withoutSecrets(after),
  });
  await publishTrunkGroup(tx, after, { group: true, source: changed.source });
  return after;
}

function mergeTrunkGroup(before: TrunkGroup, patch: TrunkGroupPatch): TrunkGroup {
  return {
    ...before,
    name: patch.name ?? before.name,
    enabled: patch.enabled ?? before.enabled,
    numberFormat: patch.numberFormat === undefined ? before.numberFormat : patch.numberFormat,
    country: patch.country === undefined ? before.country : patch.country,
    acl: patch.acl ?? before.acl,
    gateways: patch.gateways === undefined ? before.gateways : keepGatewayIds(before.gateways, patch.gateways, newId),
    marks: patch.marks === undefined ? before.marks : orderedMarks(keepToken(patch.marks ?? undefined, before.marks)),
    limits: mergeLimits(before.limits, patch.limits),
    terms: mergeTerms(before.terms, patch.terms),
    defaultCaller: patch.defaultCaller === undefined ? before.defaultCaller : (patch.defaultCaller ?? undefined),
  };
}

function mergeTerms(before: GatewayTerms | undefined, patch: TrunkGroupPatch['terms']): GatewayTerms | undefined {
  if (patch === undefined) return before;
  const said = Object.entries({ ...before, ...patch }).filter(([, value]) => value !== null && value !== undefined);
  return orderedTerms(keepPassword(Object.fromEntries(said) as GatewayTerms, before));
}

const sourceContent = (group: TrunkGroup): string => JSON.stringify([group.acl, group.enabled, isWatched(group), group.marks]);
const groupContent = (group: TrunkGroup): string =>
  JSON.stringify([
    ...[group.name, group.enabled, group.numberFormat, group.country, group.gateways, group.limits, group.terms],
    group.defaultCaller,
  ]);
