import type { RequestRefusal, Resource } from '../../domain/request-refusal.ts';
import type { WebhookSubscription } from '../../domain/webhook.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import type { Transaction, UnitOfWork } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';
import { isOwnWebhook } from '../webhooks/own-webhook.ts';

type Deps = ChangeDeps & { readonly clock: Clock };
type Done = Promise<Result<Changed<WebhookSubscription>, RequestRefusal>>;

export interface SubscribeInput {
  /** null: the one its webhook is in. */
  readonly groupId: string | null;
  /** null: every webhook of the group. */
  readonly webhookId: string | null;
  readonly eventType: string;
}

const notFound = (resource: Resource): Result<never, RequestRefusal> => err({ kind: 'not_found', resource });

const auditSubscription = (tx: Transaction, action: string, before: WebhookSubscription | null, after: WebhookSubscription | null) =>
  tx.audit({
    action,
    resource: `webhook_subscription:${(after ?? before)?.id ?? ''}`,
    accountId: (after ?? before)?.accountId ?? null,
    before,
    after,
  });

/** Reads a subscription of the actor's; a foreign one does not exist (invariant 11). */
export async function findSubscription(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  id: string,
): Promise<Result<WebhookSubscription, RequestRefusal>> {
  const found = await deps.unitOfWork.read((tx) => tx.webhookGroups.getSubscription(id));
  return found === null || !isOwnWebhook(actor, found) ? notFound('webhook_subscription') : ok(found);
}

/** Has a webhook of a group, or all of them, told of one type of event from now on. Refuses `conflict` where that is so already. */
export function subscribe(deps: Deps, actor: Actor, input: SubscribeInput): Done {
  return change(deps, actor, async (tx): Promise<Result<WebhookSubscription, RequestRefusal>> => {
    const { webhookId, eventType } = input;
    const webhook = webhookId === null ? null : await tx.webhooks.lock(webhookId);
    if (webhookId !== null && (webhook === null || webhook.groupId === null || !isOwnWebhook(actor, webhook))) return notFound('webhook');
    const group = await tx.webhookGroups.lock(input.groupId ?? webhook?.groupId ?? '');
    if (group === null || !isOwnWebhook(actor, group)) return notFound('webhook_group');
    if (webhook !== null && webhook.groupId !== group.id) return notFound('webhook');
    const now = deps.clock.now();
    const made = { id: newId(), accountId: accountOf(actor).id, mode: actor.mode, groupId: group.id, webhookId, eventType };
    const subscription = { ...made, createdAt: now, updatedAt: now };
    if (!(await tx.webhookGroups.subscribe(subscription))) {
      return err({ kind: 'conflict', code: 'duplicate', detail: 'There is the same setting already.' });
    }
    await tx.webhookGroups.refreshTypes(subscription.accountId, subscription.mode);
    await auditSubscription(tx, 'webhook_subscription.create', null, subscription);
    return ok(subscription);
  });
}

/** Ends a subscription; what happened before may still be told. */
export function unsubscribe(deps: Deps, actor: Actor, id: string): Done {
  return change(deps, actor, async (tx): Promise<Result<WebhookSubscription, RequestRefusal>> => {
    const found = await tx.webhookGroups.getSubscription(id);
    if (found === null || !isOwnWebhook(actor, found)) return notFound('webhook_subscription');
    await tx.webhookGroups.unsubscribe(id);
    await tx.webhookGroups.refreshTypes(found.accountId, found.mode);
    await auditSubscription(tx, 'webhook_subscription.delete', found, null);
    return ok(found);
  });
}
