import type { Endpoint } from '../../domain/endpoint.ts';
import { decidePatch } from '../../domain/number.ts';
import { type Mode, recordRef } from '../../domain/records.ts';
import { endpointRecord } from '../../domain/render-record.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import { isOwnNumber } from '../numbers/own-number.ts';
import { saveNumber } from '../numbers/save-number.ts';
import type { Transaction } from '../ports/store.ts';
import { checkEndpointUse } from './check-endpoint.ts';
import { decideTargets, type EndpointFields } from './decide-endpoint.ts';
import { withoutEndpointSecret } from './endpoint-secret.ts';

export interface CreateEndpointInput extends EndpointFields {
  /** Whose endpoint it is: the actor's account, or any when the platform acts on its own behalf. */
  readonly accountId: string;
  readonly mode: Mode;
  /** A number of the actor's that shall ring it from the start; null: none. */
  readonly numberId: string | null;
}

/** Creates an endpoint, and points a number to it where one is named, in one transaction with one audit row. */
export function createEndpoint(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  input: CreateEndpointInput,
  wait?: Wait,
): Promise<Result<Changed<Endpoint>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const account = await tx.accounts.get(input.accountId);
      if (account === null || account.status === 'closed') return err({ kind: 'not_found', resource: 'account' });
      const targets = decideTargets(input);
      if (!targets.ok) return targets;
      const now = deps.clock.now();
      const endpoint: Endpoint = { id: newId(), ...described(input), targets: targets.value, version: 1, createdAt: now, updatedAt: now };
      const checked = await checkEndpointUse(tx, endpoint);
      if (!checked.ok) return checked;
      await tx.endpoints.insert(endpoint);
      const attached = input.numberId === null ? ok(null) : await attach(tx, actor, input.numberId, endpoint, now);
      if (!attached.ok) return attached;
      await tx.audit({
        action: 'endpoint.create',
        resource: `endpoint:${endpoint.id}`,
        accountId: endpoint.accountId,
        before: null,
        after: { ...withoutEndpointSecret(endpoint), attachedNumberId: input.numberId },
      });
      await tx.publish({ ref: recordRef.endpoint(endpoint.id), version: 1, record: endpointRecord(endpoint) }, endpoint.id);
      return ok(endpoint);
    },
    wait,
  );
}

const described = ({ accountId, mode, name, type, url, providerConfig, status, route, fallback }: CreateEndpointInput) => ({
  ...{ accountId, mode, name, type, url, providerConfig, status },
  ...(route === undefined ? {} : { route }),
  ...(fallback === undefined || fallback === null ? {} : { fallback }),
});

async function attach(
  tx: Transaction,
  actor: Actor,
  numberId: string,
  endpoint: Endpoint,
  now: number,
): Promise<Result<null, RequestRefusal>> {
  const before = await tx.numbers.lock(numberId);
  const holder = before?.holder ?? null;
  const isHolders = (holder?.subAccountId ?? holder?.ownerAccountId) === endpoint.accountId && before?.mode === endpoint.mode;
  if (before === null || !isHolders || !isOwnNumber(actor, before)) return err({ kind: 'not_found', resource: 'number' });
  const decided = decidePatch(before, { endpointId: endpoint.id }, 'tenant', now);
  if (!decided.ok) return decided;
  await saveNumber(tx, before, decided.value, 'endpoint.create');
  return ok(null);
}
