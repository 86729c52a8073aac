import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountRealm } from '../../../src/app/sip-credentials/create-sip-user.ts';
import { ha1Of, unsealHa1 } from '../../../src/app/sip-credentials/ha1.ts';
import { type CredentialRecord, recordRef } from '../../../src/domain/records.ts';
import { newId } from '../../../src/kit/ids.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { registerPhone } from '../../support/register-phone.ts';
import { type AdminApi, startAdminApi, walk, wrongFields } from './admin-api.ts';

let api: AdminApi;
let mine: TestAccount;
let realm: string;
beforeAll(async () => {
  api = await startAdminApi();
  mine = await api.newAccount();
  realm = accountRealm(mine.account.authId, 'sip.test');
});
afterAll(() => api.close());

const create = (body: object) => api.admin('POST', '/sip-users', { body: { account_id: mine.account.id, ...body } });
const credential = async (username: string) => {
  const ref = recordRef.credential(realm, username);
  return (await api.records.read([ref])).get(ref)!;
};

describe('201', () => {
  it('tells a made password once and publishes the sealed HA1', async () => {
    const answer = await create({ username: 'Alice', digest: 'both' });
    expect(answer.status, answer.text).toBe(201);
    const { password, ...shown } = answer.body;
    expect(password).toMatch(/^[A-Za-z0-9_-]{24}$/);
    expect(realm).toMatch(/^ma-[a-z0-9]{18}\.sip\.test$/);
    expect(shown).toEqual({
      id: expect.any(String),
      account_id: mine.account.id,
      username: 'Alice',
      realm,
      number_id: null,
      trunk_group_id: null,
      mode: 'live',
      digest: 'both',
      enabled: true,
      default_caller: null,
      version: 1,
      created_at: expect.stringMatching(/Z$/),
    });
    expect(answer.headers.get('location')).toBe(`/admin/v1/sip-users/${shown.id}`);
    expect(answer.headers.get('dialplane-version')).toBe(`credential:${realm}:alice:1`);
    const record = (await credential('alice')).record as CredentialRecord;
    expect(record).toMatchObject({ accountId: mine.account.id, subAccountId: null, e164: null, digest: 'both', enabled: true });
    const login = { realm, username: 'Alice' };
    expect(unsealHa1(api.deps.sealer, { ...login, sealedHa1: record.sealedHa1 })).toEqual(ha1Of(login, password));
    const read = await api.admin('GET', `/sip-users/${shown.id}`);
    expect([read.body, read.headers.get('etag')]).toEqual([{ ...shown, registered: false }, '"1"']);
  });

  it('takes a password that is given, and keeps it out of audit and log', async () => {
    const { id } = (await create({ username: 'bob', password: 'correct-horse-battery' })).body;
    const rows = await api.sql('select before, after from audit where resource = $1', [`sip_credential:${id}`]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify([rows, api.logged])).not.toMatch(/correct-horse|sealed/);
  });

  it('belongs to the sub-account it was made for', async () => {
    const child = await api.newAccount({ parent: mine.account });
    const made = (await create({ account_id: child.account.id, username: 'carol' })).body;
    expect(made).toMatchObject({ account_id: child.account.id, realm: expect.stringMatching(/^sa-/) });
    expect((await walk(api, `/sip-users?account_id=${child.account.id}&`, 2)).map(({ id }) => id)).toEqual([made.id]);
    expect((await walk(api, `/sip-users?account_id=${mine.account.id}&`, 2)).map(({ id }) => id)).toContain(made.id);
  });

  it('binds to a number whose own login was taken away', async () => {
    const number = await api.newNumber(mine.key);
    expect((await create({ username: 'desk', number_id: number.id })).body.code).toBe('number_has_credential');
    const own = (await walk(api, `/sip-users?account_id=${mine.account.id}&`, 50)).find(
      (one) => (one as { number_id?: string }).number_id === number.id,
    )!;
    for (let version = 1; version <= 3; version += 2) {
      const before = version === 1 ? own.id : (await api.sql('select id from sip_credentials where number_id = $1', [number.id]))[0].id;
      expect((await api.admin('DELETE', `/sip-users/${before}`)).status).toBe(204);
      const made = await create({ username: 'desk', number_id: number.id });
      expect(made.status, made.text).toBe(201);
      expect(made.body).toMatchObject({ number_id: number.id, version });
      expect(await credential('desk')).toMatchObject({ version, record: { e164: number.e164, id: made.body.id } });
    }
  });
});

