import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { updateTrunkGroup } from '../../../src/app/trunk-groups/update-trunk-group.ts';
import { newId } from '../../../src/kit/ids.ts';
import { keys } from '../../../src/redis/keys.ts';
import { registerPhone } from '../../support/register-phone.ts';
import { type Caller, openVobiz, type VobizWorld } from './support/vobiz-world.ts';

let api: VobizWorld;
let who: Caller;
beforeAll(async () => {
  api = await openVobiz();
  who = await api.newAccount();
});
afterAll(() => api.close());

const at = (rest: string, { account }: Caller = who) => `/api/v1/Account/${account.authId}/${rest}`;
const post = (rest: string, body: unknown, by: Caller = who) => api.as(by, 'POST', at(rest, by), { body });
const made = async (rest: string, body: unknown, by: Caller = who) => {
  const answer = await post(rest, body, by);
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.body;
};
const put = (rest: string, body: unknown) => api.as(who, 'PUT', at(rest), { body });
const realm = (by: Caller = who) => `${by.account.authId.toLowerCase().replace('_', '-')}.sip.test`;
// biome-ignore lint/suspicious/noExplicitAny: tests read into it.
const record = async (ref: string): Promise<any> => (await api.records.read([ref as never])).get(ref as never)?.record;
let octet = 0;
const anAddress = () => {
  octet += 1;
  return `10.77.${octet}.9`;
};

