import type { PhoneNumber } from '../../domain/number.ts';
import type { Transaction } from '../ports/store.ts';

/** When a saved change took a number off its trunk group: notes it in the history and orders the aftermath (decision B6). */
export async function leaveTrunkGroup(tx: Transaction, before: PhoneNumber, after: PhoneNumber): Promise<void> {
  const { id: numberId, trunkGroupId, holder } = before;
  if (trunkGroupId === null || trunkGroupId === after.trunkGroupId || holder === null) return;
  const { version: epoch, updatedAt: at, e164, mode } = after;
  const accountId = holder.subAccountId ?? holder.ownerAccountId;
  await tx.trunkGroupHistory.left({ numberId, trunkGroupId, epoch, at });
  await tx.jobs.enqueue({
    queue: 'trunk-group-unassign',
    key: `${numberId}:${epoch}`,
    payload: { numberId, e164, mode, accountId, trunkGroupId, epoch, leftAt: at },
    dueAt: at,
    accountId,
    numberId,
    at,
  });
}
