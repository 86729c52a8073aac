import type { Endpoint } from '../../domain/endpoint.ts';
import { recordRef } from '../../domain/records.ts';
import { endpointRecord } from '../../domain/render-record.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { checkEndpointUse } from './check-endpoint.ts';
import { decideEndpointPatch, type EndpointFields } from './decide-endpoint.ts';
import { withoutEndpointSecret } from './endpoint-secret.ts';
import { isOwnEndpoint } from './own-endpoint.ts';

export interface UpdateEndpointInput {
  readonly endpointId: string;
  readonly patch: Partial<EndpointFields>;
  readonly ifVersion: number | null;
}

/** Changes an endpoint; every number that points to it follows with this one record. */
export function updateEndpoint(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  { endpointId, patch, ifVersion }: UpdateEndpointInput,
  wait?: Wait,
): Promise<Result<Changed<Endpoint>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const before = await tx.endpoints.lock(endpointId);
      if (before === null || !isOwnEndpoint(actor, before)) return err({ kind: 'not_found', resource: 'endpoint' });
      if (ifVersion !== null && ifVersion !== before.version) return err({ kind: 'precondition_failed', currentVersion: before.version });
      const decided = decideEndpointPatch(before, patch, deps.clock.now());
      if (!decided.ok) return decided;
      const after = decided.value;
      if (after !== before) {
        const checked = await checkEndpointUse(tx, after);
        if (!checked.ok) return checked;
        await tx.endpoints.save(after);
        await tx.audit({
          action: 'endpoint.update',
          resource: `endpoint:${after.id}`,
          accountId: after.accountId,
          ...changed(before, after),
        });
      }
      // Unchanged too: the answer says `applied`, and the change before it may still be on its way (decision B17).
      await tx.publish({ ref: recordRef.endpoint(after.id), version: after.version, record: endpointRecord(after) }, after.id);
      return ok(after);
    },
    wait,
  );
}

const changed = (before: Endpoint, after: Endpoint) => ({ before: withoutEndpointSecret(before), after: withoutEndpointSecret(after) });
