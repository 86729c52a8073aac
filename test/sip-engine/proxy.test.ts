import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bestOutcome } from '../../src/sip-engine/proxy/best-response.ts';
import { Caller } from './support/caller.ts';
import type { Party } from './support/party.ts';
import { requestText, responseText, SDP, type SipText } from './support/sip-text.ts';
import { type Srf, type Stage, setStage, until, vanish } from './support/stage.ts';

let stage: Stage;
let srf: Srf;
let alice: Party;
let carol: Party;
let dave: Party;
let port: number;
beforeEach(async () => {
  // The caller of a cancelled INVITE acknowledges at once: nothing has to linger for long.
  stage = await setStage({ timers: { inviteTimeoutMs: 800 } });
  srf = await stage.app();
  [alice, carol, dave] = [await stage.udp(), await stage.udp(), await stage.udp()];
  port = stage.engine.sip.port;
});
afterEach(() => stage.close());

interface Results {
  readonly connected: boolean;
  readonly finalStatus: number;
  readonly responses: readonly { readonly port: number; readonly msgs: readonly { readonly status: number }[] }[];
}

const at = (party: Party): string =>
  `sip:${party.host}:${party.port}${party.transport === 'UDP' ? '' : `;transport=${party.transport.toLowerCase()}`}`;
const contact = (party: Party): string[] => [`Contact: ${party.contact}`];

interface Options {
  readonly to: readonly string[];
  readonly [option: string]: unknown;
}

/** Has the application pass requests on; `told` is what it hears of the first. */
async function passingOn(options: Options, method = 'invite'): Promise<{ readonly told: Promise<Results | string> }> {
  const told = new Promise<Results | string>((resolve) => {
    srf[method]((req: Srf) => srf.proxyRequest(req, [...options.to], options).then(resolve, resolve));
  });
  await stage.serving(1);
  return { told };
}

/** A call that is passed on. */
async function calling(options: Options, invite = {}): Promise<{ readonly call: Caller; readonly told: Promise<Results | string> }> {
  const { told } = await passingOn(options);
  const call = new Caller(alice, port);
  call.invite(invite);
  return { call, told };
}

/** Route header lines of the caller for an answer with Record-Route. */
const routesOf = (answer: SipText): string[] =>
  answer
    .all('record-route')
    .reverse()
    .map((value) => `Route: ${value}`);

/** Learns an answer, acknowledges it along its route and gives that route. */
function acknowledge(call: Caller, answer: SipText): string[] {
  const headers = routesOf(call.learn(answer));
  call.send('ACK', call.cseq, { branch: `z9hG4bKack${call.callId}${call.cseq}`, headers });
  return headers;
}

function refusedAck(call: Caller, answer: SipText): void {
  call.toTag = answer.tag('to');
  call.ack(1, call.branch);
}

async function answerCall(party: Party, tag: string): Promise<SipText> {
  const invite = await party.request('INVITE');
  party.answer(invite, port, 200, { toTag: tag, headers: contact(party), body: SDP });
  return invite;
}

async function hangUp(call: Caller, callee: Party, headers: readonly string[]): Promise<SipText> {
  call.next('BYE', { headers });
  const bye = await callee.request('BYE');
  callee.answer(bye, port, 200);
  await alice.response(200, 'BYE');
  return bye;
}

