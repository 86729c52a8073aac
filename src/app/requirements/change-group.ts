import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { decideGroupPatch, decideSubmit, type GroupPatch, type RequirementGroup } from '../../domain/requirement-group.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import { lockGroup } from './own-group.ts';
import { saveGroup } from './save-group.ts';
import { takeReferences } from './take-references.ts';

type Deps = ChangeDeps & { readonly clock: Clock };
type Done = Promise<Result<Changed<RequirementGroup>, RequestRefusal>>;

/** Changes reference and values of a group; orders that took its values before keep those. */
export const updateGroup = (deps: Deps, actor: Actor, id: string, patch: Omit<GroupPatch, 'references'>): Done =>
  changeGroup(deps, actor, { id, action: 'requirement_group.update' }, async (tx, group, at) =>
    decideGroupPatch(group, { ...patch, references: await takeReferences(tx, group, patch.values ?? [], at) }, at),
  );

/** Hands a group to a reviewer. */
export const submitGroup = (deps: Deps, actor: Actor, id: string): Done =>
  changeGroup(deps, actor, { id, action: 'requirement_group.submit' }, async (_, group, at) => decideSubmit(group, at));

/** Deletes a group; orders keep the values that they took from it. */
export const deleteGroup = (deps: Deps, actor: Actor, id: string): Done =>
  change(deps, actor, async (tx) => {
    const group = await lockGroup(tx, actor, id);
    if (!group.ok) return group;
    await saveGroup(tx, 'requirement_group.delete', group.value, null, { at: deps.clock.now() });
    return group;
  });

function changeGroup(
  deps: Deps,
  actor: Actor,
  { id, action }: { readonly id: string; readonly action: string },
  decide: (tx: Transaction, group: RequirementGroup, at: number) => Promise<Result<RequirementGroup, RequestRefusal>>,
): Done {
  return change(deps, actor, async (tx): Promise<Result<RequirementGroup, RequestRefusal>> => {
    const group = await lockGroup(tx, actor, id);
    if (!group.ok) return group;
    const at = deps.clock.now();
    const after = await decide(tx, group.value, at);
    if (!after.ok) return after;
    if (after.value !== group.value) await saveGroup(tx, action, group.value, after.value, { at });
    return ok(after.value);
  });
}
