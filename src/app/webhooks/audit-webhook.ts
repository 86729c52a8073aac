import type { Webhook } from '../../domain/webhook.ts';
import type { Transaction } from '../ports/store.ts';

/** What an audit row tells of a webhook: everything but its secrets. */
const shown = ({ secretSealed: _, previousSecret, ...webhook }: Webhook) => ({
  ...webhook,
  previousSecretUntil: previousSecret?.until ?? null,
});

/** Writes the one audit row of a change of a webhook (invariant 13). */
export const auditWebhook = (tx: Transaction, action: string, before: Webhook | null, after: Webhook | null): Promise<void> =>
  tx.audit({
    action,
    resource: `webhook:${(after ?? before)?.id ?? ''}`,
    accountId: (after ?? before)?.accountId ?? null,
    before: before === null ? null : shown(before),
    after: after === null ? null : shown(after),
  });
