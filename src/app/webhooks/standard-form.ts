import { createHmac } from 'node:crypto';
import type { StoredEvent, WebhookForm } from '../ports/webhooks.ts';

const PREFIX = 'whsec_';

/** The bytes that sign: those that the secret names in base64 (Standard Webhooks, "Signature scheme"). */
const keyOf = (secret: string): Buffer => Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret, 'base64');

/** A secret of `bytes` as Standard Webhooks writes it. */
export const standardSecret = (bytes: Buffer): string => `${PREFIX}${bytes.toString('base64')}`;

/** The three headers of Standard Webhooks; several secrets give several signatures, for receivers that change over. */
export function standardHeaders(id: string, atSeconds: number, body: string, secrets: readonly string[]): Readonly<Record<string, string>> {
  const signed = `${id}.${atSeconds}.${body}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': String(atSeconds),
    'webhook-signature': secrets.map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`).join(' '),
  };
}

/** An event as our own subscribers get it. */
const standardBody = ({ type, at, accountId, mode, resource, payload }: StoredEvent) => ({
  type,
  timestamp: new Date(at).toISOString(),
  account_id: accountId,
  mode,
  resource,
  data: payload,
});

/** Our own events, signed as Standard Webhooks says; the id is that of the event, the same whenever it is sent. */
export const standardForm: WebhookForm = ({ event, atSeconds, secrets }) => {
  const body = JSON.stringify(standardBody(event));
  return { body, headers: standardHeaders(event.id, atSeconds, body, secrets) };
};
