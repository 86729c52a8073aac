import type { PhoneNumber } from '../../domain/number.ts';
import type { Transaction } from '../ports/store.ts';

/** When a release left live calls behind: orders its end for when they are over (decision B6). */
export async function orderReleaseEnd(tx: Transaction, before: PhoneNumber, after: PhoneNumber): Promise<void> {
  if (after.lifecycle !== 'releasing' || before.lifecycle === 'releasing') return;
  const { id: numberId, version: epoch, updatedAt: at, e164, mode, holder } = after;
  await tx.jobs.enqueue({
    queue: 'release-due',
    key: `${numberId}:${epoch}`,
    payload: { numberId, e164, mode, epoch, releasedAt: at },
    dueAt: at,
    accountId: holder?.subAccountId ?? holder?.ownerAccountId ?? null,
    numberId,
    at,
  });
}
