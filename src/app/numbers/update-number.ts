import { decidePatch, type NumberPatch, type PatchedBy, type PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import { isOwnNumber } from './own-number.ts';
import { commitNumber, publishNumber } from './save-number.ts';
import { isUsableBy } from './usable-destination.ts';

export interface UpdateNumberInput {
  readonly numberId: string;
  readonly patch: NumberPatch;
  /** Whose suspension `patch.suspended` sets or lifts. */
  readonly by: PatchedBy;
  /** Refused unless the number is at this version; null: any. */
  readonly ifVersion: number | null;
}

/** Changes flags, destination and suspension of an owned number; a patch that changes nothing leaves no trace (decision B17). */
export function updateNumber(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  { numberId, patch, by, ifVersion }: UpdateNumberInput,
  wait?: Wait,
): Promise<Result<Changed<PhoneNumber>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      // Destination before number: the order in which a destination's deletion locks them.
      const destination = await lockDestination(tx, patch);
      const before = await tx.numbers.lock(numberId);
      if (before === null || !isOwnNumber(actor, before)) return err({ kind: 'not_found', resource: 'number' });
      if (ifVersion !== null && ifVersion !== before.version) return err({ kind: 'precondition_failed', currentVersion: before.version });
      if (destination !== null && !isUsableBy(before, destination.found)) return err({ kind: 'not_found', resource: destination.resource });
      const decided = decidePatch(before, patch, by, deps.clock.now());
      if (!decided.ok) return decided;
      if (decided.value === before) await publishNumber(tx, before);
      else await commitNumber(tx, before, decided.value, 'number.update');
      return decided;
    },
    wait,
  );
}

interface Destination {
  readonly resource: 'endpoint' | 'trunk_group';
  /** null: it does not exist. */
  readonly found: { readonly accountId: string | null; readonly mode: string } | null;
}

async function lockDestination(tx: Transaction, { endpointId, trunkGroupId }: NumberPatch): Promise<Destination | null> {
  if (trunkGroupId) return { resource: 'trunk_group', found: await tx.trunkGroups.lock(trunkGroupId) };
  if (endpointId) return { resource: 'endpoint', found: await tx.endpoints.lock(endpointId) };
  return null;
}