describe('a trunk', () => {
  it('is made with its credential, ACL and URIs, shown in the documented words, and in force in Redis', async () => {
    const login = await made('credentials', { username: 'pbx-1', password: 'long-enough', description: 'Office' });
    expect(login).toEqual({
      id: expect.any(String),
      account_id: who.account.authId,
      username: 'pbx-1',
      password: '<redacted>',
      realm: realm(),
      enabled: true,
      description: 'Office',
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    const acl = await made('ip-acl', { name: 'Office', ip_address: `${anAddress()}/32` });
    expect(acl).toMatchObject({ account_id: who.account.authId, name: 'Office', description: '', enabled: true });
    const first = await made('origination-uris', { name: 'A', sip_uri: 'sip:pbx-a.example:5060', priority: 5 });
    expect(first).toMatchObject({ uri: 'sip:pbx-a.example:5060', priority: 5, weight: 10, enabled: true, transport: 'udp' });
    const second = await made('origination-uris', { name: 'B', sip_uri: 'sip:me@pbx-b.example;transport=tcp', priority: 1, weight: 3 });
    expect(second.transport).toBe('tcp');
    const trunk = await made('trunks', {
      name: 'My Outbound Trunk',
      trunk_type: 'OUTBOUND',
      max_concurrent_calls: 7,
      credential_uuid: login.id,
      ipacl_uuid: acl.id,
      nonsense: true,
    });
    expect(trunk).toEqual({
      trunk_id: expect.any(String),
      account_id: who.account.authId,
      name: 'My Outbound Trunk',
      trunk_domain: realm(),
      trunk_status: 'active',
      secure: false,
      trunk_direction: 'outbound',
      concurrent_calls_limit: 7,
      cps_limit: 2,
      description: '',
      transport: 'udp',
      recording: false,
      enable_transcription: false,
      pii_redaction: false,
      webhook_method: 'POST',
      recording_webhook_enabled: false,
      credential_uuid: login.id,
      ipacl_uuid: acl.id,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    const path = `trunks/${trunk.trunk_id}`;
    // The URIs are there, but a trunk that only calls rings nobody.
    const changed = await put(path, { primary_uri_uuid: first.id, fallback_uri_uuid: second.id });
    expect(changed.body).toMatchObject({ primary_uri_uuid: first.id, fallback_uri_uuid: second.id, trunk_direction: 'outbound' });
    expect(await record(`trunk_group:${trunk.trunk_id}`)).toMatchObject({ gateways: [], limits: { channelsMax: 7, perSecondMax: 2 } });
    const both = await put(path, { trunk_direction: 'both' });
    expect(both.headers.get('dialplane-version')).toBe(`trunk_group:${trunk.trunk_id}:3`);
    const group = await record(`trunk_group:${trunk.trunk_id}`);
    // The fallback is tried after the primary, whatever its priority was.
    expect(group).toMatchObject({
      gateways: [
        { id: first.id, priority: 5, weight: 10 },
        { id: second.id, priority: 6, weight: 3, uri: 'sip:me@pbx-b.example;transport=tcp' },
      ],
    });
    expect(await record(`source:${trunk.trunk_id}`)).toMatchObject({ acl: [acl.ip_address] });
    // Another primary is tried before the fallback that was there.
    const third = await made('origination-uris', { name: 'C', sip_uri: 'sip:pbx-c.example', priority: 9 });
    await put(path, { primary_uri_uuid: third.id });
    expect((await record(`trunk_group:${trunk.trunk_id}`)).gateways.map(({ id }: { id: string }) => id)).toEqual([third.id, second.id]);
    await put(path, { primary_uri_uuid: first.id });
    expect((await api.as(who, 'GET', at(path))).body).toMatchObject({ primary_uri_uuid: first.id, fallback_uri_uuid: second.id });
    expect(await record(`credential:${realm()}:pbx-1`)).toMatchObject({ trunkGroupId: trunk.trunk_id });
    const shown = (await api.as(who, 'GET', at(path))).body;
    expect(shown).toEqual({ ...both.body, updated_at: shown.updated_at });
    const listed = await api.as(who, 'GET', at('trunks?limit=1'));
    expect(listed.body).toEqual({ meta: { limit: 1, offset: 0, total: 1 }, objects: [shown] });
    for (const list of ['credentials', 'ip-acl', 'origination-uris']) {
      const answer = await api.as(who, 'GET', at(`trunks/${list}`));
      expect(answer.body.meta).toEqual({ limit: 20, offset: 0, total: list === 'origination-uris' ? 3 : 1 });
      expect(answer.body.objects.slice(0, 2).every((one: { trunk_id: string }) => one.trunk_id === trunk.trunk_id)).toBe(true);
      expect(answer.text).not.toContain('long-enough');
    }
  });

  it('follows its parts: what is switched off, changed or deleted is so on the next call', async () => {
    const acl = await made('ip-acl', { name: 'Office', ip_address: anAddress() });
    const uri = await made('origination-uris', { name: 'A', sip_uri: 'sip:pbx.example', priority: 1 });
    const trunk = await made('trunks', { name: 'T', ipacl_uuid: acl.id, primary_uri_uuid: uri.id });
    const source = () => record(`source:${trunk.trunk_id}`);
    const gateways = async () => (await record(`trunk_group:${trunk.trunk_id}`)).gateways;
    const off = await put(`ip-acl/${acl.id}`, { enabled: false });
    expect([off.status, off.body.enabled, (await source()).acl]).toEqual([200, false, []]);
    const moved = anAddress();
    await put(`ip-acl/${acl.id}`, { enabled: true, ip_address: moved });
    expect((await source()).acl).toEqual([moved]);
    await put(`origination-uris/${uri.id}`, { uri: 'sip:other.example', enabled: false, weight: 4 });
    expect(await gateways()).toMatchObject([{ id: uri.id, uri: 'sip:other.example', enabled: false, weight: 4 }]);
    await put(`trunks/${trunk.trunk_id}`, { trunk_status: 'disabled' });
    expect((await source()).acl).toEqual([]);
    await put(`trunks/${trunk.trunk_id}`, { enabled: true, ipacl_uuid: null });
    expect((await source()).acl).toEqual([]);
    expect((await api.as(who, 'GET', at('trunks/ip-acl'))).body.objects.at(-1)).not.toHaveProperty('trunk_id');
    expect((await api.as(who, 'DELETE', at(`origination-uris/${uri.id}`))).status).toBe(204);
    expect(await gateways()).toEqual([]);
    expect((await api.as(who, 'DELETE', at(`ip-acl/${acl.id}`))).status).toBe(204);
    expect((await api.as(who, 'DELETE', at(`ip-acl/${acl.id}`))).body).toEqual({ error: 'not_found', message: 'IP ACL not found' });
  });

  it('keeps its fallback when that becomes the first one, whatever takes the other place', async () => {
    const [a, b] = [
      await made('origination-uris', { name: 'A', sip_uri: 'sip:pbx-a.example', priority: 1 }),
      await made('origination-uris', { name: 'B', sip_uri: 'sip:pbx-b.example', priority: 2 }),
    ];
    const trunk = await made('trunks', { name: 'T', primary_uri_uuid: a.id, fallback_uri_uuid: b.id });
    const placed = async (body: object) => {
      const { status, body: shown } = await put(`trunks/${trunk.trunk_id}`, body);
      const { gateways } = await record(`trunk_group:${trunk.trunk_id}`);
      expect(gateways.map(({ id }: { id: string }) => id)).toEqual([shown.primary_uri_uuid, shown.fallback_uri_uuid].filter(Boolean));
      return [status, shown.primary_uri_uuid, shown.fallback_uri_uuid];
    };
    expect(await placed({ primary_uri_uuid: b.id, fallback_uri_uuid: a.id })).toEqual([200, b.id, a.id]);
    const c = await made('origination-uris', { name: 'C', sip_uri: 'sip:pbx-c.example', priority: 1 });
    expect(await placed({ primary_uri_uuid: a.id, fallback_uri_uuid: c.id })).toEqual([200, a.id, c.id]);
    expect(await placed({ primary_uri_uuid: c.id, fallback_uri_uuid: null })).toEqual([200, c.id, undefined]);
  });

  it('is what its credential is good for: without one it lets nobody call', async () => {
    const login = await made('credentials', { username: 'later', password: 'long-enough' });
    const isGood = async () => (await record(`credential:${realm()}:later`)).enabled;
    expect([login.enabled, await isGood()]).toEqual([true, false]);
    const trunk = await made('trunks', { name: 'T', credential_uuid: login.id });
    expect(await isGood()).toBe(true);
    await put(`trunks/${trunk.trunk_id}`, { credential_uuid: null });
    expect(await isGood()).toBe(false);
  });

  it('has so many addresses and no more, and so has the account', async () => {
    const by = await api.newAccount();
    const id = await api.newTrunk(by);
    const many = Array.from({ length: 100 }, (_, n) => `10.66.0.${n}`);
    expect((await updateTrunkGroup(api.deps, api.platform, id, { acl: many })).ok).toBe(true);
    const more = await made('ip-acl', { name: 'x', ip_address: '10.66.1.1' }, by);
    // One that is switched off does not count until it is switched on.
    const [off] = await api.sql(
      `insert into trunk_parts (id, account_id, mode, trunk_group_id, kind, value, enabled, created_at, updated_at)
       select gen_random_uuid(), account_id, mode, $2::uuid, kind, '10.66.2.2', false, created_at, updated_at from trunk_parts where id = $1 returning id`,
      [more.id, id],
    );
    const on = await api.as(by, 'PUT', at(`ip-acl/${off.id}`, by), { body: { enabled: true } });
    expect([on.status, on.body.error]).toEqual([409, 'too_many_parts']);
    expect((await api.as(by, 'PUT', at(`trunks/${id}`, by), { body: { description: 'still mine' } })).status).toBe(200);
    await api.sql(
      `insert into trunk_parts (id, account_id, mode, kind, value, created_at, updated_at)
       select gen_random_uuid(), account_id, mode, kind, '10.66.3.3', created_at, updated_at from trunk_parts, generate_series(1, 1000) where id = $1`,
      [more.id],
    );
    const full = await post('ip-acl', { name: 'x', ip_address: '10.66.1.2' }, by);
    expect([full.status, full.body.error]).toEqual([409, 'too_many_parts']);
  });

  it('goes with its logins and parts and takes its numbers off their route, but not while a call is live', async () => {
    const login = await made('credentials', { username: 'gone', password: 'long-enough' });
    const trunk = await made('trunks', { name: 'T', credential_uuid: login.id });
    const number = await api.newOwn(who);
    expect((await api.as(who, 'POST', `${number.path}/assign`, { body: { trunk_group_id: trunk.trunk_id } })).status).toBe(204);
    const lease = keys.lease({ kind: 'trunk_group', id: trunk.trunk_id });
    const callId = newId();
    await api.redis.hset(lease, callId, `${api.clock.now()}.agent-1`);
    const busy = await api.as(who, 'DELETE', at(`trunks/${trunk.trunk_id}`));
    expect([busy.status, busy.body.error]).toEqual([409, 'in_use']);
    await api.redis.hdel(lease, callId);
    const gone = await api.as(who, 'DELETE', at(`trunks/${trunk.trunk_id}`));
    expect([gone.status, gone.text, gone.headers.get('dialplane-propagation')]).toEqual([204, '', 'applied']);
    expect((await api.as(who, 'GET', number.path)).body).not.toHaveProperty('trunk_group_id');
    expect([await record(`trunk_group:${trunk.trunk_id}`), await record(`credential:${realm()}:gone`)]).toEqual([null, null]);
    expect((await put(`credentials/${login.id}`, { enabled: false })).status).toBe(404);
    // Its name is free again, above the tombstone.
    await made('credentials', { username: 'gone', password: 'long-enough' });
    expect(await record(`credential:${realm()}:gone`)).toMatchObject({ kind: 'credential' });
  });

  it('refuses by name what nothing acts on, and what cannot be read', async () => {
    for (const field of [
      { recording: true },
      { webhook_url: 'https://example.com/' },
      { transport: 'tcp' },
      { secure: true },
      { trunk_domain: 'mine.example' },
      { inbound_destination: 'sip:x' },
      { cps_limit: 0 },
      { trunk_direction: 'up' },
    ]) {
      const answer = await post('trunks', { name: 'T', ...field });
      expect([answer.status, answer.body.error]).toEqual([400, 'invalid request']);
      expect(answer.body.message).toContain(Object.keys(field)[0]);
    }
    for (const [rest, body, word] of [
      ['ip-acl', { name: 'x', ip_address: '203.0.113.7' }, 'RFC 5737'],
      ['ip-acl', { name: 'x', ip_address: '2001:db8::1' }, 'IPv4'],
      ['ip-acl', { name: 'x', ip_address: '10.0.0.300' }, 'ip_address'],
      ['origination-uris', { name: 'x', sip_uri: 'pbx.example', priority: 1 }, 'sip_uri'],
      ['origination-uris', { name: 'x', sip_uri: 'sip:pbx.example;transport=wss', priority: 1 }, 'sip_uri'],
      ['credentials', { username: 'a b', password: 'long-enough' }, 'username'],
      ['credentials', { username: 'ab', password: 'short' }, 'password'],
      ['credentials', { username: 'ab', password: 'with a space' }, 'password'],
    ] as const) {
      const answer = await post(rest, body);
      expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(word)]);
    }
    const taken = await post('credentials', { username: 'PBX-1', password: 'long-enough' });
    expect([taken.status, taken.body]).toEqual([409, { error: 'Username already exists', code: 409 }]);
  });
});

describe('addresses (decision C21)', () => {
  const claim = async (ip_address: string, by: Caller = who) => {
    const acl = await made('ip-acl', { name: 'x', ip_address }, by);
    return post('trunks', { name: 'T', ipacl_uuid: acl.id }, by);
  };

  it('a tenant claims no wide block, no carrier’s, no other account’s and no closed address, and gets one text for all', async () => {
    const other = await api.newAccount();
    const taken = anAddress();
    await claim(taken, other);
    await api.sql("update sources set acl = '{10.99.0.0/16}' where trunk_group_id = $1", [await api.newTrunk(other)]);
    // Nobody outside calls from there, and 10.200.0.1 is where we are (ADR 0012).
    const closed = ['127.0.0.1:5070', '169.254.169.254', '224.0.0.1', '0.0.0.0', '192.168.7.7', '10.200.0.1:5090'];
    for (const entry of ['10.88.0.0/23', taken, `${taken}:5060`, taken.replace(/9$/, '0/24'), '10.99.4.4', ...closed]) {
      const answer = await claim(entry);
      expect([answer.status, answer.body]).toEqual([409, { error: 'address_refused', message: `The address ${entry} cannot be used.` }]);
    }
    expect((await claim('10.88.1.0/24')).status).toBe(201);
    // Why is in the platform's audit, and in nobody else's.
    const told = await api.sql("select actor, account_id, after from audit where action = 'trunk_address.refused' and resource = $1", [
      `account:${who.account.id}`,
    ]);
    const reasons = [
      'too wide',
      ...Array(4).fill(expect.stringMatching(/^touches /)),
      'loopback',
      'link_local',
      'multicast',
      'unspecified',
    ];
    expect(told.map(({ after }) => after.because)).toEqual([...reasons, 'private', 'own_address']);
    expect(told.every(({ actor, account_id: accountId }) => actor.account_id === who.account.id && accountId === null)).toBe(true);
  });

  it('what one trunk uses another one cannot', async () => {
    const acl = await made('ip-acl', { name: 'x', ip_address: anAddress() });
    await made('trunks', { name: 'T', ipacl_uuid: acl.id });
    expect((await post('trunks', { name: 'T', ipacl_uuid: acl.id })).status).toBe(409);
    const foreign = await made('ip-acl', { name: 'x', ip_address: anAddress() }, await api.newAccount());
    for (const id of [foreign.id, newId(), 'nonsense']) {
      const answer = await post('trunks', { name: 'T', ipacl_uuid: id });
      expect([answer.status, answer.body]).toEqual([404, { error: 'not_found', message: 'IP ACL not found' }]);
    }
  });
});

it('a group that the platform made or changed has parts too, and keeps their ids', async () => {
  const id = await api.newTrunk(who);
  const uri = await made('origination-uris', { name: 'A', sip_uri: 'sip:pbx.example', priority: 1 });
  await put(`trunks/${id}`, { primary_uri_uuid: uri.id });
  const parts = () => api.sql('select id, kind, value, name from trunk_parts where trunk_group_id = $1 order by kind, value', [id]);
  const gateway = (given: string) => ({ uri: given, priority: 3, weight: 1, enabled: true });
  const entry = anAddress();
  const patch = { acl: [entry], gateways: [gateway('sip:pbx.example'), gateway('sip:new.example')] };
  expect((await updateTrunkGroup(api.deps, api.platform, id, patch)).ok).toBe(true);
  expect(await parts()).toEqual([
    { id: expect.any(String), kind: 'address', value: entry, name: null },
    { id: expect.any(String), kind: 'uri', value: 'sip:new.example', name: null },
    { id: uri.id, kind: 'uri', value: 'sip:pbx.example', name: 'A' },
  ]);
  await updateTrunkGroup(api.deps, api.platform, id, { acl: [], gateways: [] });
  expect(await parts()).toEqual([]);
});

describe('SIP users', () => {
  it('are made, listed, changed and deleted in the words of the vendor’s ancestor', async () => {
    const by = await api.newAccount();
    const user = await made('Endpoint/', { username: 'alice', password: 'long-enough', alias: 'Alice' }, by);
    expect(user).toEqual({
      api_id: expect.any(String),
      message: 'created',
      endpoint_id: expect.any(String),
      username: 'alice',
      alias: 'Alice',
      sip_uri: `sip:alice@${realm(by)}`,
      sip_registered: 'false',
      application: null,
      sub_account: null,
      allow_voice: true,
      allow_message: true,
      allow_video: false,
      allow_same_domain: true,
      allow_other_domains: false,
      allow_phones: true,
      allow_apps: true,
      resource_uri: `/api/v1/Account/${by.account.authId}/Endpoint/${user.endpoint_id}/`,
    });
    const path = at(`Endpoint/${user.endpoint_id}/`, by);
    const before = await record(`credential:${realm(by)}:alice`);
    const changed = await api.as(by, 'POST', path, { body: { password: 'another-one', alias: 'A' } });
    expect([changed.status, changed.body]).toEqual([202, { api_id: expect.any(String), message: 'changed' }]);
    expect(await record(`credential:${realm(by)}:alice`)).not.toEqual(before);
    const listed = await api.as(by, 'GET', at('Endpoint/?limit=1', by));
    expect(listed.body).toMatchObject({
      meta: { limit: 1, offset: 0, total_count: 1, next: null, previous: null },
      objects: [{ username: 'alice', alias: 'A' }],
    });
    expect(listed.text).not.toContain('another');
    expect((await api.as(by, 'GET', path)).body).toMatchObject({ username: 'alice', sip_registered: 'false' });
    await registerPhone(api, realm(by), 'alice');
    expect((await api.as(by, 'GET', path)).body).toMatchObject({ sip_registered: 'true' });
    expect((await api.as(by, 'GET', at('Endpoint/', by))).body.objects).toMatchObject([{ sip_registered: 'true' }]);
    for (const body of [{ application: 'x' }, { allow_video: true }])
      expect((await api.as(by, 'POST', path, { body })).body.message).toContain(Object.keys(body)[0]);
    expect((await post('Endpoint/', { username: 'with-dash', password: 'long-enough' }, by)).status).toBe(400);
    expect((await api.as(by, 'DELETE', path)).status).toBe(204);
    expect([(await api.as(by, 'GET', path)).status, await record(`credential:${realm(by)}:alice`)]).toEqual([404, null]);
  });

  it('of a sub-account are its own: its parent sees them by the sub-account’s path', async () => {
    const { parent, child } = await api.newFamily();
    const user = await made('Endpoint/', { username: 'bob', password: 'long-enough' }, child);
    expect(user.sub_account).toBe(child.account.authId);
    expect((await api.as(parent, 'GET', at(`Endpoint/${user.endpoint_id}/`, child))).status).toBe(200);
    expect((await api.as(parent, 'GET', at(`Endpoint/${user.endpoint_id}/`, parent))).status).toBe(404);
    expect((await api.as(parent, 'GET', at('Endpoint/', parent))).body.meta.total_count).toBe(0);
  });
});