describe('200', () => {
  const patch = (id: string, body: object, headers = {}) => api.admin('PATCH', `/sip-users/${id}`, { body, headers });

  it('switches a login off and on, and changes what its calls out present; without a change it leaves no trace', async () => {
    const number = await api.newNumber(mine.key);
    const always = { e164: number.e164, use: 'always' };
    const made = (await create({ username: 'kim', default_caller: always })).body;
    expect(made.default_caller).toEqual(always);
    expect(await credential('kim')).toMatchObject({ version: 1, record: { defaultCaller: always } });
    const off = await patch(made.id, { enabled: false, default_caller: { e164: number.e164 } }, { 'If-Match': '"1"' });
    expect(off.status, off.text).toBe(200);
    expect(off.body).toMatchObject({ enabled: false, default_caller: { e164: number.e164, use: 'fallback' }, version: 2 });
    expect(off.body).not.toHaveProperty('password');
    expect(off.headers.get('dialplane-version')).toBe(`credential:${realm}:kim:2`);
    expect(await credential('kim')).toMatchObject({ version: 2, record: { enabled: false, defaultCaller: { use: 'fallback' } } });
    expect((await patch(made.id, {})).body.version).toBe(2);
    const on = await patch(made.id, { enabled: true, default_caller: null });
    expect(on.body).toMatchObject({ enabled: true, default_caller: null, version: 3 });
    expect((await credential('kim')).record).not.toHaveProperty('defaultCaller');
    expect(await api.actions(`sip_credential:${made.id}`)).toEqual(['sip_user.create', 'sip_user.update', 'sip_user.update']);
    expect((await patch(made.id, {}, { 'If-Match': '"1"' })).status).toBe(412);
    expect((await patch(newId(), {})).status).toBe(404);
  });

  it('refuses to present a number of somebody else, and a second one by a login of a number', async () => {
    const child = await api.newAccount({ parent: mine.account });
    const [ours, theirs] = [await api.newNumber(mine.key), await api.newNumber(child.key)];
    const { id } = (await create({ username: 'lou' })).body;
    expect(wrongFields(await patch(id, { default_caller: { e164: theirs.e164 } }))).toEqual({ '/default_caller/e164': 'not_found' });
    expect(wrongFields(await create({ username: 'max', default_caller: { e164: theirs.e164 } }))).toEqual({
      '/default_caller/e164': 'not_found',
    });
    const inside = await create({ account_id: child.account.id, username: 'max', default_caller: { e164: theirs.e164 } });
    expect(inside.status, inside.text).toBe(201);
    const own = (await api.sql('select id from sip_credentials where number_id = $1', [ours.id]))[0].id;
    expect(wrongFields(await patch(own, { default_caller: { e164: ours.e164 } }))).toEqual({ '/default_caller': 'invalid' });
  });
});

describe('204', () => {
  it('deletes a login, and one made anew goes on above its tombstone', async () => {
    const { id } = (await create({ username: 'dave' })).body;
    const answer = await api.admin('DELETE', `/sip-users/${id}`, { headers: { 'If-Match': '"1"' } });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers.get('dialplane-version')).toBe(`credential:${realm}:dave:2`);
    expect(await credential('dave')).toEqual({ version: 2, record: null });
    const again = await create({ username: 'DAVE' });
    expect(again.headers.get('dialplane-version')).toBe(`credential:${realm}:dave:3`);
    expect(await credential('dave')).toMatchObject({ version: 3, record: { id: again.body.id, username: 'DAVE' } });
    expect(await api.actions(`sip_credential:${id}`)).toEqual(['sip_user.create', 'sip_user.delete']);
  });

  it('happens once however often it is asked for at once', async () => {
    const { id } = (await create({ username: 'erin' })).body;
    const answers = await Promise.all(Array.from({ length: 4 }, () => api.admin('DELETE', `/sip-users/${id}`)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 404, 404, 404]);
    expect(await api.actions(`sip_credential:${id}`)).toEqual(['sip_user.create', 'sip_user.delete']);
  });
});

