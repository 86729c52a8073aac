import { afterEach, describe, expect, it } from 'vitest';
import { createParty, type Party, type PartyOptions } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';

const open: Party[] = [];
const party = async (options: PartyOptions): Promise<Party> => {
  const made = await createParty({ t1Ms: 50, t2Ms: 200, ...options });
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const made of open.splice(0)) {
    expect(made.violations).toEqual([]);
    await made.close();
    expect(made.openCount).toBe(0);
  }
});

describe.each(['udp', 'tcp'] as const)('two parties over %s', (transport) => {
  const pair = async () => ({ alice: await party({ user: 'alice', transport }), bob: await party({ user: 'bob', transport }) });

  it('set up a call with ringing and SDP both ways, and the caller hangs up', async () => {
    const { alice, bob } = await pair();
    const call = alice.invite({ to: bob.uri, target: bob, sdp: testSdp(40001), headers: { 'X-Test': ['one', 'two'] } });
    const incoming = await bob.expectInvite();
    expect(incoming.request.list('X-Test')).toEqual(['one', 'two']);
    expect(incoming.request.body).toContain('m=audio 40001');
    incoming.ring();
    expect((await call.provisional(180)).status).toBe(180);
    incoming.answer(testSdp(41001));
    const final = await call.final();
    expect(final).toMatchObject({ status: 200, reason: 'OK', body: testSdp(41001) });
    expect((await incoming.waitAck()).method).toBe('ACK');
    expect((await call.bye()).status).toBe(200);
    expect((await incoming.waitBye()).cseq).toBe(2);
  });

  it('let the callee hang up', async () => {
    const { alice, bob } = await pair();
    const call = alice.invite({ to: bob.uri, target: bob });
    const incoming = await bob.expectInvite();
    incoming.answer();
    await call.answered();
    await incoming.waitAck();
    expect((await incoming.bye({ Reason: 'Q.850;cause=16' })).status).toBe(200);
    expect((await call.waitBye()).header('reason')).toBe('Q.850;cause=16');
  });

  it('refuse a call and acknowledge the refusal', async () => {
    const { alice, bob } = await pair();
    bob.onInvite((incoming) => incoming.reject(486, 'Busy Here', { 'X-Why': 'talking' }));
    const final = await alice.invite({ to: 'bob', target: bob }).final();
    expect(final).toMatchObject({ status: 486, reason: 'Busy Here' });
    expect(final.headers['x-why']).toBe('talking');
    await bob.received((message) => message.method === 'ACK');
  });

  it('cancel a ringing call: 200 to the CANCEL, 487 to the INVITE', async () => {
    const { alice, bob } = await pair();
    const call = alice.invite({ to: bob.uri, target: bob });
    const incoming = await bob.expectInvite();
    incoming.ring();
    await call.provisional(180);
    expect((await call.cancel()).status).toBe(200);
    expect((await call.final()).status).toBe(487);
    await incoming.waitCancel();
    await incoming.waitAck();
  });

  it('answer late, across a CANCEL', async () => {
    const { alice, bob } = await pair();
    const call = alice.invite({ to: bob.uri, target: bob });
    const incoming = await bob.expectInvite();
    incoming.endOnCancel = false;
    incoming.trying();
    await call.cancel();
    await incoming.waitCancel();
    incoming.answer();
    expect((await call.final()).status).toBe(200);
    await incoming.waitAck();
    await call.bye();
  });

  it('change the session from either side and refuse a change', async () => {
    const { alice, bob } = await pair();
    const call = alice.invite({ to: bob.uri, target: bob });
    const callee = (await bob.expectInvite()).answer(testSdp(41001));
    await call.answered();
    await callee.waitAck();
    const hold = await call.reinvite(testSdp(40001, { version: 2, direction: 'sendonly' }));
    expect(hold).toMatchObject({ status: 200, body: testSdp(41001) });
    expect((await callee.waitReinvite()).body).toContain('a=sendonly');
    await callee.waitAck();
    expect((await callee.reinvite(testSdp(41002, { version: 2 }))).status).toBe(200);
    expect(call.leg().remoteSdp).toContain('m=audio 41002');
    callee.onReinvite = () => ({ status: 488 });
    expect((await call.reinvite(testSdp(40003))).status).toBe(488);
    expect((await call.leg().request('INFO', { body: 'x', contentType: 'text/plain' })).status).toBe(200);
    expect((await callee.waitRequest('INFO')).body).toBe('x');
    await call.bye();
  });

  it('carry a late offer: no SDP in the INVITE, offer in the 200, answer in the ACK', async () => {
    const { alice, bob } = await pair();
    const call = alice.invite({ to: bob.uri, target: bob, sdp: null, ackSdp: testSdp(40009) });
    const incoming = await bob.expectInvite();
    expect(incoming.request.body).toBe('');
    incoming.answer(testSdp(41009));
    expect((await incoming.waitAck()).body).toBe(testSdp(40009));
    await call.bye();
  });

  it('redirect, answer OPTIONS by itself and refuse unknown dialogs', async () => {
    const { alice, bob } = await pair();
    bob.onInvite((incoming) => incoming.redirect(['sip:a@127.0.0.1:1', 'sip:b@127.0.0.1:2']));
    const final = await alice.invite({ to: bob.uri, target: bob }).final();
    expect([final.status, final.list('Contact')]).toEqual([302, ['<sip:a@127.0.0.1:1>', '<sip:b@127.0.0.1:2>']]);
    expect((await alice.options({ target: bob })).status).toBe(200);
    expect((await alice.request('PUBLISH', { target: bob })).status).toBe(501);
    expect((await alice.request('BYE', { target: bob, headers: { To: '<sip:x@127.0.0.1>;tag=gone' } })).status).toBe(481);
  });
});

it('follows Record-Route in later requests, and a waiting test is told the trace', async () => {
  const [alice, bob] = [await party({ user: 'alice' }), await party({ user: 'bob' })];
  const route = `<sip:127.0.0.1:${bob.port};lr>`;
  const call = alice.invite({ to: bob.uri, target: bob });
  const incoming = await bob.expectInvite();
  incoming.answer(testSdp(), { 'Record-Route': route, Contact: '<sip:bob@192.0.2.1:9>' });
  await call.answered();
  await incoming.waitAck();
  await call.bye();
  const bye = await incoming.waitBye();
  expect([bye.uri, bye.header('Route')]).toEqual(['sip:bob@192.0.2.1:9', route]);
  await expect(bob.expectInvite(20)).rejects.toThrow(/INVITE did not come within 20 ms\n.*\n.*<-- 127.0.0.1.*INVITE sip:bob/);
});

it('lets TCP connections leave from the own port of a party that does not listen', async () => {
  const [alice, bob] = [await party({ transport: 'tcp', listenTcp: false }), await party({ transport: 'tcp' })];
  expect((await alice.options({ target: bob })).status).toBe(200);
  expect(bob.trace.entries[0]?.peer).toBe(`127.0.0.1:${alice.port}`);
});
