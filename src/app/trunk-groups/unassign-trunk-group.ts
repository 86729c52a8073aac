import { decidePatch, type PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, type Result } from '../../kit/result.ts';
import { type Actor, isPlatform } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { lockOwnNumber, type NumberName } from '../numbers/lock-own-number.ts';
import { commitNumber } from '../numbers/save-number.ts';

/**
 * Takes a number off its trunk group at once; what becomes of its live calls is the worker's (decision B6). Refuses `not_found` for
 * an unknown or foreign number and `wrong_state` when no group is set.
 */
export function unassignTrunkGroup(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  input: NumberName,
  wait?: Wait,
): Promise<Result<Changed<PhoneNumber>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const before = await lockOwnNumber(tx, actor, input);
      if (before === null) return err({ kind: 'not_found', resource: 'number' });
      if (before.trunkGroupId === null) return err({ kind: 'wrong_state', detail: 'This number is not assigned to any trunk group.' });
      const by = isPlatform(actor) ? 'platform' : 'tenant';
      const decided = decidePatch(before, { trunkGroupId: null }, by, deps.clock.now());
      if (decided.ok) await commitNumber(tx, before, decided.value, 'number.unassign_trunk_group');
      return decided;
    },
    wait,
  );
}
