import Telnyx from 'telnyx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSnapshots } from '../../../src/app/snapshots/write-snapshots.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { errorsOf, type OrderWorld, placeOrder, startOrderWorld } from './order-world.ts';

let api: OrderWorld;
let mine: TestAccount;
let client: Telnyx;
beforeAll(async () => {
  api = await startOrderWorld();
  mine = await api.newAccount({ creditMinor: 1_000_000 });
  client = new Telnyx({ apiKey: mine.key, baseURL: `${api.url}/v2`, maxRetries: 0, timeout: 10_000 });
});
afterAll(() => api.close());

const number = async (): Promise<{ id: string; e164: string }> => {
  const { e164 } = await api.newNumber(mine.key);
  const [row] = await api.sql('select ext_id::text as id from numbers where e164 = $1', [e164]);
  return { id: row.id, e164 };
};
const connection = async (account = mine.account): Promise<string> => {
  const group = await api.made('/trunk-groups', {
    name: 'PBX',
    kind: 'customer',
    account_id: account.id,
    gateways: [{ uri: 'sip:192.0.2.8' }],
  });
  return (await api.sql('select ext_id::text as id from trunk_groups where id = $1', [group.id]))[0].id;
};
const patch = (id: string, body: unknown) => api.call('PATCH', `/v2/phone_numbers/${id}`, { key: mine.key, body });

describe('lists of phone numbers', () => {
  it('begin with what came last to its holder, however long it was in stock, unless they are sorted', async () => {
    const { key } = await api.newAccount();
    const stock = [await api.newStock(), await api.newStock(), await api.newStock({ country: 'IT' })];
    await api.made('/requirements', { country: 'IT', type: 'local', name: 'Tax number', field_type: 'textual' });
    // The last one waits for its requirements, and was in stock the shortest; of the others the first in stock is the later to be bought.
    for (const index of [1, 0, 2]) {
      await placeOrder(api, key, stock[index]?.e164 ?? '');
      api.clock.advance(1000);
    }
    const newest = [2, 0, 1].map((index) => stock[index]?.e164);
    for (const path of ['', '/slim', '/voice', '?page[size]=2']) {
      const { body } = await api.call('GET', `/v2/phone_numbers${path}`, { key });
      expect(
        body.data.map((each: { phone_number: string }) => each.phone_number),
        path,
      ).toEqual(newest.slice(0, path === '?page[size]=2' ? 2 : 3));
    }
    const sorted = await api.call('GET', '/v2/phone_numbers?sort=purchased_at', { key });
    expect(sorted.body.data[0].phone_number).toBe(stock[1]?.e164);
  });
});

describe('a phone number', () => {
  it('is changed field by field: connection and lock act, labels are kept and found again, what is not here is refused', async () => {
    const { id, e164 } = await number();
    const pbx = await connection();
    const changed = await patch(id, {
      tags: ['sales', 'emea'],
      customer_reference: 'MY REF 001',
      connection_id: pbx,
      billing_group_id: 'group 1',
      deletion_lock_enabled: true,
    });
    expect(changed.status, changed.text).toBe(200);
    expect(changed.body.data).toMatchObject({
      id,
      phone_number: e164,
      status: 'active',
      tags: ['sales', 'emea'],
      customer_reference: 'MY REF 001',
      connection_id: pbx,
      connection_name: 'PBX',
      billing_group_id: 'group 1',
      deletion_lock_enabled: true,
    });
    expect(changed.headers.get('dialplane-propagation')).toBe('applied');
    const listed = async (query: string) => {
      const { body } = await api.call('GET', `/v2/phone_numbers?${query}`, { key: mine.key });
      return body.data.map((each: { id: string }) => each.id);
    };
    await number();
    for (const query of ['filter[tag]=emea', 'filter[customer_reference]=MY%20REF%20001', `filter[connection_id]=${pbx}`])
      expect(await listed(query), query).toEqual([id]);
    expect(await listed('filter[connection_id]=1')).toEqual([]);
    const locked = await api.call('DELETE', `/v2/phone_numbers/${id}`, { key: mine.key });
    expect([locked.status, errorsOf(locked)[0]?.[0]]).toEqual([422, '10035']);
    const cleared = await patch(id, {
      tags: [],
      customer_reference: '',
      connection_id: null,
      billing_group_id: null,
      deletion_lock_enabled: false,
    });
    expect(cleared.body.data).toMatchObject({
      tags: [],
      customer_reference: null,
      connection_id: null,
      billing_group_id: null,
      deletion_lock_enabled: false,
    });
    const theirs = await connection((await api.newAccount()).account);
    for (const [body, code, pointer] of [
      [{ connection_id: theirs }, '85004', '/connection_id'],
      [{ connection_id: '7' }, '85004', '/connection_id'],
      [{ external_pin: '1234' }, '10015', '/external_pin'],
      [{ hd_voice_enabled: true }, '10015', '/hd_voice_enabled'],
      [{ tags: ['a\u0000'] }, '10015', '/tags/0'],
      [{ deletion_lock_enabled: 'yes' }, '10015', '/deletion_lock_enabled'],
    ] as const) {
      const answer = await patch(id, body);
      expect([answer.status, errorsOf(answer)], JSON.stringify(body)).toEqual([422, [[code, pointer]]]);
    }
    expect((await patch(id, { external_pin: null, hd_voice_enabled: false })).status).toBe(200);
  });

  it('is deleted once: the answer says so, the next holder finds nothing of it', async () => {
    const { id, e164 } = await number();
    await patch(id, { tags: ['sales'], billing_group_id: 'group 1' });
    const gone = await api.call('DELETE', `/v2/phone_numbers/${id}`, { key: mine.key });
    expect([gone.status, gone.body.data.status, gone.body.data.id], gone.text).toEqual([200, 'deleted', id]);
    expect((await api.call('DELETE', `/v2/phone_numbers/${id}`, { key: mine.key })).status).toBe(404);
    expect((await api.call('GET', `/v2/phone_numbers/${id}`, { key: mine.key })).status).toBe(404);
    const other = await api.newAccount();
    await placeOrder(api, other.key, e164);
    const theirs = await api.call('GET', `/v2/phone_numbers/${id}`, { key: other.key });
    expect(theirs.body.data).toMatchObject({ tags: [], billing_group_id: null, status: 'active' });
  });

  it('has voice settings that say what is so, and refuse what nothing carries out', async () => {
    const { id, e164 } = await number();
    const read = await api.call('GET', `/v2/phone_numbers/${id}/voice`, { key: mine.key });
    expect(read.body.data).toMatchObject({ id, phone_number: e164, tech_prefix_enabled: false, inbound_call_screening: 'disabled' });
    const set = (body: unknown) => api.call('PATCH', `/v2/phone_numbers/${id}/voice`, { key: mine.key, body });
    const { id: _id, record_type: _type, phone_number: _number, ...settings } = read.body.data;
    expect((await set(settings)).body).toEqual(read.body);
    for (const [body, pointer] of [
      [{ tech_prefix_enabled: true }, '/tech_prefix_enabled'],
      [{ call_forwarding: { call_forwarding_enabled: true, forwards_to: '' } }, '/call_forwarding/call_forwarding_enabled'],
      [{ call_recording: { inbound_call_recording_enabled: true } }, '/call_recording/inbound_call_recording_enabled'],
      [{ inbound_call_screening: 'reject_calls' }, '/inbound_call_screening'],
      [{ usage_payment_method: 'channel' }, '/usage_payment_method'],
    ] as const) {
      const answer = await set(body);
      expect([answer.status, errorsOf(answer)], pointer).toEqual([422, [['10015', pointer]]]);
    }
  });
});

