import type { Endpoint } from '../../domain/endpoint.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { UnitOfWork } from '../ports/store.ts';
import { isOwnEndpoint } from './own-endpoint.ts';

/** Reads one endpoint of the actor's. */
export async function getEndpoint(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  endpointId: string,
): Promise<Result<Endpoint, RequestRefusal>> {
  const endpoint = await deps.unitOfWork.read((tx) => tx.endpoints.get(endpointId));
  return endpoint !== null && isOwnEndpoint(actor, endpoint) ? ok(endpoint) : err({ kind: 'not_found', resource: 'endpoint' });
}