describe('a request passed on', () => {
  it('has one hop less, our Via and, when asked, our Record-Route, and its answer comes back without them (RFC 3261 §16.6, §16.7)', async () => {
    const { call, told } = await calling({ to: [at(carol)], remainInDialog: true, headers: { 'X-Trunk': 'a' } }, { headers: ['X-Own: 1'] });
    const invite = await carol.request('INVITE');
    expect(invite.all('via')).toHaveLength(2);
    expect(invite.header('max-forwards')).toBe('69');
    expect([invite.header('x-own'), invite.header('x-trunk'), invite.body]).toEqual(['1', 'a', SDP]);
    expect(invite.uri).toBe(at(carol));
    expect(invite.header('contact')).toBe(alice.contact);
    expect(invite.all('record-route')).toEqual([expect.stringMatching(/^<sip:[\w.-]+@127\.0\.0\.1:\d+;lr>$/)]);
    carol.answer(invite, port, 180, { toTag: 'carol', headers: contact(carol) });
    expect((await alice.response(180)).all('via')).toHaveLength(1);
    carol.answer(invite, port, 200, { toTag: 'carol', headers: contact(carol), body: SDP });
    const headers = acknowledge(call, await alice.response(200));
    expect(headers).toHaveLength(1);
    const ack = await carol.request('ACK');
    expect([ack.all('route'), ack.header('max-forwards')]).toEqual([[], '69']);
    expect(await told).toMatchObject({ connected: true, finalStatus: 200 });
    expect((await hangUp(call, carol, headers)).all('via')).toHaveLength(2);
  });

  it('whose Request-URI names somebody else keeps it; a Route that names us is taken off (RFC 3261 §16.4)', async () => {
    const { told } = await passingOn({ to: [at(carol)] });
    const call = new Caller(alice, port);
    call.target = 'sip:bob@elsewhere.invalid';
    call.invite({ headers: [`Route: <sip:127.0.0.1:${port};lr>`] });
    const invite = await answerCall(carol, 'carol');
    expect([invite.uri, invite.all('route'), invite.all('record-route')]).toEqual(['sip:bob@elsewhere.invalid', [], []]);
    await alice.response(200);
    await told;
  });

  it('keeps credentials and challenges in whatever form; an application is not shown what it could not read (RFC 3261 §22.3)', async () => {
    const odd = ['Authorization: Bearer abc.def', 'Proxy-Authorization: Digest opaque=,', 'Remote-Party-ID: "x <sip:'];
    let seen: unknown[] = [];
    srf.invite((req: Srf) => {
      seen = ['authorization', 'proxy-authorization', 'remote-party-id'].map((name) => req.get(name));
      srf.proxyRequest(req, [at(carol)], {});
    });
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.invite({ headers: odd });
    const invite = await carol.request('INVITE');
    expect(['authorization', 'proxy-authorization', 'remote-party-id'].map((name) => invite.header(name))).toEqual(
      odd.map((line) => line.slice(line.indexOf(':') + 2)),
    );
    expect(seen).toEqual([undefined, undefined, undefined]);
    carol.answer(invite, port, 407, { toTag: 'c', headers: ['Proxy-Authenticate: Bearer authz_server=,'] });
    await carol.request('ACK');
    const challenge = await alice.response(407);
    expect(challenge.header('proxy-authenticate')).toBe('Bearer authz_server=,');
    refusedAck(call, challenge);
  });

  it('without a hop left gets 483, with a Proxy-Require 420 (RFC 3261 §16.3)', async () => {
    const { call, told } = await calling({ to: [at(carol)] }, { maxForwards: 0 });
    refusedAck(call, await alice.response(483));
    expect(await told).toContain('483');
    const other = new Caller(alice, port);
    other.invite({ headers: ['Proxy-Require: teleport'] });
    const refused = await alice.response(420);
    expect(refused.header('unsupported')).toBe('teleport');
    refusedAck(other, refused);
  });

  it('that would come back to us gets 482', async () => {
    const { call } = await calling({ to: [`sip:127.0.0.1:${port}`] });
    refusedAck(call, await alice.response(482));
  });

  it('that can go nowhere gets 500, and the application NOK', async () => {
    const { call, told } = await calling({ to: ['sip:127.0.0.1:9;transport=sctp'] });
    refusedAck(call, await alice.response(500));
    expect(await told).toBe('error proxying request to ');
  });

  it('a second time, or behind an answer, is NOK', async () => {
    const told = new Promise((resolve) => {
      srf.invite((req: Srf, res: Srf) => {
        res.send(486);
        srf.proxyRequest(req, [at(carol)], {}).catch(resolve);
      });
    });
    await stage.serving(1);
    const call = new Caller(alice, port);
    call.invite();
    refusedAck(call, await alice.response(486));
    expect(await told).toContain('Unknown transaction id');
  });

  it('belongs no more to its application, which may be gone (RFC 3261 §16)', async () => {
    const { call } = await calling({ to: [at(carol)], remainInDialog: true });
    const invite = await carol.request('INVITE');
    vanish(srf);
    await until(
      () => stage.engine.counters().applications === 0,
      5000,
      () => 'application still there',
    );
    carol.answer(invite, port, 200, { toTag: 'carol', headers: contact(carol), body: SDP });
    const headers = acknowledge(call, await alice.response(200));
    await carol.request('ACK');
    await hangUp(call, carol, headers);
  });
});