describe('the official SDK', () => {
  it('updates, lists and deletes numbers', async () => {
    const { id, e164 } = await number();
    const updated = await client.phoneNumbers.update(id, { tags: ['sdk'], customer_reference: 'sdk' });
    expect(updated.data).toMatchObject({ tags: ['sdk'], customer_reference: 'sdk' });
    const slim = [];
    for await (const each of client.phoneNumbers.slimList({ filter: { tag: 'sdk' }, include_connection: true })) slim.push(each);
    expect(slim).toMatchObject([{ id, phone_number: e164, connection_id: null }]);
    expect(Object.keys(slim[0] ?? {})).not.toContain('tags');
    const voice = await client.phoneNumbers.voice.retrieve(id);
    expect(voice.data).toMatchObject({ phone_number: e164, customer_reference: 'sdk' });
    expect((await client.phoneNumbers.voice.list({ filter: { customer_reference: 'sdk' } })).data).toHaveLength(1);
    await expect(client.phoneNumbers.voice.update(id, { tech_prefix_enabled: true })).rejects.toBeInstanceOf(
      Telnyx.UnprocessableEntityError,
    );
    expect((await client.phoneNumbers.delete(id)).data).toMatchObject({ id, status: 'deleted' });
  });

  it('comments, reports and reserves', async () => {
    const stock = await api.newStock();
    const reserved = await client.numberReservations.create({ phone_numbers: [{ phone_number: stock.e164 }] });
    const reservationId = reserved.data?.id ?? '';
    expect(reserved.data).toMatchObject({ status: 'success', phone_numbers: [{ phone_number: stock.e164, status: 'success' }] });
    expect((await client.numberReservations.actions.extend(reservationId)).data?.id).toBe(reservationId);
    expect((await client.numberReservations.retrieve(reservationId)).data?.record_type).toBe('number_reservation');
    const filter = { 'phone_numbers.phone_number': stock.e164 };
    expect((await client.numberReservations.list({ filter })).data).toMatchObject([{ id: reservationId }]);
    const stranger = await api.newAccount();
    const other = new Telnyx({ apiKey: stranger.key, baseURL: `${api.url}/v2`, maxRetries: 0 });
    const refused = await other.numberReservations
      .create({ phone_numbers: [{ phone_number: stock.e164 }] })
      .catch((error: unknown) => error);
    expect((refused as { error: { errors: { code: string }[] } }).error.errors[0]?.code).toBe('85006');

    const order = await client.numberOrders.create({ phone_numbers: [{ phone_number: stock.e164 }] });
    const [subId = ''] = order.data?.sub_number_orders_ids ?? [];
    const about = { comment_record_type: 'sub_number_order', comment_record_id: subId } as const;
    const comment = await client.comments.create({ ...about, body: 'Hello.' });
    const commentId = comment.data?.id ?? '';
    expect((await client.comments.markAsRead(commentId)).data?.read_at).toEqual(expect.any(String));
    expect((await client.comments.retrieve(commentId)).data).toMatchObject({ body: 'Hello.', ...about });
    expect((await client.comments.list({ filter: about })).data).toHaveLength(1);

    const report = await client.subNumberOrdersReport.create({ order_request_id: order.data?.id ?? '' });
    const reportId = report.data?.id ?? '';
    await api.runDue('reports', { reports: writeSnapshots({ clock: api.clock, partRows: 100, rowsMax: 100, keepMs: 60_000 }) });
    expect((await client.subNumberOrdersReport.retrieve(reportId)).data?.status).toBe('success');
    const csv = await client.subNumberOrdersReport.download(reportId);
    expect(String(csv).split('\r\n')[1]).toContain(`${order.data?.id},${subId},GB,local,1,success,true,`);
  });
});
