import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import type { SipMessage } from '../support/sip/message.ts';
import type { Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type CallStage, openStage } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, OTHER_NUMBER, PASSWORD, sealer } from './support/call-world.ts';
import { onlyOn } from './support/only-on.ts';

/** What the issue asks of security on the wire; guards of targets, tokens, bans and strangers have tests of their own. */
let stage: CallStage;
let carrier: Party;
let phone: Party;
const CALLED = '+33142685300';

beforeAll(async () => {
  stage = await openStage({ agents: 1, settings: { failedAuthPerMinute: 10_000, challengesPerSecond: 10_000 } });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
});
afterAll(() => stage.close());
beforeEach(() => stage.world.site(carrier, phone));

const auth = { username: LOGIN.username, password: PASSWORD };
const callOut = (headers: Record<string, string | string[]> = {}, more: Partial<Parameters<Party['invite']>[0]> = {}) =>
  phone.invite({
    ...{ to: `sip:${CALLED}@${DOMAIN}`, requestUri: `sip:${CALLED}@${DOMAIN}`, from: `sip:${NUMBER}@${DOMAIN}`, target: stage.target },
    ...{ auth, headers, ...more },
  });
const callIn = (headers: Record<string, string | string[]> = {}, more: Partial<Parameters<Party['invite']>[0]> = {}) =>
  carrier.invite({ to: `sip:${NUMBER}@${DOMAIN}`, from: 'sip:+15550100@carrier.example', target: stage.target, headers, ...more });

