import { createHmac, timingSafeEqual } from 'node:crypto';
import Telnyx from 'telnyx';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/kit/result.ts';
import { DAY_MS, type TestAccount } from '../support/api-harness.ts';
import type { Received } from './support/receiver.ts';
import { openWebhookBench, WAITS_MS, type WebhookBench } from './support/webhook-bench.ts';

let bench: WebhookBench;
let owner: TestAccount;
beforeAll(async () => {
  bench = await openWebhookBench();
});
afterAll(() => bench.close());
beforeEach(async () => {
  await bench.api.sql('delete from webhooks');
  await bench.api.sql("delete from jobs where queue = 'webhook-delivery'");
  bench.receiver.received.length = 0;
  bench.receiver.reply = () => ({ status: 204 });
  bench.outcomes.length = 0;
  owner = await bench.api.newAccount({ creditMinor: 1_000_000 });
});

const hook = (fields: object = {}) =>
  bench.api.made('/webhooks', { account_id: owner.account.id, url: `${bench.receiver.url}/hook`, ...fields });
const buy = () => bench.api.newNumber(owner.key);
const bodies = () => bench.receiver.received.map(({ body }) => JSON.parse(body));
const types = () =>
  bodies()
    .map(({ type }) => type as string)
    .toSorted();
const log = async (query = '') => (await bench.api.admin('GET', `/webhook-deliveries?account_id=${owner.account.id}${query}`)).body.data;
const logged = async (id: string) => (await bench.api.admin('GET', `/webhook-deliveries/${id}`)).body;

/** As the specification tells receivers to verify; written from it, without our code. */
function verifies({ headers, body }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest();
  const isFresh = Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp'])) < 300;
  return (
    isFresh &&
    String(headers['webhook-signature'])
      .split(' ')
      .map((each) => each.split(','))
      .some(([version, signature = '']) => {
        const given = Buffer.from(signature, 'base64');
        return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
      })
  );
}

describe('events of our own', () => {
  it('arrive once each, signed as Standard Webhooks says, under the id of the event', async () => {
    const { id, secret, ...shown } = await hook();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(shown).toMatchObject({ enabled: true, events: ['*'], format: 'standard' });
    expect((await bench.api.admin('GET', `/webhooks/${id}`)).text).not.toContain(secret);
    const number = await buy();
    await bench.api.call('PATCH', `/phone-numbers/${number.id}`, { key: owner.key, body: { allow_outbound: true } });
    await bench.api.call('PATCH', `/phone-numbers/${number.id}`, { key: owner.key, body: { status: 'inactive' } });
    await bench.api.call('DELETE', `/phone-numbers/${number.id}`, { key: owner.key });
    await bench.runDue();
    expect(types()).toEqual([
      'number.purchased',
      'number.released',
      'number.suspended',
      'number.updated',
      'order.completed',
      'order.updated',
      'sub_order.completed',
      'sub_order.updated',
    ]);
    for (const received of bench.receiver.received) {
      expect(verifies(received, secret)).toBe(true);
      expect(verifies({ ...received, body: `${received.body} ` }, secret)).toBe(false);
    }
    const events = await bench.api.sql('select id from events where account_id = $1', [owner.account.id]);
    expect(bench.receiver.received.map(({ headers }) => headers['webhook-id']).toSorted()).toEqual(
      events.map((event) => event.id).toSorted(),
    );
    const purchased = bodies().find(({ type }) => type === 'number.purchased');
    expect(purchased).toMatchObject({ account_id: owner.account.id, mode: 'live', data: { e164: number.e164, status: 'active' } });
    expect(await bench.runDue()).toBe(0);
    const [delivery] = await log('&event_type=number.purchased');
    expect(await logged(delivery.id)).toMatchObject({
      state: 'delivered',
      attempts: [{ n: 1, outcome: 'delivered', http_status: 204, url: `${bench.receiver.url}/hook` }],
    });
  });

  it('go only to who subscribed to them, in the mode and account of the webhook', async () => {
    await hook({ events: ['number.released'] });
    await hook({ mode: 'test' });
    await bench.api.made('/webhooks', { account_id: (await bench.api.newAccount()).account.id, url: bench.receiver.url });
    const { id } = await hook({ events: ['order.completed'] });
    await bench.api.admin('PATCH', `/webhooks/${id}`, { body: { enabled: false } });
    const platform = await bench.api.made('/webhooks', { url: `${bench.receiver.url}/platform`, events: ['number.purchased'] });
    await buy();
    await bench.runDue();
    expect(bench.receiver.received.map(({ path }) => path)).toEqual(['/platform']);
    expect(verifies(bench.receiver.received[0]!, platform.secret)).toBe(true);
  });

  it('of a sub-account go to its parent where that asked for them', async () => {
    const child = await bench.api.newAccount({ parent: owner.account });
    await hook({ events: ['number.purchased'] });
    await bench.api.newNumber(child.key);
    expect(await bench.runDue()).toBe(0);
    await hook({ events: ['number.purchased'], include_sub_accounts: true });
    await bench.api.newNumber(child.key);
    await bench.runDue();
    expect(bodies().map(({ account_id }) => account_id)).toEqual([child.account.id]);
  });

  it('a change that is refused or changes nothing is no event', async () => {
    const number = await buy();
    const count = async () => (await bench.api.sql('select count(*)::int as n from events'))[0].n;
    const before = await count();
    await bench.api.call('PATCH', `/phone-numbers/${number.id}`, { key: owner.key, body: { allow_inbound: true } });
    await bench.api.call('POST', '/phone-numbers', { key: owner.key, body: { inventory_id: number.id } });
    expect(await count()).toBe(before);
  });

  it('a new secret signs beside the one before it until the overlap ends', async () => {
    const { id, secret } = await hook({ events: ['number.purchased'] });
    const rotated = await bench.api.admin('POST', `/webhooks/${id}/rotate-secret`);
    expect(rotated.body.secret).not.toBe(secret);
    await buy();
    await bench.runDue();
    bench.api.clock.advance(DAY_MS);
    await buy();
    await bench.runDue();
    const [during, after] = bench.receiver.received as [Received, Received];
    expect([verifies(during, secret), verifies(during, rotated.body.secret)]).toEqual([true, true]);
    expect([verifies(after, secret), verifies(after, rotated.body.secret)]).toEqual([false, true]);
    const audit = await bench.api.sql('select before::text || after::text as text from audit where resource = $1', [`webhook:${id}`]);
    for (const { text } of audit) expect(text ?? '').not.toMatch(/whsec_|sealed/i);
  });
});

