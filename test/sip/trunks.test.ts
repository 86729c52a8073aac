import { afterAll, beforeAll, expect, it } from 'vitest';
import { updateNumber } from '../../src/app/numbers/update-number.ts';
import { createOutboundRoute } from '../../src/app/outbound-routes/change-outbound-route.ts';
import { createTrunkGroup } from '../../src/app/trunk-groups/create-trunk-group.ts';
import type { Face } from '../../src/http/face.ts';
import { telnyxFace } from '../../src/http/telnyx/telnyx-face.ts';
import { vobizFace } from '../../src/http/vobiz/vobiz-face.ts';
import { createBindings } from '../../src/redis/bindings.ts';
import { keys } from '../../src/redis/keys.ts';
import { createLeaseBook } from '../../src/redis/lease-book.ts';
import { openUnassignBench, type UnassignBench, value } from '../jobs/support/unassign-bench.ts';
import { until } from '../redis/support/until.ts';
import type { IncomingCall } from '../support/sip/incoming-call.ts';
import type { Party } from '../support/sip/party.ts';
import { DOMAIN, sealer } from './support/call-world.ts';

let bench: UnassignBench;
let upstream: Party;
let vobiz: Face;
let telnyx: Face;
const CALLED = '+33142685300';
beforeAll(async () => {
  bench = await openUnassignBench();
  upstream = await bench.stage.party({ user: 'upstream' });
  // Only what these operations use; the rest of the faces is not asked.
  const claims = {
    ownAddresses: [{ ip: bench.stage.target.host, port: bench.stage.target.port }],
    allowedNetworks: [],
    loopbackAllowed: true,
  };
  const bindings = createBindings({ redis: bench.stage.plane.redis, plane: { marker: undefined } });
  const deps = { ...bench.deps, claims, sealer, sipDomain: DOMAIN, leases: createLeaseBook(bench.stage.plane.redis), bindings } as never;
  vobiz = vobizFace(deps);
  telnyx = telnyxFace(deps);
  const platform = { ...bench.tenant, kind: 'platform', id: 'platform', account: null } as const;
  const gateways = [{ uri: `sip:127.0.0.1:${upstream.port}`, priority: 1, weight: 1, enabled: true }];
  const common = { mode: 'live', enabled: true, numberFormat: null, country: null, limits: undefined, acl: [] } as const;
  const carrier = value(
    await createTrunkGroup(bench.deps, platform, { ...common, name: 'upstream', kind: 'carrier', accountId: null, gateways }),
  );
  const route = { prefix: '33', trunkGroupId: carrier.id, priority: 1, weight: 1, accountId: null };
  value(await createOutboundRoute(bench.deps, platform, route));
});
afterAll(() => bench.close());

/** Asks an operation of a face as the tenant, its schemas included. */
// biome-ignore lint/suspicious/noExplicitAny: tests read into it.
async function ask(face: Face, operationId: string, body: object | undefined, params: object = {}, tells = true): Promise<any> {
  const operation = face.operations.find((one) => one.operationId === operationId);
  if (operation === undefined) throw new Error(`no ${operationId}`);
  const parsed = { body: operation.body?.parse(body), query: {}, params };
  const done = await operation.handle({ ...parsed, actor: bench.tenant, wait: 'applied', ifVersion: null, headers: {} } as never);
  if (!done.ok) throw new Error(`${operationId}: ${JSON.stringify(done.error)}`);
  if (tells) expect(done.value.headers?.['Dialplane-Propagation']).toBe('applied');
  return done.value.body;
}

const aNumber = async (trunkGroupId: string): Promise<string> => {
  const number = await bench.newNumber(trunkGroupId);
  const input = { numberId: number.id, patch: { allowOutbound: true }, by: 'tenant', ifVersion: null } as const;
  value(await updateNumber(bench.deps as never, bench.tenant, input));
  return number.e164;
};

async function talk(call: ReturnType<Party['invite']>, callee: Party): Promise<IncomingCall> {
  const invited = callee.expectInvite();
  const refused = call.final().then((final) => {
    if (final.status < 300) return invited;
    throw new Error(`refused: ${final.startLine} ${final.header('X-Dialplane-Reason')}`);
  });
  const ringing = await Promise.race([invited, refused]);
  ringing.answer();
  await call.answered();
  await ringing.waitAck();
  await call.bye();
  await ringing.waitBye();
  return ringing;
}

/** A channel is free a moment after the end. */
function channelFree(id: string): Promise<void> {
  const lease = keys.lease({ kind: 'trunk_group', id });
  return until('the channel is free', async () => (await bench.stage.plane.redis.exists(lease)) === 0);
}

