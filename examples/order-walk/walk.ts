import type Telnyx from 'telnyx';
import { until } from '../../test/support/daemon.ts';
import { openReceiver, type Receiver } from '../../test/webhooks/support/receiver.ts';
import { buyerOf, listenTo, type Ordered, order, present, search, upload, valuesFor } from './buyer.ts';
import { type Platform, type ProductState, platformOf, type Requirements } from './platform.ts';
import { type Steps, startSteps } from './steps.ts';

/** Both sides of an order. */
interface Site {
  readonly state: ProductState;
  readonly platform: Platform;
  readonly buyer: Telnyx;
  readonly accountId: string;
  readonly needs: Requirements;
  readonly receiver: Receiver;
  readonly steps: Steps;
}

const WAIT_MS = 30_000;
const DAY_MS = 86_400_000;

/**
 * Walks one order of a German number from search to `success` and lets another miss its deadline, through the official SDK, on a product
 * with `CLOCK=test` that may send to loopback. True when every step came out as it should.
 */
export async function walkOrders(state: ProductState, say: (line: string) => void): Promise<boolean> {
  const platform = platformOf(state);
  const steps = startSteps(say);
  const receiver = await openReceiver();
  try {
    const needs = await platform.requirements();
    const account = await platform.newAccount('Acme');
    const buyer = buyerOf(state.http_url, account.key);
    const [first = '', second = ''] = await platform.stockUp(2);
    await listenTo(buyer, receiver.url);
    const site: Site = { state, platform, buyer, accountId: account.id, needs, receiver, steps };
    await walkToSuccess(site, first);
    await missDeadline(site, second);
  } finally {
    await receiver.close();
  }
  const { steps: all, wrong } = steps.counts;
  say(`\n${all} steps, ${wrong === 0 ? 'each as expected' : `${wrong} not as expected`}`);
  return wrong === 0;
}

async function walkToSuccess(site: Site, e164: string): Promise<void> {
  const { steps } = site;
  steps.part('An order that needs a text, an address and a document');
  const placed = await place(site, e164, 'first');
  await giveValues(site, placed);
  const { itemId } = placed;
  await decline(site, placed);
  const better = { requirement_id: site.needs.proof, field_value: await upload(site.buyer, 'better-proof.pdf') };
  const corrected = (await site.buyer.numberOrderPhoneNumbers.updateRequirements(itemId, { regulatory_requirements: [better] })).data;
  steps.step(
    'PATCH /number_order_phone_numbers/{id}',
    { status: corrected?.status, requirements_status: corrected?.requirements_status },
    { status: 'pending', requirements_status: 'requirement-info-under-review' },
  );
  const judged = await site.platform.ask('POST', `/reviews/${placed.subOrderId}/approve`, {});
  steps.step('platform: POST /reviews/{id}/approve', { status: judged.status }, { status: 'done' });
  const done = (await site.buyer.numberOrders.retrieve(placed.orderId)).data;
  steps.step(
    'GET /number_orders/{id}',
    { status: done?.status, requirements_met: done?.requirements_met },
    { status: 'success', requirements_met: true },
  );
  const [number] = (await site.buyer.phoneNumbers.list({ filter: { phone_number: e164 } })).data ?? [];
  steps.step(
    'GET /phone_numbers',
    { phone_number: number?.phone_number, status: number?.status },
    { phone_number: e164, status: 'active' },
  );
  await hear(site, placed, 'success');
}

async function place({ buyer, steps }: Site, e164: string, reference: string): Promise<Ordered> {
  const found = await search(buyer, e164.slice(-7));
  steps.step('GET /available_phone_numbers', { phone_number: found }, { phone_number: e164 });
  const { ordered, data, item } = await order(buyer, found, reference);
  steps.step(
    'POST /number_orders',
    { status: data.status, requirements_met: data.requirements_met, requirements_status: item?.requirements_status },
    { status: 'pending', requirements_met: false, requirements_status: 'requirement-info-pending' },
  );
  return ordered;
}

