import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Caller } from './support/caller.ts';
import type { Party } from './support/party.ts';
import { SDP } from './support/sip-text.ts';
import { type Srf, type Stage, setStage, until } from './support/stage.ts';

let stage: Stage;
let srf: Srf;
beforeEach(async () => {
  stage = await setStage();
  srf = await stage.app();
});
afterEach(() => stage.close());

async function answering(): Promise<{ dialogs: Srf[] }> {
  const dialogs: Srf[] = [];
  srf.invite(async (req: Srf, res: Srf) => dialogs.push(await srf.createUAS(req, res, { localSdp: SDP })));
  await stage.serving(1);
  return { dialogs };
}

describe.each(['udp', 'tcp'] as const)('a call to an application over %s', (transport) => {
  const party = (): Promise<Party> => (transport === 'udp' ? stage.udp() : stage.tcp());

  it('is answered, acknowledged and ended by the caller', async () => {
    const { dialogs } = await answering();
    const alice = await party();
    const call = new Caller(alice, stage.engine.sip.port);
    call.invite();
    const trying = await alice.response(100);
    expect(trying.header('to')).not.toContain('tag');
    const ok = await call.answered();
    expect(ok.body).toBe(SDP);
    expect(ok.header('contact')).toContain(`127.0.0.1:${stage.engine.sip.port}`);
    await until(
      () => dialogs.length === 1,
      2000,
      () => 'no dialog',
    );
    expect(dialogs[0].id).toBe(`${call.callId};from-tag=${call.fromTag}`);
    expect(dialogs[0].sip.localTag).toBe(call.toTag);
    const destroyed = once(dialogs[0], 'destroy');
    await call.bye();
    await destroyed;
    expect(stage.engine.counters().dialogs).toBe(0);
  });

  it('is ended by the application', async () => {
    const { dialogs } = await answering();
    const alice = await party();
    const call = new Caller(alice, stage.engine.sip.port);
    call.invite();
    await call.answered();
    await until(
      () => dialogs.length === 1,
      2000,
      () => 'no dialog',
    );
    const ended = dialogs[0].destroy();
    const bye = await alice.request('BYE');
    expect(bye.tag('to')).toBe(call.fromTag);
    expect(bye.tag('from')).toBe(call.toTag);
    alice.answer(bye, stage.engine.sip.port, 200);
    await ended;
  });

  it('can be changed by the caller and by the application', async () => {
    const { dialogs } = await answering();
    const alice = await party();
    const call = new Caller(alice, stage.engine.sip.port);
    call.invite();
    await call.answered();
    await until(
      () => dialogs.length === 1,
      2000,
      () => 'no dialog',
    );
    dialogs[0].on('modify', (_req: Srf, res: Srf) => res.send(200, { body: `${SDP}a=theirs\r\n` }));
    call.next('INVITE', { headers: [`Contact: ${alice.contact}`], body: SDP });
    const changed = await alice.response(200, 'INVITE');
    expect(changed.body).toContain('a=theirs');
    call.ack();
    const modified = dialogs[0].request({ method: 'INVITE', body: `${SDP}a=ours\r\n` });
    const reinvite = await alice.request('INVITE');
    expect(reinvite.body).toContain('a=ours');
    expect(reinvite.uri).toContain(String(alice.port));
    alice.answer(reinvite, stage.engine.sip.port, 200, { headers: [`Contact: ${alice.contact}`], body: SDP });
    const answer = await modified;
    expect(answer.status).toBe(200);
    const ack = await alice.request('ACK');
    expect(ack.cseq).toBe(reinvite.cseq);
    await call.bye();
  });
});

