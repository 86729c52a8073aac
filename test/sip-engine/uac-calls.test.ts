import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Party } from './support/party.ts';
import { SDP, type SipText } from './support/sip-text.ts';
import { type Srf, type Stage, setStage, until } from './support/stage.ts';

let stage: Stage;
let srf: Srf;
let port: number;
beforeEach(async () => {
  stage = await setStage();
  srf = await stage.app();
  port = stage.engine.sip.port;
});
afterEach(() => stage.close());

const uriOf = (party: Party): string => `sip:carol@127.0.0.1:${party.port}${party.transport === 'TCP' ? ';transport=tcp' : ''}`;

/** Starts a call of the application; `sent` is its request object once the INVITE has left. */
function place(party: Party, options: object = {}, callbacks: object = {}): { done: Promise<Srf>; sent: Promise<Srf> } {
  let done: Promise<Srf> = Promise.resolve();
  const sent = new Promise<Srf>((resolve, reject) => {
    done = srf.createUAC(
      uriOf(party),
      { localSdp: SDP, ...options },
      { ...callbacks, cbRequest: (error: unknown, req: Srf) => (error ? reject(error) : resolve(req)) },
    );
    done.catch(() => {});
  });
  sent.catch(() => {});
  return { done, sent };
}

const accept = (party: Party, invite: SipText, toTag = 'carol', extra: readonly string[] = []): void =>
  party.answer(invite, port, 200, { toTag, headers: [`Contact: ${party.contact}`, ...extra], body: SDP });

async function hangUp(party: Party, dialog: Srf): Promise<SipText> {
  const ended = dialog.destroy();
  const bye = await party.request('BYE');
  party.answer(bye, port, 200);
  await ended;
  return bye;
}

describe.each(['udp', 'tcp'] as const)('a call of an application over %s', (transport) => {
  it('is answered, acknowledged and ended by the application', async () => {
    const carol = transport === 'udp' ? await stage.udp() : await stage.tcp();
    const { done } = place(carol, { callingNumber: '15551230000' });
    const invite = await carol.request('INVITE');
    expect(invite.header('from')).toContain(`<sip:15551230000@127.0.0.1:${port}>;tag=`);
    expect(invite.header('max-forwards')).toBe('70');
    expect(invite.header('via')).toContain(';rport');
    carol.answer(invite, port, 180, { toTag: 'carol' });
    accept(carol, invite);
    const dialog = await done;
    expect(dialog.id).toBe(`${invite.header('call-id')};from-tag=${invite.tag('from')}`);
    const ack = await carol.request('ACK');
    expect(ack.cseq).toBe(invite.cseq);
    expect(ack.tag('to')).toBe('carol');
    const bye = await hangUp(carol, dialog);
    expect(bye.cseq).toBe(invite.cseq + 1);
  });

  it('is a call by any 2xx, and the application can end it (RFC 3261 §13.2.2.4)', async () => {
    const carol = transport === 'udp' ? await stage.udp() : await stage.tcp();
    const { done } = place(carol);
    carol.answer(await carol.request('INVITE'), port, 202, { toTag: 'carol', headers: [`Contact: ${carol.contact}`], body: SDP });
    const dialog = await done;
    await carol.request('ACK');
    await hangUp(carol, dialog);
  });

  it('is ended by the far side', async () => {
    const carol = transport === 'udp' ? await stage.udp() : await stage.tcp();
    const { done } = place(carol);
    const invite = await carol.request('INVITE');
    accept(carol, invite);
    const dialog = await done;
    const destroyed = once(dialog, 'destroy');
    await carol.request('ACK');
    const lines = [
      `BYE sip:x@127.0.0.1:${port} SIP/2.0`,
      `Via: ${carol.via('z9hG4bKbye')}`,
      `From: ${invite.header('to')};tag=carol`,
      `To: ${invite.header('from')}`,
      `Call-ID: ${invite.header('call-id')}`,
      'CSeq: 1 BYE',
      'Content-Length: 0',
    ];
    carol.send(`${lines.join('\r\n')}\r\n\r\n`, port);
    await carol.response(200, 'BYE');
    await destroyed;
  });
});

