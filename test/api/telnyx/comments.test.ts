import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../../src/kit/ids.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { errorsOf, type OrderWorld, placeOrder, startOrderWorld } from './order-world.ts';

let api: OrderWorld;
let mine: TestAccount;
let child: TestAccount;
let subId: string;
beforeAll(async () => {
  api = await startOrderWorld();
  mine = await api.newAccount();
  child = await api.newAccount({ parent: mine.account });
  subId = (await placeOrder(api, mine.key, (await api.newStock()).e164)).sub_number_orders_ids[0];
});
afterAll(() => api.close());

const about = (id: string) => ({ comment_record_type: 'sub_number_order', comment_record_id: id });
const say = (body: unknown, key = mine.key) => api.call('POST', '/comments', { key, body });
const listed = async (query: string, key = mine.key) => (await api.call('GET', `/comments?${query}`, { key })).body;

describe('comments', () => {
  it('carry both sides of a conversation, as the seed has them, at both mounts', async () => {
    const mineFirst = await say({ ...about(subId), body: 'Please extend the deadline.\nThe file is late.' });
    expect(mineFirst.status, mineFirst.text).toBe(200);
    const { data } = mineFirst.body;
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(data).toEqual({
      id: expect.any(String),
      ...about(subId),
      body: 'Please extend the deadline.\nThe file is late.',
      commenter: 'Test account',
      commenter_type: 'user',
      created_at: time,
      updated_at: time,
    });
    const answer = await api.made('/comments', { ...about(subId), body: 'Until Friday.', commenter: 'ann@example.com' });
    expect(answer).toMatchObject({ account_id: mine.account.id, commenter: 'ann@example.com', commenter_type: 'admin', read_at: null });

    const { data: all, meta } = await listed(`filter[comment_record_id]=${subId}&filter[comment_record_type]=sub_number_order`);
    expect(all.map(({ body }: { body: string }) => body)).toEqual(['Until Friday.', data.body]);
    expect(meta).toEqual({ page_number: 1, page_size: 250, total_pages: 1, total_results: 2 });
    expect((await listed('filter[comment_record_type]=requirement_group')).data).toEqual([]);

    const read = await api.call('PATCH', `/v2/comments/${answer.id}/read`, { key: mine.key });
    expect(read.status, read.text).toBe(200);
    expect(read.body.data.read_at).toEqual(time);
    api.clock.advance(5000);
    expect((await api.call('PATCH', `/comments/${answer.id}/read`, { key: mine.key })).body).toEqual(read.body);
    expect((await api.call('GET', `/v2/comments/${answer.id}`, { key: mine.key })).body).toEqual(read.body);
    expect(await api.actions(`comment:${answer.id}`)).toEqual(['comment.create', 'comment.read']);

    const unread = await api.admin('GET', `/comments?read=false&account_id=${mine.account.id}&comment_record_id=${subId}`);
    expect(unread.body.data.map(({ id }: { id: string }) => id)).toEqual([data.id]);
  });

  it('are of the holder of what they are about: parents see and answer, nobody else', async () => {
    const order = await placeOrder(api, child.key, (await api.newStock()).e164);
    const [childSub] = order.sub_number_orders_ids;
    const { id } = (await say({ ...about(childSub), body: 'From below.' }, child.key)).body.data;
    const above = await say({ ...about(childSub), body: 'From above.' });
    expect(above.status, above.text).toBe(200);
    expect((await api.call('GET', `/comments/${id}`, { key: mine.key })).status).toBe(200);
    expect((await listed('page[size]=250', child.key)).data).toHaveLength(2);
    expect((await listed(`filter[comment_record_id]=${childSub}`)).data).toEqual([]);
    const stranger = await api.newAccount();
    const foreign = await say({ ...about(childSub), body: 'Hello?' }, stranger.key);
    const unknown = await say({ ...about(newId()), body: 'Hello?' }, stranger.key);
    expect([foreign.status, errorsOf(foreign)]).toEqual([422, [['10017', '/comment_record_id']]]);
    expect(foreign.text).toBe(unknown.text);
    expect((await listed(`filter[comment_record_id]=${childSub}`, stranger.key)).data).toEqual([]);
    const test = await api.newKey(mine.account, { mode: 'test' });
    expect((await say({ ...about(subId), body: 'Hello?' }, test)).status).toBe(422);
  });

  it('are bounded text: every bad field is named, nothing is written', async () => {
    const before = await api.sql('select count(*) as n from comments');
    const bad: readonly (readonly [unknown, unknown])[] = [
      [
        {},
        [
          ['10004', '/body'],
          ['10004', '/comment_record_id'],
          ['10004', '/comment_record_type'],
        ],
      ],
      [{ ...about(subId), body: '' }, [['10015', '/body']]],
      [{ ...about(subId), body: ' \n ' }, [['10015', '/body']]],
      [{ ...about(subId), body: 'x'.repeat(4001) }, [['10015', '/body']]],
      [{ ...about(subId), body: 'a\u0000b' }, [['10015', '/body']]],
      [{ ...about(subId), body: 'a\u001bb' }, [['10015', '/body']]],
      [{ ...about(subId), body: '\ud800' }, [['10015', '/body']]],
      [{ ...about(subId), body: 7 }, [['10015', '/body']]],
      [{ ...about('x'), body: 'a' }, [['10015', '/comment_record_id']]],
      [{ comment_record_id: subId, comment_record_type: 'number_order', body: 'a' }, [['10032', '/comment_record_type']]],
    ];
    for (const [body, errors] of bad) {
      const answer = await say(body);
      expect([answer.status, errorsOf(answer)], JSON.stringify(body)).toEqual([422, errors]);
    }
    expect((await say({ ...about(subId), body: 'x'.repeat(4000) })).status).toBe(200);
    expect(errorsOf(await api.call('GET', '/comments?filter[read]=1', { key: mine.key }))).toEqual([['10031', 'filter[read]']]);
    expect((await api.sql('select count(*) as n from comments'))[0].n).toBe(before[0].n + 1);
  });
});
