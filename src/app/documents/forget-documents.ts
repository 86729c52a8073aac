import { UNLINKED_MS } from '../../domain/document.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok } from '../../kit/result.ts';
import type { ActorStamp, UnitOfWork } from '../ports/store.ts';

/** Few: each takes its file along. */
const DOCUMENTS_AT_ONCE = 100;
const FORGETTER: ActorStamp = { kind: 'system', id: 'document-forgetter', accountId: null, requestId: 'document-forgetter', ip: null };

/** Removes documents that no value named in time (seed-apis A.3), whoever they belong to. True when there are more. */
export async function forgetDocuments(deps: { readonly unitOfWork: UnitOfWork; readonly clock: Clock }): Promise<boolean> {
  const before = deps.clock.now() - UNLINKED_MS;
  const done = await deps.unitOfWork.change(FORGETTER, async (tx) => ok(await tx.documents.forgetUnlinked(before, DOCUMENTS_AT_ONCE)));
  return done.ok && done.value.value === DOCUMENTS_AT_ONCE;
}
