import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Caller } from './support/caller.ts';
import type { Party } from './support/party.ts';
import { SDP } from './support/sip-text.ts';
import { command, type Srf, type Stage, setStage, until, vanish } from './support/stage.ts';

let stage: Stage;
let alice: Party;
let port: number;
beforeEach(async () => {
  stage = await setStage();
  alice = await stage.udp();
  port = stage.engine.sip.port;
});
afterEach(() => stage.close());

/** An application that bridges every call to `to` the way the agent does: createUAC, then createUAS. */
async function bridging(to: Party): Promise<{ srf: Srf; errors: Srf[]; bridged: () => number }> {
  const srf = await stage.app();
  const errors: Srf[] = [];
  let bridged = 0;
  srf.invite(async (req: Srf, res: Srf) => {
    let cancelled = false;
    let leg: Srf;
    req.on('cancel', () => {
      cancelled = true;
      leg?.cancel();
    });
    try {
      const uac = await srf.createUAC(
        `sip:bob@127.0.0.1:${to.port}`,
        { localSdp: req.body },
        {
          cbRequest: (_error: unknown, sent: Srf) => {
            leg = sent;
            if (cancelled) leg.cancel();
          },
          cbProvisional: (progress: Srf) => !cancelled && res.send(progress.status),
        },
      );
      const uas = await srf.createUAS(req, res, { localSdp: uac.remote.sdp });
      uas.on('destroy', () => uac.destroy().catch(() => {}));
      uac.on('destroy', () => uas.destroy().catch(() => {}));
      bridged += 1;
    } catch (error) {
      errors.push(error);
    }
  });
  return { srf, errors, bridged: () => bridged };
}

async function connected(bob: Party): Promise<Caller> {
  const call = new Caller(alice, port);
  call.invite();
  const invite = await bob.request('INVITE');
  bob.answer(invite, port, 180, { toTag: 'bob' });
  await alice.response(180);
  bob.answer(invite, port, 200, { toTag: 'bob', headers: [`Contact: ${bob.contact}`], body: SDP });
  await bob.request('ACK');
  await call.answered();
  return call;
}

describe('a bridged call', () => {
  it('rings, is answered and ended by the caller', async () => {
    const bob = await stage.udp();
    await bridging(bob);
    await stage.serving(1);
    const call = await connected(bob);
    await call.bye();
    bob.answer(await bob.request('BYE'), port, 200);
  });

  it('is ended by the called side', async () => {
    const bob = await stage.udp();
    const { bridged } = await bridging(bob);
    await stage.serving(1);
    await connected(bob);
    await until(
      () => bridged() === 1,
      20_000,
      () => 'not bridged',
    );
    await stage.engine.byeAll('Shutdown').then(
      () => {},
      () => {},
    );
    const [toAlice, toBob] = [await alice.request('BYE'), await bob.request('BYE')];
    expect(toAlice.header('reason')).toContain('Shutdown');
    alice.answer(toAlice, port, 200);
    bob.answer(toBob, port, 200);
  });

  it.each([0, 1, 5, 20])('cancelled %i ms after its INVITE rings nowhere afterwards', async (delayMs) => {
    const bob = await stage.udp();
    await bridging(bob);
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.invite();
    if (delayMs > 0) await new Promise((done) => setTimeout(done, delayMs));
    call.cancel();
    await alice.response(200, 'CANCEL');
    const ended = await alice.response(487, 'INVITE');
    call.toTag = ended.tag('to');
    call.ack(1, call.branch);
    const invite = await bob.request('INVITE');
    bob.answer(invite, port, 180, { toTag: 'bob' });
    bob.answer(await bob.request('CANCEL'), port, 200);
    bob.answer(invite, port, 487, { toTag: 'bob' });
    await bob.request('ACK');
  });
});

describe('CANCEL from the network', () => {
  it('reaches the application, whose own answer then finds no transaction', async () => {
    const srf = await stage.app();
    const outcome = new Promise<unknown>((resolve) => {
      srf.invite((req: Srf, res: Srf) => req.on('cancel', () => res.send(487, (error: unknown) => resolve(error))));
    });
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.invite();
    await alice.response(100);
    call.cancel();
    await alice.response(200, 'CANCEL');
    call.toTag = (await alice.response(487, 'INVITE')).tag('to');
    call.ack(1, call.branch);
    expect(await outcome).toBe('Response not sent due to unknown transaction');
  });

  it('finds its INVITE by Call-ID, CSeq and From tag when a NAT changed its Via', async () => {
    const srf = await stage.app();
    srf.invite((_req: Srf, res: Srf) => res.send(180));
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.invite();
    await alice.response(180);
    call.cancel('z9hG4bKother');
    await alice.response(200, 'CANCEL');
    call.toTag = (await alice.response(487, 'INVITE')).tag('to');
    call.ack(1, call.branch);
  });

  it('behind the final answer changes nothing (RFC 3261 §9.2)', async () => {
    const srf = await stage.app();
    srf.invite((req: Srf, res: Srf) => srf.createUAS(req, res, { localSdp: SDP }));
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.invite();
    await call.answered();
    call.cancel();
    await alice.response(200, 'CANCEL');
    await call.bye();
  });
});

