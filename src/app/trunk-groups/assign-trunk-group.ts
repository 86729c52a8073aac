import { decidePatch, type PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, type Result } from '../../kit/result.ts';
import { type Actor, isPlatform } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { lockOwnNumber, type NumberName } from '../numbers/lock-own-number.ts';
import { commitNumber } from '../numbers/save-number.ts';
import { isUsableBy } from '../numbers/usable-destination.ts';

/** A number, and the group that shall answer for it. */
export type AssignTrunkGroupInput = NumberName & { readonly trunkGroupId: string };

/**
 * Routes a number to a trunk group in place of its endpoint. Refuses `not_found` (number or trunk_group, foreign ones included)
 * and `wrong_state` when a group is set already: it has to be unassigned first (decision B9).
 */
export function assignTrunkGroup(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  input: AssignTrunkGroupInput,
  wait?: Wait,
): Promise<Result<Changed<PhoneNumber>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      // Group before number: the order in which deleting a group locks them.
      const group = await tx.trunkGroups.lock(input.trunkGroupId);
      const before = await lockOwnNumber(tx, actor, input);
      if (before === null) return err({ kind: 'not_found', resource: 'number' });
      if (!isUsableBy(before, group)) return err({ kind: 'not_found', resource: 'trunk_group' });
      if (before.trunkGroupId !== null)
        return err({ kind: 'wrong_state', detail: 'This number is already assigned to a trunk group; unassign it first.' });
      const by = isPlatform(actor) ? 'platform' : 'tenant';
      const decided = decidePatch(before, { trunkGroupId: input.trunkGroupId }, by, deps.clock.now());
      if (decided.ok) await commitNumber(tx, before, decided.value, 'number.assign_trunk_group');
      return decided;
    },
    wait,
  );
}
