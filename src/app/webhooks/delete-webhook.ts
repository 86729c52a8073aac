import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { auditWebhook } from './audit-webhook.ts';
import { lockWebhook, type WebhookName } from './own-webhook.ts';

/** Deletes a webhook with its log; what is on its way may still arrive. Resolves with it as it was. */
export function deleteWebhook(
  deps: ChangeDeps,
  actor: Actor,
  { ifVersion, ...name }: WebhookName & { readonly ifVersion: number | null },
): Promise<Result<Changed<Webhook>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    const found = await lockWebhook(tx, actor, name, ifVersion);
    if (!found.ok) return found;
    await tx.webhooks.remove(found.value.id);
    await auditWebhook(tx, 'webhook.delete', found.value, null);
    return ok(found.value);
  });
}
