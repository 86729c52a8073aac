import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ha1Of, sealHa1 } from '../../src/app/sip-credentials/ha1.ts';
import { markToken } from '../../src/app/trunk-groups/source-token.ts';
import { type Mode, recordRef } from '../../src/domain/records.ts';
import type { SourceMarks } from '../../src/domain/source-marks.ts';
import { newId } from '../../src/kit/ids.ts';
import type { Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type CallStage, openStage } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, OTHER_NUMBER, PASSWORD, sealer } from './support/call-world.ts';

const CALLED = '+33142685300';
const TOKEN = 'correct-horse-battery';
const SECRET_FIELD = 'X-Acme-Token';
const UNANSWERED_MAX = 3;
let stage: CallStage;
let carrier: Party;
let pbx: Party;
let phone: Party;

beforeAll(async () => {
  // One agent: each has a count of its own.
  stage = await openStage({ agents: 1, settings: { unansweredCallsMax: UNANSWERED_MAX } });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(carrier, phone);
});
afterAll(() => stage.close());

/** A customer group of the account, told by the address of a party and these marks. */
async function customer(party: Party | null, marks?: SourceMarks, accountId = stage.world.ids.account): Promise<string> {
  const id = newId();
  const shared = { groupKind: 'customer' as const, accountId, mode: 'live' as Mode };
  const acl = party === null ? [] : [`127.0.0.1:${party.port}`];
  const group = { kind: 'trunk_group', id, name: id, ...shared, enabled: true, numberFormat: null, country: null, gateways: [] } as const;
  await stage.world.put(recordRef.trunkGroup(id), group);
  await stage.world.put(recordRef.source(id), {
    kind: 'source',
    trunkGroupId: id,
    ...shared,
    acl,
    ...(marks === undefined ? {} : { marks }),
  });
  return id;
}
const forget = async (...ids: string[]): Promise<void> => {
  for (const id of ids) await stage.world.put(recordRef.source(id), null);
};

const call = (headers: Record<string, string> = {}, to = `sip:${CALLED}@${DOMAIN}`, from = NUMBER) =>
  pbx.invite({ to, requestUri: to, from: `sip:${from}@${DOMAIN}`, target: stage.target, headers });

/** Whom the record says it was, once the carrier has answered the call. */
async function answered(placed: ReturnType<typeof call>): Promise<string> {
  (await carrier.expectInvite()).answer(testSdp(41000));
  await placed.answered();
  await placed.bye();
  const [first] = await stage.call(placed.callId);
  return first !== undefined && 'parties' in first ? (first.parties.identifiedBy?.id ?? '') : '';
}

describe('groups of one address', () => {
  const marks: SourceMarks = { token: markToken(sealer, SECRET_FIELD, TOKEN) };

  it('are told apart by a token, which goes no further, whatever may be passed on', async () => {
    pbx = await stage.party({ user: 'pbx' });
    const [one, other] = [await customer(pbx, marks), await customer(pbx, { token: markToken(sealer, SECRET_FIELD, 'another-secret') })];
    await stage.world.carrier([carrier], [carrier], { terms: { headers: { pass: [SECRET_FIELD, 'X-Note'] } } });
    const placed = call({ [SECRET_FIELD]: TOKEN, 'X-Note': 'hello' });
    const arrived = await carrier.expectInvite();
    expect(arrived.request.header('X-Note')).toBe('hello');
    expect(JSON.stringify(arrived.request.headers)).not.toContain(TOKEN);
    arrived.answer(testSdp(41000));
    await placed.answered();
    await placed.bye();
    const [first] = await stage.call(placed.callId);
    expect(first).toMatchObject({ parties: { identifiedBy: { kind: 'trunk_group', id: one } } });
    expect(JSON.stringify(await stage.events())).not.toContain(TOKEN);
    await stage.world.carrier([carrier], [carrier]);
    await forget(one, other);
  });

  it('know nobody without the right token', async () => {
    pbx = await stage.party({ user: 'pbx' });
    const id = await customer(pbx, marks);
    for (const headers of [{}, { [SECRET_FIELD]: 'wrong-horse-battery' }, { [SECRET_FIELD]: '' }, { 'X-Other': TOKEN }]) {
      expect((await call(headers as Record<string, string>).final()).status).toBe(407);
    }
    await forget(id);
  });

  it('are told apart by a tech prefix, which is cut off before anything else, and by a name of their own', async () => {
    pbx = await stage.party({ user: 'pbx' });
    const prefixed = await customer(pbx, { techPrefix: '99' });
    const named = await customer(pbx, { domain: 'hq' });
    const placed = call({}, `sip:99${CALLED.slice(1)}@${DOMAIN}`);
    const arrived = await carrier.expectInvite();
    expect(arrived.request.uri).toContain(`sip:${CALLED}@`);
    arrived.reject(486);
    expect((await placed.final()).status).toBe(486);
    expect(await answered(call({}, `sip:${CALLED}@hq.${DOMAIN}`))).toBe(named);
    // Neither prefix nor name: nobody's.
    expect((await call().final()).status).toBe(407);
    await forget(prefixed, named);
  });
});