it('a Vobiz trunk places a call by digest, and none once it is switched off or only receives', async () => {
  const { authId } = bench.account;
  const login = await ask(vobiz, 'createTrunkCredential', { username: 'pbx', password: 'long-enough' }, { auth_id: authId });
  const made = { name: 'PBX', trunk_type: 'OUTBOUND', max_concurrent_calls: 1, cps_limit: 100, credential_uuid: login.id };
  const trunk = await ask(vobiz, 'createTrunk', made, { auth_id: authId });
  const from = await aNumber(trunk.trunk_id);
  const pbx = await bench.stage.party({ user: 'pbx' });
  const auth = { username: 'pbx', password: 'long-enough' };
  const call = () => {
    const uri = `sip:${CALLED}@${trunk.trunk_domain}`;
    return pbx.invite({ to: uri, requestUri: uri, from: `sip:${from}@${DOMAIN}`, target: bench.stage.target, auth });
  };
  const isFree = () => channelFree(trunk.trunk_id);
  await talk(call(), upstream);
  await isFree();
  // Its limit counts although no address is known of it.
  const first = call();
  const ringing = await upstream.expectInvite();
  const second = await call().final();
  expect([second.status, second.header('X-Dialplane-Reason')]).toEqual([503, 'limit_reached']);
  ringing.answer();
  await first.answered();
  await ringing.waitAck();
  await first.bye();
  await ringing.waitBye();
  await isFree();
  for (const change of [{ trunk_status: 'disabled' }, { trunk_status: 'enabled', trunk_direction: 'inbound' }]) {
    await ask(vobiz, 'updateTrunk', change, { auth_id: authId, trunk_id: trunk.trunk_id });
    expect((await call().final()).status).toBe(407);
  }
  await ask(vobiz, 'updateTrunk', { trunk_direction: 'both' }, { auth_id: authId, trunk_id: trunk.trunk_id });
  await talk(call(), upstream);
});

it('a Vobiz trunk with an IP ACL places a call without a login, from that address only', async () => {
  const { authId } = bench.account;
  const pbx = await bench.stage.party({ user: 'pbx' });
  const acl = await ask(vobiz, 'createTrunkIpAcl', { name: 'Office', ip_address: `127.0.0.1:${pbx.port}` }, { auth_id: authId });
  const trunk = await ask(vobiz, 'createTrunk', { name: 'PBX', ipacl_uuid: acl.id }, { auth_id: authId });
  const from = await aNumber(trunk.trunk_id);
  const uri = `sip:${CALLED}@${DOMAIN}`;
  const call = () => pbx.invite({ to: uri, requestUri: uri, from: `sip:${from}@${DOMAIN}`, target: bench.stage.target });
  await talk(call(), upstream);
  await ask(vobiz, 'updateTrunkIpAcl', { enabled: false }, { auth_id: authId, part_id: acl.id });
  expect((await call().final()).status).toBe(407);
});

it('a Telnyx IP connection receives the calls of its numbers, where its addresses say and in their order', async () => {
  const [one, two] = [await bench.stage.party({ host: '127.0.0.2' }), await bench.stage.party({ host: '127.0.0.3' })];
  const connection = (await ask(telnyx, 'createIpConnection', { connection_name: 'PBX' })).data;
  const ip = async ({ host, port }: Party) =>
    (await ask(telnyx, 'createIp', { ip_address: host, port, connection_id: connection.id })).data;
  const [first, second] = [await ip(one), await ip(two)];
  const [group] = await bench.sql('select id from trunk_groups where ext_id = $1', [connection.id]);
  const to = await aNumber(String(group?.id));
  const inbound = { default_primary_ip_id: second.id, default_secondary_ip_id: first.id };
  await ask(telnyx, 'updateIpConnection', { inbound }, { id: connection.id });
  await talk(bench.callIn(to), two);
  await ask(telnyx, 'deleteIp', undefined, { id: second.id });
  await talk(bench.callIn(to), one);
});

const refusalOf = async (call: ReturnType<Party['invite']>) => {
  const final = await call.final();
  return [final.status, final.header('X-Dialplane-Reason')];
};

