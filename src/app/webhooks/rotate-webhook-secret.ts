import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type Changed, change } from '../change.ts';
import { auditWebhook } from './audit-webhook.ts';
import type { WebhookDeps, WebhookWithSecret } from './create-webhook.ts';
import { lockWebhook, type WebhookName } from './own-webhook.ts';
import { newWebhookSecret } from './webhook-secret.ts';

/** Gives a webhook a new secret; the one before it signs too for a while, so that its receiver can change over. */
export function rotateWebhookSecret(
  deps: WebhookDeps,
  actor: Actor,
  { ifVersion, ...name }: WebhookName & { readonly ifVersion: number | null },
): Promise<Result<Changed<WebhookWithSecret>, RequestRefusal>> {
  return change(deps, actor, async (tx): Promise<Result<WebhookWithSecret, RequestRefusal>> => {
    const found = await lockWebhook(tx, actor, name, ifVersion);
    if (!found.ok) return found;
    const before = found.value;
    if (before.secretSealed === null) return err({ kind: 'wrong_state', detail: 'This webhook is signed with the key of the platform.' });
    const now = deps.clock.now();
    const { secret, sealed } = newWebhookSecret(deps.sealer, before.id);
    const previousSecret = { sealed: before.secretSealed, until: now + deps.secretOverlapMs };
    const after = { ...before, secretSealed: sealed, previousSecret, version: before.version + 1, updatedAt: now };
    await tx.webhooks.save(after);
    await auditWebhook(tx, 'webhook.rotate_secret', before, after);
    return ok({ webhook: after, secret });
  });
}
