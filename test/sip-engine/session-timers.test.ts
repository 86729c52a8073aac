import { afterEach, describe, expect, it } from 'vitest';
import type { EngineOptions } from '../../src/sip-engine/engine.ts';
import { Caller } from './support/caller.ts';
import { dnsServer, type Zone } from './support/dns-server.ts';
import type { Party } from './support/party.ts';
import { SDP, type SipText } from './support/sip-text.ts';
import { type Srf, type Stage, setStage, until } from './support/stage.ts';

/** A second of Session-Expires: 90 of them are 900 ms, half of them 450, and the far side has 600. */
const SECOND_MS = 10;
const TIMER = ['Supported: timer', 'Allow: INVITE, ACK, BYE, UPDATE'];

let stage: Stage;
let srf: Srf;
let alice: Party;
let port: number;
afterEach(() => stage.close());

async function begin(options: Partial<EngineOptions> = {}): Promise<void> {
  stage = await setStage({ ...options, timers: { sessionSecondMs: SECOND_MS, ...options.timers } });
  srf = await stage.app();
  alice = await stage.udp();
  port = stage.engine.sip.port;
}

const contact = (party: Party): string => `Contact: ${party.contact}`;

interface Answered {
  readonly call: Caller;
  readonly ok: SipText;
  /** Why the application's dialog ended. */
  readonly ended: Promise<string>;
  readonly dialog: Srf;
}

/** A call with these headers, answered by the application. */
async function answered(headers: readonly string[], answer: object = {}): Promise<Answered> {
  const made = new Promise<Srf>((resolve) => {
    srf.invite((req: Srf, res: Srf) => srf.createUAS(req, res, { localSdp: SDP, ...answer }).then(resolve));
  });
  await stage.serving(1);
  const call = new Caller(alice, port);
  call.invite({ headers });
  const ok = call.learn(await alice.response(200, 'INVITE'));
  call.ack();
  const dialog = await made;
  return { call, ok, dialog, ended: new Promise((resolve) => dialog.on('destroy', (_req: Srf, why: string) => resolve(why))) };
}

const lasting = (ms: number): Promise<void> => {
  const end = performance.now() + ms;
  return until(
    () => performance.now() >= end,
    ms + 5000,
    () => 'the clock stands',
  );
};

const answerBye = async (party: Party): Promise<SipText> => {
  const bye = await party.request('BYE');
  party.answer(bye, port, 200);
  return bye;
};

