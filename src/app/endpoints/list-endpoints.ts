import type { Endpoint } from '../../domain/endpoint.ts';
import type { Actor } from '../actor.ts';
import type { OffsetPage, OffsetRequest, UnitOfWork } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';

/** Lists the endpoints of the actor's account, oldest first. */
export function listEndpoints(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  filter: { readonly type?: string; readonly status?: string },
  page: OffsetRequest,
): Promise<OffsetPage<Endpoint>> {
  const accountId = accountOf(actor).id;
  return deps.unitOfWork.read((tx) => tx.endpoints.list({ ...filter, accountId, mode: actor.mode }, page));
}
