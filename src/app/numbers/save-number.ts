import type { PhoneNumber } from '../../domain/number.ts';
import type { NumberMove } from '../../domain/order-create.ts';
import { recordRef } from '../../domain/records.ts';
import { numberRecord } from '../../domain/render-record.ts';
import { scheduleFirstRenewals } from '../billing/schedule-renewal.ts';
import { leaveOrder } from '../orders/leave-order.ts';
import type { AuditEntry, Transaction } from '../ports/store.ts';
import { leaveTrunkGroup } from '../trunk-groups/leave-trunk-group.ts';

/**
 * Saves a changed number and publishes its record; without a holder that is a tombstone. `reason` goes to the holder history. A
 * number that leaves a trunk group leaves calls behind there, and one that leaves its holder ends its order, whichever face or change
 * it was (decisions B9, B27).
 */
export async function saveNumber(tx: Transaction, before: PhoneNumber, after: PhoneNumber, reason: string): Promise<void> {
  await tx.numbers.save(before, after, reason);
  await publishNumber(tx, after);
  await leaveTrunkGroup(tx, before, after);
  await leaveOrder(tx, before, after);
  await scheduleFirstRenewals(tx, [{ before, after }]);
}

/** Publishes a number's record as it is; a number that nobody changed too, since the change before may still be on its way (B17). */
export const publishNumber = (tx: Transaction, number: PhoneNumber): Promise<void> =>
  tx.publish({ ref: recordRef.number(number.mode, number.e164), version: number.version, record: numberRecord(number) }, number.id);

/** Saves numbers that nobody calls through yet, many at once: those that come into their buyers' hands, or wait there. */
export async function saveOrdered(tx: Transaction, moves: readonly NumberMove[], reason: string): Promise<void> {
  if (moves.some(({ before }) => before.lifecycle === 'active' || before.lifecycle === 'releasing')) {
    throw new Error('a number in use is saved on its own: it may leave things behind');
  }
  await tx.numbers.saveAll(moves, reason);
  for (const { after } of moves) await publishNumber(tx, after);
  await scheduleFirstRenewals(tx, moves);
}

/** Saves a changed number with the one audit row of the operation (invariant 13). */
export async function commitNumber(
  tx: Transaction,
  before: PhoneNumber,
  after: PhoneNumber,
  action: string,
  more: Pick<AuditEntry, 'forced' | 'reason'> = {},
): Promise<void> {
  await saveNumber(tx, before, after, action);
  await auditNumber(tx, before, after, action, more);
}

/** The audit row of a change of one number, for changes that save it in their own way. */
export async function auditNumber(
  tx: Transaction,
  before: PhoneNumber,
  after: PhoneNumber,
  action: string,
  more: Pick<AuditEntry, 'forced' | 'reason'> = {},
): Promise<void> {
  const holder = after.holder ?? before.holder;
  await tx.audit({
    action,
    resource: `number:${after.id}`,
    accountId: holder?.subAccountId ?? holder?.ownerAccountId ?? null,
    before,
    after,
    ...more,
  });
}