describe('one target after the other', () => {
  it('until one accepts; the application hears each answer', async () => {
    const { call, told } = await calling({ to: [at(carol), at(dave)] });
    const first = await carol.request('INVITE');
    expect(dave.count(({ method }) => method === 'INVITE')).toBe(0);
    carol.answer(first, port, 404, { toTag: 'carol' });
    await carol.request('ACK');
    await answerCall(dave, 'dave');
    call.learn(await alice.response(200));
    const results = (await told) as Results;
    expect(results.responses.flatMap(({ msgs }) => msgs.map(({ status }) => status))).toEqual([404, 200]);
    expect(results.connected).toBe(true);
  });

  it('provisionalTimeout gives up a silent one, which is cancelled when it rings after all', async () => {
    const { call } = await calling({ to: [at(carol), at(dave)], provisionalTimeout: '60ms' });
    const silent = await carol.request('INVITE');
    await answerCall(dave, 'dave');
    call.learn(await alice.response(200));
    carol.answer(silent, port, 180, { toTag: 'carol' });
    const cancel = await carol.request('CANCEL');
    expect(cancel.header('via')).toBe(silent.header('via'));
    carol.answer(cancel, port, 200);
    carol.answer(silent, port, 487, { toTag: 'carol' });
    await carol.request('ACK');
  });

  it('finalTimeout cancels one that only rings and goes on', async () => {
    const { call } = await calling({ to: [at(carol), at(dave)], finalTimeout: '80ms' });
    const ringing = await carol.request('INVITE');
    carol.answer(ringing, port, 180, { toTag: 'carol' });
    carol.answer(await carol.request('CANCEL'), port, 200);
    carol.answer(ringing, port, 487, { toTag: 'carol' });
    await carol.request('ACK');
    await answerCall(dave, 'dave');
    call.learn(await alice.response(200));
  });

  it('a challenge ends the search (drachtio-server), 503 of the last is 500 for the caller (RFC 3261 §16.7)', async () => {
    const { call } = await calling({ to: [at(carol), at(dave)] });
    carol.answer(await carol.request('INVITE'), port, 407, {
      toTag: 'carol',
      headers: ['Proxy-Authenticate: Digest realm="c", nonce="1"'],
    });
    const challenge = await alice.response(407);
    expect(challenge.header('proxy-authenticate')).toContain('realm="c"');
    refusedAck(call, challenge);
    const again = new Caller(alice, port);
    again.invite();
    carol.answer(await carol.request('INVITE'), port, 503, { toTag: 'carol' });
    dave.answer(await dave.request('INVITE'), port, 503, { toTag: 'dave' });
    refusedAck(again, await alice.response(500));
  });

  it('redirections are followed when asked, the most wanted first, each target once (RFC 3261 §16.7 step 4)', async () => {
    const { call } = await calling({ to: [at(carol)], followRedirects: true });
    const erin = await stage.udp();
    const contacts = `Contact: <${at(dave)}>;q=0.2, <${at(erin)}>;q=0.8, <${at(carol)}>`;
    carol.answer(await carol.request('INVITE'), port, 302, { toTag: 'carol', headers: [contacts] });
    const moved = await erin.request('INVITE');
    expect(moved.uri).toBe(at(erin));
    expect(dave.count(({ method }) => method === 'INVITE')).toBe(0);
    erin.answer(moved, port, 404, { toTag: 'erin' });
    dave.answer(await dave.request('INVITE'), port, 486, { toTag: 'dave' });
    refusedAck(call, await alice.response(404));
    expect(carol.count(({ method }) => method === 'INVITE')).toBe(1);
  });

  it('redirections are passed back otherwise', async () => {
    const { call } = await calling({ to: [at(carol)] });
    carol.answer(await carol.request('INVITE'), port, 302, { toTag: 'carol', headers: [`Contact: <${at(dave)}>`] });
    const moved = await alice.response(302);
    expect(moved.header('contact')).toBe(`<${at(dave)}>`);
    refusedAck(call, moved);
  });
});

