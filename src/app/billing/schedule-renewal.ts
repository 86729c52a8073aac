import type { PhoneNumber } from '../../domain/number.ts';
import { renewalAt } from '../../domain/renewal.ts';
import type { RenewalPayload } from '../ports/jobs.ts';
import type { Transaction } from '../ports/store.ts';

/** Orders the first renewal of a number that has just become its holder's to use; the purchase paid for the month until then. */
export async function scheduleFirstRenewal(tx: Transaction, before: PhoneNumber, after: PhoneNumber): Promise<void> {
  if (after.lifecycle !== 'active' || after.holder === null || after.purchasedAt === null || before.purchasedAt === after.purchasedAt)
    return;
  await scheduleRenewal(
    tx,
    { numberId: after.id, purchasedAt: after.purchasedAt, period: 1 },
    after.holder.ownerAccountId,
    after.updatedAt,
  );
}

/** Orders the renewal of one period. */
export async function scheduleRenewal(tx: Transaction, payload: RenewalPayload, accountId: string, at: number): Promise<void> {
  const { numberId, purchasedAt, period } = payload;
  await tx.jobs.enqueue({
    queue: 'billing-renewals',
    key: `${numberId}:${purchasedAt}:${period}`,
    payload,
    dueAt: renewalAt(purchasedAt, period),
    accountId,
    numberId,
    at,
  });
}
