import { request } from 'node:http';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readInventoryStream } from '../../../src/http/admin/read-inventory-stream.ts';
import { newId } from '../../../src/kit/ids.ts';
import { PLATFORM_KEY } from '../../support/api-harness.ts';
import { type AdminApi, startAdminApi, wrongFields } from './admin-api.ts';

const BYTES_MAX = 2_000_000;
const ROWS_MAX = 10_000;
let api: AdminApi;
beforeAll(async () => {
  api = await startAdminApi({ importBytesMax: BYTES_MAX, importRowsMax: ROWS_MAX });
});
afterAll(() => api.close());

let next = 0;
const e164 = (): string => {
  next += 1;
  return `+4420700${String(next).padStart(5, '0')}`;
};
const send = (raw: string | Uint8Array, type: string) => api.admin('POST', '/inventory', { raw, headers: { 'Content-Type': type } });
const csv = (text: string) => send(text, 'text/csv; charset=utf-8');
const ndjson = (text: string) => send(text, 'application/x-ndjson');
const json = (numbers: unknown) => api.admin('POST', '/inventory', { body: { numbers } });
const COLUMNS = `type, country, region, capabilities, setup_fee_minor, monthly_fee_minor, currency, carrier_trunk_group_id,
  owner_account_id, updated_at`;
const row = async (number: string, mode = 'live') =>
  (await api.sql(`select ${COLUMNS} from numbers where e164 = $1 and mode = $2`, [number, mode]))[0];
const importCount = async (): Promise<number> =>
  (await api.sql(`select count(*)::int as n from audit where action = 'inventory.import'`))[0].n;

