import Telnyx from 'telnyx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { updateAnyProfile } from '../../../src/app/trunk-groups/change-outbound-profile.ts';
import { createTrunkGroup } from '../../../src/app/trunk-groups/create-trunk-group.ts';
import { deleteTrunkGroup } from '../../../src/app/trunk-groups/delete-trunk-group.ts';
import { changedValue, type TestAccount } from '../../support/api-harness.ts';
import { registerPhone } from '../../support/register-phone.ts';
import { anAddress } from './connection-samples.ts';
import { startTelnyxHarness, type TelnyxHarness } from './telnyx-harness.ts';

let api: TelnyxHarness;
let mine: TestAccount;
let client: Telnyx;
const clientOf = ({ key }: TestAccount) => new Telnyx({ apiKey: key, baseURL: `${api.url}/v2`, maxRetries: 0, timeout: 10_000 });
beforeAll(async () => {
  api = await startTelnyxHarness();
  mine = await api.newAccount();
  client = clientOf(mine);
});
afterAll(() => api.close());

/** The record of the trunk group behind a connection, of its sources, or of a login. */
// biome-ignore lint/suspicious/noExplicitAny: tests read into it.
const record = async (ref: string): Promise<any> => (await api.records.read([ref as never])).get(ref as never)?.record;
const idOf = async (extId: string | undefined): Promise<string> =>
  (await api.sql('select id from trunk_groups where ext_id = $1', [extId]))[0].id;
const codeOf = (error: unknown) => {
  const { error: body } = error as { error: { errors: { code: string; source?: { pointer?: string } }[] } };
  return [body.errors[0]?.code, body.errors[0]?.source?.pointer];
};
const refused = async (run: Promise<unknown>) => codeOf(await run.then(() => ({ error: { errors: [] } })).catch((error: unknown) => error));
const all = async <T>(pages: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const one of pages) found.push(one);
  return found;
};