describe('a receiver that does not answer 2xx', () => {
  it('is asked again after each wait, then the delivery has failed; a replay begins anew', async () => {
    const { id: webhookId } = await hook({ events: ['number.purchased'] });
    bench.receiver.reply = () => ({ status: 500, headers: { 'x-why': 'because' }, body: 'no\u0000pe' });
    await buy();
    const [{ id }] = await log();
    await bench.runDue();
    expect(await logged(id)).toMatchObject({ state: 'pending', attempts_count: 1, next_at: expect.any(String) });
    for (const waitMs of WAITS_MS) {
      bench.api.clock.advance(waitMs - 1000);
      expect(await bench.runDue()).toBe(0);
      bench.api.clock.advance(1000);
      expect(await bench.runDue()).toBe(1);
    }
    const over = await logged(id);
    expect(over).toMatchObject({ state: 'failed', error: 'http_500', next_at: null, attempts_count: 4 });
    expect(over.attempts.map(({ n }: { n: number }) => n)).toEqual([4, 3, 2, 1]);
    expect(over.attempts[0]).toMatchObject({
      http_status: 500,
      response_body: 'nope',
      response_headers: expect.arrayContaining([['x-why', 'because']]),
    });
    expect(new Set(bench.receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect((await bench.api.admin('GET', `/webhooks/${webhookId}`)).body).toMatchObject({
      enabled: true,
      failing_since: expect.any(String),
    });
    bench.receiver.reply = () => ({ status: 200 });
    expect((await bench.api.admin('POST', `/webhook-deliveries/${id}/replay`)).body).toMatchObject({ state: 'pending' });
    expect((await bench.api.admin('POST', `/webhook-deliveries/${id}/replay`)).status).toBe(409);
    await bench.runDue();
    expect(await logged(id)).toMatchObject({ state: 'delivered', attempts_count: 5, error: null });
    expect((await bench.api.admin('GET', `/webhooks/${webhookId}`)).body.failing_since).toBeNull();
    expect(bench.outcomes).toEqual(['retry', 'retry', 'retry', 'failed', 'delivered']);
  });

  it('says when it wants to be asked again', async () => {
    await hook({ events: ['number.purchased'] });
    bench.receiver.reply = () => ({ status: 503, headers: { 'retry-after': '3600' } });
    await buy();
    await bench.runDue();
    bench.api.clock.advance(3_590_000);
    expect(await bench.runDue()).toBe(0);
    bench.api.clock.advance(11_000);
    expect(await bench.runDue()).toBe(1);
  });

  it('and redirects, hangs or breaks off is told apart in the log', async () => {
    await hook({ events: ['number.purchased'] });
    const usual = bench.settings.deps;
    bench.settings.deps = { ...usual, turns: { ...usual.turns, timeoutMs: 200 } };
    const errors: string[] = [];
    for (const reply of [{ status: 302, headers: { location: `${bench.receiver.url}/other` } }, 'hang', 'reset'] as const) {
      bench.receiver.reply = () => reply;
      await buy();
      await bench.runDue();
      const [delivery] = (await log('&state=pending')).slice(-1);
      errors.push((await logged(delivery.id)).attempts[0].error ?? 'answered');
      bench.api.clock.advance(1);
    }
    bench.settings.deps = usual;
    expect(errors).toEqual(['answered', 'timeout', 'connection_failed']);
    expect(bench.receiver.received.some(({ path }) => path === '/other')).toBe(false);
  });

  it('for long is turned off, once, with an audit row; what waited fails, and somebody turns it on again', async () => {
    const { id } = await hook({ events: ['number.purchased'] });
    bench.receiver.reply = () => ({ status: 500 });
    await buy();
    await bench.runDue();
    bench.api.clock.advance(DAY_MS - 1000);
    await buy();
    await bench.runDue();
    expect((await bench.api.admin('GET', `/webhooks/${id}`)).body.enabled).toBe(true);
    bench.api.clock.advance(10_000);
    await bench.runDue();
    expect((await bench.api.admin('GET', `/webhooks/${id}`)).body).toMatchObject({ enabled: false, disabled_reason: 'failures' });
    expect(await bench.api.actions(`webhook:${id}`)).toEqual(['webhook.create', 'webhook.disable']);
    bench.api.clock.advance(DAY_MS);
    await bench.runDue();
    expect((await log('&state=failed')).map(({ error }: { error: string }) => error)).toEqual(['webhook_disabled', 'webhook_disabled']);
    const [failed] = await log('&state=failed');
    expect((await bench.api.admin('POST', `/webhook-deliveries/${failed.id}/replay`)).status).toBe(409);
    await bench.api.admin('PATCH', `/webhooks/${id}`, { body: { enabled: true } });
    bench.receiver.reply = () => ({ status: 204 });
    expect((await bench.api.admin('POST', `/webhook-deliveries/${failed.id}/replay`)).status).toBe(200);
    await bench.runDue();
    expect(await logged(failed.id)).toMatchObject({ state: 'delivered' });
  });

  it('says 410: it is gone, and not asked again', async () => {
    const { id } = await hook({ events: ['number.purchased'] });
    bench.receiver.reply = () => ({ status: 410 });
    await buy();
    await bench.runDue();
    expect((await bench.api.admin('GET', `/webhooks/${id}`)).body).toMatchObject({ enabled: false, disabled_reason: 'gone' });
    expect((await log())[0]).toMatchObject({ state: 'failed', error: 'http_410' });
  });
});

describe('deliveries', () => {
  it('go to one webhook so many at a time, and to others beside them', async () => {
    await hook({ events: ['number.purchased'] });
    for (let i = 0; i < 6; i += 1) await buy();
    bench.receiver.open.most = 0;
    bench.receiver.reply = () => 'hang';
    const usual = bench.settings.deps;
    bench.settings.deps = { ...usual, turns: { ...usual.turns, timeoutMs: 150, atOnceMax: 2 } };
    await bench.runDue();
    bench.receiver.reply = () => ({ status: 204 });
    bench.settings.deps = { ...usual, turns: { ...usual.turns, atOnceMax: 2 } };
    expect(bench.receiver.open.most).toBe(2);
    for (let round = 0; round < 6; round += 1) {
      bench.api.clock.advance(600_000);
      await bench.runDue();
    }
    bench.settings.deps = usual;
    expect((await log('&state=delivered')).length).toBe(6);
    expect(bench.receiver.open.most).toBe(2);
  });

  it('to all webhooks of an owner and its sub-accounts go so many at a time', async () => {
    const child = await bench.api.newAccount({ parent: owner.account });
    await hook({ account_id: child.account.id, events: ['number.purchased'] });
    for (let i = 0; i < 3; i += 1) await hook({ events: ['number.purchased'], include_sub_accounts: true });
    for (let i = 0; i < 2; i += 1) await bench.api.newNumber(child.key);
    bench.receiver.open.most = 0;
    bench.receiver.reply = () => 'hang';
    const usual = bench.settings.deps;
    bench.settings.deps = { ...usual, turns: { timeoutMs: 1000, atOnceMax: 2, ownerAtOnceMax: 3 } };
    await bench.runDue();
    bench.settings.deps = usual;
    expect(bench.receiver.open.most).toBe(3);
  });

  it('do not hold up who buys a number while their webhook is deleted, and are gone with it', async () => {
    const { id } = await hook({ events: ['number.purchased'] });
    await buy();
    const deleter = { kind: 'system', id: 'test', accountId: null, requestId: 'test', ip: null } as const;
    const deleted = await bench.api.deps.unitOfWork.change(deleter, async (tx) => {
      await tx.webhooks.remove(id);
      // Written while nobody else sees that the webhook is gone.
      return ok(await buy());
    });
    expect(deleted).toMatchObject({ ok: true, value: { value: { e164: expect.any(String) } } });
    const left = () => bench.api.sql('select id from webhook_deliveries where webhook_id = $1', [id]);
    const rows = await left();
    expect([rows.length, await log()]).toEqual([2, []]);
    for (const row of rows) {
      expect((await bench.api.admin('GET', `/webhook-deliveries/${row.id}`)).status).toBe(404);
      expect((await bench.api.admin('POST', `/webhook-deliveries/${row.id}/replay`)).status).toBe(404);
    }
    await bench.runDue();
    expect(bench.receiver.received).toEqual([]);
    await hook();
    await buy();
    const waiting = (await log()).length;
    expect(waiting).toBeGreaterThan(0);
    const { forgetDeliveries } = await import('../../src/app/webhooks/forget-deliveries.ts');
    const keeping = { unitOfWork: bench.api.deps.unitOfWork, clock: bench.api.clock, keepMs: DAY_MS };
    for (let more = true; more; ) more = await forgetDeliveries(keeping);
    expect(await left()).toEqual([]);
    expect((await log()).length).toBe(waiting);
  });

  it('have failed when their job is given up after faults, and can be replayed', async () => {
    await hook({ events: ['number.purchased'] });
    await buy();
    const [{ id }] = await log();
    const faulty = {
      async send(): Promise<never> {
        throw new Error('fault');
      },
    };
    for (let tries = 1; tries <= 10; tries += 1) {
      expect(await logged(id)).toMatchObject({ state: 'pending' });
      expect(await bench.runOnce(id, faulty)).toBe(tries < 10 ? 'retry' : 'failed');
      bench.api.clock.advance(300_000);
    }
    expect(await logged(id)).toMatchObject({ state: 'failed', error: 'internal_error', next_at: null, finished_at: expect.any(String) });
    expect((await bench.api.admin('POST', `/webhook-deliveries/${id}/replay`)).status).toBe(200);
    await bench.runDue();
    expect(await logged(id)).toMatchObject({ state: 'delivered', error: null });
  });

  it('invariant 14: a try whose worker is killed is made again under the same id, and the log tells it', async () => {
    await hook({ events: ['number.purchased'] });
    await buy();
    const [{ id }] = await log();
    const killed = bench.runOnce(id, {
      async send(request) {
        await bench.settings.deps.http.send(request);
        throw new Error('killed');
      },
    });
    expect(await killed).toBe('retry');
    bench.api.clock.advance(60_000);
    await bench.api.sql("update webhook_deliveries set sending_until = clock_timestamp() - interval '1 second' where id = $1", [id]);
    await bench.runDue();
    expect(new Set(bench.receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(bench.receiver.received.length).toBe(2);
    expect((await logged(id)).attempts).toMatchObject([
      { n: 2, outcome: 'delivered' },
      { n: 1, outcome: null, finished_at: null },
    ]);
  });

  it('and events are forgotten in time, those that wait are not', async () => {
    const { forgetDeliveries } = await import('../../src/app/webhooks/forget-deliveries.ts');
    await hook({ events: ['number.purchased'] });
    await buy();
    await bench.runDue();
    bench.receiver.reply = () => ({ status: 500 });
    await buy();
    await bench.runDue();
    bench.api.clock.advance(2 * DAY_MS);
    const keeping = { unitOfWork: bench.api.deps.unitOfWork, clock: bench.api.clock, keepMs: DAY_MS };
    for (let more = true; more; ) more = await forgetDeliveries(keeping);
    expect((await log()).map(({ state }: { state: string }) => state)).toEqual(['pending']);
    const events = await bench.api.sql('select type from events where account_id = $1', [owner.account.id]);
    expect(events).toEqual([{ type: 'number.purchased' }]);
  });

  it('to addresses nobody may send us to are refused when they are written', async () => {
    for (const url of [
      'http://10.0.0.1/',
      'http://169.254.169.254/latest',
      'http://[::1]/',
      'ftp://example.com/',
      'https://u:p@example.com/',
    ]) {
      const answer = await bench.api.admin('POST', '/webhooks', { body: { url } });
      expect([answer.status, answer.body.errors?.[0].pointer], url).toEqual([422, '/url']);
    }
  });
});

describe('Kros webhooks', () => {
  it('carry the vendor’s events and signature, and are their account’s own', async () => {
    const { key } = owner;
    const made = await bench.api.call('POST', '/v1/webhooks', {
      key,
      body: { url: bench.receiver.url, events: ['number.provisioned', 'number.released'] },
    });
    expect([made.status, made.headers.get('location')]).toEqual([201, `/v1/webhooks/${made.body.id}`]);
    const number = await buy();
    await bench.api.call('DELETE', `/phone-numbers/${number.id}`, { key });
    await bench.runDue();
    expect(
      bodies()
        .map(({ event }) => event)
        .toSorted(),
    ).toEqual(['number.provisioned', 'number.released']);
    for (const received of bench.receiver.received) {
      const expected = createHmac('sha256', made.body.secret).update(received.body).digest('hex');
      expect(received.headers['x-webhook-signature']).toBe(`sha256=${expected}`);
      expect(verifies(received, made.body.secret)).toBe(true);
    }
    const listed = await bench.api.call('GET', '/webhooks', { key });
    expect(listed.body).toMatchObject({ total: 1, webhooks: [{ id: made.body.id, status: 'active' }] });
    expect(listed.text).not.toContain('secret');
    const member = await bench.api.newKey(owner.account, { role: 'member' });
    expect((await bench.api.call('GET', '/webhooks', { key: member })).status).toBe(200);
    expect((await bench.api.call('DELETE', `/webhooks/${made.body.id}`, { key: member })).status).toBe(403);
    const turn = (status: string) => bench.api.call('PATCH', `/v1/webhooks/${made.body.id}`, { key, body: { status } });
    expect([(await turn('inactive')).body.status, (await turn('active')).body.status]).toEqual(['inactive', 'active']);
    const off = await bench.api.admin('PATCH', `/webhooks/${made.body.id}`, { body: { enabled: false } });
    expect(off.body).toMatchObject({ enabled: false, disabled_reason: 'by_platform' });
    expect([(await turn('active')).status, (await turn('inactive')).body.status]).toEqual([409, 'inactive']);
    expect((await bench.api.admin('PATCH', `/webhooks/${made.body.id}`, { body: { enabled: true } })).body.enabled).toBe(true);
    const unknown = await bench.api.call('POST', '/webhooks', { key, body: { url: bench.receiver.url, events: ['call.started'] } });
    expect([unknown.status, unknown.body.code]).toEqual([400, 'VALIDATION_ERROR']);
  });
});

describe('the official SDK', () => {
  it('subscribes to number_order.complete, verifies it with our public key, and reads the log', async () => {
    const client = new Telnyx({ apiKey: owner.key, baseURL: `${bench.api.url}/v2`, maxRetries: 0 });
    const profile = (await client.notificationProfiles.create({ name: 'Orders' })).data!;
    const channel = (
      await client.notificationChannels.create({
        channel_type_id: 'webhook',
        channel_destination: `${bench.receiver.url}/telnyx`,
        notification_profile_id: profile.id!,
      })
    ).data!;
    const conditions = [];
    for await (const condition of client.notificationEventConditions.list()) conditions.push(condition);
    const [event] = (await client.notificationEvents.list()).data;
    expect(event).toMatchObject({ name: 'Number Order Notifications', id: conditions[0]?.notification_event_id });
    const setting = (
      await client.notificationSettings.create({
        notification_event_condition_id: conditions[0]!.id!,
        notification_profile_id: profile.id!,
      })
    ).data!;
    expect(setting.status).toBe('enabled');
    await expect(
      client.notificationSettings.create({ notification_event_condition_id: conditions[0]!.id!, notification_profile_id: profile.id! }),
    ).rejects.toMatchObject({ status: 422, error: { errors: [{ code: '10012' }] } });
    const stock = await bench.api.newStock();
    const order = (await client.numberOrders.create({ phone_numbers: [{ phone_number: stock.e164 }] })).data!;
    await bench.runDue();
    const [received, more] = bench.receiver.received;
    expect([received?.path, more]).toEqual(['/telnyx', undefined]);
    const { body } = await bench.api.call('GET', '/v2/public_key', { key: owner.key });
    const headers = received!.headers as Record<string, string>;
    const told = await client.webhooks.unwrap(received!.body, { headers, key: body.data.public });
    expect(told).toEqual({
      data: {
        event_type: 'number_order.complete',
        id: expect.any(String),
        occurred_at: expect.any(String),
        record_type: 'event',
        payload: {
          id: order.id,
          record_type: 'number_order',
          status: 'success',
          requirements_met: true,
          phone_numbers_count: 1,
          billing_group_id: null,
          connection_id: null,
          messaging_profile_id: null,
          customer_reference: null,
          sub_number_orders_ids: order.sub_number_orders_ids,
          phone_numbers: [
            {
              id: order.phone_numbers![0]!.id,
              record_type: 'number_order_phone_number',
              phone_number: stock.e164,
              bundle_id: null,
              country_code: 'GB',
              phone_number_type: 'local',
              requirements_met: true,
              requirements_status: 'approved',
              status: 'success',
              regulatory_requirements: [],
            },
          ],
          created_at: expect.any(String),
          updated_at: expect.any(String),
        },
      },
      meta: { attempt: 1, delivered_to: `${bench.receiver.url}/telnyx` },
    });
    await expect(client.webhooks.unwrap(`${received!.body} `, { headers, key: body.data.public })).rejects.toThrow(/signature/i);
    const deliveries = (
      await client.webhookDeliveries.list({ filter: { event_type: 'number_order.complete', webhook: { contains: stock.e164 } } })
    ).data;
    expect(deliveries).toMatchObject([{ status: 'delivered', webhook: { event_type: 'number_order.complete' } }]);
    expect((await client.webhookDeliveries.retrieve(deliveries[0]!.id!)).data).toMatchObject({
      record_type: 'webhook_delivery',
      attempts: [
        { status: 'delivered', errors: [], http: { request: { url: `${bench.receiver.url}/telnyx` }, response: { status: 204 } } },
      ],
    });
    expect((await client.webhookDeliveries.list({ filter: { status: { eq: 'failed' } } })).data).toEqual([]);
    await expect(client.notificationProfiles.delete(profile.id!)).rejects.toMatchObject({
      status: 422,
      error: { errors: [{ code: '10021' }] },
    });
    expect((await client.notificationSettings.delete(setting.id!)).data?.status).toBe('deleted');
    await client.numberOrders.create({ phone_numbers: [{ phone_number: (await bench.api.newStock()).e164 }] });
    expect(await bench.runDue()).toBe(0);
    const shownAs = async () => (await bench.api.admin('GET', `/webhooks/${channel.id}`)).body.disabled_reason;
    const changed = async () => {
      await client.notificationChannels.update(channel.id!, { channel_destination: `${bench.receiver.url}/other` });
      return shownAs();
    };
    await bench.api.admin('PATCH', `/webhooks/${channel.id}`, { body: { enabled: false } });
    expect(await changed()).toBe('by_platform');
    await bench.api.sql("update webhooks set disabled_reason = 'failures' where id = $1", [channel.id]);
    expect(await changed()).toBeNull();
    expect((await client.notificationChannels.delete(channel.id!)).data?.id).toBe(channel.id);
    expect((await client.notificationProfiles.delete(profile.id!)).data?.id).toBe(profile.id);
  });

  it('cannot ask for channels that nothing delivers to', async () => {
    const client = new Telnyx({ apiKey: owner.key, baseURL: `${bench.api.url}/v2`, maxRetries: 0 });
    const profile = (await client.notificationProfiles.create({ name: 'Orders' })).data!;
    const channel = { notification_profile_id: profile.id!, channel_destination: '+15550100' };
    await expect(client.notificationChannels.create({ ...channel, channel_type_id: 'sms' })).rejects.toMatchObject({
      status: 422,
      error: { errors: [{ code: '10015', source: { pointer: '/channel_type_id' } }] },
    });
  });
});
