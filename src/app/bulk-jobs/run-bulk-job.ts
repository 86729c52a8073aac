import type { Account } from '../../domain/account.ts';
import { type BulkJob, type BulkNumber, bulkStatusOf } from '../../domain/bulk-job.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { ok } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { change } from '../change.ts';
import type { Once } from '../idempotency/once.ts';
import type { HolderChangeDeps } from '../numbers/change-holder.ts';
import { releaseNumber } from '../numbers/release-number.ts';
import { updateNumber } from '../numbers/update-number.ts';
import type { JobHandler } from '../ports/jobs.ts';

/** How often is looked whether a disabled account may act again. */
const DISABLED_PAUSE_MS = 60_000;

export interface RunBulkJobDeps extends HolderChangeDeps {
  /** Numbers of one run of the job. */
  readonly partNumbers: number;
  /** No number of a run is begun after so long. */
  readonly partMsMax: number;
}

/**
 * Does the next numbers of a bulk job, each by the use case of a single one and in its own transaction, which also writes what became
 * of it: a run that is repeated, or that goes on after a crash, does no number twice.
 */
export function runBulkJob(deps: RunBulkJobDeps): JobHandler<'bulk-jobs'> {
  return async ({ bulkJobId }) => {
    const found = await deps.unitOfWork.read(async (tx) => {
      const job = await tx.bulkJobs.get(bulkJobId);
      if (job === null) return null;
      const account = await tx.accounts.get(job.holder.subAccountId ?? job.holder.ownerAccountId);
      return account === null ? null : { job, account, numbers: await tx.bulkJobs.nextPending(bulkJobId, deps.partNumbers) };
    });
    if (found === null) return { kind: 'refused', code: 'bulk_job_unknown' };
    const { job, account, numbers } = found;
    // Too late is over for whoever waits for it, and stays so.
    if (bulkStatusOf(job, deps.clock.now()) === 'expired') return { kind: 'refused', code: 'bulk_job_too_late' };
    // Nor would it be let in to do it itself; when it may again, the job goes on.
    if (account.status !== 'active') return { kind: 'again', dueAt: deps.clock.now() + DISABLED_PAUSE_MS, progress: null };
    const until = performance.now() + deps.partMsMax;
    for (const number of numbers) {
      // The run must end before somebody else takes it for abandoned.
      if (performance.now() >= until) break;
      const refusal = await doNumber(deps, job, account, number);
      if (refusal?.kind === 'unavailable')
        return { kind: 'again', dueAt: deps.clock.now() + refusal.retryAfterSeconds * 1000, progress: null };
      if (refusal !== null) await writeRefusal(deps, job, actorOf(job, account), number, refusal);
    }
    if (numbers.length === deps.partNumbers || performance.now() >= until)
      return { kind: 'again', dueAt: deps.clock.now(), progress: null };
    return { kind: 'done', result: { numbers: job.numbersCount } };
  };
}

/** Whoever asked, and nobody else: what it may not do itself is not done for it. */
const actorOf = ({ id, mode, asker }: BulkJob, account: Account): Actor => ({
  ...asker,
  account,
  scopes: null,
  mode,
  requestId: `bulk:${id}`,
  ip: null,
});

const TAKEN: RequestRefusal = { kind: 'idempotency_conflict' };

async function doNumber(deps: RunBulkJobDeps, job: BulkJob, account: Account, number: BulkNumber): Promise<RequestRefusal | null> {
  const actor = { ...actorOf(job, account), once: onceOf(deps, job, number) };
  const { numberId } = number;
  const done =
    job.kind === 'update'
      ? await updateNumber(deps, actor, { numberId, patch: job.patch, by: 'tenant', ifVersion: null })
      : await releaseNumber(deps, actor, { number: { numberId }, ifVersion: null });
  return done.ok || done.error === TAKEN ? null : done.error;
}

/** The guard around the change of one number: what became of it commits with the change, and only where nothing has yet. */
function onceOf({ clock }: RunBulkJobDeps, job: BulkJob, { position }: BulkNumber): Once {
  return {
    answering: () => {},
    begin: async (tx) => ((await tx.bulkJobs.claim(job.id, position)) ? null : TAKEN),
    keep: (tx) => tx.bulkJobs.end(job.id, position, null, clock.now()),
    committed: () => {},
    find: async () => ok(null),
    found: () => null,
    keepAlone: async () => {},
  };
}

async function writeRefusal(
  deps: RunBulkJobDeps,
  job: BulkJob,
  actor: Actor,
  { position }: BulkNumber,
  refusal: RequestRefusal,
): Promise<void> {
  await change(deps, actor, async (tx) => {
    if (await tx.bulkJobs.claim(job.id, position)) await tx.bulkJobs.end(job.id, position, refusal, deps.clock.now());
    return ok(null);
  });
}
