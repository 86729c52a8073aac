import { describe, expect, it } from 'vitest';
import { recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { until } from './support/call-stage.ts';
import { DOMAIN, LOGIN, PASSWORD } from './support/call-world.ts';
import { DTMF, refer, report, silent, sipfrag, THERE, transferStage, uriAt } from './support/transfer-stage.ts';

const on = transferStage();
const { allowCarriers, callIn, clean, records } = on;

describe('a REFER', () => {
  it('403 transfer_refused where nobody allows it, and the call goes on', async () => {
    const { call, caller, called } = await callIn();
    const refused = await refer(caller, uriAt(THERE));
    expect([refused.status, refused.header('X-Dialplane-Reason')]).toEqual([403, 'transfer_refused']);
    // Not to an address out there, however it is named; and a number is needed at all.
    const outside = await refer(called, 'sip:+33142685300@192.0.2.1');
    // Who is at an address that a tenant wrote nobody knows: a stranger learns the status alone (decision C11).
    const told = ['X-Dialplane-Reason', 'X-Dialplane-Call-Id', 'Reason'].map((name) => outside.header(name));
    expect([outside.status, ...told]).toEqual([403, '', '', '']);
    expect((await refer(called, `${uriAt(THERE)};method=BYE`)).status).toBe(400);
    expect((await called.request('REFER', {})).status).toBe(400);
    expect((await caller.reinvite(testSdp(45008))).status).toBe(200);
    await call.bye();
    await called.waitBye();
    await clean();
  });

  it('of a carrier whose trunk group is gone is not taken for one of the account', async () => {
    const { call, caller, called } = await callIn();
    const ref = recordRef.trunkGroup(on.stage.world.ids.carrier);
    await on.stage.world.put(ref, null);
    await until(
      () => 'the group is still known',
      () => on.stage.agents[0]?.local.lastKnown(ref)?.record === null,
    );
    expect((await refer(caller, uriAt(THERE), silent)).status).toBe(403);
    await call.bye();
    await called.waitBye();
    await clean();
  });

  it('of a SIP user that was called is held to the trunk group of its login', async () => {
    const [aor, auth, groupId] = [uriAt(LOGIN.username), { username: LOGIN.username, password: PASSWORD }, newId()];
    const { account: accountId } = on.stage.world.ids;
    const desks = {
      kind: 'trunk_group',
      id: groupId,
      name: 'desks',
      groupKind: 'customer',
      accountId,
      mode: 'live',
      enabled: true,
    } as const;
    const destinations = { blocked: ['33'] };
    await on.stage.world.put(recordRef.trunkGroup(groupId), { ...desks, numberFormat: null, country: null, gateways: [], destinations });
    await on.stage.world.credential({ trunkGroupId: groupId });
    await on.stage.world.endpoint([aor]);
    expect((await on.phone.register(aor, { target: on.stage.target, auth })).status).toBe(200);
    const { call, caller, called } = await callIn();
    expect((await refer(called, uriAt(THERE))).status).toBe(202);
    await report(called);
    expect((await called.waitRequest('NOTIFY')).header('X-Dialplane-Reason')).toBe('destination_blocked');
    await caller.bye();
    await called.waitBye();
    const { second } = await records(call.callId);
    expect(second).toMatchObject([{ type: 'refused', code: 'destination_blocked' }]);
    await on.phone.register(aor, { target: on.stage.target, auth, expires: 0 });
    await clean();
  });

  it('is passed on where that is said, and its reports come back, of the right one', async () => {
    await allowCarriers('relay');
    const { call, caller, called } = await callIn();
    const headers = { Event: 'refer', 'Subscription-State': 'terminated;reason=noresource', 'Content-Type': 'message/sipfrag' };
    expect((await called.request('NOTIFY', { headers: { ...headers, 'Subscription-State': 'active' } })).status).toBe(489);
    // The first of a dialog is known without its id, each further one by it (RFC 3515 §2.4.6).
    for (const event of [/^refer$/, /^refer;id=\d+$/]) {
      // Of our own address nothing but whom it means is told, or it could be a port of somebody else.
      const place = `sip:${THERE}@127.0.0.1:${on.carrier.port}`;
      expect((await refer(caller, place, { 'Referred-By': '<sip:secret@carrier.example>' })).status).toBe(202);
      const passed = await called.waitRequest('REFER');
      expect([passed.header('Refer-To'), passed.header('Referred-By')]).toEqual([`<${uriAt(THERE)}>`, '']);
      expect((await called.request('NOTIFY', { headers, body: 'SIP/2.0 200 OK\r\n' })).status).toBe(200);
      const told = await caller.waitRequest('NOTIFY');
      expect([told.body, told.header('Event')]).toEqual(['SIP/2.0 200 OK\r\n', expect.stringMatching(event)]);
      expect((await called.request('NOTIFY', { headers })).status).toBe(489);
    }
    await call.bye();
    await called.waitBye();
    await clean();
  });

  it('with a hostile place is not passed on', async () => {
    await allowCarriers('relay');
    const { call, caller, called } = await callIn();
    let seen = 0;
    called.onRequest = async () => {
      seen += 1;
      return 202;
    };
    for (const place of [`sip:a@${DOMAIN}?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc`, 'sip:x@10.0.0.1', 'sip:x@224.0.0.1'])
      expect((await refer(caller, place)).status).toBe(403);
    expect(seen).toBe(0);
    await call.bye();
    await called.waitBye();
    await clean();
  });

  it('that is passed on tells who asked nothing of logins and of the other dialog, and ends no call', async () => {
    await allowCarriers('relay');
    const { call, caller, called } = await callIn();
    for (const [said, heard] of [
      [407, 403],
      [401, 403],
      [486, 486],
      [481, 500],
      [404, 500],
    ] as const) {
      called.onRequest = async () => said;
      expect((await refer(caller, uriAt(THERE))).status).toBe(heard);
    }
    // No call ends by it (RFC 5057 §5.1), nor by a report that nobody takes any more.
    called.onRequest = undefined;
    expect((await refer(caller, uriAt(THERE))).status).toBe(202);
    caller.onRequest = async () => 481;
    const active = { Event: 'refer', 'Subscription-State': 'active;expires=60', 'Content-Type': 'message/sipfrag' };
    for (const again of [1, 2]) expect([again, (await called.request('NOTIFY', { headers: active })).status]).toEqual([again, 489]);
    caller.onRequest = undefined;
    expect((await caller.request('INFO', DTMF)).status).toBe(200);
    await call.bye();
    await called.waitBye();
    await clean();
  });

  it('that is passed on is reported by its status line alone, until who asked wants to hear no more', async () => {
    await allowCarriers('relay');
    const { call, caller, called } = await callIn();
    expect((await refer(caller, uriAt(THERE))).status).toBe(202);
    await called.waitRequest('REFER');
    const reports = (body: string, type = 'message/sipfrag;version=2.0') =>
      called.request('NOTIFY', { headers: { Event: 'refer', 'Subscription-State': 'active;expires=60', 'Content-Type': type }, body });
    const secret = 'Via: SIP/2.0/UDP 10.1.2.3\r\nContact: <sip:desk@10.1.2.3>\r\nServer: Phone/1.0\r\n\r\n';
    for (const [body, type, heard] of [
      [`SIP/2.0 180 Ringing at 10.1.2.3\r\n${secret}`, undefined, 'SIP/2.0 180 Ringing\r\n'],
      [`SIP/2.0 299 10.1.2.3\n${secret}`, undefined, 'SIP/2.0 299 OK\r\n'],
      [secret, undefined, ''],
      ['SIP/2.0 200 OK\r\n', 'text/plain', ''],
    ] as const) {
      expect((await reports(body, type)).status).toBe(200);
      expect((await caller.waitRequest('NOTIFY')).body).toBe(heard);
    }
    for (const [said, heard] of [
      [503, 503],
      // Who asked wants to hear no more: the reports end, and the call does not.
      [489, 489],
      [200, 489],
    ]) {
      caller.onRequest = async (request) => (request.method === 'NOTIFY' ? (said ?? 0) : 200);
      expect((await reports('SIP/2.0 180 Ringing\r\n')).status).toBe(heard);
    }
    caller.onRequest = undefined;
    await call.bye();
    await clean();
  });

  it('counts in its dialog, whichever party is at the other end, and reports for a party that left are taken', async () => {
    await allowCarriers('relay');
    const { caller, called } = await callIn();
    expect((await refer(caller, uriAt(THERE))).status).toBe(202);
    await called.waitRequest('REFER');
    expect((await refer(called, uriAt(THERE))).status).toBe(202);
    (await on.carrier.expectInvite()).reject(486);
    expect(await report(called)).toEqual(sipfrag('100 Trying', 'active'));
    expect(await report(called)).toEqual(sipfrag('486 Busy Here', 'terminated'));
    await allowCarriers('handle');
    expect((await refer(caller, uriAt('+33142685301'), silent)).status).toBe(202);
    const there = await on.carrier.expectInvite();
    there.answer(testSdp(46040));
    await there.waitAck();
    await caller.waitBye();
    const headers = { Event: 'refer', 'Subscription-State': 'active;expires=60', 'Content-Type': 'message/sipfrag' };
    expect((await called.request('NOTIFY', { headers, body: 'SIP/2.0 180 Ringing\r\n' })).status).toBe(200);
    expect((await refer(called, uriAt('+33142685302'))).status).toBe(202);
    expect((await called.waitRequest('NOTIFY')).header('Event')).toMatch(/^refer;id=\d+$/);
    (await on.carrier.expectInvite()).reject(486);
    await called.bye();
    await there.waitBye();
    await clean();
  });
});
