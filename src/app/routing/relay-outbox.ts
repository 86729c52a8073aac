import type { PlaneMetrics } from '../ports/metrics.ts';
import type { RecordWriter } from '../ports/routing.ts';
import type { Outbox } from '../ports/store.ts';

export interface RelayDeps {
  readonly outbox: Outbox;
  readonly records: Pick<RecordWriter, 'apply'>;
  readonly metrics: PlaneMetrics;
}

const ROWS_MAX = 200;

/**
 * One round of the relay: takes due outbox rows, writes their current records to Redis, forgets them. Any number of relays may run;
 * rows are locked, writes are compare-and-set (decision C7). Resolves true when there may be more.
 */
export async function relayOutbox(deps: RelayDeps): Promise<boolean> {
  try {
    const taken = await deps.outbox.relay(ROWS_MAX, async (epoch, writes, agesMs) => {
      const startedAt = performance.now();
      const outcomes = await deps.records.apply(epoch, writes);
      const tookMs = performance.now() - startedAt;
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome === 'applied') deps.metrics.propagated(((agesMs[index] ?? 0) + tookMs) / 1000);
      }
      // Superseded is as good as applied: something newer of the same row is already in force.
      return outcomes.map((outcome) => outcome !== 'failed');
    });
    return taken === ROWS_MAX;
  } finally {
    // While Redis is away above all: then this is the figure that tells.
    const { count, oldestMs } = await deps.outbox.pending();
    deps.metrics.pending(count, (oldestMs ?? 0) / 1000);
  }
}
