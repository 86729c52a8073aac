import { afterAll, beforeAll, expect, it } from 'vitest';
import { telnyxFace } from '../../src/http/telnyx/telnyx-face.ts';
import { TELNYX_RULES } from '../support/telnyx-rules.ts';
import { aChannel, aSetting } from '../support/webhook-samples.ts';
import { type Caller, openVobiz, type VobizWorld } from './vobiz/support/vobiz-world.ts';

let api: VobizWorld;
let mine: Caller;
let other: Caller;
beforeAll(async () => {
  api = await openVobiz({ moreFaces: (deps) => [telnyxFace({ ...deps, ...TELNYX_RULES, callingCodeOf: () => null })] });
  mine = await api.newAccount();
  other = await api.newAccount();
});
afterAll(() => api.close());

const as = async (method: string, path: string, body?: unknown, status = 200) => {
  const answer = await api.call(method, path, { key: mine.key, ...(body === undefined ? {} : { body }) });
  expect(answer.status, `${method} ${path}: ${answer.text}`).toBe(status);
  return answer;
};
/** What its owner reads is what was made; somebody else has nothing of it. */
async function isMineAlone(at: string, id: string, fields: object): Promise<void> {
  expect((await as('GET', `${at}/${id}`)).body.data).toMatchObject({ id, ...fields });
  const listed = (await as('GET', at)).body.data.map((row: { id: string }) => row.id);
  expect(listed).toContain(id);
  expect((await api.call('GET', `${at}/${id}`, { key: other.key })).status).toBe(404);
  expect((await api.call('GET', at, { key: other.key })).body.data).toEqual([]);
}
async function isGone(at: string, id: string): Promise<void> {
  await as('GET', `${at}/${id}`, undefined, 404);
  expect((await as('GET', at)).body.data.map((row: { id: string }) => row.id)).not.toContain(id);
}

it('Kros: a webhook is read, gets a new secret that is shown once, and goes', async () => {
  const made = (await as('POST', '/webhooks', { url: 'https://203.0.113.9/hook', events: ['number.provisioned'] }, 201)).body;
  const at = `/webhooks/${made.id}`;
  const { secret, ...shown } = made;
  expect((await as('GET', at)).body).toEqual(shown);
  const rotated = (await as('POST', `${at}/rotate-secret`)).body;
  expect(rotated.secret).toMatch(/^whsec_/);
  expect(rotated.secret).not.toBe(secret);
  expect((await as('GET', at)).body).not.toHaveProperty('secret');
  expect((await api.call('DELETE', at, { key: other.key })).status).toBe(404);
  await as('DELETE', at, undefined, 204);
  await as('GET', at, undefined, 404);
});

it('Vobiz: a credential of a trunk changes and goes, and its list says so', async () => {
  const at = `/api/v1/Account/${mine.account.authId}`;
  const made = await api.as(mine, 'POST', `${at}/credentials`, { body: { username: 'desk-1', password: 'long-enough' } });
  expect(made.status, made.text).toBe(201);
  const { id } = made.body;
  const path = `${at}/credentials/${id}`;
  const listed = async () => (await api.as(mine, 'GET', `${at}/trunks/credentials`)).body;
  expect(JSON.stringify(await listed())).toContain(id);
  const changed = await api.as(mine, 'PUT', path, { body: { description: 'Front desk', enabled: false } });
  expect([changed.status, changed.body], changed.text).toMatchObject([200, { id, description: 'Front desk', enabled: false }]);
  expect(JSON.stringify(await listed())).toContain('Front desk');
  expect((await api.as(mine, 'DELETE', path)).status).toBe(204);
  expect(JSON.stringify(await listed())).not.toContain(id);
  expect((await api.as(mine, 'DELETE', path)).status).toBe(404);
});

it('Telnyx: connections of both other kinds are listed, read, changed and deleted', async () => {
  for (const at of ['/v2/ip_connections', '/v2/fqdn_connections']) {
    const { id } = (await as('POST', at, { connection_name: 'PBX' }, 201)).body.data;
    await isMineAlone(at, id, { connection_name: 'PBX', active: true });
    expect((await as('PATCH', `${at}/${id}`, { connection_name: 'Other' })).body.data).toMatchObject({ id, connection_name: 'Other' });
    await isMineAlone(at, id, { connection_name: 'Other' });
    await as('DELETE', `${at}/${id}`);
    await isGone(at, id);
  }
});

it('Telnyx: an FQDN, a credential and an outbound voice profile are read by their owner', async () => {
  const connection = (await as('POST', '/v2/fqdn_connections', { connection_name: 'Cloud' }, 201)).body.data.id;
  const fqdn = { connection_id: connection, fqdn: 'pbx.example.com', dns_record_type: 'a' };
  await isMineAlone('/v2/fqdns', (await as('POST', '/v2/fqdns', fqdn, 201)).body.data.id, fqdn);
  const login = (await as('POST', '/v2/telephony_credentials', { connection_id: connection, name: 'Desk' }, 201)).body.data.id;
  await isMineAlone('/v2/telephony_credentials', login, { name: 'Desk' });
  await as('DELETE', `/v2/telephony_credentials/${login}`);
  await isGone('/v2/telephony_credentials', login);
  const profile = (await as('POST', '/v2/outbound_voice_profiles', { name: 'Calls' }, 201)).body.data.id;
  await isMineAlone('/v2/outbound_voice_profiles', profile, { name: 'Calls', enabled: true });
});

it('Telnyx: channels, profiles and settings of notifications are listed and read; a profile gets another name', async () => {
  const { id: channel, body } = await aChannel(api, mine);
  await isMineAlone('/v2/notification_channels', channel, { channel_type_id: 'webhook', channel_destination: body.channel_destination });
  const profile = body.notification_profile_id;
  await isMineAlone('/v2/notification_profiles', profile, { name: 'Mine' });
  expect((await as('PATCH', `/v2/notification_profiles/${profile}`, { name: 'Orders' })).body.data).toMatchObject({ name: 'Orders' });
  await isMineAlone('/v2/notification_profiles', profile, { name: 'Orders' });
  const setting = await aSetting(api, mine);
  const made = (await as('POST', '/v2/notification_settings', setting)).body.data;
  await isMineAlone('/v2/notification_settings', made.id, setting);
});
