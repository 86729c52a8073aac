import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineOptions } from '../../src/sip-engine/engine.ts';
import { Caller } from './support/caller.ts';
import type { Party } from './support/party.ts';
import { requestText, SDP, type SipText } from './support/sip-text.ts';
import { type Srf, type Stage, setStage, until } from './support/stage.ts';

let stage: Stage;
let srf: Srf;
let alice: Party;
let port: number;
afterEach(() => stage.close());

async function begin(options: Partial<EngineOptions> = {}): Promise<void> {
  stage = await setStage(options);
  srf = await stage.app();
  alice = await stage.udp();
  port = stage.engine.sip.port;
}

const contact = (party: Party): string[] => [`Contact: ${party.contact}`];

/** A call answered by the application. */
async function answered(headers: readonly string[] = []): Promise<{ call: Caller; dialog: Srf }> {
  const made = new Promise<Srf>((resolve) => {
    srf.invite((req: Srf, res: Srf) => srf.createUAS(req, res, { localSdp: SDP }).then(resolve));
  });
  await stage.serving(1);
  const call = new Caller(alice, port);
  if (headers.length === 0) call.invite();
  else call.send('INVITE', 1, { branch: call.branch, headers, body: SDP });
  await call.answered();
  return { call, dialog: await made };
}

async function hangUp(dialog: Srf, far: Party): Promise<SipText> {
  const gone = dialog.destroy();
  const bye = await far.request('BYE');
  far.answer(bye, port, 200);
  await gone;
  return bye;
}

describe('an answer', () => {
  it('goes where its request came from, also without rport (RFC 3581 §4, drachtio.md §2.1)', async () => {
    await begin();
    const text = requestText({
      method: 'OPTIONS',
      uri: `sip:127.0.0.1:${port}`,
      via: 'SIP/2.0/UDP 192.0.2.1:9;branch=z9hG4bKelsewhere',
      from: '<sip:a@127.0.0.1>;tag=a',
      to: '<sip:b@127.0.0.1>',
      callId: 'elsewhere',
      cseq: 1,
    });
    alice.send(text, port);
    expect((await alice.response(200, 'OPTIONS')).header('via')).toContain('received=127.0.0.1');
  });

  it('2xx is repeated over TCP as well until its ACK (RFC 3261 §13.3.1.4)', async () => {
    await begin();
    const tess = await stage.tcp();
    srf.invite((req: Srf, res: Srf) => srf.createUAS(req, res, { localSdp: SDP }));
    await stage.serving(1);
    const call = new Caller(tess, port);
    call.invite();
    const first = call.learn(await tess.response(200, 'INVITE'));
    expect((await tess.response(200, 'INVITE')).text).toBe(first.text);
    call.ack();
    await call.bye();
  });
});

describe('an INVITE of an application', () => {
  it('that rings too long is cancelled by Timer C; the application hears 487 (RFC 3261 §16.8)', async () => {
    await begin({ timers: { proceedingTimeoutMs: 120 } });
    const done = srf.createUAC(`sip:127.0.0.1:${alice.port}`, { localSdp: SDP });
    const refused = expect(done).rejects.toMatchObject({ status: 487 });
    const invite = await alice.request('INVITE');
    alice.answer(invite, port, 180, { toTag: 'alice' });
    alice.answer(await alice.request('CANCEL'), port, 200);
    alice.answer(invite, port, 487, { toTag: 'alice' });
    await refused;
  });

  it('through a strict router: that is the Request-URI, the far side the last Route (RFC 3261 §12.2.1.1)', async () => {
    await begin();
    const { dialog } = await answered([...contact(alice), `Record-Route: <sip:127.0.0.1:${alice.port};strict>, <sip:far.invalid;lr>`]);
    const bye = await hangUp(dialog, alice);
    expect([bye.uri, bye.all('route')]).toEqual([
      `sip:127.0.0.1:${alice.port};strict`,
      ['<sip:far.invalid;lr>', `<sip:party@127.0.0.1:${alice.port}>`],
    ]);
  });
});

describe('in a dialog', () => {
  it('an UPDATE moves the remote target (RFC 3311 §5.2)', async () => {
    await begin();
    const { call, dialog } = await answered();
    const moved = await stage.udp();
    dialog.on('update', (_req: Srf, res: Srf) => res.send(200));
    call.next('UPDATE', { headers: contact(moved) });
    await alice.response(200, 'UPDATE');
    await hangUp(dialog, moved);
  });

  it('a BYE that is challenged has ended nothing; the next one does (drachtio.md §2.3)', async () => {
    await begin();
    const { dialog } = await answered();
    const challenged = dialog.request({ method: 'BYE' });
    alice.answer(await alice.request('BYE'), port, 401, { headers: ['WWW-Authenticate: Digest realm="r", nonce="n"'] });
    expect((await challenged).status).toBe(401);
    expect(stage.engine.counters().dialogs).toBe(1);
    const again = dialog.request({ method: 'BYE', headers: { Authorization: 'Digest username="u"' } });
    const bye = await alice.inbox.next(({ method, cseq }) => method === 'BYE' && cseq === 2, 'second BYE', 20_000);
    alice.answer(bye, port, 200);
    expect((await again).status).toBe(200);
  });

  it('a BYE nobody answers ends it all the same; the application hears 408', async () => {
    await begin({ timers: { requestTimeoutMs: 150 } });
    const { dialog } = await answered();
    expect((await dialog.request({ method: 'BYE' })).status).toBe(408);
    expect(stage.engine.counters().dialogs).toBe(0);
  });
});

