import { decideRelease, type PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { destroyNumberCredential } from '../sip-credentials/destroy-number-credential.ts';
import { isOwnNumber } from './own-number.ts';
import { commitNumber } from './save-number.ts';

export interface ReleaseNumberInput {
  readonly numberId: string;
  readonly ifVersion: number | null;
}

export interface ReleaseDeps extends ChangeDeps {
  readonly clock: Clock;
  /** How long a number waits after its last call before somebody else may buy it. */
  readonly coolOffMs: (number: Pick<PhoneNumber, 'type' | 'country'>) => number;
}

/** Gives a number back to stock at once; until its cool-off ends only its last holder sees it there (decision B8). */
export function releaseNumber(
  deps: ReleaseDeps,
  actor: Actor,
  { numberId, ifVersion }: ReleaseNumberInput,
  wait?: Wait,
): Promise<Result<Changed<PhoneNumber>, RequestRefusal>> {
  // The fence of decision C4 belongs here, before the transaction: freeze the number, judge on the last call that Redis knows,
  // and let the published tombstone lift the freeze.
  return change(
    deps,
    actor,
    async (tx) => {
      const before = await tx.numbers.lock(numberId);
      if (before === null || !isOwnNumber(actor, before)) return err({ kind: 'not_found', resource: 'number' });
      if (ifVersion !== null && ifVersion !== before.version) return err({ kind: 'precondition_failed', currentVersion: before.version });
      const decided = decideRelease(before, deps.coolOffMs(before), deps.clock.now());
      if (!decided.ok) return decided;
      await destroyNumberCredential(tx, numberId);
      await commitNumber(tx, before, decided.value, 'number.release');
      return ok(decided.value);
    },
    wait,
  );
}