describe('a caller who asks for a session timer', () => {
  it('gets it, and a BYE when he does not refresh; the application hears why (RFC 4028 §9, §10)', async () => {
    await begin();
    const { ok, ended } = await answered([...TIMER, 'Session-Expires: 90']);
    expect([ok.header('session-expires'), ok.header('require')]).toEqual(['90;refresher=uac', 'timer']);
    expect((await answerBye(alice)).header('reason')).toContain('Session timer expired');
    expect(await ended).toBe('Session timer expired');
  });

  it('keeps the call alive with UPDATEs the application never sees', async () => {
    await begin();
    const { call, dialog } = await answered([...TIMER, 'Session-Expires: 90;refresher=uac']);
    let seen = 0;
    dialog.on('update', () => {
      seen += 1;
    });
    for (let i = 0; i < 4; i += 1) {
      await lasting(200);
      call.next('UPDATE', { headers: [contact(alice), 'Supported: timer', 'Session-Expires: 90;refresher=uac'] });
      const ok = await alice.response(200, 'UPDATE');
      expect([ok.header('session-expires'), ok.header('contact')]).toEqual(['90;refresher=uac', expect.stringContaining('sip:')]);
    }
    expect([seen, alice.count(({ method }) => method === 'BYE')]).toEqual([0, 0]);
    await answerBye(alice);
  });

  it('keeps it alive with a re-INVITE, whose answer says the terms again', async () => {
    await begin();
    const { call } = await answered([...TIMER, 'Session-Expires: 90']);
    await lasting(300);
    call.next('INVITE', { headers: [contact(alice), ...TIMER, 'Session-Expires: 120'], body: SDP });
    expect((await alice.response(200, 'INVITE')).header('session-expires')).toBe('120;refresher=uac');
    call.ack();
    await lasting(500);
    expect(alice.count(({ method }) => method === 'BYE')).toBe(0);
    await answerBye(alice);
  });

  it('and leaves refreshing to us gets UPDATEs at half time, one after the other; 481 ends the call', async () => {
    await begin();
    const { call, ended } = await answered([...TIMER, 'Session-Expires: 90;refresher=uas']);
    const first = await alice.request('UPDATE');
    expect([first.header('session-expires'), first.header('supported'), first.body, first.tag('from')]).toEqual([
      '90;refresher=uac',
      'timer',
      '',
      call.toTag,
    ]);
    alice.answer(first, port, 200, { headers: [contact(alice), 'Session-Expires: 90;refresher=uac', 'Require: timer'] });
    let second = await alice.request('UPDATE');
    // The first may have been sent again before our answer arrived.
    while (second.cseq === first.cseq) second = await alice.request('UPDATE');
    expect(second.cseq).toBe(first.cseq + 1);
    alice.answer(second, port, 481);
    await answerBye(alice);
    expect(await ended).toBe('Dialog lost');
  });

  it('and takes no UPDATE is refreshed by a re-INVITE with the same SDP, acknowledged here', async () => {
    await begin();
    const { call, ok } = await answered(['Supported: timer', 'Session-Expires: 90;refresher=uas']);
    const refresh = await alice.request('INVITE');
    expect(refresh.body).toBe(ok.body);
    call.next('INVITE', { headers: [contact(alice)], body: SDP, branch: 'z9hG4bKglare' });
    await alice.response(491, 'INVITE');
    call.ack(call.cseq, 'z9hG4bKglare');
    alice.answer(refresh, port, 200, { headers: [contact(alice), 'Session-Expires: 90;refresher=uac'], body: SDP });
    expect((await alice.request('ACK')).cseq).toBe(refresh.cseq);
    await call.bye();
  });

  it('who is silent then has lost the call', async () => {
    await begin({ timers: { requestTimeoutMs: 120 } });
    const { ended } = await answered([...TIMER, 'Session-Expires: 90;refresher=uas']);
    await alice.request('UPDATE');
    await answerBye(alice);
    expect(await ended).toBe('Dialog lost');
  });

  it('who answers our re-INVITE with 100 and then no more has lost the call, and nothing is left of it', async () => {
    await begin({ timers: { requestTimeoutMs: 120 } });
    const { ended } = await answered(['Supported: timer', 'Session-Expires: 90;refresher=uas']);
    alice.answer(await alice.request('INVITE'), port, 100);
    await answerBye(alice);
    expect(await ended).toBe('Dialog lost');
  });

  it('who finds each session too short is asked twice in a refresh, without SDP, and then as any that refuses', async () => {
    await begin();
    const { ended } = await answered([...TIMER, 'Session-Expires: 90;refresher=uas']);
    const asked: string[] = [];
    for (const seen = new Set<number>(); ; ) {
      const next = await alice.inbox.next(({ method }) => method === 'UPDATE' || method === 'BYE', 'UPDATE or BYE', 5000);
      alice.answer(next, port, next.method === 'BYE' ? 200 : 422, { headers: ['Min-SE: 200'] });
      if (next.method === 'BYE') break;
      if (!seen.has(next.cseq)) asked.push(`${next.header('session-expires')} ${next.body}`);
      seen.add(next.cseq);
    }
    expect(asked.slice(0, 3)).toEqual(['90;refresher=uac ', '200;refresher=uac ', '90;refresher=uac ']);
    expect(await ended).toBe('Session timer expired');
  });

  it('who wants a password for a refresh is there: he is left alone until the next one', async () => {
    await begin();
    const { call } = await answered([...TIMER, 'Session-Expires: 90;refresher=uas']);
    const times: number[] = [];
    for (let seq = 0; times.length < 3; ) {
      const update = await alice.request('UPDATE');
      alice.answer(update, port, 407, { headers: ['Proxy-Authenticate: Digest realm="r", nonce="n"'] });
      if (update.cseq > seq) times.push(performance.now());
      seq = update.cseq;
    }
    const [first = 0, second = 0, third = 0] = times;
    // Three of them take longer than the session.
    expect(Math.min(second - first, third - second)).toBeGreaterThan(300);
    await call.bye();
  });

  it('who cannot be reached just now is tried until the session ends', async () => {
    await begin();
    const { ended } = await answered([...TIMER, 'Session-Expires: 90;refresher=uas', 'Record-Route: <sip:127.0.0.1:1;transport=tcp;lr>']);
    expect(await ended).toBe('Session timer expired');
  });

  it('by a name is refreshed at its next address when the first one is silent or has no service (RFC 3263 §4.3)', async () => {
    const zone: Zone = { 'edge.test': { a: ['127.0.0.1'] } };
    const dns = await dnsServer(zone);
    try {
      await begin({ dnsServers: [dns.address], timers: { nextTargetMs: 60 } });
      const [silent, busy, edge] = [await stage.udp(), await stage.udp(), await stage.udp()];
      zone['_sip._udp.edge.test'] = { srv: [silent, busy, edge].map((party, i) => [i, 0, party.port, 'edge.test'] as const) };
      const { call } = await answered([...TIMER, 'Session-Expires: 90;refresher=uas', 'Record-Route: <sip:edge.test;lr>']);
      await silent.request('UPDATE');
      const refused = await busy.request('UPDATE');
      busy.answer(refused, port, 503);
      const taken = await edge.request('UPDATE');
      expect(taken.cseq).toBe(refused.cseq);
      edge.answer(taken, port, 200, { headers: ['Session-Expires: 9000;refresher=uac', contact(alice)] });
      await call.bye();
    } finally {
      await dns.close();
    }
  });

  it('with a session too short gets 422 with Min-SE, in a call as before it (RFC 4028 §9)', async () => {
    await begin({ minSeS: 200 });
    const { call } = await answered([...TIMER, 'Session-Expires: 300']);
    const hasty = new Caller(alice, port);
    hasty.invite({ headers: [...TIMER, 'Session-Expires: 150'] });
    const refused = await alice.response(422, 'INVITE');
    expect(refused.header('min-se')).toBe('200');
    hasty.toTag = refused.tag('to');
    hasty.ack(1, hasty.branch);
    call.next('UPDATE', { headers: [contact(alice), 'Supported: timer', 'Session-Expires: 100'] });
    expect((await alice.response(422, 'UPDATE')).header('min-se')).toBe('200');
    await call.bye();
  });

  it('through a proxy, without knowing timers himself, is refreshed by us (RFC 4028 §9)', async () => {
    await begin();
    const { call, ok } = await answered(['Allow: INVITE, ACK, BYE, UPDATE', 'Session-Expires: 90']);
    expect([ok.header('session-expires'), ok.header('require')]).toEqual(['90;refresher=uas', '']);
    alice.answer(await alice.request('UPDATE'), port, 200, { headers: [contact(alice)] });
    // The answer says nothing of a timer: we go on as long as we refresh.
    alice.answer(await alice.request('UPDATE'), port, 200, { headers: [contact(alice)] });
    await call.bye();
  });
});

