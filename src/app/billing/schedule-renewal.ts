import type { PhoneNumber } from '../../domain/number.ts';
import { renewalAt } from '../../domain/renewal.ts';
import type { NewJob, RenewalPayload } from '../ports/jobs.ts';
import type { Transaction } from '../ports/store.ts';

/** Orders the first renewals of numbers that have just become their holders' to use; the purchase paid for the month until then. */
export async function scheduleFirstRenewals(
  tx: Transaction,
  moves: readonly { readonly before: PhoneNumber; readonly after: PhoneNumber }[],
): Promise<void> {
  const jobs = moves.flatMap(({ before, after: { id, lifecycle, holder, purchasedAt, updatedAt } }) =>
    lifecycle === 'active' && holder !== null && purchasedAt !== null && purchasedAt !== before.purchasedAt
      ? [renewal({ numberId: id, purchasedAt, period: 1 }, holder.ownerAccountId, updatedAt)]
      : [],
  );
  if (jobs.length > 0) await tx.jobs.enqueueAll(jobs);
}

/** Orders the renewal of one period. */
export async function scheduleRenewal(tx: Transaction, payload: RenewalPayload, accountId: string, at: number): Promise<void> {
  await tx.jobs.enqueue(renewal(payload, accountId, at));
}

const renewal = (payload: RenewalPayload, accountId: string, at: number): NewJob<'billing-renewals'> => ({
  queue: 'billing-renewals',
  key: `${payload.numberId}:${payload.purchasedAt}:${payload.period}`,
  payload,
  dueAt: renewalAt(payload.purchasedAt, payload.period),
  accountId,
  numberId: payload.numberId,
  at,
});
