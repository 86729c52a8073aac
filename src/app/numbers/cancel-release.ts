import type { PhoneNumber } from '../../domain/number.ts';
import { decideCancelRelease } from '../../domain/number-release.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { type CredentialDeps, createNumberCredential } from '../sip-credentials/create-number-credential.ts';
import type { NumberName } from './lock-own-number.ts';
import { isHeldNumber } from './own-number.ts';
import { commitNumber } from './save-number.ts';

/**
 * Takes a release back within its window. The number is active again with a new SIP login; what it was routed to is not restored
 * (seed-apis B.1). It never left its holder, so nothing is fenced. Refuses `wrong_state` when it is not being given back, or for good.
 */
export function cancelRelease(
  deps: ChangeDeps & CredentialDeps & { readonly clock: Clock },
  actor: Actor,
  name: NumberName,
  wait?: Wait,
): Promise<Result<Changed<PhoneNumber>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const id = 'numberId' in name ? name.numberId : (await tx.numbers.byE164(actor.mode, name.e164))?.id;
      const before = id === undefined ? null : await tx.numbers.lock(id);
      if (before === null || before.holder === null || !isHeldNumber(actor, before)) return err({ kind: 'not_found', resource: 'number' });
      const now = deps.clock.now();
      const decided = decideCancelRelease(before, now);
      if (!decided.ok) return decided;
      await createNumberCredential(tx, deps, decided.value, before.holder, now);
      await commitNumber(tx, before, decided.value, 'number.cancel_release');
      return decided;
    },
    wait,
  );
}
