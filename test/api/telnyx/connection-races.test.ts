import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '../../../src/app/actor.ts';
import { updateTrunk } from '../../../src/app/trunk-groups/change-trunk.ts';
import { ok } from '../../../src/kit/result.ts';
import type { ApiAnswer } from '../../support/api-call.ts';
import type { TestAccount } from '../../support/api-harness.ts';
import { anAddress } from './connection-samples.ts';
import { startTelnyxHarness, type TelnyxHarness } from './telnyx-harness.ts';

let api: TelnyxHarness;
let pool: Pool;
let mine: TestAccount;
beforeAll(async () => {
  const moreFaces = (_: unknown, parts: { readonly pool: Pool }) => {
    pool = parts.pool;
    return [];
  };
  api = await startTelnyxHarness({}, { moreFaces });
  mine = await api.newAccount();
});
afterAll(() => api.close());

/** What the store takes while it compares the addresses of a trunk with all others'. */
const ADDRESSES = 'select pg_advisory_xact_lock(4711550863)';

const call = (method: string, path: string, body?: unknown) =>
  api.call(method, `/v2${path}`, { key: mine.key, ...(body === undefined ? {} : { body }) });
const made = async (path: string, body: unknown): Promise<string> => {
  const answer = await call('POST', path, body);
  expect(answer.status, answer.text).toBe(201);
  return answer.body.data.id;
};
const idOf = async (extId: string): Promise<string> => (await api.sql('select id from trunk_groups where ext_id = $1', [extId]))[0].id;
// biome-ignore lint/suspicious/noExplicitAny: tests read into it.
const record = async (ref: string): Promise<any> => (await api.records.read([ref as never])).get(ref as never)?.record;
const versionOf = async (ref: string) => (await api.records.read([ref as never])).get(ref as never)?.version;
const connection = async (more: object = {}) => {
  const extId = await made('/ip_connections', { connection_name: 'PBX', ...more });
  return { extId, id: await idOf(extId) };
};
const aclOf = async ({ id }: { readonly id: string }): Promise<unknown> => (await record(`source:${id}`)).acl;

/** Resolves when so many sessions of this database wait for a lock. */
async function waiting(count: number): Promise<void> {
  const deadline = performance.now() + 5000;
  const text = "select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while ((await api.sql(text))[0].n < count) if (performance.now() > deadline) throw new Error(`never ${count} waiting for a lock`);
}

/** Runs `first` up to the lock that `statement` takes, then `second` until it waits as well or is done; then both to their ends. */
async function overlap(
  statement: string,
  first: () => Promise<ApiAnswer>,
  second: () => Promise<ApiAnswer>,
): Promise<readonly (readonly [number, string])[]> {
  const holder = await pool.connect();
  try {
    await holder.query('begin');
    await holder.query(statement);
    const begun = first();
    await waiting(1);
    const other = second();
    await Promise.race([other, waiting(2)]);
    await holder.query('rollback');
    return [await begun, await other].map(({ status, text }) => [status, status < 300 ? '' : text] as const);
  } finally {
    await holder.query('rollback');
    holder.release();
  }
}
const BOTH_DONE = [
  [200, ''],
  [200, ''],
];

describe('an address of a connection', () => {
  it('is in force nowhere once it is deleted, also by one who saw it in no connection', async () => {
    const into = await connection();
    const ip = await made('/ips', { ip_address: anAddress() });
    const attach = () => call('PATCH', `/ips/${ip}`, { connection_id: into.extId });
    expect(await overlap(ADDRESSES, attach, () => call('DELETE', `/ips/${ip}`))).toEqual(BOTH_DONE);
    expect(await aclOf(into)).toEqual([]);
    expect(await record(`trunk_group:${into.id}`)).toMatchObject({ gateways: [] });
  });

  it('is in force nowhere once it is deleted, also by one who saw it in the connection that it has left', async () => {
    const [from, to] = [await connection(), await connection()];
    const ip = await made('/ips', { ip_address: anAddress(), connection_id: from.extId });
    const move = () => call('PATCH', `/ips/${ip}`, { connection_id: to.extId });
    expect(await overlap(ADDRESSES, move, () => call('DELETE', `/ips/${ip}`))).toEqual(BOTH_DONE);
    expect([await aclOf(from), await aclOf(to)]).toEqual([[], []]);
  });

  it('moves on from where it is, when two move it at once', async () => {
    const [first, second] = [await connection(), await connection()];
    const address = anAddress();
    const ip = await made('/ips', { ip_address: address });
    const move = (to: { readonly extId: string }) => () => call('PATCH', `/ips/${ip}`, { connection_id: to.extId });
    expect(await overlap(ADDRESSES, move(first), move(second))).toEqual(BOTH_DONE);
    expect([await aclOf(first), await aclOf(second)]).toEqual([[], [address]]);
  });

  it.each([
    ['/ips', { ip_address: anAddress() }, { ip_address: anAddress() }],
    ['/fqdns', { fqdn: 'a.example.com', dns_record_type: 'a' }, { fqdn: 'b.example.com' }],
  ])('keeps both of two changes at once: %s', async (path, body, renamed) => {
    const into = await connection();
    const part = await made(path, { ...body, connection_id: into.extId });
    const rename = () => call('PATCH', `${path}/${part}`, renamed);
    const move = () => call('PATCH', `${path}/${part}`, { port: 5091 });
    // Held up where a change is written, so that the other one begins before it is committed.
    expect(await overlap('lock table audit in share mode', rename, move)).toEqual(BOTH_DONE);
    expect((await call('GET', `${path}/${part}`)).body.data).toMatchObject({ ...renamed, port: 5091 });
  });

  it('is used by one connection only, when two take it at once', async () => {
    const [first, second] = [await connection(), await connection()];
    const ip = await made('/fqdns', { fqdn: 'pbx.example.com', dns_record_type: 'a' });
    const primaryId = (await api.sql('select id from trunk_parts where ext_id = $1', [ip]))[0].id;
    const use = { primaryId };
    const actor: Actor = { ...api.platform, kind: 'key', account: mine.account, role: 'owner', mode: 'live' };
    let later: ReturnType<typeof updateTrunk> | undefined;
    const earlier = await updateTrunk(
      api.deps,
      actor,
      { id: first.id },
      {
        use,
        async arrange() {
          later ??= updateTrunk(api.deps, actor, { id: second.id }, { use });
          await waiting(1);
          return ok(undefined);
        },
      },
    );
    expect([earlier.ok, await later]).toMatchObject([true, { ok: false, error: { kind: 'in_use' } }]);
    expect((await record(`trunk_group:${first.id}`)).gateways).toMatchObject([{ id: primaryId }]);
    expect((await record(`trunk_group:${second.id}`)).gateways).toEqual([]);
  });
});