describe('200', () => {
  it('takes JSON with every field, and defaults for all but the number', async () => {
    const [full, bare] = [e164(), e164()];
    const carrier = await api.made('/trunk-groups', { name: 'Carrier', kind: 'carrier', mode: 'test' });
    const before = await importCount();
    const answer = await json([
      {
        e164: full,
        type: 'mobile',
        country: 'gb',
        region: 'London',
        capabilities: ['voice', 'sms'],
        setup_fee_minor: 5,
        monthly_fee_minor: 7,
        currency: 'EUR',
        carrier_trunk_group_id: carrier.id,
        mode: 'test',
      },
      { e164: bare },
    ]);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({ created: 2, updated: 0, rejected: [] });
    expect(answer.headers.get('dialplane-propagation')).toBe('applied');
    expect(await row(full, 'test')).toMatchObject({
      type: 'mobile',
      country: 'GB',
      region: 'London',
      capabilities: ['voice', 'sms'],
      setup_fee_minor: 5,
      monthly_fee_minor: 7,
      currency: 'EUR',
      carrier_trunk_group_id: carrier.id,
    });
    expect(await row(bare)).toMatchObject({ type: 'local', country: 'GB', capabilities: ['voice'], monthly_fee_minor: 0, currency: 'USD' });
    expect(await importCount()).toBe(before + 1);
    expect((await json([{ e164: bare, monthly_fee_minor: 9 }])).body).toEqual({ created: 0, updated: 1, rejected: [] });
  });

  it('tells every bad row at its index and takes the good ones, in JSON, NDJSON and CSV alike', async () => {
    const [good, twice, again] = [e164(), e164(), e164()];
    const rows = [
      { e164: good },
      { e164: '0207 123' },
      { e164: twice, monthly_fee_minor: -1 },
      { e164: twice },
      { e164: twice },
      { e164: again, colour: 'red' },
      { e164: '+8835100000000' },
      { e164: again, carrier_trunk_group_id: newId() },
    ];
    const codes = ['invalid_e164', 'invalid', 'duplicate', 'invalid', 'unknown_country', 'unknown_trunk_group'];
    const check = (answer: { status: number; text: string; body: { created: number; updated: number; rejected: object[] } }) => {
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body.created + answer.body.updated).toBe(2);
      expect(answer.body.rejected).toEqual([1, 2, 4, 5, 6, 7].map((index, at) => ({ index, code: codes[at], detail: expect.any(String) })));
    };
    const names = ['e164', 'monthly_fee_minor', 'colour', 'carrier_trunk_group_id'] as const;
    check(await json(rows));
    check(await ndjson(rows.map((one) => JSON.stringify(one)).join('\n')));
    // A column of all rows: whoever does not fill it has said nothing of it.
    const line = (one: Record<string, unknown>) => names.map((name) => one[name] ?? '').join(',');
    check(await csv([names.join(','), ...rows.map(line)].join('\n')));
    expect((await json([{ e164: again, colour: 'red' }])).body.rejected[0].detail).toContain('colour');
  });

  it('reads CSV with BOM, quotes, CRLF, empty fields, lists and no last newline', async () => {
    const [one, two] = [e164(), e164()];
    const answer = await csv(
      `\uFEFFe164,region,capabilities,setup_fee_minor,monthly_fee_minor\r\n"${one}","Bath, ""Spa""\r\nand more",voice|sms,100,\r\n\r\n ${two} ,,,,250`,
    );
    expect(answer.status, answer.text).toBe(200);
    // The line break in a quoted field is a control character, and refused.
    expect(answer.body).toEqual({
      created: 1,
      updated: 0,
      rejected: [{ index: 0, code: 'invalid', detail: expect.stringMatching(/^region: /) }],
    });
    expect(await row(two)).toMatchObject({ region: null, setup_fee_minor: 0, monthly_fee_minor: 250 });
    expect((await csv(`\uFEFFe164,region,capabilities\r\n"${one}","Bath, ""Spa""",voice|sms\r\n`)).body.created).toBe(1);
    expect(await row(one)).toMatchObject({ region: 'Bath, "Spa"', capabilities: ['voice', 'sms'] });
  });

  it('refuses rows of a CSV that names a column after what objects have anyway', async () => {
    const answer = await csv(`e164,__proto__,constructor\n${e164()},x,\n${e164()},,x\n`);
    expect(answer.body).toMatchObject({
      created: 0,
      rejected: [
        { index: 0, code: 'invalid' },
        { index: 1, code: 'invalid' },
      ],
    });
  });

  it.each([
    ['names no column of ours', 'number,region'],
    ['names a column twice', 'e164,e164'],
  ])('refuses a long CSV whose first line %s, without reading it all', async (_, header) => {
    const lines = Array.from({ length: 30_000 }, (_, at) => `+4420${String(at).padStart(8, '0')},Bath`);
    expect((await csv([header, ...lines].join('\n'))).status).toBe(422);
  });

  it('calls a CSV line of another length and an NDJSON line that is no JSON bad rows', async () => {
    const [one, two] = [e164(), e164()];
    const short = await csv(`e164,region\n${one}\n${two},Bath,x\n${two},Bath\n`);
    expect(short.body).toMatchObject({
      created: 1,
      rejected: [{ index: 0 }, { index: 1, detail: 'The line has 3 columns, the first line 2.' }],
    });
    const broken = await ndjson(`{"e164"\r\n\n[]\n"x"\n{"e164":"${one}"}\r\n`);
    expect(broken.body).toMatchObject({
      created: 1,
      rejected: [{ index: 0, detail: 'The line is not JSON.' }, { index: 1 }, { index: 2 }],
    });
  });

  it('never touches a number that somebody owns', async () => {
    const { key } = await api.newAccount();
    const owned = await api.newNumber(key);
    const before = await row(owned.e164);
    const imports = await importCount();
    const answer = await json([{ e164: owned.e164, monthly_fee_minor: 1 }]);
    expect(answer.body).toEqual({ created: 0, updated: 0, rejected: [{ index: 0, code: 'owned', detail: expect.any(String) }] });
    expect(await row(owned.e164)).toEqual(before);
    // Nothing changed, so there is nothing to audit.
    expect(await importCount()).toBe(imports);
    const fresh = e164();
    const mixed = await json([{ e164: 'x' }, { e164: owned.e164 }, { e164: fresh }]);
    expect(mixed.body).toMatchObject({ created: 1, rejected: [{ index: 0 }, { index: 1, code: 'owned' }] });
  });

  it('takes 10,000 rows quickly, in one transaction with one audit row', async () => {
    const before = await importCount();
    const lines = Array.from({ length: ROWS_MAX }, (_, i) => `+331${String(i).padStart(8, '0')},Paris,${i}`);
    const startedAt = performance.now();
    const answer = await csv(`e164,region,monthly_fee_minor\n${lines.join('\n')}\n`);
    const tookMs = performance.now() - startedAt;
    expect(answer.body, answer.text).toEqual({ created: ROWS_MAX, updated: 0, rejected: [] });
    console.log(`10,000 rows in ${Math.round(tookMs)} ms`);
    expect(await importCount()).toBe(before + 1);
    expect(await row('+33100009999')).toMatchObject({ monthly_fee_minor: 9999, region: 'Paris', country: 'FR' });
  });

  it('lets two imports of the same numbers pass each other', async () => {
    const numbers = Array.from({ length: 300 }, e164);
    const answers = await Promise.all([
      json(numbers.map((one) => ({ e164: one }))),
      json(numbers.toReversed().map((one) => ({ e164: one }))),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers.reduce((sum, { body }) => sum + body.created, 0)).toBe(300);
  });
});

