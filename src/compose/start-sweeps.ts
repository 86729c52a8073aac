import type pg from 'pg';
import { forgetDocuments } from '../app/documents/forget-documents.ts';
import { sweepAnswers } from '../app/idempotency/sweep-answers.ts';
import type { UnitOfWork } from '../app/ports/store.ts';
import type { Clock } from '../kit/clock.ts';
import type { Lifecycle } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { startLoop } from '../kit/loop.ts';
import { idempotencySweeper } from '../store/idempotency.ts';

interface SweepParts {
  readonly pool: pg.Pool;
  readonly unitOfWork: UnitOfWork;
  readonly history: { sweepApplied(): Promise<boolean> };
  readonly clock: Clock;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
}

const SWEEP_LOOK_MS = 60_000;

/** Starts what takes away rows whose time is over, batch by batch: kept answers, applied changes, documents that nothing names. */
export function startSweeps({ pool, unitOfWork, history, clock, lifecycle, log }: SweepParts): void {
  const idempotency = idempotencySweeper(pool);
  const sweeps = {
    'kept answers': () => sweepAnswers({ idempotency, clock }),
    'applied changes': () => history.sweepApplied(),
    'documents that nothing names': () => forgetDocuments({ unitOfWork, clock }),
  };
  for (const [name, run] of Object.entries(sweeps)) lifecycle.add(startLoop({ name, intervalMs: SWEEP_LOOK_MS, log, run }));
}
