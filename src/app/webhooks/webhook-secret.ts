import { randomBytes } from 'node:crypto';
import type { Sealer } from '../../kit/seal.ts';
import { standardSecret } from './standard-form.ts';

const SECRET_BYTES = 32;

/** What the secrets of a webhook are bound to. */
export const secretContext = (webhookId: string): string => `webhook-secret:${webhookId}`;

/** Makes a secret: in clear for the one answer that shows it, sealed for the row. */
export function newWebhookSecret(sealer: Pick<Sealer, 'seal'>, webhookId: string): { readonly secret: string; readonly sealed: string } {
  const secret = standardSecret(randomBytes(SECRET_BYTES));
  return { secret, sealed: sealer.seal(secret, secretContext(webhookId)) };
}