describe('400', () => {
  it.each([
    ['a quote that never ends', `e164\n"+44`, 'text/csv'],
    ['a line that never ends', `{"e164":"${'4'.repeat(20_000)}"}`, 'application/x-ndjson'],
    ['a record that never ends', `e164\n${'4'.repeat(40_000)}`, 'text/csv'],
    ['broken JSON', '{"numbers":[', 'application/json'],
  ])('refuses %s', async (_, raw, type) => {
    const answer = await send(raw, type);
    expect([answer.status, answer.body?.code], answer.text).toEqual([400, 'malformed_body']);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });
});

describe('413', () => {
  it('reaches the client although it is still sending, and the connection goes on', async () => {
    const line = `{"e164":"+44","x":"${'y'.repeat(8000)}"}\n`;
    for (const type of ['application/x-ndjson', 'text/csv']) {
      const text =
        type === 'text/csv'
          ? `e164\n${'+44\n'.repeat(9)}${'\n'.repeat(3 * BYTES_MAX)}`
          : line.repeat(Math.ceil((3 * BYTES_MAX) / line.length));
      const answer = await send(text, type);
      expect([answer.status, answer.body?.code], answer.text).toEqual([413, 'body_too_large']);
      expect(answer.headers.get('connection')).not.toBe('close');
    }
    expect((await json([{ e164: e164() }])).status).toBe(200);
  });
});

describe('415', () => {
  it('says what it takes', async () => {
    const answer = await send('<x/>', 'text/xml');
    expect([answer.status, answer.body.code]).toEqual([415, 'unsupported_media_type']);
    expect(answer.body.detail).toContain('text/csv');
    const packed = await api.admin('POST', '/inventory', { raw: 'x', headers: { 'Content-Type': 'text/csv', 'Content-Encoding': 'gzip' } });
    expect(packed.status).toBe(415);
  });
});

describe('422', () => {
  it('names what is wrong with the whole', async () => {
    expect(wrongFields(await json([]))).toEqual({ '/numbers': 'out_of_range' });
    expect(wrongFields(await api.admin('POST', '/inventory', { body: {} }))).toEqual({ '/numbers': 'missing' });
    expect(wrongFields(await json('x'))).toEqual({ '/numbers': 'invalid' });
    for (const answer of [
      await csv(''),
      await csv('e164\n'),
      await csv('number\n+44'),
      await csv('e164,e164\n+44,+44'),
      await ndjson('\n\n'),
    ]) {
      expect(answer.status, answer.text).toBe(422);
    }
  });

  it('refuses more rows than it may hold, however they come', async () => {
    const before = await importCount();
    const lines = Array.from({ length: ROWS_MAX + 1 }, (_, i) => `+331${String(i).padStart(8, '0')}`);
    expect(wrongFields(await csv(`e164\n${lines.join('\n')}`))).toEqual({ '': 'out_of_range' });
    expect(wrongFields(await ndjson(lines.map((one) => `{"e164":"${one}"}`).join('\n')))).toEqual({ '': 'out_of_range' });
    expect(wrongFields(await json(lines.map((one) => ({ e164: one }))))).toEqual({ '/numbers': 'out_of_range' });
    expect(await importCount()).toBe(before);
  });
});

