import type { Endpoint } from '../../domain/endpoint.ts';
import { decidePatch, type PhoneNumber } from '../../domain/number.ts';
import { recordRef } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { saveNumber } from '../numbers/save-number.ts';
import type { Transaction } from '../ports/store.ts';
import { detachEndpoints } from './detach-endpoints.ts';
import { withoutEndpointSecret } from './endpoint-secret.ts';
import { isOwnEndpoint } from './own-endpoint.ts';

export interface DeleteEndpointInput {
  readonly endpointId: string;
  /** False: refused while numbers or endpoints point to it. True: they lose their destination (decision B28). */
  readonly detach: boolean;
  readonly ifVersion: number | null;
}

/** Deletes an endpoint; resolves with it as it was, its version being that of the tombstone. */
export function deleteEndpoint(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  { endpointId, detach, ifVersion }: DeleteEndpointInput,
  wait?: Wait,
): Promise<Result<Changed<Endpoint>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const before = await tx.endpoints.lock(endpointId);
      if (before === null || !isOwnEndpoint(actor, before)) return err({ kind: 'not_found', resource: 'endpoint' });
      if (ifVersion !== null && ifVersion !== before.version) return err({ kind: 'precondition_failed', currentVersion: before.version });
      const numbers = await tx.numbers.lockUsingEndpoint(endpointId);
      const endpoints = await tx.endpoints.lockUsing({ endpointId });
      if (numbers.length + endpoints.length > 0 && !detach) {
        const counts = { numbers: numbers.length, ...(endpoints.length === 0 ? {} : { endpoints: endpoints.length }) };
        return err({ kind: 'in_use', detail: 'Numbers or other endpoints still point to this endpoint.', counts });
      }
      const now = deps.clock.now();
      const detached = await detachNumbers(tx, numbers, now);
      if (!detached.ok) return detached;
      await detachEndpoints(tx, endpoints, endpointId, now);
      await tx.endpoints.remove(endpointId);
      const version = before.version + 1;
      await tx.audit({
        action: 'endpoint.delete',
        resource: `endpoint:${endpointId}`,
        accountId: before.accountId,
        before: withoutEndpointSecret(before),
        after: {
          detachedNumberIds: detached.value,
          ...(endpoints.length === 0 ? {} : { detachedEndpointIds: endpoints.map(({ id }) => id) }),
        },
      });
      await tx.publish({ ref: recordRef.endpoint(endpointId), version, record: null }, endpointId);
      return ok({ ...before, version });
    },
    wait,
  );
}

async function detachNumbers(tx: Transaction, numbers: readonly PhoneNumber[], now: number): Promise<Result<string[], RequestRefusal>> {
  for (const before of numbers) {
    const decided = decidePatch(before, { endpointId: null }, 'tenant', now);
    if (!decided.ok) return decided;
    await saveNumber(tx, before, decided.value, 'endpoint.delete');
  }
  return ok(numbers.map(({ id }) => id));
}
