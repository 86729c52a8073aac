import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Caller } from './support/caller.ts';
import type { Party } from './support/party.ts';
import { requestText, SDP } from './support/sip-text.ts';
import { type Srf, type Stage, setStage, unique, until } from './support/stage.ts';

let stage: Stage;
let alice: Party;
let port: number;
let seen: string[];
beforeEach(async () => {
  stage = await setStage();
  alice = await stage.udp();
  port = stage.engine.sip.port;
  seen = [];
});
afterEach(() => stage.close());

/** An application that takes everything and answers 200. */
async function greedy(): Promise<Srf> {
  const srf = await stage.app();
  const methods = ['invite', 'options', 'register', 'message', 'info', 'notify', 'refer', 'prack', 'bye', 'update'];
  for (const method of methods) {
    srf[method]((req: Srf, res: Srf) => {
      seen.push(req.method);
      res.send(req.method === 'INVITE' ? 486 : 200);
    });
  }
  await stage.serving(methods.length);
  return srf;
}

const request = (method: string, changes: Partial<Parameters<typeof requestText>[0]> & { lines?: readonly string[] } = {}): string =>
  requestText({
    method,
    uri: `sip:bob@127.0.0.1:${port}`,
    via: alice.via(unique('z9hG4bK')),
    from: '<sip:alice@127.0.0.1>;tag=a1',
    to: '<sip:bob@127.0.0.1>',
    callId: unique('c'),
    cseq: 1,
    headers: [`Contact: ${alice.contact}`, ...(changes.lines ?? [])],
    ...changes,
  });

async function refused(text: string, status: number, method: string): Promise<void> {
  alice.send(text, port);
  const answer = await alice.response(status, method);
  expect(answer.header('call-id')).not.toBe('');
  if (method === 'INVITE') alice.send(text.replace(/^INVITE/, 'ACK').replace(/CSeq: (\d+) INVITE/, 'CSeq: $1 ACK'), port);
}

describe('a request the engine itself refuses', () => {
  beforeEach(async () => void (await greedy()));
  afterEach(() => expect(seen).toEqual([]));

  const rows: [string, number, string, Parameters<typeof request>[1]][] = [
    ['Max-Forwards 0', 483, 'MESSAGE', { maxForwards: 0 }],
    ['an unknown required extension', 420, 'MESSAGE', { lines: ['Require: teleport'] }],
    ['an unknown method', 501, 'FOOBAR', {}],
    ['BYE of an unknown dialog', 481, 'BYE', { to: '<sip:bob@127.0.0.1>;tag=x' }],
    ['INVITE of an unknown dialog', 481, 'INVITE', { to: '<sip:bob@127.0.0.1>;tag=x' }],
    ['UPDATE of an unknown dialog', 481, 'UPDATE', { to: '<sip:bob@127.0.0.1>;tag=x' }],
    ['OPTIONS of an unknown dialog', 481, 'OPTIONS', { to: '<sip:bob@127.0.0.1>;tag=x' }],
    ['PRACK outside a dialog', 481, 'PRACK', {}],
    ['BYE outside a dialog', 481, 'BYE', {}],
    ['CANCEL of nothing', 481, 'CANCEL', {}],
    ['INVITE without Contact', 400, 'INVITE', { headers: [] }],
    ['INVITE with two Contacts', 400, 'INVITE', { lines: ['Contact: <sip:b@127.0.0.1>'] }],
    ['a Contact that is none', 400, 'REGISTER', { headers: ['Contact: ;'] }],
    ['a From without tag', 400, 'INVITE', { from: '<sip:alice@127.0.0.1>' }],
    ['a From tag that is no token', 400, 'OPTIONS', { from: '<sip:alice@127.0.0.1>;tag=a|b' }],
    ['a Call-ID with a bar', 400, 'OPTIONS', { callId: 'a|b' }],
    ['a second From', 400, 'OPTIONS', { lines: ['From: <sip:x@y>;tag=2'] }],
    ['a URI with an angle bracket', 400, 'OPTIONS', { uri: '<sip:bob@127.0.0.1>' }],
    ['a URI scheme nobody knows', 416, 'OPTIONS', { uri: 'nobody:bob' }],
    ['a Max-Forwards that is no number', 400, 'OPTIONS', { maxForwards: 300 }],
    ['a CSeq beyond 2**31', 400, 'OPTIONS', { cseq: 4_294_967_296 }],
  ];
  it.each(rows)('%s → %i', async (_name, status, method, changes) => {
    await refused(request(method, changes), status, method);
  });

  it('a CSeq of another method → 400', () =>
    refused(request('OPTIONS').replace('1 OPTIONS', '1 INVITE'), 400, 'INVITE').catch((error) => Promise.reject(error)));
  it('a body shorter than its Content-Length → 400', () =>
    refused(request('OPTIONS').replace('Content-Length: 0', 'Content-Length: 9'), 400, 'OPTIONS'));
  it('another SIP version → 505', () => refused(request('OPTIONS').replace('SIP/2.0\r\n', 'SIP/7.0\r\n'), 505, 'OPTIONS'));

  it('is silence for what is no SIP, and for an ACK or a response out of nowhere', async () => {
    for (const text of ['hello world, hello', '\r\n\r\n\r\n\r\n\r\n', request('ACK'), 'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 1.2.3.4\r\n\r\n'])
      alice.send(text, port);
    alice.send(request('CANCEL'), port);
    await alice.response(481);
    expect(alice.inbox.all.length).toBe(1);
  });
});

