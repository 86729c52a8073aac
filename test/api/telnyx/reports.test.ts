import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSnapshots } from '../../../src/app/snapshots/write-snapshots.ts';
import { newId } from '../../../src/kit/ids.ts';
import { DAY_MS, type TestAccount } from '../../support/api-harness.ts';
import { errorsOf, type OrderWorld, placeOrder, startOrderWorld } from './order-world.ts';

let api: OrderWorld;
let mine: TestAccount;
const orders: { id: string; sub: string; created_at: string }[] = [];
beforeAll(async () => {
  api = await startOrderWorld();
  mine = await api.newAccount({ creditMinor: 1_000_000 });
  for (let n = 0; n < 7; n += 1) {
    const stock = await api.newStock({ country: n % 2 === 0 ? 'GB' : 'FR' });
    const order = await placeOrder(api, mine.key, stock.e164, n === 3 ? { customer_reference: '=cmd|"x",1' } : {});
    orders.push({ id: order.id, sub: order.sub_number_orders_ids[0], created_at: order.created_at });
    api.clock.advance(1000);
  }
});
afterAll(() => api.close());

const write = (more: { readonly rowsMax?: number } = {}): Promise<number> =>
  api.runDue('reports', { reports: writeSnapshots({ clock: api.clock, partRows: 3, rowsMax: 1000, keepMs: 7 * DAY_MS, ...more }) });
const create = (body: unknown, key = mine.key) => api.call('POST', '/sub_number_orders_report', { key, body });
const get = (id: string, rest = '', key = mine.key) => api.call('GET', `/v2/sub_number_orders_report/${id}${rest}`, { key });
const COLUMNS =
  'number_order_id,sub_number_order_id,country_code,phone_number_type,phone_numbers_count,status,requirements_met,customer_reference,created_at,updated_at';
const lines = ({ text }: { readonly text: string }): string[] => text.split('\r\n').slice(0, -1);

