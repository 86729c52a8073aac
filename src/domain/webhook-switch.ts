import { err, ok, type Result } from '../kit/result.ts';
import type { DisabledReason } from './webhook.ts';

/** How somebody turns a webhook on or off; `revive`: on again where it is off for having failed only. */
export type WebhookSwitch = 'on' | 'off' | 'revive';

/** Who does: the platform on its own behalf, or whoever has the webhook. */
export type SwitchedBy = 'platform' | 'tenant';

/** Why the webhook is off then, null: it is on. Refused to a tenant who would turn on what the platform turned off. */
export function switchWebhook(
  reason: DisabledReason | null,
  asked: WebhookSwitch,
  by: SwitchedBy,
): Result<DisabledReason | null, 'off_by_platform'> {
  if (by === 'tenant' && reason === 'by_platform') return asked === 'on' ? err('off_by_platform') : ok(reason);
  if (asked === 'off') return ok(by === 'platform' ? 'by_platform' : 'by_hand');
  return ok(asked === 'on' || reason === 'failures' || reason === 'gone' ? null : reason);
}