describe('an INVITE of an application', () => {
  it('gets its refusal, and the far side its ACK, again for each copy (RFC 3261 §17.1.1.2)', async () => {
    const carol = await stage.udp();
    const { done } = place(carol);
    const invite = await carol.request('INVITE');
    carol.answer(invite, port, 486, { toTag: 'x' });
    await expect(done).rejects.toMatchObject({ status: 486 });
    const ack = await carol.request('ACK');
    expect(ack.header('via')).toBe(invite.header('via'));
    carol.answer(invite, port, 486, { toTag: 'x' });
    expect((await carol.request('ACK')).text).toBe(ack.text);
  });

  it('is repeated until somebody speaks, then given up with 408 (Timers A and B)', async () => {
    const carol = await stage.udp();
    const { done } = place(carol);
    const first = await carol.request('INVITE');
    expect((await carol.request('INVITE')).text).toBe(first.text);
    await expect(done).rejects.toMatchObject({ status: 408 });
    expect(carol.count((message) => message.method === 'INVITE')).toBeGreaterThanOrEqual(5);
  });

  it('that was given up and is answered late is acknowledged and ended by the engine', async () => {
    const carol = await stage.udp();
    const { done } = place(carol);
    const invite = await carol.request('INVITE');
    await expect(done).rejects.toMatchObject({ status: 408 });
    accept(carol, invite);
    await carol.request('ACK');
    carol.answer(await carol.request('BYE'), port, 200);
  });

  it('to a closed TCP port fails at once with 503', async () => {
    const gone = await stage.tcp();
    const uri = uriOf(gone);
    await gone.close();
    await expect(srf.createUAC(uri, { localSdp: SDP })).rejects.toMatchObject({ status: 503 });
  });

  it('to a name nobody knows fails with 503, and nothing waits for it', async () => {
    await expect(srf.createUAC('sip:x@nobody.invalid', { localSdp: SDP })).rejects.toMatchObject({ status: 503 });
  });

  it('is refused for a transport the engine does not speak, for itself, and for no URI at all', async () => {
    await expect(srf.createUAC('sip:x@127.0.0.1;transport=sctp', { localSdp: SDP })).rejects.toThrow(
      'requested protocol/transport not available',
    );
    await expect(srf.createUAC(`sip:x@127.0.0.1:${port}`, { localSdp: SDP })).rejects.toThrow('can not send request to myself');
    await expect(srf.createUAC('sip:a b@127.0.0.1', { localSdp: SDP })).rejects.toThrow('invalid');
    await expect(srf.createUAC('sip:x@127.0.0.1:9', { localSdp: 'hello' })).rejects.toThrow('missing content-type');
  });

  it('goes to the outbound proxy while its Request-URI stays', async () => {
    const proxy = await stage.udp();
    const done = srf.createUAC('sip:+15550001111@carrier.invalid', { localSdp: SDP, proxy: `sip:127.0.0.1:${proxy.port}` });
    const invite = await proxy.request('INVITE');
    expect(invite.uri).toBe('sip:+15550001111@carrier.invalid');
    expect(invite.header('to')).toBe('<sip:+15550001111@carrier.invalid>');
    accept(proxy, invite);
    await proxy.request('ACK');
    await hangUp(proxy, await done);
  });

  it('takes the route set of the answer in reverse (RFC 3261 §12.1.2)', async () => {
    const carol = await stage.udp();
    const { done } = place(carol);
    const invite = await carol.request('INVITE');
    accept(carol, invite, 'carol', ['Record-Route: <sip:last.invalid;lr>', `Record-Route: <sip:127.0.0.1:${carol.port};lr>`]);
    const dialog = await done;
    const ack = await carol.request('ACK');
    expect(ack.all('route')).toEqual([`<sip:127.0.0.1:${carol.port};lr>`, '<sip:last.invalid;lr>']);
    await hangUp(carol, dialog);
  });

  it('gets the same ACK again for each repeated 200', async () => {
    const carol = await stage.udp();
    const { done } = place(carol);
    const invite = await carol.request('INVITE');
    accept(carol, invite);
    const dialog = await done;
    const ack = await carol.request('ACK');
    accept(carol, invite);
    expect((await carol.request('ACK')).text).toBe(ack.text);
    await hangUp(carol, dialog);
  });

  it('keeps the first of two answers of a fork and ends the second (RFC 3261 §13.2.2.4)', async () => {
    const carol = await stage.udp();
    const { done } = place(carol);
    const invite = await carol.request('INVITE');
    accept(carol, invite, 'first');
    accept(carol, invite, 'second');
    const dialog = await done;
    expect(dialog.sip.remoteTag).toBe('first');
    const bye = await carol.request('BYE');
    expect(bye.tag('to')).toBe('second');
    carol.answer(bye, port, 200);
    await until(
      () => carol.count((message) => message.method === 'ACK') === 2,
      2000,
      () => 'ACKs',
    );
    await hangUp(carol, dialog);
  });

  it('that the application never acknowledges is acknowledged and ended for it', async () => {
    const carol = await stage.udp();
    const done = srf.createUAC(uriOf(carol), { noAck: true });
    const invite = await carol.request('INVITE');
    accept(carol, invite);
    await done;
    await carol.request('ACK');
    const bye = await carol.request('BYE');
    expect(bye.header('reason')).toContain('ACK missing');
    carol.answer(bye, port, 200);
  });
});

