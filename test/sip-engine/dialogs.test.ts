import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Caller } from './support/caller.ts';
import type { Party } from './support/party.ts';
import { requestText, SDP, type SipText } from './support/sip-text.ts';
import { type Srf, type Stage, setStage, until } from './support/stage.ts';

let stage: Stage;
let srf: Srf;
let alice: Party;
let port: number;
beforeEach(async () => {
  stage = await setStage();
  srf = await stage.app();
  alice = await stage.udp();
  port = stage.engine.sip.port;
});
afterEach(() => stage.close());

async function established(): Promise<{ call: Caller; dialog: Srf }> {
  let dialog: Srf;
  srf.invite(async (req: Srf, res: Srf) => {
    dialog = await srf.createUAS(req, res, { localSdp: SDP });
  });
  await stage.serving(1);
  const call = new Caller(alice, port);
  call.invite();
  await call.answered();
  await until(
    () => dialog !== undefined,
    2000,
    () => 'no dialog',
  );
  return { call, dialog };
}

const contact = (party: Party): string[] => [`Contact: ${party.contact}`];

describe('requests in a dialog', () => {
  it('with a lower CSeq get 500 (RFC 3261 §12.2.2)', async () => {
    const { call } = await established();
    call.cseq = 5;
    call.next('INFO');
    await alice.response(200, 'INFO');
    call.send('INFO', 3, { branch: 'z9hG4bKold' });
    await alice.response(500, 'INFO');
    await call.bye();
  });

  it('behind its BYE get 481', async () => {
    const { call } = await established();
    await call.bye();
    call.next('INFO');
    await alice.response(481, 'INFO');
  });

  it('a BYE sent again gets the same answer, with another branch 481', async () => {
    const { call } = await established();
    call.next('BYE', { branch: 'z9hG4bKsame' });
    const first = await alice.response(200, 'BYE');
    call.send('BYE', call.cseq, { branch: 'z9hG4bKsame' });
    expect((await alice.response(200, 'BYE')).text).toBe(first.text);
    call.next('BYE');
    await alice.response(481, 'BYE');
  });

  it('a re-INVITE while ours is out gets 491 (RFC 3261 §14.2)', async () => {
    const { call, dialog } = await established();
    const ours = dialog.request({ method: 'INVITE', body: SDP });
    const invite = await alice.request('INVITE');
    call.next('INVITE', { headers: contact(alice), body: SDP, branch: 'z9hG4bKglare' });
    await alice.response(491, 'INVITE');
    call.ack(call.cseq, 'z9hG4bKglare');
    alice.answer(invite, port, 200, { headers: contact(alice), body: SDP });
    expect((await ours).status).toBe(200);
    await alice.request('ACK');
    await call.bye();
  });

  it('a re-INVITE of the application while theirs is unanswered gets 491 from the engine', async () => {
    const { call, dialog } = await established();
    let answer: Srf;
    dialog.on('modify', (_req: Srf, res: Srf) => {
      answer = res;
    });
    call.next('INVITE', { headers: contact(alice), body: SDP });
    await until(
      () => answer !== undefined,
      2000,
      () => 'no modify',
    );
    expect((await dialog.request({ method: 'INVITE', body: SDP })).status).toBe(491);
    answer.send(200, { body: SDP });
    await alice.response(200, 'INVITE');
    call.ack();
    await call.bye();
  });

  it('a second re-INVITE before the answer to the first gets 500 with Retry-After', async () => {
    const { call, dialog } = await established();
    let answer: Srf;
    dialog.on('modify', (_req: Srf, res: Srf) => {
      answer = res;
    });
    call.next('INVITE', { headers: contact(alice), body: SDP });
    const first = call.cseq;
    await until(
      () => answer !== undefined,
      2000,
      () => 'no modify',
    );
    call.next('INVITE', { headers: contact(alice), body: SDP, branch: 'z9hG4bKtwo' });
    expect((await alice.response(500, 'INVITE')).header('retry-after')).not.toBe('');
    call.ack(call.cseq, 'z9hG4bKtwo');
    answer.send(200, { body: SDP });
    await alice.response(200, 'INVITE');
    call.ack(first);
    await call.bye();
  });

  it('a refused re-INVITE leaves the call as it was', async () => {
    const { call, dialog } = await established();
    dialog.on('modify', (_req: Srf, res: Srf) => res.send(488));
    call.next('INVITE', { headers: contact(alice), body: SDP, branch: 'z9hG4bKno' });
    await alice.response(488, 'INVITE');
    call.ack(call.cseq, 'z9hG4bKno');
    call.next('INFO');
    await alice.response(200, 'INFO');
    await call.bye();
  });

  it('go to the new Contact after a change (RFC 3261 §12.2.1.1)', async () => {
    const { call, dialog } = await established();
    const moved = await stage.udp();
    dialog.on('modify', (_req: Srf, res: Srf) => res.send(200, { body: SDP }));
    call.next('INVITE', { headers: contact(moved), body: SDP });
    await alice.response(200, 'INVITE');
    call.ack();
    const ended = dialog.destroy();
    moved.answer(await moved.request('BYE'), port, 200);
    await ended;
  });

  it('INFO, MESSAGE, UPDATE, NOTIFY and REFER pass both ways', async () => {
    const { call, dialog } = await established();
    for (const method of ['INFO', 'MESSAGE', 'UPDATE', 'NOTIFY', 'REFER']) {
      dialog.on(method.toLowerCase(), (_req: Srf, res: Srf) => res.send(202));
      call.next(method, { headers: [...contact(alice), 'Refer-To: sip:x@127.0.0.1?Replaces=a;from-tag=b', 'Event: refer'] });
      await alice.response(202, method);
      const sent = dialog.request({
        method,
        headers: { 'Refer-To': '<sip:y@127.0.0.1>', Event: 'refer', 'Content-Type': 'text/plain' },
        body: 'hi',
      });
      const request = await alice.request(method);
      expect(request.tag('from')).toBe(call.toTag);
      expect(request.body).toBe('hi');
      alice.answer(request, port, 202);
      expect((await sent).status).toBe(202);
    }
    await call.bye();
  });
});

