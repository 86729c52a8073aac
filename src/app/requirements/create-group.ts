import { holderOf } from '../../domain/account.ts';
import type { NumberType } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { snapshotOf } from '../../domain/requirement.ts';
import { decideGroupPatch, type RequirementGroup } from '../../domain/requirement-group.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { scopeOf } from '../orders/own-order.ts';
import { accountOf } from '../tenant.ts';
import { saveGroup } from './save-group.ts';
import { takeReferences } from './take-references.ts';

/** A list of groups has no pages in the vendor's API, so their number has an end. */
const GROUPS_MAX = 1000;

export interface CreateGroupInput {
  readonly country: string;
  readonly numberType: NumberType;
  readonly customerReference: string | null;
  readonly values: readonly { readonly requirementId: string; readonly value: string }[];
}

/** Makes a group of what numbers of a country and type need now; requirements that are added later are not in it. */
export function createGroup(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  { country, numberType, customerReference, values }: CreateGroupInput,
): Promise<Result<Changed<RequirementGroup>, RequestRefusal>> {
  return change(deps, actor, async (tx): Promise<Result<RequirementGroup, RequestRefusal>> => {
    const at = deps.clock.now();
    const scope = scopeOf(actor);
    if ((await tx.requirementGroups.count(scope)) >= GROUPS_MAX) {
      return err({ kind: 'conflict', code: 'too_many', detail: `You have ${GROUPS_MAX} requirement groups: delete some first.` });
    }
    const catalogue = await tx.requirements.ofCountries([country]);
    const asked = snapshotOf(catalogue, country, numberType);
    const empty: RequirementGroup = {
      id: newId(),
      mode: actor.mode,
      holder: holderOf(accountOf(actor)),
      country,
      numberType,
      customerReference,
      state: 'unapproved',
      expiresAt: null,
      version: 1,
      createdAt: at,
      updatedAt: at,
      values: asked.map(({ status: _, ...each }) => ({ ...each, updatedAt: at })),
    };
    const filled = decideGroupPatch(empty, { values, references: await takeReferences(tx, empty, values, at) }, at);
    if (!filled.ok) return filled;
    const group = { ...filled.value, version: 1 };
    await saveGroup(tx, 'requirement_group.create', null, group, { at });
    return ok(group);
  });
}