describe('409', () => {
  it('refuses a username that the account has, in any case, also of four at once', async () => {
    const answers = await Promise.all(['frank', 'Frank', 'FRANK', 'frank'].map((username) => create({ username })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('username_taken');
    const other = await api.newAccount();
    expect((await create({ account_id: other.account.id, username: 'frank' })).status).toBe(201);
  });
});

describe('412', () => {
  it('refuses to delete another version', async () => {
    const { id } = (await create({ username: 'gina' })).body;
    expect((await api.admin('DELETE', `/sip-users/${id}`, { headers: { 'If-Match': '"7"' } })).status).toBe(412);
  });
});

describe('422', () => {
  it('names what is wrong', async () => {
    const theirs = await api.newNumber((await api.newAccount()).key);
    const fields = async (body: object) => wrongFields(await create(body));
    expect(await fields({})).toEqual({ '/username': 'missing' });
    expect(await fields({ username: 'a b' })).toEqual({ '/username': 'invalid' });
    expect(await fields({ username: 'h', password: 'short' })).toEqual({ '/password': 'out_of_range' });
    expect(await fields({ username: 'h', password: 'with a space in it' })).toEqual({ '/password': 'invalid' });
    expect(await fields({ username: 'h', account_id: newId() })).toEqual({ '/account_id': 'invalid' });
    for (const number_id of [theirs.id, newId()]) expect(await fields({ username: 'h', number_id })).toEqual({ '/number_id': 'invalid' });
    expect(await fields({ username: 'h', digest: 'sha1', enabled: false })).toEqual({ '/digest': 'invalid', '/enabled': 'unknown' });
  });
});

describe('registrations', () => {
  it('are shown with the way calls take, are gone with another password, and are ended by hand, once in the audit', async () => {
    const { id } = (await create({ username: 'phone' })).body;
    const path = `/sip-users/${id}/registrations`;
    const shown = async () => (await api.admin('GET', path)).body;
    expect(await shown()).toEqual({ data: [], next: null });
    await registerPhone(api, realm, 'phone');
    expect(await shown()).toEqual({
      data: [
        {
          id: expect.any(String),
          contact: 'sip:phone@10.0.0.7:5060',
          q: 0.5,
          expires_in_seconds: 600,
          source: '192.0.2.7:40000/udp',
          behind_nat: true,
          path: [],
          sip_server: '127.0.0.1:9022',
          user_agent: 'Desk phone',
        },
      ],
      next: null,
    });
    expect((await api.admin('GET', `/sip-users/${id}`)).body.registered).toBe(true);
    const listed = (await api.admin('GET', `/sip-users?account_id=${mine.account.id}&limit=500`)).body.data;
    expect(listed.filter(({ registered }: { registered: boolean }) => registered).map((one: { id: string }) => one.id)).toEqual([id]);
    for (let count = 0; count < 2; count += 1) expect((await api.admin('DELETE', path)).status).toBe(204);
    expect(await shown()).toEqual({ data: [], next: null });
    expect((await api.actions(`sip_credential:${id}`)).filter((action) => action === 'sip_credential.unregister')).toHaveLength(1);
    for (const method of ['GET', 'DELETE']) expect((await api.admin(method, `/sip-users/${newId()}/registrations`)).status).toBe(404);
  });
});

it('a login of a trunk group is named in its record for as long as it is there, and only by a customer group of the account', async () => {
  const pbx = await api.made('/trunk-groups', { name: 'PBX', kind: 'customer', account_id: mine.account.id });
  const record = async () => {
    const ref = recordRef.trunkGroup(pbx.id);
    const { version, record: held } = (await api.records.read([ref])).get(ref)!;
    return { version, logins: held?.kind === 'trunk_group' ? held.logins : 'none' };
  };
  expect(await record()).toEqual({ version: 1, logins: undefined });
  const first = await create({ username: 'trunk-1', trunk_group_id: pbx.id });
  expect([first.status, first.body.trunk_group_id], first.text).toEqual([201, pbx.id]);
  const names = [{ realm, username: 'trunk-1' }];
  expect(await record()).toEqual({ version: 2, logins: names });
  expect((await api.admin('GET', `/trunk-groups/${pbx.id}`)).body).toMatchObject({ logins: names, version: 2 });
  const [foreign, carrier] = [
    await api.made('/trunk-groups', { name: 'Other', kind: 'customer', account_id: (await api.newAccount()).account.id }),
    await api.made('/trunk-groups', { name: 'Carrier', kind: 'carrier' }),
  ];
  const { id: numberId } = await api.newNumber(mine.key);
  for (const [index, bad] of [
    { trunk_group_id: foreign.id },
    { trunk_group_id: carrier.id },
    { trunk_group_id: newId() },
    { trunk_group_id: pbx.id, mode: 'test' },
    { trunk_group_id: pbx.id, number_id: numberId },
  ].entries()) {
    const refused = await create({ username: `bad-${index}`, ...bad });
    expect([refused.status, Object.keys(wrongFields(refused))], refused.text).toEqual([422, ['/trunk_group_id']]);
  }
  for (let n = 2; n <= 10; n += 1) expect((await create({ username: `trunk-${n}`, trunk_group_id: pbx.id })).status).toBe(201);
  const tooMany = await create({ username: 'trunk-11', trunk_group_id: pbx.id });
  expect([tooMany.status, tooMany.body.code]).toEqual([409, 'too_many_logins']);
  expect((await api.admin('DELETE', `/sip-users/${first.body.id}`)).status).toBe(204);
  const { version, logins } = await record();
  expect([version, logins?.length]).toEqual([12, 9]);
  // What Redis has is what the rows say (invariant 2).
  const [row] = await api.sql('select version::int from trunk_groups where id = $1', [pbx.id]);
  expect(row).toEqual({ version: 12 });
  expect((await api.admin('DELETE', `/trunk-groups/${pbx.id}`)).status).toBe(204);
  expect(await api.sql('select id from sip_credentials where trunk_group_id = $1', [pbx.id])).toEqual([]);
});
