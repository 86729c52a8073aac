import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Webhook } from '../../domain/webhook.ts';
import { type SwitchedBy, switchWebhook, type WebhookSwitch } from '../../domain/webhook-switch.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type Changed, change } from '../change.ts';
import type { Transaction } from '../ports/store.ts';
import { auditWebhook } from './audit-webhook.ts';
import type { WebhookDeps } from './create-webhook.ts';
import { judgeUrl } from './judge-url.ts';
import { lockWebhook, type WebhookName } from './own-webhook.ts';

/** What may change; absent keys stay. */
export interface WebhookPatch {
  readonly url?: string;
  readonly description?: string | null;
  readonly eventTypes?: readonly string[];
  readonly includeSubAccounts?: boolean;
  /** What the platform turned off only the platform turns on. */
  readonly turn?: WebhookSwitch;
  readonly groupId?: string;
}

export interface UpdateWebhookInput extends WebhookName {
  readonly patch: WebhookPatch;
  /** How the face calls the URL. */
  readonly urlField: string;
  readonly ifVersion: number | null;
}

const OFF_BY_PLATFORM: RequestRefusal = { kind: 'wrong_state', detail: 'The platform turned this webhook off.' };
const IN_A_GROUP: RequestRefusal = { kind: 'wrong_state', detail: 'Its events follow from the subscriptions of its group.' };

/** Changes a webhook; a patch that changes nothing leaves no trace (decision B17). */
export async function updateWebhook(
  deps: WebhookDeps,
  actor: Actor,
  { patch, urlField, ifVersion, ...name }: UpdateWebhookInput,
): Promise<Result<Changed<Webhook>, RequestRefusal>> {
  const bad = patch.url === undefined ? null : judgeUrl(patch.url, urlField, deps.outbound);
  if (bad !== null) return err(bad);
  return change(deps, actor, async (tx): Promise<Result<Webhook, RequestRefusal>> => {
    const found = await lockWebhook(tx, actor, name, ifVersion);
    if (!found.ok) return found;
    const before = found.value;
    if (before.groupId !== null && patch.eventTypes !== undefined) return err(IN_A_GROUP);
    const switched = patched(before, patch, actor.account === null ? 'platform' : 'tenant');
    if (!switched.ok) return switched;
    const next = switched.value;
    if (JSON.stringify(next) === JSON.stringify(before)) return ok(before);
    const group = await checkGroup(tx, next);
    if (!group.ok) return group;
    const after = { ...next, version: before.version + 1, updatedAt: deps.clock.now() };
    await tx.webhooks.save(after);
    if (after.groupId !== before.groupId && after.accountId !== null) await tx.webhookGroups.refreshTypes(after.accountId, after.mode);
    await auditWebhook(tx, 'webhook.update', before, after);
    return ok(after);
  });
}

function patched(webhook: Webhook, { turn, ...patch }: WebhookPatch, by: SwitchedBy): Result<Webhook, RequestRefusal> {
  const next = { ...webhook, ...patch };
  if (turn === undefined) return ok(next);
  const reason = switchWebhook(webhook.disabledReason, turn, by);
  if (!reason.ok) return err(OFF_BY_PLATFORM);
  // What failed before it was turned on again does not count against it.
  const isStarted = reason.value === null && webhook.disabledReason !== null;
  return ok({ ...next, disabledReason: reason.value, failingSince: isStarted ? null : webhook.failingSince });
}

async function checkGroup(tx: Transaction, { groupId, accountId, mode }: Webhook): Promise<Result<null, RequestRefusal>> {
  if (groupId === null) return ok(null);
  const group = await tx.webhookGroups.lock(groupId);
  const isOwn = group !== null && group.accountId === accountId && group.mode === mode;
  return isOwn ? ok(null) : err({ kind: 'not_found', resource: 'webhook_group' });
}
