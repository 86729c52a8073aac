import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ha1Of, sealHa1 } from '../../src/app/sip-credentials/ha1.ts';
import { sealCarrierPassword } from '../../src/app/trunk-groups/carrier-login.ts';
import type { GatewayTerms } from '../../src/domain/gateway-terms.ts';
import { type GatewayRecord, recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { parseDigestFields } from '../support/sip/digest.ts';
import type { IncomingCall } from '../support/sip/incoming-call.ts';
import type { SipMessage } from '../support/sip/message.ts';
import type { Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, OTHER_NUMBER, PASSWORD, sealer } from './support/call-world.ts';

let stage: CallStage;
let first: Party;
let second: Party;
let third: Party;
let phone: Party;

beforeAll(async () => {
  stage = await openStage({ settings: { firstResponseMs: 4000, ringMs: 4000, gatewayLookMs: 20 } });
  first = await stage.party({ user: 'first' });
  second = await stage.party({ user: 'second' });
  third = await stage.party({ user: 'third' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(first, phone);
});
afterAll(() => stage.close());
beforeEach(() => {
  first.onRequest = undefined;
});

const CALLED = '+33142685300';
const at = (user: string) => `sip:${user}@${DOMAIN}`;
const callOut = (headers: Record<string, string> = {}, called = CALLED, sdp = testSdp(), by = { username: LOGIN.username, e164: NUMBER }) =>
  phone.invite({
    to: at(called),
    requestUri: at(called),
    from: at(by.e164),
    target: stage.target,
    auth: { username: by.username, password: PASSWORD },
    headers,
    sdp,
  });
const ended = async (callId: string) => stage.call(callId);
const attempts = async (callId: string) =>
  (await ended(callId)).flatMap((event) => (event.type === 'attempt_ended' ? [[event.outcome, event.sipStatus]] : []));

/** Both gateways with these terms, the first one's own, and those of the group; returns their ids. */
async function gateways(
  own: GatewayTerms,
  group: GatewayTerms = {},
  watched = false,
  firstId = newId(),
): Promise<readonly [string, string]> {
  const row = (id: string, party: Party, priority: number, terms: GatewayTerms): GatewayRecord => ({
    id,
    uri: `sip:127.0.0.1:${party.port}`,
    priority,
    weight: 1,
    enabled: true,
    terms,
  });
  const rows = [row(firstId, first, 0, own), row(newId(), second, 1, {})];
  await stage.world.carrier([], [first], { gateways: rows, terms: group });
  const { carrier: trunkGroupId } = stage.world.ids;
  const shared = { trunkGroupId, groupKind: 'carrier', accountId: null, mode: 'live', acl: [`127.0.0.1:${first.port}`] } as const;
  if (watched) await stage.world.put(recordRef.source(trunkGroupId), { kind: 'source', ...shared, watched: true });
  return [rows[0]!.id, rows[1]!.id];
}

async function completes(arrived: IncomingCall, call: ReturnType<typeof callOut>) {
  arrived.answer(testSdp(44100));
  await call.answered();
  await call.bye();
  return attempts(call.callId);
}

describe('failover as data', () => {
  it('passes a busy of a carrier over where its gateway says so', async () => {
    await gateways({ failover: { nextOn: ['486'] } });
    const call = callOut();
    (await first.expectInvite()).reject(486);
    expect(await completes(await second.expectInvite(), call)).toEqual([
      ['failed', 486],
      ['answered', 200],
    ]);
  });

  it('ends at a status that the group lists, although there is another gateway', async () => {
    await gateways({}, { failover: { finalOn: ['5xx'] } });
    const call = callOut();
    (await first.expectInvite()).reject(503);
    expect((await call.final()).status).toBe(503);
    expect(await attempts(call.callId)).toEqual([['failed', 503]]);
  });

  it('rings as long as the gateway says, and goes on after that where it says so', async () => {
    await gateways({ failover: { ringMs: 150, ringTimeout: 'next' } });
    const call = callOut();
    const slow = await first.expectInvite();
    slow.ring();
    await slow.waitCancel();
    expect(await completes(await second.expectInvite(), call)).toEqual([
      ['ring_timeout', null],
      ['answered', 200],
    ]);
  });

  it('tries no more of the gateways than the group allows', async () => {
    await gateways({}, { failover: { attemptsMax: 1 } });
    const call = callOut();
    (await first.expectInvite()).reject(503);
    expect((await call.final()).status).toBe(503);
    expect(await attempts(call.callId)).toEqual([['failed', 503]]);
  });

  it('lets early media of the first be heard where that is said, and never rings another after it', async () => {
    await gateways({}, { failover: { earlyMedia: 'first' } });
    const call = callOut();
    const early = await first.expectInvite();
    early.ring(183, testSdp(44102));
    expect((await call.provisional(183)).body).toBe(testSdp(44102));
    early.reject(503);
    expect((await call.final()).status).toBe(503);
    expect(await attempts(call.callId)).toEqual([['failed', 503]]);
    await gateways({}, { failover: { earlyMedia: 'first', afterEarlyMedia: 'next' } });
    const other = callOut();
    const heard = await first.expectInvite();
    heard.ring(183, testSdp(44104));
    await other.provisional(183);
    heard.reject(503);
    expect(await completes(await second.expectInvite(), other)).toHaveLength(2);
  });
});

describe('reliable 18x (decision C17)', () => {
  const asked = async (terms: GatewayTerms, sdp: string) => {
    await gateways(terms);
    const call = callOut({}, CALLED, sdp);
    const arrived = await first.expectInvite();
    const found = [arrived.request.header('Supported') ?? '', arrived.request.header('Require') ?? ''];
    arrived.reject(486);
    await call.final();
    return found;
  };

  it('are asked of a gateway as it says, and of none without an offer', async () => {
    expect(await asked({ reliableProvisionals: 'supported' }, testSdp())).toEqual(['timer, 100rel', '']);
    expect(await asked({ reliableProvisionals: 'required' }, testSdp())).toEqual(['timer', '100rel']);
    expect(await asked({ reliableProvisionals: 'required' }, '')).toEqual(['timer', '']);
    expect(await asked({}, testSdp())).toEqual(['timer', '']);
  });
});

describe('a redirect that is followed', () => {
  it('leads to its places by q, each once, and then to the next gateway', async () => {
    await gateways({ failover: { redirect: 'follow' } });
    const call = callOut();
    const moved = await first.expectInvite();
    const user = moved.request.uri.slice(4, moved.request.uri.indexOf('@'));
    const place = (party: Party) => `sip:${user}@127.0.0.1:${party.port}`;
    // Itself is a loop, another number is none of its business, and the first listed is the second best.
    moved.reject(302, undefined, {
      Contact: [`<${place(third)}>;q=0.5`, `<${place(first)}>;q=1`, `<sip:+19005550100@127.0.0.1:${third.port}>;q=0.9`],
    });
    const followed = await third.expectInvite();
    expect(followed.request.uri).toBe(place(third));
    followed.redirect(place(third));
    expect(await completes(await second.expectInvite(), call)).toEqual([
      ['failed', 302],
      ['failed', 302],
      ['answered', 200],
    ]);
    expect([...first.unexpectedInvites, ...third.unexpectedInvites]).toEqual([]);
  });

  it('leads to no address that is not anybody’s to dial', async () => {
    await gateways({ failover: { redirect: 'follow' } });
    const call = callOut();
    (await first.expectInvite()).redirect([`sip:x@127.0.0.1:${second.port}`, 'sip:x@10.0.0.1', `sip:x@127.0.0.1:${stage.target.port}`]);
    const arrived = await second.expectInvite();
    expect(arrived.request.uri).toContain('33142685300');
    expect(await completes(arrived, call)).toEqual([
      ['failed', 302],
      ['unreachable', null],
      ['unreachable', null],
      ['unreachable', null],
      ['answered', 200],
    ]);
  });
});

describe('what a place that a gateway named gets', () => {
  it('is nothing that is for the gateway: no login, no fields of its terms, no identity of a private caller', async () => {
    const secrets: GatewayTerms = {
      callerId: { identity: 'always', privateFrom: 'caller' },
      headers: { pass: ['User-to-User'], set: [{ name: 'X-Token', value: 'secret' }] },
    };
    await gateways({ ...secrets, login: login(), failover: { redirect: 'follow' } });
    const call = callOut({ Privacy: 'id', 'User-to-User': 'abc' });
    const asked = await first.expectInvite();
    const fields = ['P-Asserted-Identity', 'X-Token', 'User-to-User'];
    expect(fields.map((name) => asked.request.header(name) !== '')).toEqual([true, true, true]);
    asked.redirect(`sip:${CALLED}@127.0.0.1:${third.port}`);
    const followed = await third.expectInvite();
    expect([...fields, 'Authorization', 'Proxy-Authorization'].map((name) => followed.request.header(name))).toEqual(['', '', '', '', '']);
    expect([followed.request.header('From'), followed.request.header('Privacy')]).toEqual([expect.stringContaining('anonymous@'), 'id']);
    expect(await completes(followed, call)).toHaveLength(2);
  });
});

describe('what a gateway gets', () => {
  it('is its tech prefix, its form of the caller, and its own header fields', async () => {
    await gateways({
      techPrefix: '88#',
      callerId: { format: 'e164', identity: 'never' },
      headers: { pass: ['User-to-User'], set: [{ name: 'X-Route', value: 'gold' }] },
    });
    const call = callOut({ 'User-to-User': 'abc', 'X-Other': 'no' });
    const arrived = await first.expectInvite();
    const { request } = arrived;
    expect(request.uri).toBe(`sip:88%23${CALLED}@127.0.0.1:${first.port}`);
    expect(request.header('From')).toContain(`<sip:${NUMBER.slice(1)}@`);
    const fields = ['P-Asserted-Identity', 'User-to-User', 'X-Route', 'X-Other'];
    expect(fields.map((name) => request.header(name))).toEqual(['', 'abc', 'gold', '']);
    await completes(arrived, call);
  });

  it('is the caller in its form on the way in too, and what a trunk may not hear stays here', async () => {
    const { carrier, account: accountId } = stage.world.ids;
    await gateways({});
    const trunk = newId();
    const row = { id: newId(), uri: `sip:127.0.0.1:${phone.port}`, priority: 0, weight: 1, enabled: true };
    const terms: GatewayTerms = { callerId: { format: 'national', identity: 'never' }, headers: { pass: ['Subject'] } };
    const group = { kind: 'trunk_group', id: trunk, name: 'pbx', groupKind: 'customer', accountId, mode: 'live', enabled: true } as const;
    await stage.world.put(recordRef.trunkGroup(trunk), { ...group, numberFormat: null, country: 'GB', gateways: [row], terms });
    await stage.world.number({ endpointId: null, trunkGroupId: trunk });
    const headers = { Subject: 'hello', 'User-to-User': 'abc', 'P-Asserted-Identity': '<sip:+442079460000@x>' };
    const call = first.invite({ to: NUMBER, from: at('+442079460000'), target: stage.target, headers });
    const arrived = await phone.expectInvite();
    expect(arrived.request.header('From')).toContain('<sip:02079460000@');
    expect(['Subject', 'User-to-User', 'P-Asserted-Identity'].map((name) => arrived.request.header(name))).toEqual(['hello', '', '']);
    arrived.answer(testSdp(44130));
    await call.answered();
    await call.bye();
    const [admitted] = await ended(call.callId);
    expect(admitted).toMatchObject({ parties: { identifiedBy: { id: carrier } } });
    await stage.world.number();
  });

  it.each([
    ['unless_private', 'anonymous', '', 'anonymous@'],
    ['always', 'caller', NUMBER, NUMBER],
  ] as const)('under Privacy: id with identity %s and From of the %s', async (identity, privateFrom, asserted, from) => {
    await gateways({ callerId: { identity, privateFrom } });
    const call = callOut({ Privacy: 'id' });
    const arrived = await first.expectInvite();
    expect(arrived.request.header('Privacy')).toBe('id');
    expect(arrived.request.header('P-Asserted-Identity')).toContain(asserted);
    expect(arrived.request.header('P-Asserted-Identity') === '').toBe(asserted === '');
    expect(arrived.request.header('From')).toContain(from);
    await completes(arrived, call);
  });
});

const hash = (algorithm: string, text: string) =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex');
const login = (realm?: string, password = 'carrier secret') => ({
  username: 'us',
  sealedPassword: sealCarrierPassword(sealer, 'us', password),
  ...(realm === undefined ? {} : { realm }),
});
/** What the request answers a challenge with, and whether it is right. */
function answerOf(request: SipMessage, name: string, password = 'carrier secret') {
  const fields = parseDigestFields(request.header(name)) ?? new Map<string, string>();
  const [algorithm = '', uri = '', nonce = ''] = ['algorithm', 'uri', 'nonce'].map((key) => fields.get(key));
  const ha1 = hash(algorithm, `us:${fields.get('realm')}:${password}`);
  const middle = `${nonce}:${fields.get('nc')}:${fields.get('cnonce')}:auth`;
  const right = fields.get('response') === hash(algorithm, `${ha1}:${middle}:${hash(algorithm, `${request.method}:${uri}`)}`);
  return { algorithm, nonce, nc: fields.get('nc'), right };
}
const challenge = (nonce: string, more = '') => `Digest realm="carrier", nonce="${nonce}", qop="auth"${more}`;

describe('a carrier that asks who we are', () => {
  it('is answered in the same call, and at once the next time, until it asks anew', async () => {
    await gateways({ login: login() });
    const call = callOut();
    const asked = await first.expectInvite();
    // Nobody here could answer what it asks a refresh with, so it refreshes (RFC 4028 §7.1).
    expect(asked.request.header('Session-Expires')).toBe('1800;refresher=uas');
    asked.reject(407, 'Proxy Authentication Required', { 'Proxy-Authenticate': `${challenge('n1', ', algorithm=MD5')}` });
    const again = await first.expectInvite();
    expect(answerOf(again.request, 'Proxy-Authorization')).toEqual({ algorithm: 'MD5', nonce: 'n1', nc: '00000001', right: true });
    const sameCall = (one: IncomingCall) => [one.request.header('Call-ID'), one.request.header('From')];
    expect(sameCall(again)).toEqual(sameCall(asked));
    expect([asked, again].map(({ request }) => request.header('CSeq'))).toEqual(['1 INVITE', '11 INVITE']);
    expect(await completes(again, call)).toEqual([['answered', 200]]);
    // The other agent may take the next call, and knows nothing of it.
    let known: IncomingCall | undefined;
    let last: ReturnType<typeof callOut> | undefined;
    for (let tries = 0; known === undefined && tries < 10; tries += 1) {
      last = callOut();
      const arrived = await first.expectInvite();
      if (arrived.request.header('Proxy-Authorization') === '') {
        arrived.reject(486);
        await last.final();
      } else known = arrived;
    }
    // The second use was the BYE of the first call.
    expect(answerOf(known!.request, 'Proxy-Authorization')).toEqual({ algorithm: 'MD5', nonce: 'n1', nc: '00000003', right: true });
    known!.reject(407, 'Proxy Authentication Required', { 'Proxy-Authenticate': challenge('n2', ', stale=true, algorithm=SHA-256') });
    const fresh = await first.expectInvite();
    expect(answerOf(fresh.request, 'Proxy-Authorization')).toEqual({ algorithm: 'SHA-256', nonce: 'n2', nc: '00000001', right: true });
    fresh.reject(486);
    expect((await last!.final()).status).toBe(486);
  });

  it('that wants a longer session gets one in the same call, once, with a new count and a CSeq of its own (RFC 4028 §7.3)', async () => {
    await gateways({ login: login() });
    const call = callOut();
    (await first.expectInvite()).reject(407, 'Proxy Authentication Required', { 'Proxy-Authenticate': challenge('longer') });
    const short = await first.expectInvite();
    short.reject(422, 'Session Interval Too Small', { 'Min-SE': '3600' });
    const long = await first.expectInvite();
    const shown = ({ request }: IncomingCall) => [
      ...['CSeq', 'Session-Expires', 'Min-SE'].map((name) => request.header(name)),
      answerOf(request, 'Proxy-Authorization').nc,
    ];
    expect(shown(short)).toEqual(['11 INVITE', '1800;refresher=uas', '', '00000001']);
    expect(shown(long)).toEqual(['21 INVITE', '3600;refresher=uas', '3600', '00000002']);
    long.reject(422, 'Session Interval Too Small', { 'Min-SE': '7200' });
    expect(await completes(await second.expectInvite(), call)).toEqual([
      ['failed', 422],
      ['answered', 200],
    ]);
    expect(first.unexpectedInvites).toEqual([]);
  });

  describe('within a call', () => {
    /** A call that is up, through a carrier that asks each request in it once, with a nonce of the request's own. */
    async function asking(nonceOf: (method: string) => string) {
      await gateways({ login: login() });
      const call = callOut();
      const arrived = await first.expectInvite();
      const leg = arrived.answer(testSdp(44140));
      await call.answered();
      await arrived.waitAck();
      leg.onChallenge = (request) => {
        const nonce = nonceOf(request.method);
        if (parseDigestFields(request.header('Proxy-Authorization'))?.get('nonce') === nonce) return undefined;
        return { status: 407, headers: { 'Proxy-Authenticate': challenge(nonce, ', algorithm=MD5') } };
      };
      return { call, leg };
    }

    it.each(['INVITE', 'UPDATE', 'INFO', 'MESSAGE'])('gets its answer to %s, and to the BYE, which is then taken', async (method) => {
      const { call, leg } = await asking((asked) => `${method} ${asked}`);
      const final =
        method === 'INVITE'
          ? await call.reinvite(testSdp(44150, { version: 2 }))
          : await call.leg().request(method, method === 'UPDATE' ? {} : { body: 'x', headers: { 'Content-Type': 'text/plain' } });
      expect(final.status).toBe(200);
      const [asked, answer] = [await leg.waitRequest(method), await leg.waitRequest(method)];
      expect(answer.body).toBe(asked.body);
      expect(answerOf(answer, 'Proxy-Authorization')).toMatchObject({ nonce: `${method} ${method}`, nc: '00000001', right: true });
      expect(parseDigestFields(answer.header('Proxy-Authorization'))?.get('uri')).toBe(answer.uri);
      await call.bye();
      // What it asked last goes along at once; it wants another answer to a BYE.
      expect(answerOf(await leg.waitBye(), 'Proxy-Authorization')).toMatchObject({ nonce: `${method} ${method}`, right: true });
      expect(answerOf(await leg.waitBye(), 'Proxy-Authorization')).toMatchObject({ nonce: `${method} BYE`, nc: '00000001', right: true });
      expect(leg.ended).toBe(true);
      await ended(call.callId);
      expect(first.violations).toEqual([]);
    });

    it('gets no second answer to one question, and the other party hears no challenge that it could not answer', async () => {
      const { call, leg } = await asking(() => 'never right');
      leg.onChallenge = ({ method }) =>
        method === 'BYE' ? undefined : { status: 401, headers: { 'WWW-Authenticate': challenge('always', ', algorithm=MD5') } };
      expect((await call.reinvite(testSdp(44160, { version: 2 }))).status).toBe(403);
      expect((await call.leg().request('INFO', { body: 'x', headers: { 'Content-Type': 'text/plain' } })).status).toBe(403);
      await call.bye();
      await leg.waitBye();
      const seen = [await leg.waitRequest('INVITE'), await leg.waitRequest('INVITE'), await leg.waitRequest('INFO')];
      expect(seen.map((request) => request.header('Authorization') !== '')).toEqual([false, true, true]);
      await expect(leg.waitRequest('INFO', 50)).rejects.toThrow('INFO');
      await ended(call.callId);
    });
  });

  it('gets no second answer to the same question, and none in a realm that is not meant', async () => {
    await gateways({ login: login() });
    const call = callOut();
    for (let count = 0; count < 2; count += 1)
      (await first.expectInvite()).reject(401, 'Unauthorized', { 'WWW-Authenticate': challenge('same') });
    await completes(await second.expectInvite(), call);
    await gateways({ login: login('elsewhere') });
    const other = callOut();
    (await first.expectInvite()).reject(401, 'Unauthorized', { 'WWW-Authenticate': challenge('x') });
    await completes(await second.expectInvite(), other);
    expect(first.unexpectedInvites).toEqual([]);
  });
});

const downAt = (id: string) => stage.agents.map(({ agent }) => agent.gateways.find(({ gatewayId }) => gatewayId === id)?.up);

/** A login of another account, with a number of its own. */
async function anotherCustomer() {
  const [accountId, login] = [newId(), { realm: DOMAIN, username: 'bob' }];
  const plain = { parentId: null, status: 'active', country: 'GB', routeSetId: 'platform' } as const;
  await stage.world.put(recordRef.account(accountId), { kind: 'account', id: accountId, ...plain });
  await stage.world.number({ id: newId(), e164: OTHER_NUMBER, ownerAccountId: accountId, endpointId: null });
  await stage.world.credential({ ...login, accountId, sealedHa1: sealHa1(sealer, login, ha1Of(login, PASSWORD)) });
  return { username: login.username, e164: OTHER_NUMBER };
}

describe('the health of a gateway', () => {
  it('is found by calls, known to all agents, and looked into again by one call at a time', async () => {
    const [id] = await gateways({ health: { downAfter: 2, retryMs: 60_000 } });
    const bob = await anotherCustomer();
    // Neither the same number again is news of the gateway, nor what one customer alone gets.
    for (const [called, by] of [[CALLED], [CALLED], ['+33142685302'], ['+33142685303'], ['+33142685301', bob]] as const) {
      expect(downAt(id)).not.toContain(false);
      const call = callOut({}, called, undefined, by);
      (await first.expectInvite()).reject(503);
      await completes(await second.expectInvite(), call);
    }
    await until(
      () => `both agents know: ${downAt(id)}`,
      () => downAt(id).every((up) => up === false),
    );
    for (let count = 0; count < 2; count += 1) {
      const call = callOut();
      expect(await completes(await second.expectInvite(), call)).toEqual([['answered', 200]]);
    }
    // Behind all others is still before nobody; its time is what its terms say when it fails.
    await gateways({ health: { downAfter: 2, retryMs: 100 } }, {}, false, id);
    const last = callOut();
    (await second.expectInvite()).reject(503);
    const tried = await first.expectInvite();
    tried.reject(503);
    await last.final();
    first.onInvite((arrived) => void arrived.answer(testSdp(44110)));
    second.onInvite((arrived) => void arrived.answer(testSdp(44112)));
    await until(
      () => 'a call tries it again and finds it well',
      async () => {
        const call = callOut();
        await call.answered();
        await call.bye();
        return downAt(id).every((up) => up === true);
      },
    );
    first.onInvite(undefined as never);
    second.onInvite(undefined as never);
  });

  it('leaves one out that is down where its terms say never', async () => {
    const [id] = await gateways({}, { health: { downAfter: 1, retryMs: 60_000, whenDown: 'never' } });
    const call = callOut();
    (await first.expectInvite()).reject(503);
    await completes(await second.expectInvite(), call);
    await until(
      () => 'it is down',
      () => downAt(id).every((up) => up === false),
    );
    const other = callOut();
    (await second.expectInvite()).reject(500);
    expect((await other.final()).status).toBe(503);
    expect(await attempts(other.callId)).toEqual([['failed', 500]]);
  });

  it('is asked for by OPTIONS of one agent alone, down and up by the thresholds and the listed answers', async () => {
    let status = 405;
    let asked = 0;
    first.onRequest = (request) => {
      if (request.method !== 'OPTIONS') return undefined;
      asked += 1;
      return { status };
    };
    const health = { pingIntervalMs: 40, pingTimeoutMs: 4000, pingStatuses: [405], downAfter: 2, upAfter: 2 };
    const [id] = await gateways({ health }, {}, true);
    await until(
      () => 'it is pinged',
      () => asked >= 3,
    );
    expect(downAt(id)).not.toContain(false);
    status = 500;
    await until(
      () => `down: ${downAt(id)}`,
      () => downAt(id).every((up) => up === false),
    );
    const call = callOut();
    await completes(await second.expectInvite(), call);
    status = 200;
    await until(
      () => `up: ${downAt(id)}`,
      () => downAt(id).every((up) => up === true),
    );
    const began = asked;
    const since = performance.now();
    await until(
      () => 'more pings',
      () => asked >= began + 5,
    );
    // Two who ping would need half of that.
    expect(performance.now() - since).toBeGreaterThan(5 * 40 * 0.7);
    await gateways({});
  });
});

describe('a carrier that wants us to register', () => {
  it('has our contact from one agent, with our login, renewed in time, and calls us by it', async () => {
    const seen: SipMessage[] = [];
    first.onRequest = (request) => {
      if (request.method !== 'REGISTER') return undefined;
      seen.push(request);
      if (request.header('Authorization') === '') return { status: 401, headers: { 'WWW-Authenticate': challenge('r1') } };
      return { status: 200, headers: { Contact: `${request.header('Contact').split(';')[0]};expires=1` } };
    };
    const [gatewayId] = await gateways({ login: { ...login(), username: 'us' }, registerSeconds: 600 }, {}, true);
    await until(
      () => `registered and renewed: ${seen.length}`,
      () => seen.length >= 3,
    );
    const [asked, answered, renewed] = seen;
    expect(asked!.uri).toBe(`sip:127.0.0.1:${first.port}`);
    expect(asked!.header('To')).toContain('sip:us@127.0.0.1');
    expect(answerOf(answered!, 'Authorization')).toMatchObject({ nonce: 'r1', nc: '00000001', right: true });
    expect(answerOf(renewed!, 'Authorization')).toMatchObject({ nonce: 'r1', nc: '00000002', right: true });
    expect(new Set(seen.map((one) => one.header('Call-ID'))).size).toBe(1);
    expect(seen.map((one) => one.header('CSeq'))).toEqual(seen.map((_, index) => `${index + 1} REGISTER`));
    const { registrations } = stage.agents[0]!.gateways;
    expect(await registrations()).toContainEqual(expect.objectContaining({ gatewayId, state: 'registered', status: '200' }));
    // It calls the contact; whom it means is in To (decision C15).
    const contact = /<([^>]+)>/.exec(renewed!.header('Contact'))![1]!;
    const call = first.invite({ to: at(NUMBER), requestUri: contact, target: stage.target });
    (await phone.expectInvite()).answer(testSdp(44120));
    await call.answered();
    await call.bye();
    await stage.call(call.callId);
    await gateways({});
    await until(
      () => 'it is taken back',
      () => seen.some((one) => one.header('Expires') === '0'),
    );
  });

  it('gets a new password of that login at once, and no old one from then on', async () => {
    const seen: SipMessage[] = [];
    let password = 'carrier secret';
    first.onRequest = (request) => {
      if (request.method !== 'REGISTER') return undefined;
      seen.push(request);
      const isRight = answerOf(request, 'Authorization', password).right;
      if (!isRight) return { status: 401, headers: { 'WWW-Authenticate': challenge('p1') } };
      return { status: 200, headers: { Contact: `${request.header('Contact').split(';')[0]};expires=600` } };
    };
    const terms = { registerSeconds: 600 };
    const [id] = await gateways({ ...terms, login: login() }, {}, true);
    await until(
      () => 'registered',
      () => seen.length === 2,
    );
    password = 'another secret';
    await gateways({ ...terms, login: login(undefined, password) }, {}, true, id);
    await until(
      () => `renewed: ${seen.length}`,
      () => seen.length === 3,
    );
    expect(answerOf(seen[2]!, 'Authorization', password)).toMatchObject({ nonce: 'p1', nc: '00000002', right: true });
    await gateways({});
    await until(
      () => 'it is taken back',
      () => seen.some((one) => one.header('Expires') === '0'),
    );
    expect(answerOf(seen.at(-1)!, 'Authorization', password).right).toBe(true);
  });
});
