import { type NumberOrder, statusOfOrder } from '../../domain/order.ts';
import type { Transaction } from '../ports/store.ts';

/** What an audit row tells of an order: everything a change can move, and the numbers by name. */
const shown = (order: NumberOrder) => ({
  id: order.id,
  mode: order.mode,
  status: statusOfOrder(order),
  customerReference: order.customerReference,
  version: order.version,
  items: order.items.map(({ e164, status, chargeMinor, requirements }) => ({
    e164,
    status,
    chargeMinor,
    ...(requirements.length === 0
      ? {}
      : { requirements: requirements.map(({ requirementId, value, status: state }) => ({ requirementId, value, status: state })) }),
  })),
});

/** Writes the one audit row of a change of an order (invariant 13). */
export const auditOrder = (
  tx: Transaction,
  action: string,
  before: NumberOrder | null,
  after: NumberOrder,
  reason: string | null = null,
): Promise<void> =>
  tx.audit({
    action,
    resource: `order:${after.id}`,
    accountId: after.holder.subAccountId ?? after.holder.ownerAccountId,
    before: before === null ? null : shown(before),
    after: shown(after),
    reason,
  });