describe('an outbound voice profile', () => {
  it('stays off the connection that was taken off it while it changed', async () => {
    const profile = await made('/outbound_voice_profiles', { name: 'Office' });
    const { id } = await connection({ outbound: { outbound_voice_profile_id: profile } });
    const actor: Actor = { ...api.platform, kind: 'key', account: mine.account, role: 'owner', mode: 'live' };
    let changing: Promise<ApiAnswer> | undefined;
    const detached = await updateTrunk(
      api.deps,
      actor,
      { id },
      {
        profileExtId: null,
        async arrange() {
          changing ??= call('PATCH', `/outbound_voice_profiles/${profile}`, { enabled: false });
          await waiting(1);
          return ok(undefined);
        },
      },
    );
    expect([detached.ok, (await changing)?.status]).toEqual([true, 200]);
    expect(await api.sql('select outbound_profile_id from trunk_groups where id = $1', [id])).toEqual([{ outbound_profile_id: null }]);
    const shown = (await call('GET', `/outbound_voice_profiles/${profile}`)).body.data;
    expect((await changing)?.body.data).toEqual(shown);
    expect((await call('DELETE', `/outbound_voice_profiles/${profile}`)).status).toBe(200);
  });
});

describe('a login of a connection that is deleted at the same time', () => {
  const LOGINS = 'lock table sip_credentials in share mode';
  const lost = async (id: string, username: string) => [
    await api.sql('select 1 from trunk_groups where id = $1', [id]),
    (await record(`credential:sip.test:${username}`)) ?? null,
  ];

  it('is made and goes with it', async () => {
    const { extId, id } = await connection();
    let username = '';
    const make = async () => {
      const answer = await call('POST', '/telephony_credentials', { connection_id: extId });
      username = answer.body.data?.sip_username;
      return answer;
    };
    expect(await overlap(LOGINS, make, () => call('DELETE', `/ip_connections/${extId}`))).toEqual([
      [201, ''],
      [200, ''],
    ]);
    expect(await lost(id, username)).toEqual([[], null]);
  });

  it('moves there and goes with it', async () => {
    const [from, to] = [await connection(), await connection()];
    const { data } = (await call('POST', '/telephony_credentials', { connection_id: from.extId })).body;
    const move = () => call('PATCH', `/telephony_credentials/${data.id}`, { connection_id: to.extId });
    expect(await overlap(LOGINS, move, () => call('DELETE', `/ip_connections/${to.extId}`))).toEqual(BOTH_DONE);
    expect(await lost(to.id, data.sip_username)).toEqual([[], null]);
  });

  it('stays when it has moved elsewhere', async () => {
    const [from, to] = [await connection(), await connection()];
    const { data } = (await call('POST', '/telephony_credentials', { connection_id: from.extId })).body;
    const move = () => call('PATCH', `/telephony_credentials/${data.id}`, { connection_id: to.extId });
    const audit = 'lock table audit in share mode';
    expect(await overlap(audit, move, () => call('DELETE', `/ip_connections/${from.extId}`))).toEqual(BOTH_DONE);
    expect(await record(`credential:sip.test:${data.sip_username}`)).toMatchObject({ trunkGroupId: to.id });
    expect((await call('GET', `/telephony_credentials/${data.id}`)).status).toBe(200);
  });

  it('is out of force afterwards, whatever changed of it', async () => {
    const { extId, id } = await connection();
    const { data } = (await call('POST', '/telephony_credentials', { connection_id: extId })).body;
    const rename = () => call('PATCH', `/telephony_credentials/${data.id}`, { name: 'Desk 7' });
    const audit = 'lock table audit in share mode';
    expect(await overlap(audit, rename, () => call('DELETE', `/ip_connections/${extId}`))).toEqual(BOTH_DONE);
    expect(await lost(id, data.sip_username)).toEqual([[], null]);
    // The name is the second version.
    expect(await versionOf(`credential:sip.test:${data.sip_username}`)).toBe(3);
  });
});
