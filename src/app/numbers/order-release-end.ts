import type { PhoneNumber } from '../../domain/number.ts';
import type { Transaction } from '../ports/store.ts';

/**
 * When a release left live calls behind or can be taken back: orders its end for when they are over (decision B6), or its holder's time
 * to think is. A release that was taken back has another version by then, and its job finds nothing to do.
 */
export async function orderReleaseEnd(tx: Transaction, before: PhoneNumber, after: PhoneNumber, quarantineMs = 0): Promise<void> {
  if (after.lifecycle !== 'releasing' || before.lifecycle === 'releasing') return;
  const { id: numberId, version: epoch, updatedAt: at, e164, mode, holder } = after;
  const dueAt = after.availableAt ?? at;
  await tx.jobs.enqueue({
    queue: 'release-due',
    key: `${numberId}:${epoch}`,
    payload: { numberId, e164, mode, epoch, releasedAt: dueAt, quarantineMs },
    dueAt,
    accountId: holder?.subAccountId ?? holder?.ownerAccountId ?? null,
    numberId,
    at,
  });
}
