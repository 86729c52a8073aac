import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { WebhookGroup } from '../../domain/webhook.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import type { Transaction, UnitOfWork } from '../ports/store.ts';
import { accountOf } from '../tenant.ts';
import { isOwnWebhook } from '../webhooks/own-webhook.ts';

type Deps = ChangeDeps & { readonly clock: Clock };
type Done = Promise<Result<Changed<WebhookGroup>, RequestRefusal>>;

const NOT_FOUND: RequestRefusal = { kind: 'not_found', resource: 'webhook_group' };

const auditGroup = (tx: Transaction, action: string, before: WebhookGroup | null, after: WebhookGroup | null): Promise<void> =>
  tx.audit({
    action,
    resource: `webhook_group:${(after ?? before)?.id ?? ''}`,
    accountId: (after ?? before)?.accountId ?? null,
    before,
    after,
  });

/** Reads a group of the actor's; a foreign one does not exist (invariant 11). */
export async function findGroup(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  id: string,
): Promise<Result<WebhookGroup, RequestRefusal>> {
  const group = await deps.unitOfWork.read((tx) => tx.webhookGroups.get(id));
  return group === null || !isOwnWebhook(actor, group) ? err(NOT_FOUND) : ok(group);
}

/** Adds a group. */
export function createGroup(deps: Deps, actor: Actor, name: string): Done {
  return change(deps, actor, async (tx) => {
    const now = deps.clock.now();
    const group = { id: newId(), accountId: accountOf(actor).id, mode: actor.mode, name, version: 1, createdAt: now, updatedAt: now };
    await tx.webhookGroups.insert(group);
    await auditGroup(tx, 'webhook_group.create', null, group);
    return ok(group);
  });
}

/** Renames a group; the same name leaves no trace. */
export function renameGroup(deps: Deps, actor: Actor, id: string, name: string | undefined): Done {
  return change(deps, actor, async (tx) => {
    const before = await tx.webhookGroups.lock(id);
    if (before === null || !isOwnWebhook(actor, before)) return err(NOT_FOUND);
    if (name === undefined || name === before.name) return ok(before);
    const after = { ...before, name, version: before.version + 1, updatedAt: deps.clock.now() };
    await tx.webhookGroups.save(after);
    await auditGroup(tx, 'webhook_group.update', before, after);
    return ok(after);
  });
}

/** Deletes a group; refused while webhooks or subscriptions are in it. */
export function deleteGroup(deps: Deps, actor: Actor, id: string): Done {
  return change(deps, actor, async (tx) => {
    const before = await tx.webhookGroups.lock(id);
    if (before === null || !isOwnWebhook(actor, before)) return err(NOT_FOUND);
    const counts = await tx.webhookGroups.countUsing(id);
    if (counts.webhooks + counts.subscriptions > 0) return err({ kind: 'in_use', detail: 'Something still belongs to it.', counts });
    await tx.webhookGroups.remove(id);
    await auditGroup(tx, 'webhook_group.delete', before, null);
    return ok(before);
  });
}