describe('all targets at once', () => {
  it('the first 2xx wins, the others are cancelled; a 2xx that crosses is passed on too (RFC 3261 §16.7 step 5)', async () => {
    const { call, told } = await calling({ to: [at(carol), at(dave)], forking: 'simultaneous', remainInDialog: true });
    const [toCarol, toDave] = [await carol.request('INVITE'), await dave.request('INVITE')];
    dave.answer(toDave, port, 180, { toTag: 'dave', headers: contact(dave) });
    await alice.response(180);
    carol.answer(toCarol, port, 200, { toTag: 'carol', headers: contact(carol), body: SDP });
    const headers = acknowledge(call, await alice.response(200));
    dave.answer(await dave.request('CANCEL'), port, 200);
    dave.answer(toDave, port, 200, { toTag: 'dave', headers: contact(dave), body: SDP });
    expect((await alice.response(200)).tag('to')).toBe('dave');
    // Again and again, until its ACK: nothing here answers for the caller.
    dave.answer(toDave, port, 200, { toTag: 'dave', headers: contact(dave), body: SDP });
    expect((await alice.response(200)).tag('to')).toBe('dave');
    await carol.request('ACK');
    expect(await told).toMatchObject({ connected: true });
    await hangUp(call, carol, headers);
  });

  it('6xx ends the search at once', async () => {
    const { call } = await calling({ to: [at(carol), at(dave)], forking: 'simultaneous' });
    const [toCarol, toDave] = [await carol.request('INVITE'), await dave.request('INVITE')];
    dave.answer(toDave, port, 180, { toTag: 'dave' });
    await alice.response(180);
    carol.answer(toCarol, port, 603, { toTag: 'carol' });
    refusedAck(call, await alice.response(603));
    dave.answer(await dave.request('CANCEL'), port, 200);
    dave.answer(toDave, port, 487, { toTag: 'dave' });
    await dave.request('ACK');
  });

  it('challenges of all go back together (RFC 3261 §16.7 step 7)', async () => {
    const { call } = await calling({ to: [at(carol), at(dave)], forking: 'simultaneous' });
    carol.answer(await carol.request('INVITE'), port, 401, { toTag: 'carol', headers: ['WWW-Authenticate: Digest realm="c", nonce="1"'] });
    dave.answer(await dave.request('INVITE'), port, 407, { toTag: 'dave', headers: ['Proxy-Authenticate: Digest realm="d", nonce="2"'] });
    const challenge = await alice.response(401);
    expect(challenge.header('www-authenticate')).toContain('realm="c"');
    expect(challenge.header('proxy-authenticate')).toContain('realm="d"');
    refusedAck(call, challenge);
  });

  it.each([
    [[404, 503, 302], 302],
    [[503, 486, 404], 486],
    [[486, 407, 404], 407],
    [[500, 603, 200 + 186], 603],
    [[408, 404], 404],
    [[503, 500], 503],
  ])('of %j the best is %i (RFC 3261 §16.7 step 6)', (statuses, best) => {
    const view = {} as never;
    expect(
      bestOutcome(
        statuses.map((status) => ({ status, view: status === 408 ? undefined : view })),
        false,
      )?.status,
    ).toBe(best);
  });
});