/** What a client sees of an answer, but for what is new in each. */
const shape = ({ status, reason, headers }: SipMessage) => {
  const { via: _via, 'call-id': _id, from: _from, to: _to, cseq: _cseq, ...rest } = headers;
  return [status, reason, JSON.stringify(rest).replaceAll(/nonce=\\"[^"]*\\"/g, 'nonce')];
};

describe('an unknown user and a wrong password', () => {
  const as = {
    known: { auth: { ...auth, password: 'wrong' } },
    unknown: { auth: { username: 'nobody-here', password: 'wrong' } },
    disabled: { auth: { username: 'idle', password: PASSWORD } },
  };
  beforeEach(() => stage.world.credential({ ...LOGIN, username: 'idle', enabled: false }));

  it.each(['INVITE', 'REGISTER'])('get one and the same answer to %s, for the same work', async (method) => {
    const ask = async (who: keyof typeof as): Promise<SipMessage> => {
      if (method === 'INVITE') return await callOut({}, as[who]).final();
      return await phone.register(`sip:${as[who].auth.username}@${DOMAIN}`, { target: stage.target, ...as[who] });
    };
    const whos = Object.keys(as) as (keyof typeof as)[];
    // Once each, so that all three are in the agent's copy of the records.
    for (const who of whos) await ask(who);
    const opened = vi.spyOn(sealer, 'unseal');
    try {
      const seen: unknown[] = [];
      for (const who of whos) {
        opened.mockClear();
        const answer = shape(await ask(who));
        seen.push([...answer, opened.mock.calls.length]);
      }
      expect(seen[0]).toEqual([method === 'INVITE' ? 407 : 401, expect.any(String), expect.any(String), 1]);
      expect(seen).toEqual([seen[0], seen[0], seen[0]]);
    } finally {
      opened.mockRestore();
    }
  });
});

describe('header fields from outside', () => {
  it('of the platform reach nobody: not from a carrier, not from a customer, not back', async () => {
    const forged = {
      'X-Dialplane-Call-Id': 'forged-id',
      'X-Dialplane-Reason': 'forged-reason',
      'X-Dialplane-Hop': 'forged-hop, 0123456789ab',
    };
    for (const [call, other] of [
      [callIn(forged), phone],
      [callOut(forged), carrier],
    ] as const) {
      const arrived = await other.expectInvite();
      expect(JSON.stringify(arrived.request.headers)).not.toContain('forged');
      // A token of another platform goes on: it is how loops between two of them end.
      expect(arrived.request.header('X-Dialplane-Hop')).toMatch(/^0123456789ab, [0-9a-f]{12}$/);
      arrived.reject(486, undefined, forged);
      const final = await call.final();
      expect(final.status).toBe(486);
      expect(JSON.stringify(final.headers)).not.toContain('forged');
    }
  });

  it('that say who calls are believed of nobody who calls out', async () => {
    const spoofed = '<sip:+447700900001@evil.example>';
    const foreign = {
      'P-Asserted-Identity': spoofed,
      'Remote-Party-ID': spoofed,
      'X-Forwarded-For': '192.0.2.1',
      'P-Charging-Vector': 'x',
    };
    // The first of them is who calls, and none of the account's.
    expect((await callOut(foreign).final()).status).toBe(403);
    const { 'P-Asserted-Identity': _pai, ...others } = foreign;
    const call = callOut({ ...others, 'P-Preferred-Identity': `<sip:${NUMBER}@${DOMAIN}>`, 'P-Asserted-Identity': spoofed });
    const arrived = await carrier.expectInvite();
    expect(arrived.request.header('P-Asserted-Identity')).toContain(NUMBER);
    expect(JSON.stringify(arrived.request.headers)).not.toMatch(/447700900001|evil|192\.0\.2\.1|charging/i);
    arrived.reject(486);
    await call.final();
  });

  it('that say who forwarded a call go on for numbers of the account alone', async () => {
    await stage.world.number({ id: newId(), e164: OTHER_NUMBER });
    await stage.world.number({ id: newId(), e164: '+442071838799', ownerAccountId: newId() });
    const tried: [string, boolean][] = [
      [`"Boss" <sip:${OTHER_NUMBER}@evil.example>;reason=unconditional`, true],
      ['<sip:+442071838799@evil.example>', false],
      ['<sip:+19005550100@evil.example>', false],
      ['<tel:112>', false],
      ['nonsense', false],
    ];
    for (const [value, isOwn] of tried) {
      const call = callOut({ Diversion: value });
      const arrived = await carrier.expectInvite();
      const passed = arrived.request.header('Diversion');
      expect(passed, value).toBe(isOwn ? `<tel:${OTHER_NUMBER}>` : '');
      arrived.reject(486);
      await call.final();
    }
  });
});

describe('text that would begin another field', () => {
  const FOLDED = ['\r\n X-Injected: yes', '\\\r\n X-Injected: yes', '\r\n\tX-Injected: yes'];

  const fieldsWith = (field: string) => ({
    ...{ Subject: field, 'User-to-User': field, 'History-Info': `<sip:a@b>;x="${field}"`, Reason: `SIP;cause=200;text="${field}"` },
    'P-Asserted-Identity': `"${field}" <sip:+15550100@carrier.example>`,
  });

  it.runIf(onlyOn('folded fields')).each(FOLDED)('%j stays text in every field that goes on', async (field) => {
    const call = callIn(fieldsWith(field), { from: `"${field}" <sip:+15550100@carrier.example>` });
    const arrived = await phone.expectInvite();
    expect(arrived.request.has('X-Injected')).toBe(false);
    const lines = Object.values(arrived.request.headers);
    expect(lines.filter((line) => [...line].some((char) => char < ' ' || char === '\x7f'))).toEqual([]);
    arrived.answer(testSdp(43000));
    await call.answered();
    const ended = call.waitBye();
    await arrived.bye({ Reason: `SIP;cause=200;text="${field}"` });
    expect((await ended).has('X-Injected')).toBe(false);
  });

  it.each(['\u0000X-Injected', '\u0001X-Injected'])('%j is in no message that goes on', async (field) => {
    callIn(fieldsWith(field), { from: `"${field}" <sip:+15550100@carrier.example>` });
    // Whatever came after it is answered, so it has been looked at.
    expect((await carrier.options({ target: stage.target })).status).toBe(200);
    expect(phone.unexpectedInvites).toEqual([]);
  });

  it.each(['%0d%0aX-Injected:%20yes', '%00X-Injected'])('%j is no number', async (text) => {
    const call = callOut({}, { requestUri: `sip:+44${text}@${DOMAIN}` });
    expect([400, 484]).toContain((await call.final()).status);
    expect(carrier.unexpectedInvites).toEqual([]);
  });

  it('of a tenant stays in the URI it was written in', async () => {
    await stage.world.endpoint([`sip:x%0d%0aX-Injected:%20yes@127.0.0.1:${phone.port}`]);
    const call = callIn();
    const arrived = await phone.expectInvite();
    expect(arrived.request.has('X-Injected')).toBe(false);
    arrived.reject(486);
    await call.final();
  });
});

describe('the signalling of one leg', () => {
  const PRIVATE = ['Server', 'User-Agent', 'Warning', 'Contact', 'Record-Route', 'Via', 'Call-ID', 'Organization', 'X-Secret'];
  const secrets = (name: string) => ({
    ...{ Server: `${name}-software/1.0`, 'User-Agent': `${name}-software/1.0`, Warning: `399 ${name}.internal "secret"` },
    ...{ Organization: `${name}-secret`, 'X-Secret': `${name}-secret`, 'Call-Info': `<http://${name}.internal/>` },
  });
  const shown = (message: SipMessage): string => JSON.stringify(message.headers);

  it.each(['in', 'out'])('is not shown to the other, of a call %s: neither where it is nor what it runs', async (way) => {
    const [call, other] = way === 'in' ? ([callIn(secrets('caller')), phone] as const) : ([callOut(secrets('caller')), carrier] as const);
    const arrived = await other.expectInvite();
    expect(PRIVATE.filter((name) => arrived.request.header(name).includes('caller'))).toEqual([]);
    expect(shown(arrived.request)).not.toMatch(/caller[.-]/);
    expect(shown(arrived.request)).not.toContain(call.callId);
    expect(shown(arrived.request)).not.toContain(`:${way === 'in' ? carrier.port : phone.port}`);
    expect(arrived.request.header('Proxy-Authorization')).toBe('');
    const own = secrets('callee');
    arrived.ring(180, '', own);
    // One after the other: a server may leave out a 180 that a 200 has overtaken.
    const rang = await call.provisional(180);
    arrived.answer(testSdp(43002), own);
    const answers = [rang, await call.answered()];
    for (const answer of answers) {
      expect(shown(answer)).not.toMatch(/callee[.-]/);
      expect(shown(answer)).not.toContain(arrived.request.callId);
      expect(answer.header('Contact')).not.toContain(`:${other.port}`);
    }
    await call.bye();
    const route = { 'Record-Route': '<sip:caller.internal;lr>' };
    const refused = way === 'in' ? callIn(route) : callOut(route);
    const next = await other.expectInvite();
    expect(shown(next.request)).not.toMatch(/caller[.-]/);
    next.reject(486, 'callee.internal is busy', own);
    const final = await refused.final();
    expect(`${final.reason} ${shown(final)}`).not.toMatch(/callee[.-]/);
  });
});

describe('targets that nobody may dial', () => {
  /** Our own, a carrier's, and what no network outside routes to, in all ways of writing it. */
  const hostile = () => [
    `127.0.0.1:${stage.target.port}`,
    `localhost:${stage.target.port}`,
    `[::ffff:127.0.0.1]:${stage.target.port}`,
    `127.0.0.1:${carrier.port}`,
    `[::ffff:127.0.0.1]:${carrier.port}`,
    ...['10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '240.0.0.1'],
    ...['[::ffff:10.0.0.1]', '[64:ff9b::a00:1]', '[2002:a00:1::]', '[fe80::1]', '[fd00::1]', '[ff02::1]', '[::]'],
    ...[`2130706433:${stage.target.port}`, `0x7f.1:${stage.target.port}`, '10.1'],
  ];
  const forbidden = async (call: ReturnType<typeof callIn>): Promise<unknown[]> => {
    const final = await call.final();
    const events = await stage.call(call.callId);
    const outcomes = events.flatMap((event) => (event.type === 'attempt_ended' ? [event.outcome] : []));
    return [final.status, final.header('X-Dialplane-Reason'), outcomes];
  };

  it('are no endpoint and no gateway of a tenant, whatever is tried first', async () => {
    const id = newId();
    const shared = { groupKind: 'customer', accountId: stage.world.ids.account, mode: 'live' } as const;
    for (let from = 0; from < hostile().length; from += 4) {
      const uris = hostile()
        .slice(from, from + 4)
        .map((host) => `sip:x@${host}`);
      // Each of them was looked at, and none was sent anything.
      const none = [480, 'target_forbidden', uris.map(() => 'unreachable')];
      await stage.world.number();
      await stage.world.endpoint(uris);
      expect(await forbidden(callIn()), uris.join()).toEqual(none);
      const gateways = uris.map((uri, priority) => ({ id: newId(), uri, priority, weight: 1, enabled: true }));
      const group = { kind: 'trunk_group', id, name: id, ...shared, enabled: true, numberFormat: null, country: null, gateways } as const;
      await stage.world.put(recordRef.trunkGroup(id), group);
      await stage.world.number({ endpointId: null, trunkGroupId: id });
      expect(await forbidden(callIn()), uris.join()).toEqual(none);
    }
    expect(carrier.unexpectedInvites).toEqual([]);
  });

  it('are no place that a carrier redirects to', async () => {
    await stage.world.carrier([carrier], [carrier], { terms: { failover: { redirect: 'follow' } } });
    for (let from = 0; from < hostile().length; from += 4) {
      const places = hostile()
        .slice(from, from + 4)
        .map((host) => `sip:${CALLED}@${host}`);
      const call = callOut();
      (await carrier.expectInvite()).redirect(places);
      expect((await call.final()).status).toBe(503);
      const events = await stage.call(call.callId);
      const ends = events.flatMap((event) => (event.type === 'attempt_ended' ? [event.outcome] : []));
      // Each of them was looked at, but for the gateway itself, which was asked already; none was sent anything.
      const others = places.filter((place) => !place.endsWith(`@127.0.0.1:${carrier.port}`));
      expect(ends, places.join()).toEqual(['failed', ...others.map(() => 'unreachable')]);
    }
    expect(carrier.unexpectedInvites).toEqual([]);
  });

  it('are no way to a phone: a REGISTER through them is refused, and a contact there is called where it registered from', async () => {
    for (const host of hostile()) {
      const aor = `sip:${LOGIN.username}@${DOMAIN}`;
      const through = await phone.register(aor, { target: stage.target, auth, headers: { Path: `<sip:${host};lr>`, Supported: 'path' } });
      expect(through.status, host).toBe(403);
    }
    const [host = ''] = hostile();
    const headers = { Contact: `<sip:x@${host}>` };
    expect((await phone.register(`sip:${LOGIN.username}@${DOMAIN}`, { target: stage.target, auth, headers })).status).toBe(200);
    await stage.world.endpoint([`sip:${LOGIN.username}@${DOMAIN}`]);
    const call = callIn();
    (await phone.expectInvite()).reject(486);
    expect((await call.final()).status).toBe(486);
  });
});
