import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { explainStored } from '../../src/app/calls/explain-call.ts';
import { decideStored } from '../../src/app/calls/stored-decision.ts';
import { recordRef } from '../../src/domain/records.ts';
import { keys } from '../../src/redis/keys.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './support/call-world.ts';
import { onlyOn } from './support/only-on.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;

const AOR = `sip:alice@${DOMAIN}`;
const auth = { username: LOGIN.username, password: PASSWORD };
const ref = recordRef.credential(LOGIN.realm, LOGIN.username);
// Nobody is at this address: what goes there is lost.
const BEHIND_NAT = { host: '10.66.0.7', port: 5062 };

beforeAll(async () => {
  stage = await openStage({ settings: { keepAliveMs: 200, firstResponseMs: 1000 } });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'alice', advertise: BEHIND_NAT });
  await stage.world.site(carrier, phone);
  await stage.world.endpoint([AOR]);
});
afterAll(() => stage.close());
beforeEach(() => stage.plane.redis.del(keys.bindings(ref)));

const register = async (party: Party, headers: Record<string, string> = {}, transport?: 'udp' | 'tcp'): Promise<void> => {
  const where = transport === undefined ? {} : { transport };
  const answer = await party.register(AOR, { target: stage.target, auth, headers, ...where });
  expect(answer.status).toBe(200);
};
const callIn = () => carrier.invite({ to: NUMBER, from: '+15550100', target: stage.target });
const reasonOf = async (call: ReturnType<typeof callIn>) => {
  const final = await call.final();
  return [final.status, final.header('X-Dialplane-Reason')];
};

