import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Delivery } from '../../domain/webhook.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { isOwnWebhook } from './own-webhook.ts';

/** Sends an event again whose delivery is over, arrived or not, with all its tries; receivers know it by its id. */
export function replayDelivery(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  deliveryId: string,
): Promise<Result<Changed<Delivery>, RequestRefusal>> {
  return change(deps, actor, async (tx): Promise<Result<Delivery, RequestRefusal>> => {
    const before = await tx.deliveries.lock(deliveryId);
    if (before === null || !isOwnWebhook(actor, before)) return err({ kind: 'not_found', resource: 'webhook_delivery' });
    if (before.state === 'pending') return err({ kind: 'wrong_state', detail: 'The delivery is not over yet.' });
    const webhook = await tx.webhooks.lock(before.webhookId);
    if (webhook?.disabledReason !== null) return err({ kind: 'wrong_state', detail: 'The webhook is turned off; turn it on first.' });
    const now = deps.clock.now();
    const round = before.round + 1;
    const after: Delivery = { ...before, state: 'pending', round, tries: 0, error: null, nextAt: now, finishedAt: null };
    await tx.deliveries.save(after);
    const job = {
      key: `${deliveryId}:${round}`,
      payload: { deliveryId },
      dueAt: now,
      accountId: before.accountId,
      numberId: null,
      at: now,
    };
    await tx.jobs.enqueue({ queue: 'webhook-delivery', ...job });
    const { accountId } = before;
    await tx.audit({ action: 'webhook_delivery.replay', resource: `webhook_delivery:${deliveryId}`, accountId, before, after });
    return ok(after);
  });
}