describe('early dialogs', () => {
  it('end with a BYE of the caller as with a CANCEL: 200, 487, and the application hears of it (RFC 3261 §15)', async () => {
    const cancelled = new Promise<void>((resolve) => {
      srf.invite((req: Srf, res: Srf) => {
        req.on('cancel', () => resolve());
        res.send(180);
      });
    });
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.invite();
    call.learn(await alice.response(180));
    call.next('BYE');
    await alice.response(200, 'BYE');
    await alice.response(487, 'INVITE');
    call.ack(1, call.branch);
    await cancelled;
  });

  it('end with a BYE of the called side that overtakes its 200: the application hears 487, and the 200 makes no call', async () => {
    const carol = await stage.udp();
    const dialog: Promise<Srf> = srf.createUAC(`sip:carol@127.0.0.1:${carol.port}`, { localSdp: SDP });
    const refused = expect(dialog).rejects.toMatchObject({ status: 487 });
    const invite = await carol.request('INVITE');
    carol.answer(invite, port, 180, { toTag: 'carol', headers: contact(carol) });
    await until(
      () => stage.engine.counters().dialogs === 1,
      5000,
      () => 'no early dialog',
    );
    const bye = requestText({
      method: 'BYE',
      uri: `sip:127.0.0.1:${port}`,
      via: carol.via('z9hG4bKovertook'),
      from: `${invite.header('to')};tag=carol`,
      to: invite.header('from'),
      callId: invite.header('call-id'),
      cseq: 1,
    });
    carol.send(bye, port);
    await carol.response(200, 'BYE');
    await refused;
    carol.answer(invite, port, 200, { toTag: 'carol', headers: contact(carol), body: SDP });
    await carol.request('ACK');
    carol.answer(await carol.request('BYE'), port, 481);
  });

  it('that are overtaken by a request of the called side: it is to come again, and no 481 ends it (RFC 5407 §3.1)', async () => {
    const carol = await stage.udp();
    const dialog: Promise<Srf> = srf.createUAC(`sip:carol@127.0.0.1:${carol.port}`, { localSdp: SDP });
    const invite = await carol.request('INVITE');
    const ask = async (method: string, cseq: number, status: number): Promise<void> => {
      const text = requestText({
        method,
        uri: `sip:127.0.0.1:${port}`,
        via: carol.via(`z9hG4bKovertakes${cseq}`),
        from: `${invite.header('to')};tag=carol`,
        to: invite.header('from'),
        callId: invite.header('call-id'),
        cseq,
        headers: contact(carol),
      });
      carol.send(text, port);
      const answer = await carol.response(status, method);
      if (method === 'INVITE') carol.send(text.replace(/INVITE/g, 'ACK').replace(/(To: .*)/, `To: ${answer.header('to')}`), port);
    };
    await ask('INFO', 1, 500);
    await ask('INVITE', 2, 491);
    carol.answer(invite, port, 200, { toTag: 'carol', headers: contact(carol), body: SDP });
    await carol.request('ACK');
    const made = await dialog;
    made.on('info', (_req: Srf, res: Srf) => res.send(200));
    await ask('INFO', 3, 200);
    const gone = made.destroy();
    carol.answer(await carol.request('BYE'), port, 200);
    await gone;
    await ask('INFO', 4, 481);
  });

  it('reliable 1xx is repeated until its PRACK; the 200 waits for it (RFC 3262 §3)', async () => {
    srf.invite((_req: Srf, res: Srf) => {
      res.send(183, { headers: { Require: '100rel' }, body: SDP });
      res.send(200, { body: SDP });
    });
    srf.bye((_req: Srf, res: Srf) => res.send(200));
    srf.prack((_req: Srf, res: Srf) => res.send(200));
    await stage.serving(3);
    const call = new Caller(alice, port);
    call.invite({ headers: ['Supported: 100rel'] });
    const progress = call.learn(await alice.response(183));
    expect(progress.header('require')).toBe('100rel');
    expect((await alice.response(183)).text).toBe(progress.text);
    expect(alice.count((message) => message.status === 200)).toBe(0);
    call.next('PRACK', { headers: [`RAck: ${progress.header('rseq')} 1 INVITE`] });
    await alice.response(200, 'PRACK');
    call.learn(await alice.response(200, 'INVITE'));
    call.next('PRACK', { headers: [`RAck: ${progress.header('rseq')} 1 INVITE`] });
    await alice.response(481, 'PRACK');
    call.ack(1);
    await call.bye();
  });

  it('reliable 1xx nobody acknowledges ends the call with 500', async () => {
    let cancelled = false;
    srf.invite((req: Srf, res: Srf) => {
      req.on('cancel', () => {
        cancelled = true;
      });
      res.send(183, { headers: { Require: '100rel' } });
    });
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.invite({ headers: ['Supported: 100rel'] });
    call.toTag = (await alice.response(500)).tag('to');
    call.ack(1, call.branch);
    await until(
      () => cancelled,
      2000,
      () => 'application not told',
    );
  });

  it('reliable 1xx is refused to the application when the caller cannot do it', async () => {
    const outcome = new Promise((resolve) => {
      srf.invite((_req: Srf, res: Srf) =>
        res.send(183, { headers: { Require: '100rel' } }, (error: unknown) => {
          resolve(error);
          res.send(486);
        }),
      );
    });
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.invite();
    expect(await outcome).toBe('Remote endpoint does not support 100rel');
    call.toTag = (await alice.response(486)).tag('to');
    call.ack(1, call.branch);
  });

  it('of the called side: PRACK with its RSeq, UPDATE answered, then the 200', async () => {
    const carol = await stage.udp();
    const done = srf.createUAC(`sip:carol@127.0.0.1:${carol.port}`, { localSdp: SDP, headers: { Supported: '100rel' } });
    const invite = await carol.request('INVITE');
    carol.answer(invite, port, 183, { toTag: 'carol', headers: [...contact(carol), 'Require: 100rel', 'RSeq: 77'], body: SDP });
    const prack = await carol.request('PRACK');
    expect(prack.header('rack')).toBe(`77 ${invite.cseq} INVITE`);
    expect(prack.cseq).toBe(invite.cseq + 1);
    carol.answer(prack, port, 200);
    carol.send(inDialog(invite, carol, 'UPDATE', 1), port);
    await carol.response(200, 'UPDATE');
    carol.answer(invite, port, 200, { toTag: 'carol', headers: contact(carol), body: SDP });
    const dialog = await done;
    expect((await carol.request('ACK')).cseq).toBe(invite.cseq);
    const ended = dialog.destroy();
    const bye = await carol.request('BYE');
    expect(bye.cseq).toBe(prack.cseq + 1);
    carol.answer(bye, port, 200);
    await ended;
  });
});

