import type { Endpoint } from '../../domain/endpoint.ts';
import { withoutUse } from '../../domain/endpoint-route.ts';
import { recordRef } from '../../domain/records.ts';
import { endpointRecord } from '../../domain/render-record.ts';
import type { Transaction } from '../ports/store.ts';

/** Takes an endpoint or trunk group that goes out of whatever names it; the audit row is the caller's, which says which they were. */
export async function detachEndpoints(
  tx: Pick<Transaction, 'endpoints' | 'publish'>,
  endpoints: readonly Endpoint[],
  gone: string,
  nowMs: number,
): Promise<void> {
  for (const before of endpoints) {
    const after = { ...withoutUse(before, gone), version: before.version + 1, updatedAt: nowMs };
    await tx.endpoints.save(after);
    await tx.publish({ ref: recordRef.endpoint(after.id), version: after.version, record: endpointRecord(after) }, after.id);
  }
}