it('takes a stream that comes byte by byte, with characters cut in two', async () => {
  const number = e164();
  const bytes = Buffer.from(`e164,region\n${number},Zürich\n`);
  const status = await new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${PLATFORM_KEY}`, 'Content-Type': 'text/csv' };
    const upload = request(`${api.url}/admin/v1/inventory`, { method: 'POST', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    upload.on('error', reject);
    for (const byte of bytes) upload.write(Buffer.from([byte]));
    upload.end();
  });
  expect(status).toBe(200);
  expect(await row(number)).toMatchObject({ region: 'Zürich' });
});

it('imports nothing and logs no fault when the client goes away in the middle', async () => {
  const before = await importCount();
  const faults = () => api.logged.filter(({ level, message }) => level === 'error' || message === 'the store is away').length;
  const faultsBefore = faults();
  for (const type of ['text/csv', 'application/x-ndjson']) {
    const seen = api.observed.length;
    const headers = { Authorization: `Bearer ${PLATFORM_KEY}`, 'Content-Type': type };
    const upload = request(`${api.url}/admin/v1/inventory`, { method: 'POST', headers });
    upload.on('error', () => {});
    upload.write('e164\n+442071838750\n');
    await expect.poll(() => upload.socket?.bytesWritten ?? 0).toBeGreaterThan(0);
    upload.destroy();
    await expect.poll(() => api.observed.length).toBe(seen + 1);
    expect(api.observed.at(-1)?.status).toBe(499);
  }
  expect(faults()).toBe(faultsBefore);
  expect(await importCount()).toBe(before);
});

describe('a CSV that is plain up to its first quote', () => {
  it('is read the same wherever it is cut and wherever the quote comes', async () => {
    const lines = [
      '\uFEFFe164,region,capabilities',
      '+4420555001, Zürich ,voice sms',
      '',
      '+4420555002,"Bath, Spa",voice',
      '+4420555003,,fax',
    ];
    const body = Buffer.from(lines.join('\r\n'), 'utf8');
    const wanted = await readInventoryStream(csvOf([body]), CSV_LIMITS);
    expect(wanted.ok && wanted.value).toEqual([
      { value: { e164: '+4420555001', region: 'Zürich', capabilities: ['voice', 'sms'] } },
      { value: { e164: '+4420555002', region: 'Bath, Spa', capabilities: ['voice'] } },
      { value: { e164: '+4420555003', capabilities: ['fax'] } },
    ]);
    for (const size of [1, 2, 3, 7, 31, 64]) {
      const pieces = Array.from({ length: Math.ceil(body.length / size) }, (_, n) => body.subarray(n * size, (n + 1) * size));
      expect(await readInventoryStream(csvOf(pieces), CSV_LIMITS), `pieces of ${size} bytes`).toEqual(wanted);
    }
    const long = await readInventoryStream(csvOf([Buffer.from(`e164,region\n+4420555004,${'x'.repeat(20_000)}\n`)]), CSV_LIMITS);
    expect(long).toMatchObject({ ok: false, error: { kind: 'malformed_body' } });
  });
});

const CSV_LIMITS = { bytesMax: 1_000_000, rowsMax: 1000 };
const csvOf = (pieces: readonly Buffer[]) => ({ mediaType: 'text/csv', readable: Readable.from(pieces, { objectMode: false }) });