describe('cancelling', () => {
  it('goes out at once behind a provisional answer and ends in 487', async () => {
    const carol = await stage.udp();
    const { done, sent } = place(carol);
    const invite = await carol.request('INVITE');
    carol.answer(invite, port, 180, { toTag: 'carol' });
    const req = await sent;
    await until(
      () => stage.engine.counters().dialogs === 1,
      2000,
      () => 'no early dialog',
    );
    req.cancel({ headers: { Reason: 'SIP;cause=200;text="elsewhere"' } });
    const cancel = await carol.request('CANCEL');
    expect(cancel.header('via')).toBe(invite.header('via'));
    expect(cancel.cseq).toBe(invite.cseq);
    expect(cancel.header('reason')).toContain('elsewhere');
    carol.answer(cancel, port, 200);
    carol.answer(invite, port, 487, { toTag: 'carol' });
    await expect(done).rejects.toMatchObject({ status: 487 });
  });

  it('is held until the first provisional answer (RFC 3261 §9.1)', async () => {
    const carol = await stage.udp();
    const { done, sent } = place(carol);
    const invite = await carol.request('INVITE');
    (await sent).cancel();
    await carol.request('INVITE');
    expect(carol.count((message) => message.method === 'CANCEL')).toBe(0);
    carol.answer(invite, port, 100);
    carol.answer(await carol.request('CANCEL'), port, 200);
    carol.answer(invite, port, 487, { toTag: 'carol' });
    await expect(done).rejects.toMatchObject({ status: 487 });
  });

  it('crossed by a 200 ends that call with ACK and BYE and tells the application 487', async () => {
    const carol = await stage.udp();
    const { done, sent } = place(carol);
    const invite = await carol.request('INVITE');
    carol.answer(invite, port, 180, { toTag: 'carol' });
    const req = await sent;
    await until(
      () => stage.engine.counters().dialogs === 1,
      2000,
      () => 'no early dialog',
    );
    req.cancel();
    const cancel = await carol.request('CANCEL');
    accept(carol, invite);
    carol.answer(cancel, port, 200);
    await carol.request('ACK');
    carol.answer(await carol.request('BYE'), port, 200);
    await expect(done).rejects.toMatchObject({ status: 487 });
  });

  it('that is answered by nobody ends in 487 after 64*T1', async () => {
    const carol = await stage.udp();
    const { done, sent } = place(carol);
    const invite = await carol.request('INVITE');
    carol.answer(invite, port, 180, { toTag: 'carol' });
    (await sent).cancel();
    await expect(done).rejects.toMatchObject({ status: 487 });
  });
});

describe('other requests of an application', () => {
  it('reach their target and bring the answer back', async () => {
    const carol = await stage.udp();
    const req = await srf.request(uriOf(carol), { method: 'OPTIONS', headers: { 'X-Probe': '1' } });
    const options = await carol.request('OPTIONS');
    expect(options.header('x-probe')).toBe('1');
    const response = once(req, 'response');
    carol.answer(options, port, 200, { toTag: 'c', headers: ['Contact: "J. Do\u00e9" <sip:x@127.0.0.1>', 'Contact: ;'] });
    expect((await response)[0].status).toBe(200);
  });

  it('are answered 408 when nobody speaks (Timer F)', async () => {
    const carol = await stage.udp();
    const req = await srf.request(uriOf(carol), { method: 'OPTIONS' });
    expect((await once(req, 'response'))[0].status).toBe(408);
    expect(carol.count((message) => message.method === 'OPTIONS')).toBeGreaterThan(3);
  });

  it('do a digest with the ids of the challenged request kept', async () => {
    const carol = await stage.udp();
    const req = await srf.request(uriOf(carol), { method: 'REGISTER', auth: { username: 'u', password: 'p' } });
    const first = await carol.request('REGISTER');
    const response = once(req, 'response');
    carol.answer(first, port, 401, { toTag: 'c', headers: ['WWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD5, qop="auth"'] });
    // Not a copy of the first, which is sent again until it is answered.
    const second = await carol.inbox.next(({ method, cseq }) => method === 'REGISTER' && cseq !== first.cseq, 'second REGISTER', 20_000);
    expect(second.header('call-id')).toBe(first.header('call-id'));
    expect(second.cseq).toBe(first.cseq + 1);
    expect(second.header('authorization')).toContain('username="u"');
    carol.answer(second, port, 200, { toTag: 'c' });
    expect((await response)[0].status).toBe(200);
  });
});
