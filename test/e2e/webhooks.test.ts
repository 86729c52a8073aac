import { readFileSync } from 'node:fs';
import Telnyx from 'telnyx';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { walkOrders } from '../../examples/order-walk/walk.ts';
import { until } from '../support/daemon.ts';
import { openReceiver, type Receiver } from '../webhooks/support/receiver.ts';
import { type Product, startProduct } from './product.ts';

let product: Product;
let receiver: Receiver;
let key: string;
beforeAll(async () => {
  receiver = await openReceiver();
  product = await startProduct({
    ROLES: 'api,worker',
    CLOCK: 'test',
    OUTBOUND_HTTP_ALLOWED_NETWORKS: '127.0.0.0/8',
    // A run whose worker is gone is made again after this.
    WEBHOOKS_TIMEOUT_MS: '1000',
    JOBS_LEASE_MS: '6000',
  });
  const account = (await product.admin('POST', '/accounts', { name: 'Acme' })).body;
  await product.admin('POST', `/accounts/${account.id}/credits`, { amount_minor: 10_000, note: 'test' });
  key = (await product.admin('POST', `/accounts/${account.id}/api-keys`, {})).body.key;
}, 240_000);
afterAll(async () => {
  await product?.stop();
  await receiver?.close();
});

it('invariant 14: a purchase is told once it is committed, under one id, though the worker is killed while it tells', async () => {
  const numbers = [{ e164: '+12025550171', type: 'local', country: 'US' }];
  await product.admin('POST', '/inventory', { numbers });
  const client = new Telnyx({ apiKey: key, baseURL: `${product.state.http_url}/v2`, maxRetries: 0 });
  const profile = (await client.notificationProfiles.create({ name: 'Orders' })).data!;
  const channel = { channel_type_id: 'webhook', channel_destination: receiver.url, notification_profile_id: profile.id! } as const;
  await client.notificationChannels.create(channel);
  const [condition] = (await client.notificationEventConditions.list()).data;
  await client.notificationSettings.create({ notification_event_condition_id: condition!.id!, notification_profile_id: profile.id! });

  receiver.reply = () => 'hang';
  const order = (await client.numberOrders.create({ phone_numbers: [{ phone_number: numbers[0]!.e164 }] })).data!;
  expect(await until(() => receiver.received.length > 0, 30_000)).toBe(true);
  const { worker } = (await product.daemon.state()).pids as Record<string, number>;
  process.kill(worker!, 'SIGKILL');
  receiver.reply = () => ({ status: 204 });
  expect(await until(() => receiver.received.length > 1, 60_000)).toBe(true);

  const events = [];
  for (const { body, headers } of receiver.received) {
    events.push(await client.webhooks.unwrap(body, { headers: headers as Record<string, string>, key: product.state.telnyx_public_key }));
  }
  const told = events as unknown as { data: { id: string; event_type: string; payload: { id: string } }; meta: { attempt: number } }[];
  expect(new Set(told.map(({ data }) => data.id)).size).toBe(1);
  expect(told.map(({ data, meta }) => [data.event_type, data.payload.id, meta.attempt])).toEqual([
    ['number_order.complete', order.id, 1],
    ['number_order.complete', order.id, 2],
  ]);
  const isDelivered = async () => (await client.webhookDeliveries.list()).data[0]?.status === 'delivered';
  expect(await until(isDelivered, 30_000)).toBe(true);
  expect((await client.webhookDeliveries.list()).data).toMatchObject([{ attempts: [{ status: 'delivered' }, { status: 'failed' }] }]);
  const metrics = await (await fetch(`${product.state.http_url}/metrics`)).text();
  expect(metrics).toMatch(/dialplane_webhook_deliveries_total\{[^}]*outcome="delivered"[^}]*\} 1/);
}, 240_000);

// Last: it moves the time by a month.
it('the official SDK walks an order to success, and another one past its deadline, as docs/EXAMPLES.md shows', async () => {
  const lines: string[] = [];
  expect(await walkOrders(product.state, (line) => lines.push(line)), lines.join('\n')).toBe(true);
  const page = readFileSync(new URL('../../docs/EXAMPLES.md', import.meta.url), 'utf8');
  const shown = /npm run walk\n```\n\n```\n([\s\S]*?)\n```/.exec(page)?.[1] ?? '';
  const withoutDigits = (text: string) => text.trim().replaceAll(/\+49\d+/g, '+49…');
  expect(withoutDigits(lines.join('\n'))).toBe(withoutDigits(shown));
}, 120_000);
