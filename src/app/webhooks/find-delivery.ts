import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { WebhookFormat } from '../../domain/webhook.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { UnitOfWork } from '../ports/store.ts';
import type { LoggedDelivery } from '../ports/webhooks.ts';
import { isOwnWebhook } from './own-webhook.ts';

/** Reads a delivery with its attempts; a foreign one does not exist (invariant 11), nor one of another face's format. */
export async function findDelivery(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  { deliveryId, format }: { readonly deliveryId: string; readonly format: WebhookFormat | null },
): Promise<Result<LoggedDelivery, RequestRefusal>> {
  const logged = await deps.unitOfWork.read(async (tx) => {
    const delivery = await tx.deliveries.get(deliveryId);
    const isShown = delivery !== null && isOwnWebhook(actor, delivery) && (format === null || delivery.format === format);
    return isShown ? (await tx.deliveries.logged([delivery]))[0] : undefined;
  });
  return logged === undefined ? err({ kind: 'not_found', resource: 'webhook_delivery' }) : ok(logged);
}