describe('a call to a SIP user', () => {
  it('is refused 480 not_registered where no phone is, and its record says so', async () => {
    const call = callIn();
    expect(await reasonOf(call)).toEqual([480, 'not_registered']);
    const events = await stage.call(call.callId);
    expect(events.map(({ type }) => type)).toEqual(['admitted', 'attempt', 'attempt_ended', 'ended']);
    expect(events.at(-1)).toMatchObject({ outcome: 'failed', sipStatus: 480, code: 'not_registered' });
  });

  it('rings the phone behind its NAT, where its REGISTER came from, and so does everything after it', async () => {
    await register(phone);
    const call = callIn();
    const ringing = await phone.expectInvite();
    expect(ringing.request.startLine).toBe(`INVITE ${phone.uri} SIP/2.0`);
    ringing.ring();
    await call.provisional(180);
    ringing.answer();
    await call.answered();
    await ringing.waitAck();
    await call.bye();
    await ringing.waitBye();
    const events = await stage.call(call.callId);
    expect(events.find(({ type }) => type === 'attempt')).toMatchObject({ n: 1, uri: phone.uri });
    expect(events.at(-1)).toMatchObject({ outcome: 'completed', endedBy: 'caller' });
  });

  it('keeps the way through the NAT open with OPTIONS, to where it is and not to what it says, until it unregisters', async () => {
    await register(phone);
    let seen = 0;
    phone.onRequest = ({ method }) => {
      if (method === 'OPTIONS') seen += 1;
      return undefined;
    };
    await until(
      () => 'no signs of life',
      () => seen > 1,
    );
    await register(phone, { Expires: '0' });
    const name = `${stage.engine.control.host}:${stage.engine.control.port}`;
    await until(
      () => 'the flow is still kept',
      async () => (await stage.plane.redis.exists(keys.flows(name), keys.flowTimes(name))) === 0,
    );
  });

  it('rings a phone on UDP through any server where nobody knows the one it registered at, and one on a stream through none', async () => {
    for (const transport of ['udp', 'tcp'] as const) {
      const one = await stage.party({ user: transport, transport, listenTcp: transport === 'tcp' });
      await stage.plane.redis.del(keys.bindings(ref));
      await register(one);
      const name = `${stage.engine.control.host}:${stage.engine.control.port}`;
      for (const [id, value] of Object.entries(await stage.plane.redis.hgetall(keys.bindings(ref)))) {
        expect(value).toContain(name);
        await stage.plane.redis.hset(keys.bindings(ref), id, value.replace(name, '127.0.0.1:1'));
      }
      const call = callIn();
      if (transport === 'udp') (await one.expectInvite()).reject(486);
      expect(await reasonOf(call)).toEqual(transport === 'udp' ? [486, ''] : [480, 'flow_lost']);
    }
  });

  it('goes back over the very TCP connection of the phone, which listens nowhere', async () => {
    const tcp = await stage.party({ user: 'tcp', transport: 'tcp', listenTcp: false, advertise: BEHIND_NAT });
    await register(tcp);
    const call = callIn();
    const ringing = await tcp.expectInvite();
    ringing.answer();
    await call.answered();
    await ringing.waitAck();
    await ringing.bye();
    await call.waitBye();
    expect((await stage.call(call.callId)).at(-1)).toMatchObject({ outcome: 'completed', endedBy: 'callee' });
  });

  it.runIf(onlyOn('flow failed'))('is refused 480 flow_lost at once when that connection is gone, and nothing else is tried', async () => {
    const tcp = await stage.party({ user: 'gone', transport: 'tcp', listenTcp: false });
    await register(tcp);
    const open = stage.engine.counters().connections;
    tcp.dropConnections();
    await until(
      () => 'the engine does not notice',
      () => stage.engine.counters().connections < open,
    );
    const started = performance.now();
    const call = callIn();
    expect(await reasonOf(call)).toEqual([480, 'flow_lost']);
    expect(performance.now() - started).toBeLessThan(900);
    expect((await stage.call(call.callId)).find(({ type }) => type === 'attempt_ended')).toMatchObject({ outcome: 'unreachable' });
  });

  it('rings all its phones together; the first to answer has it, the others hear that, and one that answers late is hung up', async () => {
    const other = await stage.party({ user: 'desk' });
    const late = await stage.party({ user: 'late' });
    for (const party of [phone, other, late]) await register(party);
    const call = callIn();
    const [first, second, third] = [await phone.expectInvite(), await other.expectInvite(), await late.expectInvite()];
    for (const one of [first, second, third]) one.ring();
    await call.provisional(180);
    third.endOnCancel = false;
    first.answer();
    await call.answered();
    const [cancel] = [await second.waitCancel(), await third.waitCancel()];
    expect(cancel.header('Reason')).toContain('Call completed elsewhere');
    third.answer();
    await third.waitAck();
    await third.waitBye();
    await call.bye();
    await first.waitBye();
    const events = await stage.call(call.callId);
    const ends = events.flatMap((event) => (event.type === 'attempt_ended' ? [event.outcome] : []));
    expect(ends.sort()).toEqual(['answered', 'cancelled', 'cancelled']);
  });

  it('invariant 9: explain names the SIP user that was chosen, and the attempts are its phones of that moment', async () => {
    await register(phone);
    const call = callIn();
    (await phone.expectInvite()).reject(486);
    await call.final();
    const events = await stage.call(call.callId);
    const first = events[0];
    if (first?.type !== 'admitted') throw new Error('not admitted');
    expect(explainStored(first.decisionInput).candidates).toMatchObject([{ uri: AOR, chosen: true }]);
    expect(decideStored(first.decisionInput).decision.versions).toEqual(first.versions);
    expect(first.versions.map(({ record }) => record)).toContain(ref);
    expect(events.flatMap((event) => (event.type === 'attempt' ? [event.uri] : []))).toEqual([phone.uri]);
  });

  it('rings them in the order of their q, and stops when one says no for all', async () => {
    const second = await stage.party({ user: 'second' });
    const third = await stage.party({ user: 'third' });
    await register(phone);
    await register(second, { Contact: `<${second.uri}>;q=0.5` });
    await register(third, { Contact: `<${third.uri}>;q=0.1` });
    const call = callIn();
    (await phone.expectInvite()).reject(486);
    (await second.expectInvite()).reject(603);
    expect((await call.final()).status).toBe(603);
    expect(third.unexpectedInvites).toHaveLength(0);
  });

  it('rings together, and the one that says no for all speaks for those we stopped then', async () => {
    const second = await stage.party({ user: 'second' });
    for (const party of [phone, second]) await register(party);
    const call = callIn();
    const both = [await phone.expectInvite(), await second.expectInvite()];
    both[1]?.ring();
    both[0]?.reject(603);
    expect((await call.final()).status).toBe(603);
    expect((await stage.call(call.callId)).at(-1)).toMatchObject({ outcome: 'failed', sipStatus: 603 });
  });

  it('rings one after another, or all at once whatever their q, as the endpoint says', async () => {
    const second = await stage.party({ user: 'second' });
    await register(phone);
    await register(second, { Contact: `<${second.uri}>;q=0.5` });
    await stage.world.endpoint([AOR], { ring: 'parallel' });
    const together = callIn();
    const both = [await phone.expectInvite(), await second.expectInvite()];
    for (const one of both) one.reject(486);
    expect((await together.final()).status).toBe(486);
    await register(second);
    await stage.world.endpoint([AOR], { ring: 'serial' });
    const inTurn = callIn();
    const first = await Promise.race([phone.expectInvite(), second.expectInvite()]);
    expect(phone.unexpectedInvites.length + second.unexpectedInvites.length).toBe(0);
    first.reject(480);
    await inTurn.cancel();
    await inTurn.final();
    await stage.world.endpoint([AOR]);
  });

  it('goes through the proxies of its Path, each told in Route', async () => {
    const proxy = await stage.party({ user: 'proxy' });
    const Path = `<sip:127.0.0.1:${proxy.port};lr>, <sip:10.66.0.9;lr>`;
    await register(phone, { Path });
    const call = callIn();
    const through = await proxy.expectInvite();
    expect(through.request.startLine).toBe(`INVITE ${phone.uri} SIP/2.0`);
    const route = onlyOn('Route of an application') ? [`<sip:127.0.0.1:${proxy.port};lr>`, '<sip:10.66.0.9;lr>'] : [];
    expect(through.request.list('Route')).toEqual(route);
    through.reject(486);
    expect((await call.final()).status).toBe(486);
  });

  it("goes on to the endpoint's next target when no phone takes it, and never to a user of somebody else", async () => {
    const reception = await stage.party({ user: 'reception' });
    await stage.world.endpoint([AOR, reception]);
    const call = callIn();
    (await reception.expectInvite()).reject(486);
    expect((await call.final()).status).toBe(486);
    await register(phone);
    await stage.world.credential({ accountId: '01890000-0000-7000-8000-000000000000' });
    await stage.world.endpoint([AOR]);
    expect(await reasonOf(callIn())).toEqual([480, 'no_destination']);
    await stage.world.credential();
    expect(await reasonOf(callIn())).toEqual([480, 'not_registered']);
  });
});
