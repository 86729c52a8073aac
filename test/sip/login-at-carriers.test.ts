import { describe, expect, it } from 'vitest';
import { parseDigestFields } from '../support/sip/digest.ts';
import type { IncomingCall } from '../support/sip/incoming-call.ts';
import type { SipMessage } from '../support/sip/message.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { until } from './support/call-stage.ts';
import { NUMBER } from './support/call-world.ts';
import { answerOf, challenge, login } from './support/carrier-challenge.ts';
import { at, twoGateways } from './support/two-gateways.ts';

const on = twoGateways();
const { callOut, completes, gateways } = on;

describe('a carrier that asks who we are', () => {
  it('is answered in the same call, and at once the next time, until it asks anew', async () => {
    await gateways({ login: login() });
    const call = callOut();
    const asked = await on.first.expectInvite();
    // Nobody here could answer what it asks a refresh with, so it refreshes (RFC 4028 §7.1).
    expect(asked.request.header('Session-Expires')).toBe('1800;refresher=uas');
    asked.reject(407, 'Proxy Authentication Required', { 'Proxy-Authenticate': `${challenge('n1', ', algorithm=MD5')}` });
    const again = await on.first.expectInvite();
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
      const arrived = await on.first.expectInvite();
      if (arrived.request.header('Proxy-Authorization') === '') {
        arrived.reject(486);
        await last.final();
      } else known = arrived;
    }
    // The second use was the BYE of the first call.
    expect(answerOf(known!.request, 'Proxy-Authorization')).toEqual({ algorithm: 'MD5', nonce: 'n1', nc: '00000003', right: true });
    known!.reject(407, 'Proxy Authentication Required', { 'Proxy-Authenticate': challenge('n2', ', stale=true, algorithm=SHA-256') });
    const fresh = await on.first.expectInvite();
    expect(answerOf(fresh.request, 'Proxy-Authorization')).toEqual({ algorithm: 'SHA-256', nonce: 'n2', nc: '00000001', right: true });
    fresh.reject(486);
    expect((await last!.final()).status).toBe(486);
  });

  it('that wants a longer session gets one in the same call, once, with a new count and a CSeq of its own (RFC 4028 §7.3)', async () => {
    await gateways({ login: login() });
    const call = callOut();
    (await on.first.expectInvite()).reject(407, 'Proxy Authentication Required', { 'Proxy-Authenticate': challenge('longer') });
    const short = await on.first.expectInvite();
    short.reject(422, 'Session Interval Too Small', { 'Min-SE': '3600' });
    const long = await on.first.expectInvite();
    const shown = ({ request }: IncomingCall) => [
      ...['CSeq', 'Session-Expires', 'Min-SE'].map((name) => request.header(name)),
      answerOf(request, 'Proxy-Authorization').nc,
    ];
    expect(shown(short)).toEqual(['11 INVITE', '1800;refresher=uas', '', '00000001']);
    expect(shown(long)).toEqual(['21 INVITE', '3600;refresher=uas', '3600', '00000002']);
    long.reject(422, 'Session Interval Too Small', { 'Min-SE': '7200' });
    expect(await completes(await on.second.expectInvite(), call)).toEqual([
      ['failed', 422],
      ['answered', 200],
    ]);
    expect(on.first.unexpectedInvites).toEqual([]);
  });

  describe('within a call', () => {
    /** A call that is up, through a carrier that asks each request in it once, with a nonce of the request's own. */
    async function asking(nonceOf: (method: string) => string) {
      await gateways({ login: login() });
      const call = callOut();
      const arrived = await on.first.expectInvite();
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
      await on.stage.call(call.callId);
      expect(on.first.violations).toEqual([]);
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
      await on.stage.call(call.callId);
    });
  });

  it('gets no second answer to the same question, and none in a realm that is not meant', async () => {
    await gateways({ login: login() });
    const call = callOut();
    for (let count = 0; count < 2; count += 1)
      (await on.first.expectInvite()).reject(401, 'Unauthorized', { 'WWW-Authenticate': challenge('same') });
    await completes(await on.second.expectInvite(), call);
    await gateways({ login: login('elsewhere') });
    const other = callOut();
    (await on.first.expectInvite()).reject(401, 'Unauthorized', { 'WWW-Authenticate': challenge('x') });
    await completes(await on.second.expectInvite(), other);
    expect(on.first.unexpectedInvites).toEqual([]);
  });
});

describe('a carrier that wants us to register', () => {
  it('has our contact from one agent, with our login, renewed in time, and calls us by it', async () => {
    const seen: SipMessage[] = [];
    on.first.onRequest = (request) => {
      if (request.method !== 'REGISTER') return undefined;
      seen.push(request);
      if (request.header('Authorization') === '') return { status: 401, headers: { 'WWW-Authenticate': challenge('r1') } };
      return { status: 200, headers: { Contact: `${request.header('Contact').split(';')[0]};expires=1` } };
    };
    const gatewayId = await gateways({ login: { ...login(), username: 'us' }, registerSeconds: 600 }, { watched: true });
    await until(
      () => `registered and renewed: ${seen.length}`,
      () => seen.length >= 3,
    );
    const [asked, answered, renewed] = seen;
    expect(asked!.uri).toBe(`sip:127.0.0.1:${on.first.port}`);
    expect(asked!.header('To')).toContain('sip:us@127.0.0.1');
    expect(answerOf(answered!, 'Authorization')).toMatchObject({ nonce: 'r1', nc: '00000001', right: true });
    expect(answerOf(renewed!, 'Authorization')).toMatchObject({ nonce: 'r1', nc: '00000002', right: true });
    expect(new Set(seen.map((one) => one.header('Call-ID'))).size).toBe(1);
    expect(seen.map((one) => one.header('CSeq'))).toEqual(seen.map((_, index) => `${index + 1} REGISTER`));
    const { registrations } = on.stage.agents[0]!.gateways;
    expect(await registrations()).toContainEqual(expect.objectContaining({ gatewayId, state: 'registered', status: '200' }));
    // It calls the contact; whom it means is in To (decision C15).
    const contact = /<([^>]+)>/.exec(renewed!.header('Contact'))![1]!;
    const call = on.first.invite({ to: at(NUMBER), requestUri: contact, target: on.stage.target });
    (await on.phone.expectInvite()).answer(testSdp(44120));
    await call.answered();
    await call.bye();
    await on.stage.call(call.callId);
    await gateways({});
    await until(
      () => 'it is taken back',
      () => seen.some((one) => one.header('Expires') === '0'),
    );
  });

  it('gets a new password of that login at once, and no old one from then on', async () => {
    const seen: SipMessage[] = [];
    let password = 'carrier secret';
    on.first.onRequest = (request) => {
      if (request.method !== 'REGISTER') return undefined;
      seen.push(request);
      const isRight = answerOf(request, 'Authorization', password).right;
      if (!isRight) return { status: 401, headers: { 'WWW-Authenticate': challenge('p1') } };
      return { status: 200, headers: { Contact: `${request.header('Contact').split(';')[0]};expires=600` } };
    };
    const terms = { registerSeconds: 600 };
    const id = await gateways({ ...terms, login: login() }, { watched: true });
    await until(
      () => 'registered',
      () => seen.length === 2,
    );
    password = 'another secret';
    await gateways({ ...terms, login: login(undefined, password) }, { watched: true, id });
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