describe.each([
  ['off', 'public', false],
  ['private', 'private', true],
  ['private', 'public', false],
  ['always', 'public', true],
] as const)('NAT %s, a %s Contact that is not where the peer sends from', (nat, kind, atSource) => {
  // Nobody is there: what goes to it is lost, and the BYE with it.
  const elsewhere = kind === 'private' ? '10.255.255.1' : '127.0.0.254';

  it(`of a caller is ${atSource ? 'replaced by' : 'preferred to'} the source`, async () => {
    await begin({ nat, timers: { requestTimeoutMs: 150 } });
    const { dialog } = await answered([`Contact: <sip:party@${elsewhere}:9>`]);
    const ended = dialog.request({ method: 'BYE' });
    if (atSource) alice.answer(await alice.request('BYE'), port, 200);
    expect((await ended).status).toBe(atSource ? 200 : 408);
    expect(alice.count(({ method }) => method === 'BYE') > 0).toBe(atSource);
  });

  it(`of a called side is ${atSource ? 'replaced by' : 'preferred to'} the source`, async () => {
    await begin({ nat, timers: { requestTimeoutMs: 150 } });
    const done = srf.createUAC(`sip:127.0.0.1:${alice.port}`, { localSdp: SDP });
    const invite = await alice.request('INVITE');
    alice.answer(invite, port, 200, { toTag: 'alice', headers: [`Contact: <sip:party@${elsewhere}:9>`], body: SDP });
    const ended = (await done).request({ method: 'BYE' });
    if (atSource) alice.answer(await alice.request('BYE'), port, 200);
    expect((await ended).status).toBe(atSource ? 200 : 408);
    expect(alice.count(({ method }) => method === 'ACK') > 0).toBe(atSource);
  });
});

describe('outside of dialogs', () => {
  it.each(['MESSAGE', 'INFO', 'NOTIFY', 'REFER', 'OPTIONS', 'REGISTER', 'PUBLISH'])(
    '%s reaches the application, and its answer the peer',
    async (method) => {
      await begin();
      srf[method.toLowerCase()]((req: Srf, res: Srf) => res.send(202, { headers: { 'X-Body': req.body.trim() } }));
      await stage.serving(1);
      const call = new Caller(alice, port);
      const headers = [...contact(alice), 'Content-Type: text/plain', 'Event: x', 'Refer-To: <sip:x@127.0.0.1>'];
      call.send(method, 1, { branch: 'z9hG4bKout', headers, body: 'hi' });
      expect((await alice.response(202, method)).header('x-body')).toBe('hi');
    },
  );

  it('SUBSCRIBE that is renewed lives on, unless it asks for nothing more (RFC 6665 §4.1.2)', async () => {
    await begin();
    srf.subscribe((req: Srf, res: Srf) => srf.createUAS(req, res, { headers: { Expires: '60' } }));
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.send('SUBSCRIBE', 1, { branch: 'z9hG4bKsub', headers: [...contact(alice), 'Event: presence', 'Expires: 60'] });
    call.learn(await alice.response(202, 'SUBSCRIBE'));
    expect(stage.engine.counters().dialogs).toBe(1);
    await stage.engine.byeAll('over');
  });

  it('REFER of an application: its NOTIFYs come back to it until the last (RFC 3515 §2.4.4)', async () => {
    await begin();
    const states: string[] = [];
    srf.notify((req: Srf, res: Srf) => {
      states.push(req.get('Subscription-State'));
      res.send(200);
    });
    const req = await srf.request(`sip:127.0.0.1:${alice.port}`, { method: 'REFER', headers: { 'Refer-To': '<sip:x@127.0.0.1>' } });
    const refer = await alice.request('REFER');
    expect(refer.header('contact')).toContain('sip:127.0.0.1');
    const response = once(req, 'response');
    alice.answer(refer, port, 202, { toTag: 'alice', headers: contact(alice) });
    expect((await response)[0].status).toBe(202);
    const notify = (cseq: number, state: string): void =>
      alice.send(
        requestText({
          method: 'NOTIFY',
          uri: `sip:127.0.0.1:${port}`,
          via: alice.via(`z9hG4bKnotify${cseq}`),
          from: `${refer.header('to')};tag=alice`,
          to: refer.header('from'),
          callId: refer.header('call-id'),
          cseq,
          headers: [...contact(alice), 'Event: refer', `Subscription-State: ${state}`],
        }),
        port,
      );
    notify(1, 'active;expires=60');
    await alice.response(200, 'NOTIFY');
    notify(2, 'terminated;reason=noresource');
    await alice.response(200, 'NOTIFY');
    expect(states).toEqual(['active;expires=60', 'terminated;reason=noresource']);
    await until(
      () => stage.engine.counters().dialogs === 0,
      5000,
      () => 'a subscription is left',
    );
  });
});