describe('a report of sub number orders', () => {
  it('is asked for, written part by part by a job, and downloaded as CSV until it expires', async () => {
    const asked = await create({});
    expect(asked.status, asked.text).toBe(202);
    const { data } = asked.body;
    expect(data).toEqual({
      id: expect.any(String),
      order_type: 'sub_number_order',
      status: 'pending',
      filters: {},
      user_id: mine.account.id,
      created_at: expect.any(String),
      updated_at: data.created_at,
    });
    const early = await get(data.id, '/download');
    expect([early.status, errorsOf(early)[0]?.[0]]).toEqual([422, '10027']);
    // Seven rows in parts of three: two steps that go on, and one that ends.
    expect(await write()).toBe(3);
    expect((await get(data.id)).body.data).toMatchObject({ status: 'success' });
    const download = await get(data.id, '/download');
    expect([download.status, download.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
    const [head, ...rows] = lines(download);
    expect(head).toBe(COLUMNS);
    expect(rows.map((row) => row.split(',')[1])).toEqual(orders.map(({ sub }) => sub).toReversed());
    const [newest] = rows;
    const last = orders.at(-1);
    expect(newest).toBe([last?.id, last?.sub, 'GB', 'local', 1, 'success', 'true', '', last?.created_at, last?.created_at].join(','));
    // Nothing that a spreadsheet would run.
    expect(rows.find((row) => row.includes('cmd'))).toContain(`,"'=cmd|""x"",1",`);
    // A snapshot: what comes later is not in it.
    await placeOrder(api, mine.key, (await api.newStock()).e164);
    expect((await get(data.id, '/download')).text).toBe(download.text);
    const bare = await api.call('GET', `/sub_number_orders_report/${data.id}/download`, { key: mine.key });
    expect(bare.text).toBe(download.text);

    api.clock.advance(7 * DAY_MS);
    expect((await get(data.id)).body.data.status).toBe('expired');
    const gone = await get(data.id, '/download');
    expect([gone.status, errorsOf(gone)[0]?.[0]]).toEqual([410, '10005']);
    expect(await write()).toBe(1);
    expect((await api.sql('select count(*) as n from sub_order_report_parts where report_id = $1', [data.id]))[0].n).toBe(0);
  });

  it('leaves nothing behind when the job that wrote it was given up', async () => {
    const { id } = (await create({})).body.data;
    const writing = writeSnapshots({ clock: api.clock, partRows: 3, rowsMax: 1000, keepMs: 7 * DAY_MS });
    // Its first part is there when it comes to nothing.
    const broken: typeof writing = async (payload, job) =>
      job.progress === null ? writing(payload, job) : { kind: 'refused', code: 'broken' };
    await api.runDue('reports', { reports: broken });
    const left = async () => {
      const [row] = await api.sql(
        `select status, rows_count, (select count(*) from sub_order_report_parts where report_id = $1) as parts
           from sub_order_reports where id = $1`,
        [id],
      );
      return [row.status, row.rows_count, row.parts];
    };
    expect(await left()).toEqual(['pending', 3, 1]);
    api.clock.advance(3_600_000);
    await write();
    expect(await left()).toEqual(['failed', 0, 0]);
  });

  it('is of what its filters say, of nobody else, and echoes them', async () => {
    const filters = {
      country_code: 'fr',
      status: 'success',
      customer_reference: '=cmd|"x",1',
      order_request_id: orders[3]?.id,
      created_at_gt: orders[2]?.created_at,
      created_at_lt: orders[4]?.created_at,
    };
    const { id, filters: echoed } = (await create(filters)).body.data;
    expect(echoed).toEqual({ ...filters, country_code: 'FR' });
    const french = (await create({ country_code: 'FR' })).body.data.id;
    const stranger = await api.newAccount();
    const theirs = (await create({}, stranger.key)).body.data.id;
    await write();
    expect(lines(await get(id, '/download')).map((row) => row.split(',')[1])).toEqual(['sub_number_order_id', orders[3]?.sub]);
    expect(lines(await get(french, '/download'))).toHaveLength(4);
    expect(lines(await get(theirs, '/download', stranger.key))).toEqual([COLUMNS]);
    expect((await get(theirs, '/download')).text).toBe((await get(newId(), '/download')).text);
  });

  it('fails when it is too long, and when nobody has written it within an hour', async () => {
    const long = (await create({})).body.data.id;
    await write({ rowsMax: 5 });
    const late = (await create({})).body.data.id;
    api.clock.advance(3_600_000);
    for (const id of [long, late]) expect((await get(id)).body.data.status).toBe('failed');
    // What is failed to its reader stays failed, whoever comes to work on it now.
    await write();
    expect((await get(late)).body.data.status).toBe('failed');
    expect((await get(late, '/download')).status).toBe(422);
    expect((await api.sql('select count(*) as n from sub_order_report_parts where report_id = any($1)', [[long, late]]))[0].n).toBe(0);
  });

  it('is refused for a bad field, and when too many are under way, children counted', async () => {
    const bad: readonly (readonly [object, string, string])[] = [
      [{ status: 'done' }, '10032', '/status'],
      [{ country_code: 'FRA' }, '10015', '/country_code'],
      [{ order_request_id: 'x' }, '10015', '/order_request_id'],
      [{ created_at_gt: 'yesterday' }, '10015', '/created_at_gt'],
      [{ customer_reference: 'a\nb' }, '10015', '/customer_reference'],
    ];
    for (const [body, code, pointer] of bad) {
      const answer = await create(body);
      expect([answer.status, errorsOf(answer)], JSON.stringify(body)).toEqual([422, [[code, pointer]]]);
    }
    const buyer = await api.newAccount();
    const child = await api.newAccount({ parent: buyer.account });
    const answers = await Promise.all(Array.from({ length: 14 }, (_, n) => create({}, n % 2 === 0 ? buyer.key : child.key)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(10);
    const [refused] = answers.filter(({ status }) => status !== 202);
    expect([refused?.status, refused?.body.errors[0].detail]).toEqual([422, 'You can have at most 10 pending reports.']);
    await write();
    expect((await create({}, buyer.key)).status).toBe(202);
  });
});
