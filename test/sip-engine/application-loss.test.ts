import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Caller } from './support/caller.ts';
import type { Party } from './support/party.ts';
import { SDP } from './support/sip-text.ts';
import { command, type Srf, type Stage, setStage, unique, until, vanish } from './support/stage.ts';

let stage: Stage;
let alice: Party;
let port: number;
beforeEach(async () => {
  stage = await setStage({ graceMs: 400 });
  alice = await stage.udp();
  port = stage.engine.sip.port;
});
afterEach(() => stage.close());

/** An application that does this with each INVITE. */
async function serving(routes: number, take: (req: Srf, res: Srf, srf: Srf) => void): Promise<Srf> {
  const srf = await stage.app();
  srf.invite((req: Srf, res: Srf) => take(req, res, srf));
  await stage.serving(routes);
  return srf;
}

const accept = (req: Srf, res: Srf, srf: Srf): void => void srf.createUAS(req, res, { localSdp: SDP });

/** Resolves with the application that was given an INVITE and does nothing about it. */
const thinking = (routes: number, first: (req: Srf, res: Srf, srf: Srf) => void = () => {}): Promise<{ srf: Srf; taken: Promise<void> }> =>
  new Promise((resolve, reject) => {
    let took: () => void;
    const taken = new Promise<void>((done) => {
      took = done;
    });
    serving(routes, (req, res, srf) => {
      first(req, res, srf);
      took();
    }).then((srf) => resolve({ srf, taken }), reject);
  });

describe('an application that is lost with an INVITE', () => {
  it('it said nothing about: another one gets it, and its own called side is cancelled (decision C9)', async () => {
    const carol = await stage.udp();
    const lost = await thinking(1, (_req, res, srf) => {
      res.send(100);
      srf.createUAC(`sip:127.0.0.1:${carol.port}`, { localSdp: SDP }).catch(() => {});
    });
    const call = new Caller(alice, port);
    call.invite();
    await lost.taken;
    const invite = await carol.request('INVITE');
    carol.answer(invite, port, 180, { toTag: 'carol' });
    await serving(2, accept);
    vanish(lost.srf);
    await call.answered();
    carol.answer(await carol.request('CANCEL'), port, 200);
    carol.answer(invite, port, 487, { toTag: 'carol' });
    await carol.request('ACK');
    await call.bye();
  });

  it('whose called side had answered already: that call ends at once, and no other of its calls does', async () => {
    await stage.close();
    stage = await setStage({ graceMs: 1500 });
    [alice, port] = [await stage.udp(), stage.engine.sip.port];
    const [carol, dave] = [await stage.udp(), await stage.udp()];
    // The first call is put through as a whole; of the second one only its called side has answered.
    const legs = [carol, dave];
    const lost = await thinking(1, (req, res, srf) => {
      const leg = legs.shift();
      if (leg === carol) void srf.createB2BUA(req, res, `sip:127.0.0.1:${carol.port}`);
      else srf.createUAC(`sip:127.0.0.1:${dave.port}`, { localSdp: SDP });
    });
    const accepted = async (party: Party): Promise<void> => {
      party.answer(await party.request('INVITE'), port, 200, { toTag: unique('b'), headers: [`Contact: ${party.contact}`], body: SDP });
      await party.request('ACK');
    };
    const whole = new Caller(alice, port);
    whole.invite();
    await accepted(carol);
    await whole.answered();
    const half = new Caller(alice, port);
    half.invite();
    await accepted(dave);
    await serving(2, accept);
    vanish(lost.srf);
    const bye = await dave.request('BYE');
    expect([alice, carol].map((party) => party.count(({ method }) => method === 'BYE'))).toEqual([0, 0]);
    dave.answer(bye, port, 200);
    await half.answered();
    await half.bye();
    for (const party of [alice, carol]) party.answer(await party.request('BYE'), port, 200);
  });

  it('with nobody else there: whoever comes before the grace is over takes it', async () => {
    const lost = await thinking(1);
    const call = new Caller(alice, port);
    call.invite();
    await lost.taken;
    vanish(lost.srf);
    await serving(1, accept);
    await call.answered();
    await call.bye();
  });

  it('it had answered with 180: the caller hears 503 when the grace is over', async () => {
    const lost = await thinking(1, (_req, res) => res.send(180));
    const call = new Caller(alice, port);
    call.invite();
    await alice.response(180);
    await serving(2, accept);
    vanish(lost.srf);
    const refused = await alice.response(503);
    call.toTag = refused.tag('to');
    call.ack(1, call.branch);
  });

  it('that ends two applications: it does not get a third one', async () => {
    const [first, second] = [await thinking(1), await thinking(2)];
    const call = new Caller(alice, port);
    call.invite();
    await first.taken;
    vanish(first.srf);
    await second.taken;
    let seen = 0;
    await serving(2, () => {
      seen += 1;
    });
    vanish(second.srf);
    const refused = await alice.response(503);
    call.toTag = refused.tag('to');
    call.ack(1, call.branch);
    expect(seen).toBe(0);
  });
});

describe('an engine that forgets INVITEs an application says nothing about', () => {
  it('answers those of a lost application all the same: 503, and nobody waits for ever', async () => {
    await stage.close();
    stage = await setStage({ graceMs: 1000, silentInvites: 'forget', timers: { applicationSilenceMs: 100 } });
    alice = await stage.udp();
    port = stage.engine.sip.port;
    const lost = await thinking(1);
    const call = new Caller(alice, port);
    call.invite();
    await lost.taken;
    vanish(lost.srf);
    const refused = await alice.response(503);
    call.toTag = refused.tag('to');
    call.ack(1, call.branch);
  });
});

describe('draining (decision C19)', () => {
  it('an application without routes keeps its calls and gets no new one; a fresh one gets them all', async () => {
    const old = await serving(1, accept);
    const call = new Caller(alice, port);
    call.invite();
    await call.answered();
    let served = 0;
    await serving(2, (req, res, srf) => {
      served += 1;
      accept(req, res, srf);
    });
    await new Promise<void>((done) => command(old, 'remove_route|invite', () => done()));
    for (let i = 0; i < 2; i += 1) {
      const next = new Caller(alice, port);
      next.invite();
      await next.answered();
      await next.bye();
    }
    expect(served).toBe(2);
    await call.bye();
  });

  it('an engine told to refuses new calls with 503 and Retry-After and lets the others live', async () => {
    const srf = await serving(1, accept);
    srf.register((_req: Srf, res: Srf) => res.send(200));
    await stage.serving(2);
    const call = new Caller(alice, port);
    call.invite();
    await call.answered();
    await new Promise<void>((done) => command(srf, 'drain', () => done()));
    const late = new Caller(alice, port);
    late.invite();
    const refused = await alice.response(503);
    expect(Number(refused.header('retry-after'))).toBeGreaterThan(0);
    late.toTag = refused.tag('to');
    late.ack(1, late.branch);
    // Registrations of phones in calls must not lapse meanwhile (issue 6).
    for (const method of ['REGISTER', 'OPTIONS']) {
      new Caller(alice, port).send(method, 1, { branch: unique('z9hG4bK'), headers: [`Contact: ${alice.contact}`] });
      await alice.response(200, method);
    }
    call.next('INFO');
    await alice.response(200, 'INFO');
    await call.bye();
    await until(
      () => stage.engine.counters().dialogs === 0,
      5000,
      () => 'a dialog is left',
    );
    await new Promise<void>((done) => command(srf, 'drain|off', () => done()));
    const again = new Caller(alice, port);
    again.invite();
    await again.answered();
    await again.bye();
  });
});
