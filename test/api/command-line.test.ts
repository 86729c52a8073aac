import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { markToken } from '../../src/app/trunk-groups/source-token.ts';
import { shownOnce } from '../../src/cli/shown-once.ts';
import { adminClient } from '../../src/client/admin-client.ts';
import { krosClient } from '../../src/client/kros-client.ts';
import { newId } from '../../src/kit/ids.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { createSealer } from '../../src/kit/seal.ts';
import { createPool } from '../../src/store/pool.ts';
import { PLATFORM_KEY } from '../support/api-harness.ts';
import { createTestDatabase, createTestRedis } from '../support/services.ts';
import { type AdminApi, startAdminApi } from './admin/admin-api.ts';
import { decidedCall, fromGroup } from './admin/decided-call.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/dialplane', import.meta.url));
/** What a terminal would obey, line ends apart. */
const OBEYED = /(?!\n)[\p{Cc}\p{Cf}]/u;
const HOSTILE = 'A\u001b[31mred\u001b[0m\u0007\u009b2J\u202e\r\nB';

let api: AdminApi;
let dir: string;
beforeAll(async () => {
  api = await startAdminApi();
  dir = mkdtempSync(join(tmpdir(), 'dialplane-cli-'));
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await api.close();
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as a shell would, with nothing in its environment but what is given. */
function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const base = { PATH: process.env.PATH ?? '', HOME: dir, TMPDIR: tmpdir() };
  return new Promise((resolve) => {
    const options = { cwd: dir, env: { ...base, ...env }, timeout: 50_000 };
    execFile(process.execPath, [PROGRAM, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
  });
}

/** The same against the server of the test, as platform. */
const dialplane = (...args: string[]): Promise<Ran> => run(args, { DIALPLANE_URL: api.url, DIALPLANE_KEY: PLATFORM_KEY });

const rowsOf = (stdout: string) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('what failed', () => {
  it('a number that there is not ends with 1, like its id, and not with 2, which is for the command line', async () => {
    const ran = await dialplane('numbers', 'get', '+442079999999');
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('no live number +442079999999')]);
  });

  it('a secret that was lost with its answer is no success', () => {
    const made = { id: 'k1', key: null, secret_already_shown: true };
    expect(() => shownOnce(made, (id) => `revoke ${id}`)).toThrow(/lost on the way: revoke k1/);
    expect(shownOnce({ id: 'k1', key: 'x' }, () => '')).toEqual({ id: 'k1', key: 'x' });
  });
});

describe('the generated client', () => {
  it('buys a number once, though the first answer is lost', async () => {
    const { account, key } = await api.newAccount();
    const stock = await api.newStock();
    const platform = adminClient({ baseUrl: api.url, key: PLATFORM_KEY });
    const { balance_minor: before } = await platform.accounts.getAccount(account.id);
    const keys: string[] = [];
    const client = krosClient({
      baseUrl: api.url,
      key,
      random: () => 0,
      fetch: async (url, init) => {
        keys.push(new Headers(init?.headers).get('idempotency-key') ?? '');
        const answer = await fetch(url, init);
        if (keys.length > 1) return answer;
        await answer.text();
        throw new TypeError('fetch failed');
      },
    });
    const bought = await client.phoneNumbers.purchasePhoneNumber({ inventory_id: stock.id });
    expect(bought).toMatchObject({ id: stock.id, e164: stock.e164, status: 'active' });
    expect(keys).toEqual([keys[0], keys[0]]);
    const { balance_minor: after } = await platform.accounts.getAccount(account.id);
    expect(before - after).toBe(stock.setupFeeMinor + stock.monthlyFeeMinor);
    expect(await platform.numbers.getNumber(stock.id)).toMatchObject({ lifecycle: 'active', owner_account_id: account.id });
  });

  it('lists every number through pages of one, and throws what the server refuses', async () => {
    const { key } = await api.newAccount();
    const bought = [await api.newNumber(key), await api.newNumber(key), await api.newNumber(key)];
    const client = krosClient({ baseUrl: api.url, key });
    const seen: string[] = [];
    for await (const { id } of client.phoneNumbers.iteratePhoneNumbers({ limit: 1 })) seen.push(id);
    expect(seen.toSorted()).toEqual(bought.map(({ id }) => id).toSorted());
    await expect(client.phoneNumbers.purchasePhoneNumber({ inventory_id: bought[0]!.id })).rejects.toMatchObject({ name: 'ApiError' });
    const platform = adminClient({ baseUrl: api.url, key: PLATFORM_KEY });
    await expect(platform.accounts.createAccount({ name: '' })).rejects.toMatchObject({ status: 422, fields: [{ pointer: '/name' }] });
  });
});

describe('dialplane', () => {
  it('walks from an account to its own number', async () => {
    const made = await dialplane('accounts', 'create', 'Acme', '--json');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const { id } = JSON.parse(made.stdout);
    const credit = ['accounts', 'credit', id, '5000', '--note', 'welcome', '--json', '--idempotency-key', `credit-${id}`];
    // Whoever got no answer asks again by the same name.
    for (let again = 0; again < 2; again += 1) expect((await dialplane(...credit)).stdout).toContain('"balance_minor":5000');
    const { key } = JSON.parse((await dialplane('keys', 'create', id, '--json')).stdout);
    const stock = await api.newStock();
    const bought = await run(['numbers', 'buy', stock.id, '--json'], { DIALPLANE_URL: api.url, DIALPLANE_ACCOUNT_KEY: key });
    expect(JSON.parse(bought.stdout)).toMatchObject({ e164: stock.e164, organization_id: id });
    const changed = await dialplane('numbers', 'update', stock.e164, '--inbound', 'on', '--json');
    expect(JSON.parse(changed.stdout)).toMatchObject({ allow_inbound: true, owner_account_id: id });
    const listed = await dialplane('numbers', 'list', '--account', id);
    expect(listed.stdout.split('\n')[0]).toMatch(/^e164 +lifecycle +country +type +mode +owner account id/);
    expect(listed.stdout).toContain(stock.e164);
  });

  it('shows what people wrote into names, and lets no terminal obey it', async () => {
    const { account } = await api.newAccount();
    await api.sql('update accounts set name = $1 where id = $2', [HOSTILE, account.id]);
    const table = await dialplane('accounts', 'list', '--all');
    expect(table.stdout).toContain('A\\u{001b}[31mred');
    expect(table.stdout).not.toMatch(OBEYED);
    const one = await dialplane('accounts', 'get', account.id);
    expect(one.stdout).not.toMatch(OBEYED);
    const lines = await dialplane('accounts', 'list', '--all', '--json');
    expect(lines.stdout).not.toMatch(OBEYED);
    expect(rowsOf(lines.stdout).find(({ id }) => id === account.id)).toMatchObject({ name: HOSTILE });
    const file = join(dir, 'accounts.csv');
    expect((await dialplane('export', 'accounts', '--out', file)).code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toContain(account.id);
  });

  it('imports a file in batches, counts, and says which rows were refused', async () => {
    const numbers = Array.from({ length: 12 }, (_, index) => `+4420799${String(10_000 + index)}`);
    const lines = numbers.map((e164, index) => (index === 7 ? 'nonsense,200,"a, b"' : `${e164},200,`));
    const file = join(dir, 'stock.csv');
    writeFileSync(file, ['e164,monthly_fee_minor,region', ...lines, ''].join('\r\n'));
    const first = await dialplane('import', file, '--batch', '5', '--json');
    expect(first.code).toBe(1);
    expect(first.stderr).toContain('12 rows: 11 new, 0 changed, 1 refused');
    const told = JSON.parse(first.stdout);
    expect(told).toMatchObject({ rows: 12, created: 11, updated: 0, rejected: 1 });
    expect(told.rejected_rows.map(({ index }: { index: number }) => index)).toEqual([7]);
    const exported = await dialplane('export', 'numbers', '--json');
    expect(rowsOf(exported.stdout).filter(({ e164 }) => numbers.includes(String(e164)))).toHaveLength(11);
  });

  it('imports NDJSON by its ending or when told so, and tells bad lines at their places', async () => {
    const numbers = Array.from({ length: 7 }, (_, index) => `+4420798${String(10_000 + index)}`);
    const lines = numbers.map((e164, index) => (index === 4 ? '{"e164":' : JSON.stringify({ e164, region: 'Bath, "Spa"' })));
    const [file, other] = [join(dir, 'stock.ndjson'), join(dir, 'stock.txt')];
    writeFileSync(file, `\uFEFF${lines.join('\n\n')}`);
    writeFileSync(other, lines.join('\r\n'));
    const first = await dialplane('import', file, '--batch', '3', '--json');
    expect([first.code, first.stderr]).toEqual([1, expect.stringContaining('7 rows: 6 new, 0 changed, 1 refused')]);
    expect(JSON.parse(first.stdout).rejected_rows).toMatchObject([{ index: 4, code: 'invalid' }]);
    const again = await dialplane('import', other, '--format', 'ndjson', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ rows: 7, created: 0, updated: 6, rejected: 1 });
  });

  it('explains a call that would be', async () => {
    const { key } = await api.newAccount();
    const { e164 } = await api.newNumber(key);
    const args = ['explain', '--direction', 'inbound', '--from', '+12025550142', '--to', e164, '--source', '203.0.113.9:5060'];
    const text = await dialplane(...args);
    expect(text.stdout).toMatch(/^refused with .*\n\n {2}/);
    expect(text.stdout).toMatch(/ {2}NO /);
    expect(JSON.parse((await dialplane(...args, '--json')).stdout)).toMatchObject({ outcome: 'reject' });
  });

  it('explains a call that was: what was decided, each attempt, and its end', async () => {
    const { key, account } = await api.newAccount();
    const { id, e164 } = await api.newNumber(key);
    const targets = [{ uri: 'sip:pbx@203.0.113.7' }];
    const { id: endpoint_id } = await api.made('/endpoints', { account_id: account.id, name: 'PBX', targets });
    await api.admin('PATCH', `/numbers/${id}`, { body: { endpoint_id } });
    const { id: carrier } = await api.made('/trunk-groups', { name: 'In', kind: 'carrier', acl: ['192.0.2.1'] });
    const { callId } = await decidedCall(api, { requestUser: e164, toUser: e164, ...fromGroup(carrier) });
    expect((await dialplane('explain', callId)).stdout).toMatch(/^connects\n[\s\S]*\ngoes on\n/);
    const base = { callId, agentId: 'a', at: api.clock.now(), n: 1, sipCallId: `leg-${callId}`, leases: [] };
    await api.folder.fold([
      { ...base, type: 'attempt', seq: 1, trunkGroupId: null, gatewayId: null, uri: 'sip:pbx@203.0.113.7' },
      { ...base, type: 'attempt_ended', seq: 2, sipStatus: 503, outcome: 'failed' },
      { ...base, type: 'ended', seq: 3, outcome: 'failed', sipStatus: 480, code: 'target_unreachable', endedBy: 'platform' },
    ]);
    const { stdout } = await dialplane('explain', callId);
    expect(stdout).toMatch(/\n1 +1 +sip:pbx@203\.0\.113\.7 +failed +503\n\nfailed 480 target_unreachable, by platform\. .+\nremedy: .+\n/);
  });

  it('checks what is expected, for CI: a file is applied, one that fails is exit code 1', async () => {
    const { account, key } = await api.newAccount();
    const { e164 } = await api.newNumber(key);
    const call = { direction: 'inbound', to: e164 };
    const file = join(dir, 'expect.json');
    const expected = (code: string) => [{ name: 'closed', account_id: account.id, call, expected: { outcome: 'reject', code } }];
    const applied = async (list: object[]) => {
      writeFileSync(file, JSON.stringify(list));
      return rowsOf((await dialplane('expect', 'apply', file, '--json')).stdout);
    };
    expect(await applied(expected('no_destination'))).toMatchObject([{ result: 'created', holds: true }]);
    expect(await applied(expected('no_destination'))).toMatchObject([{ result: 'unchanged' }]);
    const good = await dialplane('expect', 'check');
    expect([good.code, good.stdout]).toEqual([0, expect.stringMatching(/holds +closed[\s\S]*\n1 checked, 0 failed\n$/)]);
    expect(await applied(expected('number_suspended'))).toMatchObject([{ result: 'updated', holds: false }]);
    const bad = await dialplane('expect', 'check', '--json');
    expect([bad.code, JSON.parse(bad.stdout)]).toMatchObject([1, { checked: 1, failed: 1 }]);
    const added = await dialplane('expect', 'add', 'rings', '--direction', 'inbound', '--to', e164, '--uri', 'sip:a@192.0.2.1', '--json');
    expect(JSON.parse(added.stdout)).toMatchObject({ holds: false, expected: { match: 'exact', targets: [{ uri: 'sip:a@192.0.2.1' }] } });
    const ids = rowsOf((await dialplane('expect', 'list', '--json')).stdout).map(({ id }) => String(id));
    for (const id of ids) expect((await dialplane('expect', 'remove', id)).stdout).toBe('deleted\n');
    expect((await dialplane('expect', 'apply', 'nowhere.json')).code).toBe(2);
  });

  it.each<[string, string[], number, RegExp]>([
    ['help', ['help'], 0, /^$/],
    ['no words', [], 0, /^$/],
    ['help of a command', ['numbers', '--help'], 0, /^$/],
    ['the version', ['--version'], 0, /^$/],
    ['no such command', ['constructor'], 2, /no command constructor/],
    ['no such action', ['numbers', 'toString'], 2, /list\|get/],
    ['an unknown option', ['numbers', 'list', '--nonsense'], 2, /--nonsense/],
    ['a bad choice', ['numbers', 'list', '--mode', 'x'], 2, /--mode is one of live, test/],
    ['a missing argument', ['accounts', 'get'], 2, /0 arguments/],
    ['a number that is none', ['numbers', 'list', '--limit', 'x'], 2, /whole number/],
    ['no account key', ['numbers', 'mine'], 2, /DIALPLANE_ACCOUNT_KEY/],
    ['a refusal', ['accounts', 'get', '01900000-0000-7000-8000-000000000000'], 1, /not_found/],
    ['a file that is not there', ['import', 'nowhere.csv'], 2, /cannot be read/],
    ['another file that is not there', ['import', 'nowhere.ndjson'], 2, /cannot be read/],
    ['a format that is none', ['import', 'nowhere.csv', '--format', 'xml'], 2, /--format is one of csv, ndjson/],
    ['an empty file', ['import', '/dev/null', '--format', 'ndjson'], 2, /is empty/],
  ])('%s: exit code and one word of why', async (_, args, code, stderr) => {
    const ran = await dialplane(...args);
    expect([ran.code, ran.stderr]).toEqual([code, expect.stringMatching(stderr)]);
    if (code === 0) expect(ran.stdout).not.toBe('');
  });

  it('finds the daemon by its state, and tells its key to nobody else', async () => {
    const state = { http_url: api.url, admin_api_key: PLATFORM_KEY, pid: process.pid };
    writeFileSync(join(dir, 'state.json'), JSON.stringify(state));
    expect(await run(['accounts', 'list', '--limit', '1', '--json'], { DATA_DIR: dir })).toMatchObject({ code: 0, stderr: '' });
    const elsewhere = await run(['accounts', 'list', '--url', 'http://127.0.0.1:1'], { DATA_DIR: dir });
    expect([elsewhere.code, elsewhere.stderr]).toEqual([2, expect.stringContaining('no platform key')]);
    rmSync(join(dir, 'state.json'));
    expect((await run(['accounts', 'list'], { DATA_DIR: dir })).code).toBe(2);
  });

  it('answers for servers that are none of ours', async () => {
    const hostile = await listen((path) =>
      path.includes('accounts')
        ? { status: 418, text: JSON.stringify({ code: 'x\u001b[2J', detail: 'no\r\n\u009bthing' }) }
        : { status: 200, text: '<html>' },
    );
    const env = { DIALPLANE_URL: `http://127.0.0.1:${(hostile.address() as AddressInfo).port}`, DIALPLANE_KEY: 'k' };
    try {
      const refused = await run(['accounts', 'list'], env);
      expect(refused.code).toBe(1);
      expect(refused.stderr).not.toMatch(OBEYED);
      expect(JSON.parse((await run(['accounts', 'list', '--json'], env)).stderr).error).toMatchObject({ status: 418 });
      expect((await run(['calls', 'list'], env)).code).toBe(1);
    } finally {
      hostile.close().closeAllConnections();
    }
  });

  it('shows settings with where they come from, and no secret', async () => {
    const env = { SEALING_KEY: 'ab'.repeat(32), HTTP_PORT: '9999', DATA_DIR: dir };
    const { code, stdout } = await run(['config', '--changed', '--json'], env);
    expect(code).toBe(0);
    expect(stdout).not.toContain('abab');
    const rows = rowsOf(stdout);
    expect(rows).toContainEqual({ setting: 'http.port', value: 9999, from: 'environment (HTTP_PORT)' });
    expect(rows).toHaveLength(3);
    expect((await run(['config'], { HTTP_PORT: 'many' })).code).toBe(2);
  });

  it('migrates and examines what it is pointed to', async () => {
    const database = await createTestDatabase('cli');
    const redis = await createTestRedis();
    const env = { DATABASE_URL: database.url, REDIS_URL: redis.url, SEALING_KEY: 'ab'.repeat(32), DATA_DIR: join(dir, 'none') };
    try {
      expect(JSON.parse((await run(['migrate', '--json'], env)).stdout)).toEqual({ applied: [] });
      const rotated = { ...env, SEALING_KEY: 'cd'.repeat(32), SEALING_KEY_PREVIOUS: 'ab'.repeat(32) };
      expect(await run(['reseal'], rotated)).toMatchObject({
        code: 0,
        stdout: 'sealed anew: 0 logins, 0 trunk groups, 0 webhooks, 0 endpoints\n',
      });
      expect((await run(['reseal'], { ...env, SEALING_KEY_PREVIOUS: 'short' })).code).toBe(2);
      const groupId = await addMarkedGroup(database.url, env.SEALING_KEY);
      const marked = await run(['reseal'], rotated);
      expect([marked.code, marked.stderr]).toEqual([1, expect.stringContaining('1 tokens must be said anew')]);
      expect(marked.stderr).toContain(groupId);
      const well = await run(['doctor', '--json'], { ...env, HTTP_PORT: '0', SIP_PORT: '0' });
      expect([well.code, rowsOf(well.stdout).map(({ check, status }) => [check, status])]).toEqual([
        0,
        ['node', 'configuration', 'postgres', 'redis', 'sip server', 'daemon'].map((check) => [check, 'ok']),
      ]);
      const ill = await run(['doctor'], { ...env, HTTP_PORT: new URL(api.url).port, SIP_PORT: '0', REDIS_URL: 'redis://127.0.0.1:1' });
      expect(ill.code).toBe(1);
      expect(ill.stdout).toMatch(/redis +bad/);
      expect(ill.stdout).toMatch(/daemon +bad +HTTP_PORT: .* is taken/);
    } finally {
      await redis.close();
      await database.close();
    }
  });
});

/** A trunk group that is told by a token, marked with that key. */
async function addMarkedGroup(url: string, key: string): Promise<string> {
  const [id, pool] = [newId(), createPool(url, { log: silentLogger, connectionsMax: 1 })];
  const marks = { token: markToken(createSealer(key), 'X-Acme-Token', 'correct-horse') };
  try {
    await pool.query("insert into trunk_groups (id, name, kind, created_at, updated_at) values ($1, 'marked', 'carrier', now(), now())", [
      id,
    ]);
    await pool.query('insert into sources (trunk_group_id, marks) values ($1, $2)', [id, JSON.stringify(marks)]);
  } finally {
    await pool.end();
  }
  return id;
}

/** A server that answers by path. */
function listen(answer: (path: string) => { status: number; text: string }): Promise<Server> {
  const server = createServer((request, response) => {
    const { status, text } = answer(request.url ?? '');
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(text);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
