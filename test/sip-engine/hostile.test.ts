import type { Socket } from 'node:dgram';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fuzzSummary, runFuzz } from './fuzz/run-fuzz.ts';
import { Caller } from './support/caller.ts';
import type { Party } from './support/party.ts';
import { requestText, SDP } from './support/sip-text.ts';
import { type Srf, type Stage, setStage, unique, until } from './support/stage.ts';

let stage: Stage;
let alice: Party;

describe('hostile input', () => {
  const datagrams = Number(process.env.FUZZ_DATAGRAMS ?? 20_000);

  // `npm run fuzz` is the same with a million.
  it(`${datagrams} mangled datagrams, streams and control frames crash nothing, and afterwards every table is empty`, {
    timeout: 120_000 + 5 * datagrams,
  }, async () => {
    const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`fuzz seed ${seed}`);
    const result = await runFuzz(datagrams, seed);
    console.log(fuzzSummary(result));
    expect(result.crashes).toEqual([]);
    expect(result.left).toBe(0);
    expect(result.received).toBeGreaterThan(datagrams / 4);
  });
});

describe('a datagram from port 0', () => {
  afterEach(() => stage.close());

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
  afterEach(() => stage.close());

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

  it('closes a TCP connection over which only keep-alives come, and keeps one that has said a message', async () => {
    await stage.close();
    stage = await setStage({ limits: { tcpFirstMessageMs: 300 } });
    const port = stage.engine.sip.port;
    const [silent, phone] = [await stage.tcp(), await stage.tcp()];
    for (const party of [silent, phone]) party.send('\r\n\r\n', port);
    new Caller(phone, port).send('OPTIONS', 1, { branch: unique('z9hG4bK') });
    await until(
      () => silent.pongs === 1 && stage.engine.counters().connections === 2,
      5000,
      () => 'not both',
    );
    await until(
      () => stage.engine.counters().connectionEvents.get('tcp|closed_idle') === 1,
      5000,
      () => 'still open',
    );
    phone.send('\r\n\r\n', port);
    await until(
      () => phone.pongs === 2,
      5000,
      () => 'closed as well',
    );
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
