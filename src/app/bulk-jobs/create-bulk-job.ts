import { holderOf, payerOf } from '../../domain/account.ts';
import {
  BULK_JOBS_MAX,
  BULK_NUMBERS_MAX,
  BULK_PENDING_MS_MAX,
  type BulkJob,
  type BulkKind,
  type BulkNumber,
} from '../../domain/bulk-job.ts';
import type { NumberPatch, PhoneNumber } from '../../domain/number.ts';
import { invalidBody, type RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { isOwnNumber } from '../numbers/own-number.ts';
import { isUsableBy } from '../numbers/usable-destination.ts';
import type { NumberFilter, Transaction } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';

/** Which numbers: named all in one way, or every one that matches. */
export type BulkSelection =
  | { readonly by: 'extId' | 'e164'; readonly names: readonly string[] }
  | { readonly by: 'filter'; readonly filter: NumberFilter };

export interface BulkRequest {
  readonly kind: BulkKind;
  readonly patch: NumberPatch;
  readonly numbers: BulkSelection;
}

/** A job with its numbers. */
export interface ShownBulkJob {
  readonly job: BulkJob;
  readonly numbers: readonly BulkNumber[];
}

/** Asks for one change of many numbers; refused as a whole when one of them is not the actor's. A worker does them. */
export function createBulkJob(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  request: BulkRequest,
): Promise<Result<Changed<ShownBulkJob>, RequestRefusal>> {
  const account = accountOf(actor);
  return change(deps, actor, async (tx) => {
    // Under the lock of who pays for all of them: two requests at once count each other.
    await tx.accounts.lock(payerOf(account));
    const at = deps.clock.now();
    if ((await tx.bulkJobs.countUnderWay(payerOf(account), at - BULK_PENDING_MS_MAX)) >= BULK_JOBS_MAX) return err(TOO_MANY);
    const found = await numbersOf(tx, actor, request.numbers);
    if (!found.ok) return found;
    const usable = await isDestinationUsable(tx, request.patch, found.value);
    if (!usable) return err({ kind: 'not_found', resource: 'trunk_group' });
    const { kind, id, role } = actor;
    const counts = { numbersCount: found.value.length, succeededCount: 0, failedCount: 0 };
    const asked = { kind: request.kind, patch: request.patch, asker: { kind, id, role } };
    const job: BulkJob = { id: newId(), mode: actor.mode, holder: holderOf(account), ...asked, ...counts, createdAt: at, updatedAt: at };
    const numbers = found.value.map(bulkNumber);
    await tx.bulkJobs.insert(job, numbers);
    await tx.jobs.enqueue({
      queue: 'bulk-jobs',
      key: job.id,
      payload: { bulkJobId: job.id },
      dueAt: at,
      accountId: account.id,
      numberId: null,
      at,
    });
    await tx.audit({ action: 'bulk_job.create', resource: `bulk_job:${job.id}`, accountId: account.id, before: null, after: job });
    return ok({ job, numbers });
  });
}

const TOO_MANY = invalidBody(['base'], `You can have at most ${BULK_JOBS_MAX} pending or in progress jobs`);
const NO_NUMBER = invalidBody(['phone_numbers'], 'You must provide at least 1 phone number.');
const TOO_LONG = invalidBody(['phone_numbers'], `${BULK_NUMBERS_MAX} numbers is the maximum allowed.`);
const NOT_YOURS = invalidBody(['phone_numbers'], 'You must own every number in the bulk request');

const bulkNumber = ({ id, extId, e164 }: PhoneNumber, position: number): BulkNumber => ({
  position,
  numberId: id,
  extId,
  e164,
  outcome: 'pending',
  refusal: null,
});

async function numbersOf(tx: Transaction, actor: Actor, selection: BulkSelection): Promise<Result<readonly PhoneNumber[], RequestRefusal>> {
  if (selection.by === 'filter') {
    const { rows, total } = await tx.numbers.listByOffset(
      { ...selection.filter, isGivenBack: false },
      { limit: BULK_NUMBERS_MAX, offset: 0 },
    );
    if (total > BULK_NUMBERS_MAX) return err(TOO_LONG);
    return rows.length === 0 ? err(NO_NUMBER) : ok(rows);
  }
  const names = [...new Set(selection.names)];
  if (names.length === 0) return err(NO_NUMBER);
  if (names.length > BULK_NUMBERS_MAX) return err(TOO_LONG);
  const found = await tx.numbers.named(actor.mode, selection.by, names);
  const own = new Map(
    found.filter((number) => isOwnNumber(actor, number)).map((number) => [number[selection.by as 'extId' | 'e164'], number]),
  );
  // Unknown and foreign are the same answer (invariant 11).
  const numbers = names.flatMap((name) => own.get(name) ?? []);
  return numbers.length === names.length ? ok(numbers) : err(NOT_YOURS);
}

/** What no number of the list may use is refused at once, as if it did not exist. */
async function isDestinationUsable(tx: Transaction, { trunkGroupId }: NumberPatch, numbers: readonly PhoneNumber[]): Promise<boolean> {
  if (!trunkGroupId) return true;
  const group = await tx.trunkGroups.get(trunkGroupId);
  return numbers.every((number) => isUsableBy(number, group));
}