describe('the official SDK', () => {
  it('makes, reads, changes, lists and deletes a credential connection; its login is in force at each step', async () => {
    const created = await client.credentialConnections.create({
      connection_name: 'Office',
      user_name: 'office1',
      password: 'long-enough',
      tags: ['a'],
      inbound: { channel_limit: 5, dnis_number_format: '+e164' },
    });
    const { id = '', ...shown } = created.data ?? {};
    expect(id).toMatch(/^[0-9]{19}$/);
    expect(shown).toMatchObject({
      record_type: 'credential_connection',
      connection_name: 'Office',
      active: true,
      user_name: 'office1',
      password: 'long-enough',
      tags: ['a'],
      inbound: { channel_limit: 5, dnis_number_format: '+e164' },
      outbound: { channel_limit: 5, outbound_voice_profile_id: null },
    });
    const groupId = await idOf(id);
    const realm = `${mine.account.authId.toLowerCase().replace('_', '-')}.sip.test`;
    expect(await record(`credential:${realm}:office1`)).toMatchObject({ trunkGroupId: groupId, enabled: true });
    expect(await record(`trunk_group:${groupId}`)).toMatchObject({ enabled: true, limits: { channelsMax: 5 }, numberFormat: 'e164_plus' });
    expect((await client.credentialConnections.retrieve(id)).data).toEqual(created.data);
    const updated = await client.credentialConnections.update(id, {
      active: false,
      password: 'another-one',
      inbound: { channel_limit: 2 },
    });
    expect(updated.data).toMatchObject({ active: false, password: 'another-one', inbound: { channel_limit: 2 } });
    expect(await record(`trunk_group:${groupId}`)).toMatchObject({ enabled: false, limits: { channelsMax: 2 } });
    expect((await client.credentialConnections.actions.checkRegistrationStatus(id)).data).toMatchObject({
      status: 'Not Registered',
      sip_username: 'office1',
    });
    await registerPhone(api, realm, 'office1');
    expect((await client.credentialConnections.actions.checkRegistrationStatus(id)).data).toMatchObject({ status: 'Registered' });
    const listed = await all(client.credentialConnections.list({ filter: { connection_name: { contains: 'FFIC' } } }));
    expect(listed).toEqual([updated.data]);
    // Whoever reads a password leaves a trace (decision C13).
    const reads = await api.sql("select after from audit where action = 'sip_credential.read'");
    expect(reads).toHaveLength(3);
    expect(JSON.stringify(reads)).not.toContain('another-one');
    const member = await api.newKey(mine.account, { role: 'member' });
    const hidden = (await api.call('GET', `/v2/credential_connections/${id}`, { key: member })).body.data;
    expect(hidden).toMatchObject({ user_name: 'office1' });
    expect(hidden).not.toHaveProperty('password');
    expect(await refused(client.ipConnections.retrieve(id))).toEqual(['10005', undefined]);
    expect((await client.connections.retrieve(id)).data).toMatchObject({ id, record_type: 'credential_connection' });
    await client.credentialConnections.delete(id);
    expect([await record(`trunk_group:${groupId}`), await record(`credential:${realm}:office1`)]).toEqual([null, null]);
    expect(await refused(client.credentialConnections.retrieve(id))).toEqual(['10005', undefined]);
  });

  it('makes an IP connection of addresses: calls come from them and go to them, in the order it says', async () => {
    const created = await client.ipConnections.create({ connection_name: 'PBX' });
    const connectionId = created.data?.id ?? '';
    const groupId = await idOf(connectionId);
    const [first, second] = [anAddress(), anAddress()];
    const one = (await client.ips.create({ ip_address: first, connection_id: connectionId })).data;
    const two = (await client.ips.create({ ip_address: second, connection_id: connectionId, port: 5070 })).data;
    expect(one).toMatchObject({ record_type: 'ip', ip_address: first, port: 5060, connection_id: connectionId });
    expect(await record(`source:${groupId}`)).toMatchObject({ acl: [first, second] });
    const order = { default_primary_ip_id: two?.id ?? '', default_secondary_ip_id: one?.id ?? '' };
    expect((await client.ipConnections.update(connectionId, { inbound: order })).data?.inbound).toMatchObject(order);
    expect((await record(`trunk_group:${groupId}`)).gateways).toMatchObject([
      { uri: `sip:${second}:5070`, priority: 1 },
      { uri: `sip:${first}:5060`, priority: 2 },
    ]);
    expect((await all(client.ips.list({ filter: { connection_id: connectionId } }))).map(({ id }) => id)).toEqual([one?.id, two?.id]);
    expect(await all(client.ips.list({ filter: { ip_address: second, port: 5070 } }))).toEqual([expect.objectContaining({ id: two?.id })]);
    const moved = anAddress();
    await client.ips.update(one?.id ?? '', { ip_address: moved, port: 5080 });
    expect((await client.ips.retrieve(one?.id ?? '')).data).toMatchObject({ ip_address: moved, port: 5080, connection_id: connectionId });
    expect(await record(`source:${groupId}`)).toMatchObject({ acl: [second, moved] });
    await client.ips.delete(two?.id ?? '');
    expect((await record(`trunk_group:${groupId}`)).gateways).toMatchObject([{ uri: `sip:${moved}:5080` }]);
    // A number may not lose its route by surprise (decision B28).
    const number = await api.newNumber(mine.key);
    await api.sql('update numbers set trunk_group_id = $2 where id = $1', [number.id, groupId]);
    expect(await refused(client.ipConnections.delete(connectionId))).toEqual(['10021', undefined]);
    await api.sql('update numbers set trunk_group_id = null where id = $1', [number.id]);
    expect((await client.ipConnections.delete(connectionId)).data).toMatchObject({ id: connectionId });
    expect(await refused(client.ips.retrieve(one?.id ?? ''))).toEqual(['10005', undefined]);
  });

  it('keeps to the codecs of a connection, the first one preferred, and lets all of them be as before', async () => {
    const created = await client.ipConnections.create({ connection_name: 'Codecs' });
    const all = ['G722', 'G711U', 'G711A', 'G729', 'OPUS', 'H.264'];
    expect(created.data?.inbound?.codecs).toEqual(all);
    const id = created.data?.id ?? '';
    const termsOf = async () => (await record(`trunk_group:${await idOf(id)}`)).terms;
    const changed = await client.ipConnections.update(id, { inbound: { codecs: ['G711A', 'OPUS'] } });
    expect(changed.data?.inbound?.codecs).toEqual(['G711A', 'OPUS']);
    expect(await termsOf()).toEqual({ codecs: { allow: ['PCMA', 'opus'], order: 'prefer' } });
    await client.ipConnections.update(id, { inbound: { channel_limit: 3 } });
    expect(await termsOf()).toEqual({ codecs: { allow: ['PCMA', 'opus'], order: 'prefer' } });
    expect((await client.ipConnections.update(id, { inbound: { codecs: all } })).data?.inbound?.codecs).toEqual(all);
    expect(await termsOf()).toBeUndefined();
    expect(await refused(client.ipConnections.update(id, { inbound: { codecs: ['G711U', 'SPEEX'] } }))).toEqual([
      '10032',
      '/inbound/codecs/1',
    ]);
  });

  it('presents a number by itself: as the override says, of the account alone, until it is empty', async () => {
    const number = await api.newNumber(mine.key);
    const own = { ani_override: number.e164, ani_override_type: 'normal' as const };
    const login = { connection_name: 'Softphones', user_name: `s${Date.now()}`, password: 'long-enough' };
    const kinds = [
      { made: await client.ipConnections.create({ outbound: own }), change: client.ipConnections },
      { made: await client.fqdnConnections.create({ connection_name: 'Cloud', outbound: own }), change: client.fqdnConnections },
      { made: await client.credentialConnections.create({ ...login, outbound: own }), change: client.credentialConnections },
    ];
    for (const { made, change } of kinds) {
      const id = made.data?.id ?? '';
      const callerOf = async () => (await record(`trunk_group:${await idOf(id)}`)).defaultCaller;
      const update = async (outbound: object) => (await change.update(id, { outbound })).data?.outbound;
      expect(made.data?.outbound).toMatchObject(own);
      expect(await callerOf()).toEqual({ e164: number.e164, use: 'fallback' });
      expect((await change.retrieve(id)).data?.outbound).toMatchObject(own);
      expect(await update({ ani_override_type: 'emergency' })).toMatchObject({ ...own, ani_override_type: 'emergency' });
      expect(await callerOf()).toEqual({ e164: number.e164, use: 'emergency' });
      expect(await update({ channel_limit: 3 })).toMatchObject({ ...own, ani_override_type: 'emergency' });
      expect(await update({ ani_override: '' })).toMatchObject({ ani_override: '', ani_override_type: 'always' });
      expect(await callerOf()).toBeUndefined();
      expect(await update({ ani_override: number.e164 })).toMatchObject({ ...own, ani_override_type: 'always' });
      expect(await update({ ani_override: null })).toMatchObject({ ani_override: '', ani_override_type: 'always' });
      const theirs = await api.newNumber((await api.newAccount()).key);
      for (const ani_override of [theirs.e164, '+12025550199'])
        expect(await refused(change.update(id, { outbound: { ani_override } }))).toEqual(['10017', '/outbound/ani_override']);
      expect(await refused(change.update(id, { outbound: { ani_override: 'Acme' } }))).toEqual(['10016', '/outbound/ani_override']);
      const type = (ani_override_type: string) => refused(change.update(id, { outbound: { ani_override_type } as object }));
      // Without a number there is nothing that it says; the usual word is so anyway.
      expect(await type('normal')).toEqual(['10015', '/outbound/ani_override_type']);
      expect(await type('sometimes')).toEqual(['10032', '/outbound/ani_override_type']);
      expect(await update({ ani_override: '', ani_override_type: 'always' })).toMatchObject({ ani_override: '' });
    }
  });

  it('shares an address with another customer by a token, and with nobody without one', async () => {
    const shared = anAddress();
    const theirs = clientOf(await api.newAccount());
    const first = (await theirs.ipConnections.create({ connection_name: 'First' })).data?.id ?? '';
    await theirs.ips.create({ ip_address: shared, connection_id: first });
    const mineOf = async (outbound: object) => (await client.ipConnections.create({ connection_name: 'Second', outbound })).data?.id ?? '';
    const bare = await mineOf({});
    expect((await refused(client.ips.create({ ip_address: shared, connection_id: bare })))[0]).toBe('10027');
    const token = 'Chicagoqwhowg6ze2d7o';
    const told = await mineOf({ ip_authentication_token: token });
    await client.ips.create({ ip_address: shared, connection_id: told });
    const source = await record(`source:${await idOf(told)}`);
    expect(source).toMatchObject({
      acl: [shared],
      marks: { token: { header: 'X-Telnyx-Token', fingerprint: expect.stringMatching(/^f1\./) } },
    });
    const read = await client.ipConnections.retrieve(told);
    expect(read.data?.outbound).toMatchObject({ ip_authentication_method: 'token', ip_authentication_token: null, tech_prefix: null });
    expect(JSON.stringify(read)).not.toContain(token);
    // Without it the address is claimed anew, and it is another's.
    expect((await refused(client.ipConnections.update(told, { outbound: { ip_authentication_token: null } as object })))[0]).toBe('10027');
    // The very same token of another account tells nobody apart; whose it is, nobody is told.
    const third = clientOf(await api.newAccount());
    const copy = (await third.ipConnections.create({ outbound: { ip_authentication_token: token } })).data?.id ?? '';
    expect((await refused(third.ips.create({ ip_address: shared, connection_id: copy })))[0]).toBe('10027');
    const prefixed = await client.ipConnections.update(told, { outbound: { tech_prefix: '4711' } });
    expect(prefixed.data?.outbound).toMatchObject({ ip_authentication_method: 'token', tech_prefix: '4711' });
    const login = {
      connection_name: 'PBX',
      user_name: `u${Date.now()}`,
      password: 'long-enough',
      outbound: { tech_prefix: '4711' } as object,
    };
    expect(await refused(client.credentialConnections.create(login))).toEqual(['10015', '/outbound/tech_prefix']);
  });

  it('makes an FQDN connection of host names, by address or by service records', async () => {
    const created = await client.fqdnConnections.create({ connection_name: 'Cloud' });
    const connectionId = created.data?.id ?? '';
    const groupId = await idOf(connectionId);
    const made = await client.fqdns.create({ connection_id: connectionId, fqdn: 'pbx.example.com', dns_record_type: 'a', port: 5070 });
    expect(made.data).toMatchObject({ record_type: 'fqdn', fqdn: 'pbx.example.com', port: 5070, dns_record_type: 'a' });
    const service = await client.fqdns.create({ connection_id: connectionId, fqdn: 'srv.example.com', dns_record_type: 'srv' });
    expect(service.data).toMatchObject({ port: null, dns_record_type: 'srv' });
    expect((await record(`trunk_group:${groupId}`)).gateways.map(({ uri }: { uri: string }) => uri)).toEqual([
      'sip:pbx.example.com:5070',
      'sip:srv.example.com',
    ]);
    await client.fqdns.update(made.data?.id ?? '', { dns_record_type: 'srv', fqdn: 'b.example.com' });
    expect((await all(client.fqdns.list({ filter: { fqdn: 'b.example.com' } }))).map(({ port }) => port)).toEqual([null]);
    expect((await all(client.connections.list({ filter: { fqdn: 'srv.example.com' } }))).map(({ id }) => id)).toEqual([connectionId]);
    await client.fqdns.delete(service.data?.id ?? '');
    expect((await client.fqdnConnections.retrieve(connectionId)).data?.inbound).toMatchObject({ default_secondary_fqdn_id: null });
  });

  it('issues logins for a connection, which run out and go with it', async () => {
    const connection = await client.ipConnections.create({});
    const connectionId = connection.data?.id ?? '';
    const soon = new Date(api.clock.now() + 60_000).toISOString();
    const created = await client.telephonyCredentials.create({ connection_id: connectionId, tag: 'desk', expires_at: soon });
    const { id = '', sip_username: username = '', sip_password: password } = created.data ?? {};
    expect(created.data).toMatchObject({
      record_type: 'credential',
      resource_id: `connection:${connectionId}`,
      expired: false,
      expires_at: soon,
    });
    expect([username, password]).toEqual([expect.stringMatching(/^gencred[0-9a-f]{20}$/), expect.stringMatching(/^.{20,}$/)]);
    expect(await record(`credential:sip.test:${username}`)).toMatchObject({
      trunkGroupId: await idOf(connectionId),
      expiresAt: Date.parse(soon),
    });
    expect((await client.telephonyCredentials.retrieve(id)).data).toEqual(created.data);
    const changed = await client.telephonyCredentials.update(id, { name: 'Desk 7' });
    expect(changed.data).toMatchObject({ name: 'Desk 7', sip_password: password });
    // Also a change of nothing shows the password.
    expect((await client.telephonyCredentials.update(id, { name: 'Desk 7' })).data).toEqual(changed.data);
    expect(
      await api.sql("select 1 from audit where action = 'sip_credential.read' and resource = $1", [`sip_credential:${id}`]),
    ).toHaveLength(3);
    expect(await all(client.telephonyCredentials.list({ filter: { tag: 'desk', status: 'active' } }))).toEqual([changed.data]);
    expect(await all(client.telephonyCredentials.list({ filter: { resource_id: `connection:${connectionId}` } }))).toHaveLength(1);
    expect(await all(client.telephonyCredentials.list({ filter: { status: 'expired' } }))).toEqual([]);
    await client.ipConnections.delete(connectionId);
    expect(await record(`credential:sip.test:${username}`)).toBeNull();
    expect(await refused(client.telephonyCredentials.create({ connection_id: connectionId }))).toEqual(['10017', '/connection_id']);
  });

  it('loses the logins of a connection that the platform deletes', async () => {
    const connection = await client.ipConnections.create({ connection_name: 'Clients' });
    const connectionId = connection.data?.id ?? '';
    const created = await client.telephonyCredentials.create({ connection_id: connectionId });
    changedValue(await deleteTrunkGroup(api.deps, api.platform, await idOf(connectionId)));
    expect(await record(`credential:sip.test:${created.data?.sip_username}`)).toBeNull();
    expect(await all(client.telephonyCredentials.list({ filter: { resource_id: `connection:${connectionId}` } }))).toEqual([]);
  });

  it('limits the calls of a connection by its outbound voice profile, and stops them by it', async () => {
    const created = await client.outboundVoiceProfiles.create({ name: 'Office', concurrent_call_limit: 3 });
    const profileId = created.data?.id ?? '';
    expect(created.data).toMatchObject({ record_type: 'outbound_voice_profile', enabled: true, concurrent_call_limit: 3 });
    const outbound = { outbound_voice_profile_id: profileId };
    const connection = await client.ipConnections.create({ connection_name: 'Limited', outbound });
    const connectionId = connection.data?.id ?? '';
    await client.ips.create({ ip_address: anAddress(), connection_id: connectionId });
    const groupId = await idOf(connectionId);
    expect(connection.data?.outbound).toMatchObject(outbound);
    expect(await record(`trunk_group:${groupId}`)).toMatchObject({ profile: { limits: { channelsMax: 3 } } });
    // Two connections have three calls together: the same limit.
    const second = await client.ipConnections.create({ connection_name: 'Second', outbound });
    const shared = async (id: string | undefined) => (await record(`trunk_group:${await idOf(id)}`)) as { profile?: { id: string } };
    expect((await shared(second.data?.id)).profile).toEqual((await shared(connectionId)).profile);
    await client.ipConnections.delete(second.data?.id ?? '');
    const restricted = await client.outboundVoiceProfiles.update(profileId, { name: 'Office', whitelisted_destinations: ['GB', 'US'] });
    expect(restricted.data).toMatchObject({ whitelisted_destinations: ['GB', 'US'] });
    expect(await record(`trunk_group:${groupId}`)).toMatchObject({ destinations: { allowed: ['1', '44'] } });
    // The platform sets what the tenant has no word for.
    const [profile] = await api.sql('select id from outbound_profiles where ext_id = $1::bigint', [profileId]);
    changedValue(await updateAnyProfile(api.deps, api.platform, profile.id, { perSecondMax: 2 }));
    expect(await record(`trunk_group:${groupId}`)).toMatchObject({ profile: { limits: { channelsMax: 3, perSecondMax: 2 } } });
    await client.outboundVoiceProfiles.update(profileId, { name: 'Office', enabled: false, concurrent_call_limit: 1 });
    expect(await record(`trunk_group:${groupId}`)).toMatchObject({ profile: { limits: { channelsMax: 1 } }, receivesOnly: true });
    expect(await record(`source:${groupId}`)).toMatchObject({ acl: [] });
    expect((await all(client.connections.list({ filter: { outbound_voice_profile_id: profileId } }))).map(({ id }) => id)).toEqual([
      connectionId,
    ]);
    expect((await refused(client.outboundVoiceProfiles.delete(profileId)))[0]).toBe('10021');
    await api.call('PATCH', `/v2/ip_connections/${connectionId}`, {
      key: mine.key,
      body: { outbound: { outbound_voice_profile_id: null } },
    });
    expect(await record(`trunk_group:${groupId}`)).not.toHaveProperty('receivesOnly');
    expect((await all(client.outboundVoiceProfiles.list({ filter: { name: { contains: 'off' } } }))).map(({ id }) => id)).toEqual([
      profileId,
    ]);
    await client.outboundVoiceProfiles.delete(profileId);
    expect(await refused(client.outboundVoiceProfiles.retrieve(profileId))).toEqual(['10005', undefined]);
    expect((await client.inboundChannels.list()).data).toMatchObject({ channels: null });
  });

  it('is refused by name what nothing enforces, and by pointer what is not there', async () => {
    const create = (more: object) => client.ipConnections.create({ connection_name: 'X', ...more });
    for (const [more, pointer] of [
      [{ webhook_event_url: 'https://example.com' }, '/webhook_event_url'],
      [{ encrypted_media: 'SRTP' }, '/encrypted_media'],
      [{ dtmf_type: 'Inband' }, '/dtmf_type'],
      [{ inbound: { timeout_2xx_secs: 10 } }, '/inbound/timeout_2xx_secs'],
      [{ inbound: { default_routing_method: 'round-robin' } }, '/inbound/default_routing_method'],
      [{ outbound: { ip_authentication_method: 'token' as const } }, '/outbound/ip_authentication_method'],
      [{ inbound: { channel_limit: 1 }, outbound: { channel_limit: 2 } }, '/outbound/channel_limit'],
    ] as const)
      expect(await refused(create(more))).toEqual(['10015', pointer]);
    expect(await refused(create({ outbound: { outbound_voice_profile_id: '1293384261075731499' } }))).toEqual([
      '10017',
      '/outbound/outbound_voice_profile_id',
    ]);
    for (const more of [{ daily_spend_limit: '100.00' }, { max_destination_rate: 1 }])
      expect(await refused(client.outboundVoiceProfiles.create({ name: 'Office', ...more }))).toEqual([
        '10015',
        `/${Object.keys(more)[0]}`,
      ]);
    expect(await refused(client.outboundVoiceProfiles.create({ name: 'Office', whitelisted_destinations: ['XX'] }))).toEqual([
      '10015',
      '/whitelisted_destinations/0',
    ]);
    expect(await refused(client.ips.create({ ip_address: '10.0.0.0/24' }))).toEqual(['10015', '/ip_address']);
    expect(await refused(client.ips.create({ ip_address: anAddress(), connection_id: '1' }))).toEqual(['10017', '/connection_id']);
    const taken = anAddress();
    await clientOf(await api.newAccount())
      .ipConnections.create({})
      .then(async ({ data }) => {
        const theirs = await api.sql('update sources set acl = array[$2] where trunk_group_id = $1 returning 1', [
          await idOf(data?.id),
          taken,
        ]);
        expect(theirs).toHaveLength(1);
      });
    const own = (await create({})).data?.id ?? '';
    expect((await refused(client.ips.create({ ip_address: taken, connection_id: own })))[0]).toBe('10027');
  });

  it('sees a trunk that was made elsewhere as a connection, by what it has', async () => {
    const { key, account } = await api.newAccount();
    const group = (gateways: readonly string[], acl: readonly string[]) =>
      createTrunkGroup(api.deps, api.platform, {
        name: 'Elsewhere',
        kind: 'customer',
        accountId: account.id,
        mode: 'live',
        enabled: true,
        numberFormat: null,
        country: null,
        acl,
        gateways: gateways.map((uri) => ({ uri, priority: 1, weight: 1, enabled: true })),
        limits: undefined,
      });
    await group(['sip:pbx.example.com'], []);
    await group(['sip:10.1.1.1:5060'], [anAddress()]);
    const theirs = clientOf({ key, account });
    expect((await all(theirs.connections.list({ sort: 'created_at' }))).map((one) => one.record_type)).toEqual([
      'fqdn_connection',
      'ip_connection',
    ]);
    expect((await all(theirs.fqdns.list())).map(({ fqdn }) => fqdn)).toEqual(['pbx.example.com']);
  });
});
