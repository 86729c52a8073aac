import type { Socket } from 'node:dgram';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Caller } from './support/caller.ts';
import type { Party } from './support/party.ts';
import { requestText, SDP } from './support/sip-text.ts';
import { type Srf, type Stage, setStage, unique, until } from './support/stage.ts';

let stage: Stage;
let alice: Party;
afterEach(() => stage.close());

/** A small generator with a printed seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const METHODS = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'REGISTER', 'PRACK', 'UPDATE', 'INFO', 'SUBSCRIBE', 'NOTIFY', 'REFER', 'X'];
const PIECES = [
  '\r\n',
  ':',
  ';',
  ',',
  '<',
  '>',
  '"',
  '=',
  '|',
  '\u0000',
  '\u00ff',
  '%',
  'tag=',
  'Via: ',
  '0',
  '99999999999',
  ' ',
  '\t',
  '@',
  '[',
  'SIP/2.0',
  'A'.repeat(300),
];

describe('hostile input', () => {
  const datagrams = Number(process.env.FUZZ_DATAGRAMS ?? 20_000);

  it(`${datagrams} mangled datagrams crash nothing, and afterwards every table is empty`, { timeout: 60_000 + datagrams }, async () => {
    stage = await setStage({
      timers: { applicationSilenceMs: 200, applicationRequestMs: 100, applicationFinalMs: 300 },
      // All of it has to be looked at.
      limits: { sourceRequestsPerSecond: 1e9, newRequestsPerSecond: 1e9, refusalsPerSecond: 1e9 },
      scanners: [],
    });
    alice = await stage.udp();
    const srf = await stage.app();
    for (const method of ['options', 'register', 'info', 'message']) srf[method]((_req: Srf, res: Srf) => res.send(200));
    srf.subscribe((_req: Srf, res: Srf) => res.send(200, { headers: { Expires: '0' } }));
    srf.invite((req: Srf, res: Srf) =>
      req.get('call-id').length % 2 === 0 ? res.send(486) : srf.createUAS(req, res, { localSdp: SDP }).catch(() => {}),
    );
    await stage.serving(6);
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`fuzz seed ${seed}`);
    const next = random(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
    const { port } = stage.engine.sip;
    for (let i = 0; i < datagrams; i += 1) {
      const method = pick(METHODS);
      let text = requestText({
        method,
        uri: `sip:bob@127.0.0.1:${port}`,
        via: alice.via(`z9hG4bK${Math.floor(next() * 500)}`),
        from: `<sip:a@b>;tag=${Math.floor(next() * 20)}`,
        to: next() < 0.3 ? `<sip:x@y>;tag=${Math.floor(next() * 20)}` : '<sip:x@y>',
        callId: `fuzz${Math.floor(next() * 100)}`,
        cseq: 1 + Math.floor(next() * 3),
        headers: [`Contact: ${alice.contact}`, 'Event: presence'],
        body: next() < 0.5 ? SDP : '',
      });
      if (next() < 0.1) text = text.replace(/^.*\r\n/, `SIP/2.0 ${100 + Math.floor(next() * 600)} x\r\n`);
      for (let n = Math.floor(next() * 4); n > 0; n -= 1) {
        const at = Math.floor(next() * text.length);
        text = text.slice(0, at) + (next() < 0.7 ? pick(PIECES) : '') + text.slice(at + Math.floor(next() * 6));
      }
      alice.send(text, port);
      if (i % 200 === 0) await new Promise((done) => setImmediate(done));
    }
    await until(
      () => stage.engine.counters().messages.size > 10,
      5000,
      () => 'nothing arrived',
    );
    await stage.idle(30_000);
    expect(stage.engine.counters().drops.get('internal_error')).toBeUndefined();
    alice.send(
      requestText({
        method: 'OPTIONS',
        uri: 'sip:x@y',
        via: alice.via(unique('z9hG4bK')),
        from: '<sip:a@b>;tag=last',
        to: '<sip:x@y>',
        callId: unique('c'),
        cseq: 1,
      }),
      port,
    );
    await until(
      () => alice.inbox.all.some((message) => message.status === 200 && message.tag('from') === 'last'),
      3000,
      () => 'no answer',
    );
  });
});

describe('a datagram from port 0', () => {
  it('is dropped, whatever it asks for: nothing stays behind, and the engine goes on', async () => {
    const sockets = new Set<Socket>();
    // No ordinary socket sends from port 0: the engine's own is handed what the kernel would hand it.
    const made = (message: unknown): void => {
      const { socket } = message as { socket: Socket };
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    };
    subscribe('udp.socket', made);
    stage = await setStage();
    unsubscribe('udp.socket', made);
    alice = await stage.udp();
    const srf = await stage.app();
    srf.register((_req: Srf, res: Srf) => res.send(401));
    await stage.serving(1);
    const { port } = stage.engine.sip;
    const mine = [...sockets].filter((socket) => socket.listenerCount('message') > 0 && socket.address().port === port);
    expect(mine).toHaveLength(1);
    const methods = ['REGISTER', 'OPTIONS', 'INVITE', 'BYE'];
    for (const method of methods) {
      const facts = { method, uri: 'sip:x@127.0.0.1', via: alice.via(unique('z9hG4bK')), callId: unique('zero-'), cseq: 1 };
      const text = requestText({ ...facts, from: '<sip:a@b>;tag=a', to: '<sip:x@y>', headers: [`Contact: ${alice.contact}`] });
      mine[0]?.emit('message', Buffer.from(text), { address: '127.0.0.1', family: 'IPv4', port: 0, size: text.length });
      expect(stage.engine.counters().transactions).toBe(0);
    }
    expect(stage.engine.counters().drops.get('bad_source')).toBe(methods.length);
    const call = new Caller(alice, port);
    call.invite();
    await alice.response(503, 'INVITE');
  });
});

describe('a full table', () => {
  beforeEach(async () => {
    stage = await setStage({ limits: { transactionsMax: 4 } });
    alice = await stage.udp();
  });

  it('refuses new calls with 503 and Retry-After but still lets calls be ended', async () => {
    const srf = await stage.app();
    srf.invite((req: Srf, res: Srf) => srf.createUAS(req, res, { localSdp: SDP }));
    await stage.serving(1);
    const calls = [];
    for (let i = 0; i < 4; i += 1) {
      const call = new Caller(alice, stage.engine.sip.port);
      call.invite();
      await call.answered();
      calls.push(call);
    }
    const extra = new Caller(alice, stage.engine.sip.port);
    extra.invite();
    expect((await alice.response(503)).header('retry-after')).not.toBe('');
    await calls[0]?.bye();
    await stage.engine.byeAll('over').catch(() => {});
    for (const _ of [1, 2, 3]) alice.answer(await alice.request('BYE'), stage.engine.sip.port, 200);
  });

  it('takes no more TCP connections than its limit', async () => {
    await stage.close();
    stage = await setStage({ limits: { connectionsMax: 2 } });
    const parties = [await stage.tcp(), await stage.tcp(), await stage.tcp()];
    for (const party of parties) party.send('\r\n\r\n', stage.engine.sip.port);
    await until(
      () => (stage.engine.counters().drops.get('connection_limit') ?? 0) >= 1,
      3000,
      () => 'not refused',
    );
    expect(stage.engine.counters().connections).toBeLessThanOrEqual(2);
    expect(parties.reduce((sum, party) => sum + party.pongs, 0)).toBeLessThanOrEqual(2);
  });

  it('closes a TCP connection that stays idle', async () => {
    await stage.close();
    stage = await setStage({ limits: { tcpIdleMs: 50 } });
    const party = await stage.tcp();
    party.send('\r\n\r\n', stage.engine.sip.port);
    await until(
      () => party.pongs === 1,
      3000,
      () => 'no pong',
    );
    await until(
      () => stage.engine.counters().connections === 0,
      3000,
      () => 'still open',
    );
  });
});