describe('a request the engine lets pass', () => {
  it('with Max-Forwards 0 is OPTIONS, REGISTER, or a new call, which the application judges', async () => {
    await greedy();
    alice.send(request('OPTIONS', { maxForwards: 0 }), port);
    await alice.response(200, 'OPTIONS');
    alice.send(request('INVITE', { maxForwards: 0, lines: ['Require: teleport'] }), port);
    await alice.response(100, 'INVITE');
    await until(
      () => seen.length === 2,
      2000,
      () => 'the application was not asked',
    );
    expect(seen).toEqual(['OPTIONS', 'INVITE']);
  });

  it('is only the first of two that differ in nothing but the branch: 482 (RFC 3261 §8.2.2.2)', async () => {
    await greedy();
    const text = request('MESSAGE', { callId: 'same' });
    alice.send(text, port);
    alice.send(text.replace(/z9hG4bK\w+/, 'z9hG4bKother'), port);
    await alice.response(482);
    await alice.response(200);
    expect(seen).toEqual(['MESSAGE']);
  });

  it('is only the first of two calls with one Call-ID and From tag', async () => {
    const srf = await stage.app();
    let res: Srf;
    srf.invite((_req: Srf, response: Srf) => {
      res = response;
    });
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.invite();
    await until(
      () => res !== undefined,
      2000,
      () => 'no call',
    );
    call.cseq = 2;
    call.invite({ branch: 'z9hG4bKsecond' });
    const merged = await alice.response(482);
    call.toTag = merged.tag('to');
    call.ack(2, 'z9hG4bKsecond');
    res.send(486);
    call.toTag = (await alice.response(486)).tag('to');
    call.ack(1, call.branch);
  });

  it('may name its headers short, fold them and write names drachtio-srf cannot read', async () => {
    const srf = await stage.app();
    let got: Srf;
    srf.message((req: Srf, res: Srf) => {
      got = req;
      res.send(200);
    });
    await stage.serving(1);
    const text = request('MESSAGE', {
      from: 'J. Do\u00e9 <sip:alice@127.0.0.1>;tag=a1',
      callId: 'short',
      lines: ['o: presence', 'Subject: first', '  second', '%43all-id: forged'],
    });
    alice.send(text.replace('Call-ID:', 'i :').replace('From:', 'f:').replace('Via:', 'v:'), port);
    await alice.response(200);
    expect(got.getParsedHeader('from').params.tag).toBe('a1');
    expect(got.get('call-id')).toBe('short');
    expect(got.get('event')).toBe('presence');
    expect(got.get('subject')).toBe('first second');
  });
});

describe('without an application', () => {
  it('an INVITE gets 100, then 503 with Retry-After, again for each copy', async () => {
    const call = new Caller(alice, port);
    call.invite();
    await alice.response(100);
    const refusal = await alice.response(503);
    expect(refusal.header('retry-after')).not.toBe('');
    call.invite();
    expect((await alice.response(503)).text).toBe(refusal.text);
    call.toTag = refusal.tag('to');
    call.ack(1, call.branch);
  });

  it('OPTIONS gets 200 with what we can do', async () => {
    alice.send(request('OPTIONS'), port);
    const answer = await alice.response(200);
    expect(answer.header('allow')).toContain('INVITE');
    expect(answer.header('accept')).toBe('application/sdp');
    expect(answer.header('supported')).toContain('100rel');
  });

  it('REGISTER gets 503', () => refused(request('REGISTER', { body: '' }), 503, 'REGISTER'));

  it('over TCP a message without Content-Length gets 400 and the end of the stream', async () => {
    const tcp = await stage.tcp();
    tcp.send(request('OPTIONS', { via: tcp.via('z9hG4bKx') }).replace('Content-Length: 0\r\n', ''), port);
    await tcp.response(400);
    await until(
      () => stage.engine.counters().connections === 0,
      2000,
      () => 'still open',
    );
  });

  it('a keep-alive over TCP gets its pong and a pipelined request its answer', async () => {
    const tcp = await stage.tcp();
    const text = request('OPTIONS', { via: tcp.via('z9hG4bKy'), body: SDP });
    tcp.send(`\r\n\r\n${text}${text.replace('z9hG4bKy', 'z9hG4bKz').replace(/Call-ID: \S+/, 'Call-ID: second')}`, port);
    await tcp.response(200);
    await tcp.response(200);
    expect(tcp.pongs).toBe(1);
  });
});
