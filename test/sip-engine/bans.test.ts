import { afterEach, describe, expect, it } from 'vitest';
import { BanList } from '../../src/sip-engine/overload/ban-list.ts';
import { Caller } from './support/caller.ts';
import { SDP } from './support/sip-text.ts';
import { command, type Srf, type Stage, setStage, until } from './support/stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

const ask = (srf: Srf, line: string): Promise<string[]> => new Promise((resolve) => command(srf, line, resolve));

describe('a list of bans', () => {
  it('ends each by itself, counts an IPv6 /64 as one, and is replaced as a whole', () => {
    let now = 0;
    const bans = new BanList(() => now);
    bans.set(
      [
        { address: '192.0.2.7', remainingMs: 1000 },
        { address: '2001:db8:1:2::', remainingMs: 5000 },
      ],
      'all',
    );
    bans.set([{ address: '192.0.2.8', remainingMs: 5000 }], 'more');
    expect([bans.has('192.0.2.7'), bans.has('::ffff:192.0.2.8'), bans.has('2001:db8:1:2::99'), bans.has('2001:db8:1:3::1')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    now = 1000;
    expect([bans.has('192.0.2.7'), bans.size]).toEqual([false, 2]);
    bans.set([], 'all');
    expect([bans.has('192.0.2.8'), bans.size]).toEqual([false, 0]);
  });
});

describe('a banned source', () => {
  it('gets no answer over UDP and no connection over TCP, but its calls go on and end', async () => {
    stage = await setStage();
    const { engine } = stage;
    const srf = await stage.app();
    srf.invite((req: Srf, res: Srf) => void srf.createUAS(req, res, { localSdp: SDP }));
    await stage.serving(1);
    const alice = await stage.udp();
    const call = new Caller(alice, engine.sip.port);
    call.invite();
    await call.answered();
    expect(await ask(srf, 'bans|all\r\n127.0.0.1 60000\r\n')).toEqual(['OK']);
    expect(engine.counters().bans).toBe(1);
    const mallory = await stage.udp();
    new Caller(mallory, engine.sip.port).invite();
    await until(
      () => engine.counters().drops.get('banned') === 1,
      5000,
      () => 'not dropped',
    );
    const closed = await stage.tcp();
    closed.send('OPTIONS sip:a SIP/2.0\r\n\r\n', engine.portOf('tcp') ?? 0);
    await until(
      () => engine.counters().connectionEvents.get('tcp|refused_banned') === 1,
      5000,
      () => JSON.stringify([...engine.counters().connectionEvents]),
    );
    expect((await call.bye()).status).toBe(200);
    expect(mallory.inbox.all).toEqual([]);
    expect(await ask(srf, 'bans|all')).toEqual(['OK']);
    const again = new Caller(mallory, engine.sip.port);
    again.invite();
    await again.answered();
    await again.bye();
  });

  it('can still cancel what rings, and acknowledge its end', async () => {
    stage = await setStage();
    const { engine } = stage;
    const srf = await stage.app();
    srf.invite((_req: Srf, res: Srf) => res.send(180));
    await stage.serving(1);
    const alice = await stage.udp();
    const call = new Caller(alice, engine.sip.port);
    call.invite();
    await alice.response(180);
    await ask(srf, 'bans|all\r\n127.0.0.1 60000\r\n');
    call.cancel();
    await alice.response(200, 'CANCEL');
    call.toTag = (await alice.response(487, 'INVITE')).tag('to');
    call.ack(call.cseq, call.branch);
    await stage.idle();
    expect(engine.counters().drops.get('banned')).toBeUndefined();
  });

  it('is told in lines that are checked', async () => {
    stage = await setStage();
    const srf = await stage.app();
    for (const line of [
      'bans|all\r\nexample.com 5',
      'bans|some',
      'bans|all\r\n192.0.2.7',
      'bans|all\r\n192.0.2.7 5 6',
      'bans|all\r\n192.0.2.7 -5',
    ])
      expect(await ask(srf, line), line).toEqual(['NOK', 'invalid bans']);
    expect(stage.engine.counters().bans).toBe(0);
    expect(await ask(srf, 'ping')).toEqual(['OK', 'pong']);
  });
});