describe('a caller who asks for none', () => {
  it('gets none, though he knows them', async () => {
    await begin();
    const { call, ok } = await answered(TIMER);
    expect(ok.header('session-expires')).toBe('');
    await until(
      () => stage.engine.counters().transactions === 0,
      5000,
      () => 'transactions left',
    );
    expect(stage.engine.counters()).toMatchObject({ timers: 0, dialogs: 1 });
    await call.bye();
  });

  it('gets one when the application or the engine wants one and he knows them', async () => {
    await begin({ sessionExpiresS: 100 });
    const mine = await answered(TIMER);
    expect([mine.ok.header('session-expires'), mine.ok.header('require')]).toEqual(['100;refresher=uac', 'timer']);
    await mine.call.bye();
    const unknowing = new Caller(alice, port);
    unknowing.invite();
    expect((await unknowing.answered()).header('session-expires')).toBe('');
    await unknowing.bye();
  });

  it('gets the application’s, which is never more than he asked for', async () => {
    await begin();
    const { call, ok } = await answered([...TIMER, 'Session-Expires: 100'], { headers: { 'Session-Expires': '1800;refresher=uac' } });
    expect(ok.all('session-expires')).toEqual(['100;refresher=uac']);
    await call.bye();
  });
});

describe('an application that asks for a session timer', () => {
  async function calling(): Promise<{ carol: Party; invite: SipText; dialog: Promise<Srf> }> {
    const carol = await stage.udp();
    const dialog = srf.createUAC(`sip:carol@127.0.0.1:${carol.port}`, { localSdp: SDP, headers: { 'Session-Expires': '100' } });
    return { carol, invite: await carol.request('INVITE'), dialog };
  }
  const accept = (carol: Party, invite: SipText, ...headers: string[]): void =>
    carol.answer(invite, port, 200, { toTag: 'carol', headers: [contact(carol), ...headers], body: SDP });

  it('says so in its INVITE and refreshes when it is to (RFC 4028 §7.1, §10)', async () => {
    await begin();
    const { carol, invite, dialog } = await calling();
    expect([invite.header('session-expires'), invite.header('supported')]).toEqual(['100', 'timer']);
    accept(carol, invite, 'Session-Expires: 100;refresher=uac', 'Allow: UPDATE');
    const made = await dialog;
    carol.answer(await carol.request('UPDATE'), port, 200, { headers: [contact(carol), 'Session-Expires: 100;refresher=uac'] });
    // A change of the call keeps the timer.
    const changed = made.request({ method: 'INVITE', body: SDP });
    const reinvite = await carol.request('INVITE');
    expect([reinvite.header('session-expires'), reinvite.header('supported')]).toEqual(['100;refresher=uac', 'timer']);
    accept(carol, reinvite, 'Session-Expires: 100;refresher=uac');
    expect((await changed).status).toBe(200);
    const gone = made.destroy();
    await answerBye(carol);
    await gone;
  });

  it('of a far side that wants longer ones asks again as that wants, unseen by the application (RFC 4028 §7.3)', async () => {
    await begin();
    const { carol, invite, dialog } = await calling();
    carol.answer(invite, port, 422, { toTag: 'x', headers: ['Min-SE: 300'] });
    const longer = await carol.request('INVITE');
    expect([longer.header('session-expires'), longer.header('min-se')]).toEqual(['300', '300']);
    expect([longer.header('call-id'), longer.cseq, longer.tag('from')]).toEqual([
      invite.header('call-id'),
      invite.cseq + 1,
      invite.tag('from'),
    ]);
    accept(carol, longer, 'Session-Expires: 300;refresher=uas', 'Require: timer');
    const made = await dialog;
    expect((await carol.request('ACK')).cseq).toBe(invite.cseq);
    expect((await carol.request('ACK')).cseq).toBe(longer.cseq);
    const gone = made.destroy();
    await answerBye(carol);
    await gone;
  });

  it('hears of a 422 to an INVITE with credentials, which only it can give anew', async () => {
    await begin();
    const carol = await stage.udp();
    const dialog = srf.createUAC(`sip:carol@127.0.0.1:${carol.port}`, {
      localSdp: SDP,
      headers: { 'Session-Expires': '100', 'Proxy-Authorization': 'Digest username="a", nc=00000001' },
    });
    carol.answer(await carol.request('INVITE'), port, 422, { toTag: 'x', headers: ['Min-SE: 300'] });
    await expect(dialog).rejects.toMatchObject({ status: 422 });
  });

  it('hears of a second 422 as it comes', async () => {
    await begin();
    const { carol, invite, dialog } = await calling();
    carol.answer(invite, port, 422, { toTag: 'x', headers: ['Min-SE: 300'] });
    carol.answer(await carol.request('INVITE'), port, 422, { toTag: 'x', headers: ['Min-SE: 400'] });
    await expect(dialog).rejects.toMatchObject({ status: 422 });
  });

  it('of a far side that is to refresh and does not ends the call', async () => {
    await begin();
    const { carol, invite, dialog } = await calling();
    accept(carol, invite, 'Session-Expires: 100;refresher=uas', 'Require: timer');
    const made = await dialog;
    const ended = new Promise((resolve) => made.on('destroy', (_req: Srf, why: string) => resolve(why)));
    expect((await answerBye(carol)).header('reason')).toContain('Session timer expired');
    expect(await ended).toBe('Session timer expired');
  });

  it('of a far side that knows none has none; one that says 0 seconds keeps nobody busy', async () => {
    await begin();
    const plain = await calling();
    accept(plain.carol, plain.invite);
    const made = await plain.dialog;
    const hostile = await calling();
    accept(hostile.carol, hostile.invite, 'Session-Expires: 0;refresher=uac', 'Allow: UPDATE');
    const other = await hostile.dialog;
    await lasting(100);
    expect(hostile.carol.count(({ method }) => method === 'UPDATE')).toBe(0);
    const gone = [made.destroy(), other.destroy()];
    await answerBye(plain.carol);
    await answerBye(hostile.carol);
    await Promise.all(gone);
  });
});