describe('what the caller sees', () => {
  it('is the same answer for each copy of an INVITE, provisional and final (RFC 3261 §17.2.1)', async () => {
    let answer = (): void => {};
    srf.invite((_req: Srf, res: Srf) => {
      answer = () => res.send(486);
      res.send(180);
    });
    await stage.serving(1);
    const alice = await stage.udp();
    const call = new Caller(alice, stage.engine.sip.port);
    call.invite();
    await alice.response(100);
    const ringing = await alice.response(180);
    call.invite();
    expect((await alice.response(180)).text).toBe(ringing.text);
    answer();
    const busy = await alice.response(486);
    call.invite();
    expect((await alice.response(486)).text).toBe(busy.text);
    call.toTag = busy.tag('to');
    call.ack(1, call.branch);
    await stage.idle();
  });

  it('is 100 again when the INVITE comes again before the application has spoken', async () => {
    let response: Srf;
    srf.invite((_req: Srf, res: Srf) => {
      response = res;
    });
    await stage.serving(1);
    const alice = await stage.udp();
    const call = new Caller(alice, stage.engine.sip.port);
    call.invite();
    await alice.response(100);
    call.invite();
    await alice.response(100);
    response.send(603);
    const declined = await alice.response(603);
    call.toTag = declined.tag('to');
    call.ack(1, call.branch);
  });

  it('is the 200 repeated until the ACK, then silence (RFC 3261 §13.3.1.4)', async () => {
    await answering();
    const alice = await stage.udp();
    const call = new Caller(alice, stage.engine.sip.port);
    call.invite();
    const first = call.learn(await alice.response(200));
    expect((await alice.response(200)).text).toBe(first.text);
    expect((await alice.response(200)).text).toBe(first.text);
    call.ack();
    await call.bye();
    const seen = alice.count((message) => message.status === 200 && message.cseqMethod === 'INVITE');
    await stage.idle();
    expect(alice.count((message) => message.status === 200 && message.cseqMethod === 'INVITE')).toBe(seen);
  });

  it('is a BYE when it never acknowledges; the application is told why', async () => {
    const { dialogs } = await answering();
    const alice = await stage.udp();
    const call = new Caller(alice, stage.engine.sip.port);
    call.invite();
    await until(
      () => dialogs.length === 1,
      2000,
      () => 'no dialog',
    );
    const destroyed = once(dialogs[0], 'destroy');
    const bye = await alice.request('BYE');
    expect(bye.header('reason')).toContain('ACK timeout');
    alice.answer(bye, stage.engine.sip.port, 200);
    const [, reason] = await destroyed;
    expect(reason).toBe('ACK timeout');
  });

  it('is a BYE only behind its ACK, however early the application hangs up (RFC 3261 §15)', async () => {
    const { dialogs } = await answering();
    const alice = await stage.udp();
    const call = new Caller(alice, stage.engine.sip.port);
    call.invite();
    call.learn(await alice.response(200));
    await until(
      () => dialogs.length === 1,
      2000,
      () => 'no dialog',
    );
    const ended = dialogs[0].destroy();
    await alice.response(200);
    await alice.response(200);
    expect(alice.count((message) => message.method === 'BYE')).toBe(0);
    call.ack();
    alice.answer(await alice.request('BYE'), stage.engine.sip.port, 200);
    await ended;
  });

  it('carries the route set it recorded, both ways (RFC 3261 §12)', async () => {
    const { dialogs } = await answering();
    const alice = await stage.udp();
    const call = new Caller(alice, stage.engine.sip.port);
    const routes = [`<sip:127.0.0.1:${alice.port};lr>`, '<sip:second.invalid;lr>'];
    call.invite({ headers: [`Record-Route: ${routes.join(', ')}`, 'Contact-Dummy: x'] });
    const ok = await call.answered();
    expect(ok.all('record-route')).toEqual([routes.join(', ')]);
    await until(
      () => dialogs.length === 1,
      2000,
      () => 'no dialog',
    );
    const ended = dialogs[0].destroy();
    const bye = await alice.request('BYE');
    expect(bye.all('route')).toEqual(routes);
    expect(bye.uri).toBe(`sip:party@127.0.0.1:${alice.port}`);
    alice.answer(bye, stage.engine.sip.port, 200);
    await ended;
  });

  it('is over with a BYE that cannot leave: its route asks for a transport nobody speaks (RFC 3261 §15.1.1)', async () => {
    const { dialogs } = await answering();
    const alice = await stage.udp();
    const call = new Caller(alice, stage.engine.sip.port);
    call.invite({ headers: [`Record-Route: <sip:127.0.0.1:${alice.port};transport=sctp;lr>`] });
    await call.answered();
    await until(
      () => dialogs.length === 1,
      2000,
      () => 'no dialog',
    );
    await dialogs[0].destroy().catch(() => {});
    await stage.idle();
  });
});
