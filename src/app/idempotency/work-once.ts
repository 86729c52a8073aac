import type { RecordRef } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, type Result } from '../../kit/result.ts';
import type { Transaction } from '../ports/store.ts';
import type { Once } from './once.ts';

/** Puts the guard of a request around the work of its change: nothing twice, and the answer in the same transaction. */
export const workOnce =
  <T>(once: Once, work: (tx: Transaction) => Promise<Result<T, RequestRefusal>>) =>
  async (tx: Transaction): Promise<Result<T, RequestRefusal>> => {
    const refusal = await once.begin(tx);
    if (refusal !== null) return err(refusal);
    const published = new Map<RecordRef, number>();
    const done = await work({
      ...tx,
      publish(write, rowId) {
        published.set(write.ref, Math.max(write.version, published.get(write.ref) ?? 0));
        return tx.publish(write, rowId);
      },
    });
    if (!done.ok) return done;
    const versions = [...published].map(([record, version]) => ({ record, version }));
    // What is true at the commit: Redis has none of it yet.
    await once.keep(tx, { value: done.value, versions, propagation: versions.length === 0 ? 'applied' : 'pending' });
    return done;
  };
