import type { RecordVersion } from '../domain/records.ts';
import type { RequestRefusal } from '../domain/request-refusal.ts';
import { bounded } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { ok, type Result } from '../kit/result.ts';
import type { Actor } from './actor.ts';
import { workOnce } from './idempotency/work-once.ts';
import type { PropagationMetrics } from './ports/metrics.ts';
import type { RecordWriter } from './ports/routing.ts';
import type { Outbox, PendingWrite, Transaction, UnitOfWork } from './ports/store.ts';

/** What a changing use case needs to commit and to publish. */
export interface ChangeDeps {
  readonly unitOfWork: UnitOfWork;
  readonly outbox: Outbox;
  readonly records: RecordWriter;
  readonly log: Logger;
  readonly propagationWaitMs: number;
  readonly propagationMetrics?: PropagationMetrics;
}

/** A committed change and how far it got: the answer carries both (decision B17). */
export interface Changed<T> {
  readonly value: T;
  /** Records this change wrote; empty for a no-op. */
  readonly versions: readonly RecordVersion[];
  readonly propagation: 'applied' | 'pending';
}

/** How long the answer waits for Redis: not at all, or until the records are in force there. */
export type Wait = 'committed' | 'applied';

/** Runs one change: transaction, then its records into Redis. A Redis that is away never fails the change; the relay finishes it. */
export async function change<T>(
  deps: ChangeDeps,
  actor: Actor,
  work: (tx: Transaction) => Promise<Result<T, RequestRefusal>>,
  wait: Wait = 'applied',
): Promise<Result<Changed<T>, RequestRefusal>> {
  const stamp = { kind: actor.kind, id: actor.id, accountId: actor.account?.id ?? null, requestId: actor.requestId, ip: actor.ip };
  const { once } = actor;
  const done = await deps.unitOfWork.change(stamp, once === undefined ? work : workOnce(once, work));
  if (!done.ok) return done;
  once?.committed();
  const { value, pending, epoch } = done.value;
  const versions = pending.map(({ write }) => ({ record: write.ref, version: write.version }));
  const applying = applyNow(deps, epoch, pending);
  const propagation = wait === 'committed' && pending.length > 0 ? 'pending' : await applying;
  return ok({ value, versions, propagation });
}

async function applyNow(deps: ChangeDeps, epoch: number, pending: readonly PendingWrite[]): Promise<'applied' | 'pending'> {
  if (pending.length === 0) return 'applied';
  const committedAt = performance.now();
  try {
    await bounded(
      deps.records.apply(
        epoch,
        pending.map(({ write }) => write),
      ),
      deps.propagationWaitMs,
      'propagation',
    );
  } catch (error) {
    deps.log.warn('records left to the relay', { count: pending.length, error: String(error) });
    return 'pending';
  }
  deps.propagationMetrics?.propagated((performance.now() - committedAt) / 1000);
  // The records are in force; that the outbox still names them only costs the relay a repeated, superseded write.
  deps.outbox.applied(pending.map(({ outboxId }) => outboxId)).catch((error: unknown) => {
    deps.log.warn('outbox rows left to the relay', { error: String(error) });
  });
  return 'applied';
}
