import type { PlaneMetrics } from '../ports/metrics.ts';
import type { RecordWriter } from '../ports/routing.ts';
import type { Outbox } from '../ports/store.ts';

export interface RelayDeps {
  readonly outbox: Outbox;
  readonly records: RecordWriter;
  readonly metrics: PlaneMetrics;
}

const ROWS_MAX = 200;

/**
 * One round of the relay: takes due outbox rows, writes their current records to Redis, forgets them. Any number of relays may run;
 * rows are locked, writes are compare-and-set (decision C7). Resolves true when there may be more.
 */
export async function relayOutbox(deps: RelayDeps): Promise<boolean> {
  const taken = await deps.outbox.relay(ROWS_MAX, async (epoch, writes) => {
    const outcomes = await deps.records.apply(epoch, writes);
    // Superseded is as good as applied: something newer of the same row is already in force.
    return outcomes.map(() => true);
  });
  deps.metrics.pending((await deps.outbox.pending()).count);
  return taken === ROWS_MAX;
}