describe('a caller who hangs up before the answer', () => {
  it('is told 200 at once, who rings gets the CANCEL with its Reason, and its 487 goes back (RFC 3261 §16.10)', async () => {
    const { call } = await calling({ to: [at(carol), at(dave)] });
    const invite = await carol.request('INVITE');
    carol.answer(invite, port, 180, { toTag: 'carol' });
    await alice.response(180);
    call.send('CANCEL', 1, { branch: call.branch, toTag: '', headers: ['Reason: SIP;cause=200;text="elsewhere"'] });
    await alice.response(200, 'CANCEL');
    const cancel = await carol.request('CANCEL');
    expect([cancel.header('via'), cancel.header('reason')]).toEqual([invite.header('via'), 'SIP;cause=200;text="elsewhere"']);
    carol.answer(cancel, port, 200);
    carol.answer(invite, port, 487, { toTag: 'carol' });
    refusedAck(call, await alice.response(487));
    await carol.request('ACK');
    expect(dave.count(() => true)).toBe(0);
  });

  it('does not wait for a silent target: its late 200 is acknowledged and ended', async () => {
    const { call } = await calling({ to: [at(carol)], remainInDialog: true });
    const invite = await carol.request('INVITE');
    call.cancel();
    refusedAck(call, await alice.response(487));
    carol.answer(invite, port, 200, { toTag: 'carol', headers: contact(carol), body: SDP });
    const ack = await carol.request('ACK');
    const bye = await carol.request('BYE');
    expect([ack.cseq, bye.cseq, bye.tag('from'), bye.all('route')]).toEqual([1, 2, call.fromTag, []]);
    carol.answer(bye, port, 200);
    // Its copy gets the ACK again and no further BYE.
    carol.answer(invite, port, 200, { toTag: 'carol', headers: contact(carol), body: SDP });
    expect((await carol.request('ACK')).cseq).toBe(1);
    await stage.idle();
    expect(carol.count(({ method }) => method === 'BYE')).toBe(1);
  });
});

describe('time', () => {
  it('Timer C ends what only rings: CANCEL, and 408 for the caller (RFC 3261 §16.8)', async () => {
    await stage.close();
    stage = await setStage({ timers: { proceedingTimeoutMs: 150 } });
    srf = await stage.app();
    [alice, carol, dave] = [await stage.udp(), await stage.udp(), await stage.udp()];
    port = stage.engine.sip.port;
    const { call } = await calling({ to: [at(carol)] });
    const invite = await carol.request('INVITE');
    carol.answer(invite, port, 180, { toTag: 'carol' });
    refusedAck(call, await alice.response(408));
    carol.answer(await carol.request('CANCEL'), port, 200);
    carol.answer(invite, port, 487, { toTag: 'carol' });
    await carol.request('ACK');
  });

  it('a target without any answer is given up with Timer B; 408 for the caller of an INVITE alone (RFC 4320 §4.2)', async () => {
    const { call } = await calling({ to: [at(carol)] });
    refusedAck(call, await alice.response(408));
    await passingOn({ to: [at(carol)] }, 'message');
    await stage.serving(2);
    new Caller(alice, port).send('MESSAGE', 1, { branch: 'z9hG4bKsilent', body: 'v=0' });
    await carol.request('MESSAGE');
    await stage.idle();
    expect(alice.count(({ cseqMethod }) => cseqMethod === 'MESSAGE')).toBe(0);
  });

  it('an engine that ends answers 503 for what is out', async () => {
    const { call } = await calling({ to: [at(carol)] });
    await carol.request('INVITE');
    await stage.engine.byeAll('stopped');
    refusedAck(call, await alice.response(500));
  });
});