async function giveValues({ buyer, needs, steps, platform, accountId }: Site, { subOrderId }: Ordered): Promise<void> {
  const values = await valuesFor(buyer, needs);
  const given = (await buyer.subNumberOrders.update(subOrderId, { regulatory_requirements: values })).data;
  steps.step(
    'PATCH /sub_number_orders/{id} (3 values)',
    { status: given?.status, values: values.length },
    { status: 'pending', values: 3 },
  );
  const queue: { data: { id: string; waiting: number }[] } = await platform.ask('GET', `/reviews?account_id=${accountId}`);
  const waiting = queue.data.find(({ id }) => id === subOrderId)?.waiting;
  // The text follows its own rule; a person looks at the address and the document.
  steps.step('platform: GET /reviews', { waiting }, { waiting: 2 });
}

async function decline({ buyer, needs, steps, platform }: Site, { itemId, subOrderId }: Ordered): Promise<void> {
  const reason = 'This proof is older than three months.';
  const declined = await platform.ask('POST', `/reviews/${itemId}/decline`, { reason, requirement_ids: [needs.proof] });
  steps.step('platform: POST /reviews/{id}/decline', { kind: declined.kind }, { kind: 'order_item' });
  const item = present((await buyer.numberOrderPhoneNumbers.retrieve(itemId)).data, 'data');
  const days = Math.round((Date.parse(item.deadline ?? '') - (await advance(platform, 0))) / DAY_MS);
  steps.step(
    'GET /number_order_phone_numbers/{id}',
    { requirements_status: item.requirements_status, deadline_in_days: days },
    { requirements_status: 'requirement-info-exception', deadline_in_days: 30 },
  );
  const listed = await buyer.comments.list({ filter: { comment_record_type: 'sub_number_order', comment_record_id: subOrderId } });
  const [comment] = (listed.data ?? []) as { body?: string }[];
  steps.step('GET /comments', { body: comment?.body }, { body: reason });
}

/** Moves the clock of the product; what time it is there then, in ms. */
const advance = async (platform: Platform, ms: number): Promise<number> =>
  Date.parse((await platform.ask('POST', '/test-clock', { advance_seconds: ms / 1000 })).now);

async function missDeadline(site: Site, e164: string): Promise<void> {
  const { buyer, steps, platform, accountId } = site;
  steps.part('An order whose requirements never come');
  const placed = await place(site, e164, 'second');
  const held = async (): Promise<number> => (await platform.ask('GET', `/accounts/${accountId}`)).held_minor;
  steps.step('platform: GET /accounts/{id}', { held_minor: await held() }, { held_minor: 300 });
  const from = await advance(platform, 0);
  const days = Math.round(((await advance(platform, 30 * DAY_MS)) - from) / DAY_MS);
  steps.step('platform: POST /test-clock', { moved_days: days }, { moved_days: 30 });
  const read = async () => (await buyer.numberOrders.retrieve(placed.orderId)).data;
  await until(async () => (await read())?.status !== 'pending', WAIT_MS);
  const ended = await read();
  const [item] = ended?.phone_numbers ?? [];
  steps.step(
    'GET /number_orders/{id}',
    { status: ended?.status, requirements_status: item?.requirements_status },
    { status: 'cancelled', requirements_status: 'cancelled' },
  );
  steps.step('platform: GET /accounts/{id}', { held_minor: await held() }, { held_minor: 0 });
  steps.step('GET /available_phone_numbers', { phone_number: await search(buyer, e164.slice(-7)) }, { phone_number: e164 });
  await hear(site, placed, 'cancelled');
}

/** Waits for the event of an order, and has the SDK's own verifier look at its signature. */
async function hear({ buyer, receiver, state, steps }: Site, { orderId }: Ordered, status: string): Promise<void> {
  const key = state.telnyx_public_key;
  const got = await until(() => receiver.received.find(({ body }) => body.includes(orderId)), WAIT_MS);
  if (got === undefined) return steps.step('webhook', { event_type: null }, { event_type: 'number_order.complete' });
  const headers = got.headers as Record<string, string>;
  const event = (await buyer.webhooks.unwrap(got.body, { headers, key })) as unknown as {
    data: { event_type: string; payload: { id: string; status: string } };
  };
  const { event_type, payload } = event.data;
  steps.step('webhook, verified by the SDK', { event_type, status: payload.status }, { event_type: 'number_order.complete', status });
  const forged = await buyer.webhooks.unwrap(got.body.replace(status, 'failure'), { headers, key }).then(
    () => 'accepted',
    () => 'refused',
  );
  steps.step('the same with another status', { verifier: forged }, { verifier: 'refused' });
}