describe('an address that anybody may write', () => {
  it('asks a neighbour of another account who he is, and refuses whoever has no number here', async () => {
    pbx = await stage.party({ user: 'pbx' });
    const other = newId();
    await stage.world.put(recordRef.account(other), {
      kind: 'account',
      id: other,
      parentId: null,
      status: 'active',
      country: null,
      routeSetId: other,
    });
    const id = await customer(null, undefined, other);
    const shared = { groupKind: 'customer' as const, accountId: other, mode: 'live' as Mode };
    await stage.world.put(recordRef.source(id), { kind: 'source', trunkGroupId: id, ...shared, acl: ['127.0.0.0/24'] });
    expect((await call().final()).status).toBe(407);
    const refused = await call({}, undefined, '+19005550100').final();
    expect([refused.status, refused.header('X-Dialplane-Reason')]).toEqual([403, 'caller_not_owned']);
    await forget(id);
  });

  it('rings so many phones at once over UDP and no more, until one is answered; over TCP it does not matter', async () => {
    pbx = await stage.party({ user: 'pbx' });
    const id = await customer(pbx);
    const calls = Array.from({ length: UNANSWERED_MAX }, () => call());
    const arrived = [];
    for (const _ of calls) arrived.push(await carrier.expectInvite());
    const over = await call().final();
    expect([over.status, over.header('X-Dialplane-Reason')]).toEqual([503, 'limit_reached']);
    arrived[0]?.answer(testSdp(41002));
    await calls
      .find(({ callId }) => callId !== '')
      ?.final()
      .catch(() => undefined);
    const stream = await stage.party({ user: 'pbx', transport: 'tcp' });
    arrived[1]?.reject(486);
    for (const one of arrived.slice(2)) one.reject(486);
    expect((await call().provisional(100)).status).toBe(100);
    (await carrier.expectInvite()).reject(486);
    await stream.close();
    for (const one of calls) await one.final();
    await arrived[0]?.bye();
    await forget(id);
  });
});

describe('a trunk that registers', () => {
  const login = { ...LOGIN, username: 'switch' };
  const to = `sip:switch@${DOMAIN}`;

  it('calls from where it is registered without a password, and is called there with the number, until it is gone', async () => {
    pbx = await stage.party({ user: 'switch' });
    const { account } = stage.world.ids;
    const id = await customer(null, { registered: true });
    await stage.world.credential({ ...login, trunkGroupId: id, sealedHa1: sealHa1(sealer, login, ha1Of(login, PASSWORD)) });
    // Not yet: as everybody.
    expect((await call().final()).status).toBe(407);
    const registered = await pbx.register(to, { target: stage.target, auth: { username: 'switch', password: PASSWORD }, expires: 60 });
    expect(registered.status).toBe(200);
    expect(await answered(call())).toBe(id);
    // From the next port of the same machine: somebody else.
    const stranger = await stage.party({ user: 'switch' });
    const uri = `sip:${CALLED}@${DOMAIN}`;
    const tried = stranger.invite({ to: uri, requestUri: uri, from: `sip:${NUMBER}@${DOMAIN}`, target: stage.target });
    expect((await tried.final()).status).toBe(407);
    // Calls to a number of the group ring it there, with the number.
    const shared = {
      groupKind: 'customer' as const,
      accountId: account,
      mode: 'live' as Mode,
      enabled: true,
      numberFormat: null,
      country: null,
    };
    const gateways = [{ id: newId(), uri: to, priority: 0, weight: 1, enabled: true }];
    await stage.world.put(recordRef.trunkGroup(id), { kind: 'trunk_group', id, name: id, ...shared, gateways });
    await stage.world.number({ id: newId(), e164: OTHER_NUMBER, endpointId: null, trunkGroupId: id });
    const incoming = carrier.invite({ to: `sip:${OTHER_NUMBER}@${DOMAIN}`, from: 'sip:+33100000000@carrier', target: stage.target });
    const rung = await pbx.expectInvite();
    expect(rung.request.uri).toBe(`sip:${OTHER_NUMBER}@127.0.0.1:${pbx.port}`);
    rung.reject(486);
    expect((await incoming.final()).status).toBe(486);
    await pbx.register(to, { target: stage.target, auth: { username: 'switch', password: PASSWORD }, expires: 0 });
    expect((await call().final()).status).toBe(407);
    const alone = carrier.invite({ to: `sip:${OTHER_NUMBER}@${DOMAIN}`, from: 'sip:+33100000000@carrier', target: stage.target });
    const final = await alone.final();
    expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([480, 'not_registered']);
  });

  it.each<[string, () => Record<string, string>]>([
    ['a Path', () => ({ Path: `<sip:127.0.0.1:${pbx.port};lr>` })],
    // A line of its own: the party writes the topmost Via anew for each request.
    ['more than one Via', () => ({ 'X-Hop': '1\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKbehind' })],
  ])('is not told by the address of a proxy, which everybody behind it has: %s', async (_, headersOf) => {
    pbx = await stage.party({ user: 'edge' });
    const groups: string[] = [];
    for (const username of ['behind', 'beside']) {
      const own = { ...LOGIN, username };
      const id = await customer(null, { registered: true });
      groups.push(id);
      await stage.world.credential({ ...own, trunkGroupId: id, sealedHa1: sealHa1(sealer, own, ha1Of(own, PASSWORD)) });
      const auth = { username, password: PASSWORD };
      const registered = await pbx.register(`sip:${username}@${DOMAIN}`, { target: stage.target, auth, expires: 60, headers: headersOf() });
      expect(registered.status).toBe(200);
      expect((await call().final()).status).toBe(407);
    }
    await forget(...groups);
  });
});