it('a Telnyx credential connection rings the device that registered with its login, within its limit, and told the number', async () => {
  const asked = {
    connection_name: 'Desk',
    user_name: 'deskphone',
    password: 'long-enough',
    inbound: { channel_limit: 1, dnis_number_format: 'e164' },
  };
  const { id, sip_domain: realm } = (await ask(telnyx, 'createCredentialConnection', asked)).data;
  const [group] = await bench.sql('select id from trunk_groups where ext_id = $1', [id]);
  const to = await aNumber(String(group?.id));
  const status = async () => (await ask(telnyx, 'checkRegistrationStatus', undefined, { id }, false)).data;
  expect(await status()).toMatchObject({ status: 'Not Registered', sip_username: 'deskphone' });
  expect(await refusalOf(bench.callIn(to))).toEqual([480, 'not_registered']);
  await channelFree(String(group?.id));
  const desk = await bench.stage.party({ user: 'a8f3', advertise: { host: '10.66.0.7', port: 5062 } });
  const register = async (password: string) => {
    const auth = { username: 'deskphone', password };
    return (await desk.register(`sip:deskphone@${realm}`, { target: bench.stage.target, auth })).status;
  };
  expect(await register('long-enough')).toBe(200);
  expect(await status()).toMatchObject({ status: 'Registered' });
  const call = bench.callIn(to);
  const ringing = await desk.expectInvite();
  const called = `<sip:${to.slice(1)}@${realm}>`;
  const { request } = ringing;
  expect([request.startLine, request.header('To'), request.header('P-Called-Party-ID')]).toEqual([
    `INVITE ${desk.uri} SIP/2.0`,
    called,
    called,
  ]);
  expect(await refusalOf(bench.callIn(to))).toEqual([503, 'limit_reached']);
  ringing.answer();
  await call.answered();
  await ringing.waitAck();
  await ringing.bye();
  await call.waitBye();
  await channelFree(String(group?.id));
  // Whoever was registered with the old password is nobody's, and comes back with the new one.
  await ask(telnyx, 'updateCredentialConnection', { password: 'even-longer' }, { id });
  expect(await status()).toMatchObject({ status: 'Not Registered' });
  expect(await refusalOf(bench.callIn(to))).toEqual([480, 'not_registered']);
  expect(await register('even-longer')).toBe(200);
  await channelFree(String(group?.id));
  await talk(bench.callIn(to), desk);
});

it('a Vobiz trunk that only receives rings where its credential registered, until it uses another one or none', async () => {
  const { authId } = bench.account;
  const credential = (username: string) => ask(vobiz, 'createTrunkCredential', { username, password: 'long-enough' }, { auth_id: authId });
  const [first, second] = [await credential('nat-one'), await credential('nat-two')];
  const made = { name: 'Behind NAT', trunk_direction: 'inbound', cps_limit: 100, credential_uuid: first.id };
  const trunk = await ask(vobiz, 'createTrunk', made, { auth_id: authId });
  const to = await aNumber(trunk.trunk_id);
  const pbxOf = async (username: string) => {
    const pbx = await bench.stage.party({ user: username });
    const auth = { username, password: 'long-enough' };
    const answer = await pbx.register(`sip:${username}@${trunk.trunk_domain}`, { target: bench.stage.target, auth });
    return { pbx, status: answer.status };
  };
  const one = await pbxOf('nat-one');
  await talk(bench.callIn(to), one.pbx);
  // A credential that no trunk uses is of no use.
  const path = { auth_id: authId, trunk_id: trunk.trunk_id };
  await ask(vobiz, 'updateTrunk', { credential_uuid: second.id }, path);
  expect(await refusalOf(bench.callIn(to))).toEqual([480, 'not_registered']);
  const two = await pbxOf('nat-two');
  await talk(bench.callIn(to), two.pbx);
  await ask(vobiz, 'deleteTrunkCredential', undefined, { auth_id: authId, part_id: second.id });
  expect(await refusalOf(bench.callIn(to))).toEqual([480, 'no_destination']);
  // A destination wins over a login.
  const named = await bench.stage.party({ host: '127.0.0.2' });
  const uri = await ask(
    vobiz,
    'createOriginationUri',
    { name: 'Main', sip_uri: `sip:127.0.0.2:${named.port}`, priority: 1 },
    { auth_id: authId },
  );
  await ask(vobiz, 'updateTrunk', { credential_uuid: first.id, primary_uri_uuid: uri.id }, path);
  await talk(bench.callIn(to), named);
});

it('a Telnyx IP connection whose PBX sends extensions presents the number it was given, and none once that is taken away', async () => {
  const pbx = await bench.stage.party({ host: '127.0.0.4' });
  const connection = (await ask(telnyx, 'createIpConnection', { connection_name: 'Extensions' })).data;
  await ask(telnyx, 'createIp', { ip_address: pbx.host, port: pbx.port, connection_id: connection.id });
  const [group] = await bench.sql('select id from trunk_groups where ext_id = $1', [connection.id]);
  const own = await aNumber(String(group?.id));
  const outbound = { ani_override: own, ani_override_type: 'normal' };
  await ask(telnyx, 'updateIpConnection', { outbound }, { id: connection.id });
  const uri = `sip:${CALLED}@${DOMAIN}`;
  const call = () => pbx.invite({ to: uri, requestUri: uri, from: `sip:101@${DOMAIN}`, target: bench.stage.target });
  const { request } = await talk(call(), upstream);
  expect([request.header('From'), request.header('P-Asserted-Identity')]).toEqual([
    expect.stringContaining(`<sip:${own}@`),
    expect.stringContaining(`<sip:${own}@`),
  ]);
  await ask(telnyx, 'updateIpConnection', { outbound: { ani_override: '' } }, { id: connection.id });
  const refused = await call().final();
  expect([refused.status, refused.header('X-Dialplane-Reason')]).toEqual([403, 'caller_not_owned']);
});