/** A request of the called side inside the dialog our INVITE made. */
function inDialog(invite: SipText, party: Party, method: string, cseq: number, headers: readonly string[] = []): string {
  return requestText({
    method,
    uri: `sip:x@127.0.0.1:${port}`,
    via: party.via(`z9hG4bK${method}${cseq}`),
    from: `${invite.header('to')};tag=carol`,
    to: invite.header('from'),
    callId: invite.header('call-id'),
    cseq,
    headers: [...contact(party), ...headers],
    body: '',
  });
}

describe('subscriptions', () => {
  it('of an application live from their 200 (or an earlier NOTIFY) to the NOTIFY that ends them', async () => {
    srf.notify((_req: Srf, res: Srf) => res.send(200));
    const carol = await stage.udp();
    const done = srf.createUAC(`sip:carol@127.0.0.1:${carol.port}`, { method: 'SUBSCRIBE', headers: { Event: 'presence' } });
    const subscribe = await carol.request('SUBSCRIBE');
    carol.send(inDialog(subscribe, carol, 'NOTIFY', 1, ['Event: presence', 'Subscription-State: active']), port);
    await carol.response(200, 'NOTIFY');
    carol.answer(subscribe, port, 202, { toTag: 'carol', headers: contact(carol) });
    await done;
    expect(stage.engine.counters().dialogs).toBe(1);
    carol.send(inDialog(subscribe, carol, 'NOTIFY', 2, ['Event: presence', 'Subscription-State: terminated;reason=noresource']), port);
    await carol.response(200, 'NOTIFY');
    await until(
      () => stage.engine.counters().dialogs === 0,
      2000,
      () => 'subscription left',
    );
  });

  it('to an application end with its final NOTIFY', async () => {
    let dialog: Srf;
    srf.subscribe(async (req: Srf, res: Srf) => {
      dialog = await srf.createUAS(req, res, { headers: { Expires: '60' } });
    });
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.send('SUBSCRIBE', 1, { branch: 'z9hG4bKsub', headers: [...contact(alice), 'Event: presence'] });
    call.learn(await alice.response(202, 'SUBSCRIBE'));
    await until(
      () => dialog !== undefined,
      2000,
      () => 'no dialog',
    );
    const ended = dialog.destroy();
    const notify = await alice.request('NOTIFY');
    expect(notify.header('subscription-state')).toBe('terminated');
    alice.answer(notify, port, 200);
    await ended;
    await until(
      () => stage.engine.counters().dialogs === 0,
      2000,
      () => 'subscription left',
    );
  });
});
