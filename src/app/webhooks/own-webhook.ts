import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Webhook, WebhookFormat } from '../../domain/webhook.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { type Actor, isPlatform } from '../actor.ts';
import type { Transaction, UnitOfWork } from '../ports/store.ts';

/** Which webhook, as a face knows it: of its own format only; null: whatever it is. */
export interface WebhookName {
  readonly webhookId: string;
  readonly format: WebhookFormat | null;
}

const NOT_FOUND: RequestRefusal = { kind: 'not_found', resource: 'webhook' };

/** True when the actor's account has the webhook, in its own mode; the platform on its own behalf has all (decision B12). */
export const isOwnWebhook = (actor: Actor, { accountId, mode }: Pick<Webhook, 'accountId' | 'mode'>): boolean =>
  actor.account === null ? isPlatform(actor) : accountId === actor.account.id && mode === actor.mode;

const judge = (actor: Actor, { format }: WebhookName, webhook: Webhook | null): Result<Webhook, RequestRefusal> =>
  webhook !== null && isOwnWebhook(actor, webhook) && (format === null || webhook.format === format) ? ok(webhook) : err(NOT_FOUND);

/** Reads a webhook of the actor's; a foreign one does not exist (invariant 11). */
export async function findWebhook(
  deps: { readonly unitOfWork: UnitOfWork },
  actor: Actor,
  name: WebhookName,
): Promise<Result<Webhook, RequestRefusal>> {
  return judge(actor, name, await deps.unitOfWork.read((tx) => tx.webhooks.get(name.webhookId)));
}

/** The same inside a change, locked and at the version that is asked for. */
export async function lockWebhook(
  tx: Transaction,
  actor: Actor,
  name: WebhookName,
  ifVersion: number | null,
): Promise<Result<Webhook, RequestRefusal>> {
  const found = judge(actor, name, await tx.webhooks.lock(name.webhookId));
  if (!found.ok || ifVersion === null || ifVersion === found.value.version) return found;
  return err({ kind: 'precondition_failed', currentVersion: found.value.version });
}
