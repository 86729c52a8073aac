import type { RecordVersion } from '../domain/records.ts';
import type { RequestRefusal } from '../domain/request-refusal.ts';
import { bounded } from '../kit/lifecycle.ts';
import type { Logger } from '../kit/log.ts';
import { ok, type Result } from '../kit/result.ts';
import type { Actor } from './actor.ts';
import { workOnce } from './idempotency/work-once.ts';
import type { PropagationMetrics } from './ports/metrics.ts';
import type { AgentCopies, RecordWriter, WriteOutcome } from './ports/routing.ts';
import type { ActorStamp, Outbox, PendingWrite, Transaction, UnitOfWork } from './ports/store.ts';

/** What a changing use case needs to commit and to publish. */
export interface ChangeDeps {
  readonly unitOfWork: UnitOfWork;
  readonly outbox: Outbox;
  readonly records: Pick<RecordWriter, 'apply'>;
  readonly log: Logger;
  readonly propagationWaitMs: number;
  readonly propagationMetrics?: PropagationMetrics;
  /** Where answers may wait for the agents (`wait=agents`); without it such answers say `pending`. */
  readonly agentCopies?: AgentCopies;
}

/** A committed change and how far it got: the answer carries both (decision B17). */
export interface Changed<T> {
  readonly value: T;
  /** Records this change published. A no-op publishes what it found again: only then is `applied` true of it. */
  readonly versions: readonly RecordVersion[];
  readonly propagation: 'applied' | 'pending';
}

/** How long the answer waits: not at all, until the records are in force in Redis, or until every live agent's copy has them. */
export type Wait = 'committed' | 'applied' | 'agents';

/** Runs one change: transaction, then its records into Redis. A Redis that is away never fails the change; the relay finishes it. */
export async function change<T>(
  deps: ChangeDeps,
  actor: Actor,
  work: (tx: Transaction) => Promise<Result<T, RequestRefusal>>,
  wait: Wait = 'applied',
): Promise<Result<Changed<T>, RequestRefusal>> {
  const { once } = actor;
  const done = await deps.unitOfWork.change(stampOf(actor), once === undefined ? work : workOnce(once, work));
  if (!done.ok) return done;
  once?.committed();
  const { value, pending, epoch } = done.value;
  const versions = pending.map(({ write }) => ({ record: write.ref, version: write.version }));
  const until = performance.now() + deps.propagationWaitMs;
  const applying = applyNow(deps, epoch, pending);
  if (wait === 'committed' && pending.length > 0) return ok({ value, versions, propagation: 'pending' });
  const applied = await applying;
  const isKnown = applied === 'applied' && (wait !== 'agents' || (await knownToAgents(deps, until)));
  return ok({ value, versions, propagation: isKnown ? 'applied' : 'pending' });
}

/** Who an audit row says it was. */
export const stampOf = ({ kind, id, account, requestId, ip, overridesExpectations }: Actor): ActorStamp => ({
  kind,
  id,
  accountId: account?.id ?? null,
  requestId,
  ip,
  ...(overridesExpectations === undefined ? {} : { overridesExpectations }),
});

/** Also for a change that changed nothing: the one before it may still be on its way to the agents. */
async function knownToAgents(deps: ChangeDeps, until: number): Promise<boolean> {
  try {
    return (await deps.agentCopies?.upToDate(Math.max(0, until - performance.now()))) ?? false;
  } catch (error) {
    deps.log.warn('agents could not be asked', { error: String(error) });
    return false;
  }
}

async function applyNow(deps: ChangeDeps, epoch: number, pending: readonly PendingWrite[]): Promise<'applied' | 'pending'> {
  if (pending.length === 0) return 'applied';
  // A server nobody has confirmed: what Redis has may be newer (ADR 0009).
  const outcome = epoch === 0 ? 'pending' : await writeRecords(deps, epoch, pending);
  if (outcome === 'pending') deps.outbox.wakeRelay();
  return outcome;
}

async function writeRecords(deps: ChangeDeps, epoch: number, pending: readonly PendingWrite[]): Promise<'applied' | 'pending'> {
  const committedAt = performance.now();
  let outcomes: readonly WriteOutcome[] | undefined;
  try {
    outcomes = await bounded(
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
  if (outcomes?.includes('failed') !== false) {
    deps.log.error('records that cannot be written', { count: pending.length });
    return 'pending';
  }
  deps.propagationMetrics?.propagated((performance.now() - committedAt) / 1000);
  // The records are in force; that the outbox still names them only costs the relay a repeated, superseded write.
  deps.outbox.applied(pending.map(({ outboxId }) => outboxId)).catch((error: unknown) => {
    deps.log.warn('outbox rows left to the relay', { error: String(error) });
  });
  return 'applied';
}
