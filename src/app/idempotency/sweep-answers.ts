import type { Clock } from '../../kit/clock.ts';
import type { IdempotencySweeper } from './idempotency-store.ts';

const BATCH_ROWS = 1000;

/** Forgets one batch of answers whose time is over. True when there may be more. */
export async function sweepAnswers(deps: { readonly idempotency: IdempotencySweeper; readonly clock: Clock }): Promise<boolean> {
  return (await deps.idempotency.sweep(deps.clock.now(), BATCH_ROWS)) === BATCH_ROWS;
}