describe('several applications', () => {
  it('get new calls in turn, and each keeps its dialogs', async () => {
    const served: number[] = [];
    for (const name of [1, 2]) {
      const srf = await stage.app();
      srf.invite(async (req: Srf, res: Srf) => {
        served.push(name);
        const dialog = await srf.createUAS(req, res, { localSdp: SDP });
        dialog.on('info', (_req: Srf, infoRes: Srf) => infoRes.send(200, { headers: { 'X-Served-By': String(name) } }));
      });
    }
    await stage.serving(2);
    const calls: Caller[] = [];
    for (let i = 0; i < 6; i += 1) {
      const call = new Caller(alice, port);
      call.invite();
      await call.answered();
      calls.push(call);
    }
    expect(served).toEqual([1, 2, 1, 2, 1, 2]);
    for (const [i, call] of calls.entries()) {
      call.next('INFO');
      expect((await call.response(200, 'INFO')).header('x-served-by')).toBe(String(served[i]));
      await call.bye();
    }
  });

  it('may drop one method and keep their calls; a repeated route takes no second turn', async () => {
    const [first, second] = [await stage.app(), await stage.app()];
    const served: string[] = [];
    first.invite(async (req: Srf, res: Srf) => {
      served.push('first');
      await first.createUAS(req, res, { localSdp: SDP });
    });
    // Each further method makes drachtio-srf register all of them again.
    first.options((_req: Srf, res: Srf) => res.send(200));
    first.message((_req: Srf, res: Srf) => res.send(200));
    second.invite((_req: Srf, res: Srf) => {
      served.push('second');
      res.send(486);
    });
    await stage.serving(4);
    const kept = new Caller(alice, port);
    kept.invite();
    await kept.answered();
    command(first, 'remove_route|invite');
    await until(
      () => stage.engine.counters().routes === 3,
      20_000,
      () => 'route not removed',
    );
    for (let i = 0; i < 3; i += 1) {
      const call = new Caller(alice, port);
      call.invite();
      call.toTag = (await call.response(486, 'INVITE')).tag('to');
      call.ack(1, call.branch);
    }
    expect(served).toEqual(['first', 'second', 'second', 'second']);
    await kept.bye();
  });

  it('cannot answer or end what another one has', async () => {
    const [owner, other] = [await stage.app(), await stage.app()];
    let request: Srf;
    owner.invite((req: Srf) => {
      request = req;
    });
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.invite();
    await until(
      () => request !== undefined,
      20_000,
      () => 'no request',
    );
    const replies: string[] = [];
    const ask = (line: string): void => command(other, line, (tokens) => replies.push(tokens.join('|')));
    ask(`sip|${request.stackTxnId}|\r\nSIP/2.0 200 OK\r\n\r\n`);
    ask(`sip||${call.callId};from-tag=${call.fromTag}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
    await until(
      () => replies.length === 2,
      20_000,
      () => 'no replies',
    );
    expect(replies).toEqual([
      'NOK|Response not sent due to unknown transaction',
      'NOK|Server error: unable to find dialog for dialog id provided',
    ]);
    request.res.send(486);
    call.toTag = (await call.response(486, 'INVITE')).tag('to');
    call.ack(1, call.branch);
  });
});

describe('an application that vanishes', () => {
  it('has its calls ended on both sides after the grace period, and its unanswered ones refused', async () => {
    const bob = await stage.udp();
    const { srf, bridged } = await bridging(bob);
    await stage.serving(1);
    const call = await connected(bob);
    await until(
      () => bridged() === 1,
      20_000,
      () => 'not bridged',
    );
    const ringing = new Caller(alice, port);
    ringing.invite();
    const unanswered = await bob.request('INVITE');
    bob.answer(unanswered, port, 180, { toTag: 'bob2' });
    await alice.response(180);
    const gone = performance.now();
    vanish(srf);
    const bye = await alice.request('BYE');
    expect(performance.now() - gone).toBeGreaterThan(90);
    expect(bye.tag('to')).toBe(call.fromTag);
    expect(bye.header('reason')).toContain('Application lost');
    alice.answer(bye, port, 200);
    bob.answer(await bob.request('BYE'), port, 200);
    bob.answer(await bob.request('CANCEL'), port, 200);
    bob.answer(unanswered, port, 487, { toTag: 'bob2' });
    const refused = await alice.response(503, 'INVITE');
    ringing.toTag = refused.tag('to');
    ringing.ack(1, ringing.branch);
  });

  it('leaves a call whose caller hangs up first with its 200', async () => {
    const srf = await stage.app();
    srf.invite((req: Srf, res: Srf) => srf.createUAS(req, res, { localSdp: SDP }));
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.invite();
    await call.answered();
    vanish(srf);
    await until(
      () => stage.engine.counters().applications === 0,
      20_000,
      () => 'still connected',
    );
    await call.bye();
    expect(alice.count((message) => message.method === 'BYE')).toBe(0);
  });
});

describe('an application that stays silent', () => {
  it('has its INVITE answered 408 and other requests 500, BYE 200', async () => {
    await stage.close();
    stage = await setStage({ timers: { applicationSilenceMs: 100, applicationRequestMs: 100 } });
    port = stage.engine.sip.port;
    alice = await stage.udp();
    const srf = await stage.app();
    srf.invite(() => {});
    srf.message(() => {});
    await stage.serving(2);
    const call = new Caller(alice, port);
    call.invite();
    call.toTag = (await alice.response(408)).tag('to');
    call.ack(1, call.branch);
    const message = new Caller(alice, port);
    message.send('MESSAGE', 1, { branch: 'z9hG4bKmessage' });
    await alice.response(500, 'MESSAGE');
  });
});
