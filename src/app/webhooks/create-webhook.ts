import type { OutboundRules } from '../../domain/outbound-url.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { WEBHOOKS_MAX, type Webhook } from '../../domain/webhook.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Sealer } from '../../kit/seal.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import { auditWebhook } from './audit-webhook.ts';
import { judgeUrl } from './judge-url.ts';
import { newWebhookSecret } from './webhook-secret.ts';

/** What managing webhooks takes. */
export interface WebhookDeps extends ChangeDeps {
  readonly clock: Clock;
  readonly sealer: Sealer;
  /** Where webhooks may lead. */
  readonly outbound: OutboundRules;
  /** How long the secret before the newest signs too, ms. */
  readonly secretOverlapMs: number;
}

export interface CreateWebhookInput
  extends Pick<Webhook, 'accountId' | 'mode' | 'format' | 'url' | 'description' | 'eventTypes' | 'includeSubAccounts' | 'groupId'> {
  /** How the face calls the URL. */
  readonly urlField: string;
}

/** A webhook and its secret in clear, which is told this once; null where the platform's key signs. */
export interface WebhookWithSecret {
  readonly webhook: Webhook;
  readonly secret: string | null;
}

const TOO_MANY: RequestRefusal = {
  kind: 'conflict',
  code: 'too_many_webhooks',
  detail: `An account may have ${WEBHOOKS_MAX} webhooks.`,
};

/** Adds a webhook; it hears of what happens from now on. Refuses `not_found` for an account that is none. */
export async function createWebhook(
  deps: WebhookDeps,
  actor: Actor,
  { urlField, ...input }: CreateWebhookInput,
): Promise<Result<Changed<WebhookWithSecret>, RequestRefusal>> {
  const bad = judgeUrl(input.url, urlField, deps.outbound);
  if (bad !== null) return err(bad);
  return change(deps, actor, async (tx): Promise<Result<WebhookWithSecret, RequestRefusal>> => {
    const room = await findRoom(tx, input);
    if (!room.ok) return room;
    const [id, now] = [newId(), deps.clock.now()];
    const made = input.format === 'ed25519' ? { secret: null, sealed: null } : newWebhookSecret(deps.sealer, id);
    const webhook: Webhook = {
      ...input,
      id,
      disabledReason: null,
      failingSince: null,
      secretSealed: made.sealed,
      previousSecret: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    await tx.webhooks.insert(webhook);
    if (webhook.groupId !== null && webhook.accountId !== null) await tx.webhookGroups.refreshTypes(webhook.accountId, webhook.mode);
    await auditWebhook(tx, 'webhook.create', null, webhook);
    return ok({ webhook, secret: made.secret });
  });
}

async function findRoom(
  tx: Transaction,
  { accountId, mode, groupId }: Omit<CreateWebhookInput, 'urlField'>,
): Promise<Result<null, RequestRefusal>> {
  if (accountId === null) return ok(null);
  const account = await tx.accounts.get(accountId);
  if (account === null || account.status === 'closed') return err({ kind: 'not_found', resource: 'account' });
  if ((await tx.webhooks.lockCount(accountId)) >= WEBHOOKS_MAX) return err(TOO_MANY);
  const group = groupId === null ? null : await tx.webhookGroups.lock(groupId);
  const isOwn = groupId === null || (group !== null && group.accountId === accountId && group.mode === mode);
  return isOwn ? ok(null) : err({ kind: 'not_found', resource: 'webhook_group' });
}