describe('a dialog with our Record-Route', () => {
  it('passes PRACK, UPDATE and re-INVITE both ways, 487 and BYE of the called side', async () => {
    const { call } = await calling({ to: [at(carol)], remainInDialog: true }, { headers: ['Supported: 100rel'] });
    const invite = await carol.request('INVITE');
    carol.answer(invite, port, 183, { toTag: 'carol', headers: [...contact(carol), 'Require: 100rel', 'RSeq: 5'], body: SDP });
    const progress = call.learn(await alice.response(183));
    const route = routesOf(progress);
    call.next('PRACK', { headers: [...route, 'RAck: 5 1 INVITE'] });
    const prack = await carol.request('PRACK');
    expect(prack.header('rack')).toBe('5 1 INVITE');
    carol.answer(prack, port, 200);
    await alice.response(200, 'PRACK');
    carol.answer(invite, port, 200, { toTag: 'carol', headers: contact(carol), body: SDP });
    call.send('ACK', 1, { branch: 'z9hG4bKackPrack', headers: route });
    await alice.response(200, 'INVITE');
    await carol.request('ACK');
    const calledSide = (method: string, cseq: number): string =>
      requestText({
        method,
        uri: at(alice),
        via: carol.via(`z9hG4bKcarol${method}${cseq}`),
        from: `<sip:bob@127.0.0.1>;tag=carol`,
        to: `"Alice" <sip:alice@127.0.0.1>;tag=${call.fromTag}`,
        callId: call.callId,
        cseq,
        headers: [...contact(carol), ...invite.all('record-route').map((value) => `Route: ${value}`)],
      });
    carol.send(calledSide('INVITE', 1), port);
    alice.answer(await alice.request('INVITE'), port, 488);
    await carol.response(488, 'INVITE');
    await alice.request('ACK');
    carol.send(calledSide('ACK', 1), port);
    carol.send(calledSide('UPDATE', 2), port);
    alice.answer(await alice.request('UPDATE'), port, 200);
    await carol.response(200, 'UPDATE');
    carol.send(calledSide('BYE', 3), port);
    alice.answer(await alice.request('BYE'), port, 200);
    await carol.response(200, 'BYE');
  });

  it('is nobody else’s: a Route of ours with another Call-ID is none', async () => {
    const { call } = await calling({ to: [at(carol)], remainInDialog: true });
    await answerCall(carol, 'carol');
    const headers = acknowledge(call, await alice.response(200));
    await carol.request('ACK');
    const stranger = new Caller(alice, port);
    stranger.target = at(dave);
    stranger.toTag = 'x';
    stranger.next('INFO', { headers });
    await alice.response(481, 'INFO');
    expect(dave.count(() => true)).toBe(0);
    call.next('INFO', { headers: [`Max-Forwards: 0`, ...headers] });
    await hangUp(call, carol, headers);
  });

  it('leads to its two ends alone, not where a party of it would like us to send (issue 6)', async () => {
    const { call } = await calling({ to: [at(carol)], remainInDialog: true });
    const invite = await answerCall(carol, 'carol');
    const answer = call.learn(await alice.response(200));
    const headers = routesOf(answer);
    const own = call.target;
    const astray = async (target: string, more: { toTag?: string; headers: readonly string[] }): Promise<void> => {
      call.target = target;
      call.cseq += 1;
      call.send('INFO', call.cseq, { branch: `z9hG4bKastray${call.cseq}`, ...more });
      await alice.response(481, 'INFO');
    };
    await astray(at(dave), { headers });
    await astray(own, { headers: [...headers, `Route: <${at(dave)};lr>`] });
    await astray(own, { headers, toTag: 'other' });
    // What the called side was given leads to the caller, whoever shows it.
    await astray(own, { headers: invite.all('record-route').map((value) => `Route: ${value}`) });
    call.target = at(dave);
    call.send('ACK', 1, { branch: 'z9hG4bKackastray', headers });
    call.target = own;
    call.send('ACK', 1, { branch: 'z9hG4bKacktrue', headers });
    await carol.request('ACK');
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 25 * 3_600_000 });
    await astray(own, { headers }).finally(() => vi.useRealTimers());
    await hangUp(call, carol, headers);
    expect(dave.count(() => true)).toBe(0);
  });

  it('names the called side also behind a proxy between us, each fork by itself', async () => {
    const { call } = await calling({ to: [at(carol)], remainInDialog: true });
    const invite = await carol.request('INVITE');
    carol.answer(invite, port, 180, { toTag: 'early', headers: [...contact(dave)] });
    const early = routesOf(await alice.response(180));
    // As a proxy beyond us answers: its own value above ours, in one line.
    const ok = responseText(invite, 200, { toTag: 'late', headers: contact(dave), body: SDP });
    carol.send(ok.replace('Record-Route: ', `Record-Route: <sip:edge@127.0.0.1:${carol.port};lr>, `), port);
    const answer = call.learn(await alice.response(200));
    const way = answer
      .all('record-route')
      .flatMap((line) => line.split(','))
      .reverse()
      .map((value) => `Route: ${value.trim()}`);
    expect(way).toHaveLength(2);
    expect(early[0]).not.toBe(way[0]);
    call.send('ACK', 1, { branch: 'z9hG4bKackedge', headers: way });
    expect(`<${(await carol.request('ACK')).uri}>`).toBe(dave.contact);
    await hangUp(call, carol, way);
  });

  it('over two transports has a Record-Route for each side (RFC 5658 §3)', async () => {
    const tess = await stage.tcp();
    const { call } = await calling({ to: [at(tess)], remainInDialog: true });
    const invite = await tess.request('INVITE');
    expect(invite.all('record-route').map((value) => value.includes('transport=tcp'))).toEqual([true, false]);
    tess.answer(invite, port, 200, { toTag: 'tess', headers: contact(tess), body: SDP });
    const headers = acknowledge(call, await alice.response(200));
    const ack = await tess.request('ACK');
    expect(ack.all('route')).toEqual([]);
    await hangUp(call, tess, headers);
  });

  it('reaches a caller behind a NAT where his request came from', async () => {
    const { call } = await calling({ to: [at(carol)], remainInDialog: true });
    void call;
    const nat = new Caller(alice, port);
    refusedAck(call, await cancelled(call));
    nat.send('INVITE', 1, { branch: nat.branch, headers: ['Contact: <sip:alice@10.9.8.7:5060>'], body: SDP });
    const invite = await answerCall(carol, 'carol');
    acknowledge(nat, await alice.response(200));
    await carol.request('ACK');
    const text = requestText({
      method: 'BYE',
      uri: 'sip:alice@10.9.8.7:5060',
      via: carol.via('z9hG4bKnatbye'),
      from: '<sip:bob@127.0.0.1>;tag=carol',
      to: `<sip:alice@127.0.0.1>;tag=${nat.fromTag}`,
      callId: nat.callId,
      cseq: 1,
      headers: invite.all('record-route').map((value) => `Route: ${value}`),
    });
    carol.send(text, port);
    alice.answer(await alice.request('BYE'), port, 200);
    await carol.response(200, 'BYE');
  });
});

async function cancelled(call: Caller): Promise<SipText> {
  const invite = await carol.request('INVITE');
  carol.answer(invite, port, 486, { toTag: 'busy' });
  await carol.request('ACK');
  return call.learn(await alice.response(486));
}

it('a REGISTER passed on carries our Path (RFC 3327 §5.2)', async () => {
  await passingOn({ to: [at(carol)], path: true }, 'register');
  const call = new Caller(alice, port);
  call.send('REGISTER', 1, { branch: 'z9hG4bKreg', headers: contact(alice) });
  const register = await carol.request('REGISTER');
  expect([register.header('path'), register.header('require')]).toEqual([`<sip:127.0.0.1:${port};lr>`, 'path']);
  carol.answer(register, port, 200);
  await alice.response(200, 'REGISTER');
});
