import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DRACHTIO_BIN } from '../support/drachtio-server.ts';
import type { OutgoingCall } from '../support/sip/outgoing-call.ts';
import type { Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type CallStage, openStage } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, OTHER_NUMBER, PASSWORD } from './support/call-world.ts';

if (DRACHTIO_BIN === undefined) console.warn('DRACHTIO_BIN names no drachtio-server: the two SIP servers are not compared');

/** A stage with the same parties. */
interface Side {
  readonly stage: CallStage;
  readonly carrier: Party;
  readonly second: Party;
  readonly phone: Party;
}

async function openSide(server: 'embedded' | 'drachtio'): Promise<Side> {
  const stage = await openStage({ server, settings: { firstResponseMs: 1000, ringMs: 1500 } });
  const [carrier, second, phone] = [
    await stage.party({ user: 'carrier' }),
    await stage.party({ user: 'second' }),
    await stage.party({ user: 'phone' }),
  ];
  await stage.world.site(carrier, phone);
  await stage.world.carrier([carrier, second], [carrier]);
  return { stage, carrier, second, phone };
}

const at = (user: string) => `sip:${user}@${DOMAIN}`;
type InviteOptions = Parameters<Party['invite']>[0];
const callIn = ({ stage, carrier }: Side, more: Partial<InviteOptions> = {}): OutgoingCall =>
  carrier.invite({ to: NUMBER, from: '+15550100', target: stage.target, ...more });
const callOut = ({ stage, phone }: Side): OutgoingCall =>
  phone.invite({
    to: at('+33142685300'),
    requestUri: at('+33142685300'),
    from: at(NUMBER),
    target: stage.target,
    auth: { username: LOGIN.username, password: PASSWORD },
  });
async function answered(side: Side) {
  const call = callIn(side);
  const arrived = await side.phone.expectInvite();
  arrived.ring();
  await call.provisional(180);
  arrived.answer(testSdp(41002));
  await call.answered();
  await arrived.waitAck();
  return { call, arrived };
}

/** Ways a call can go, each to its end. */
const SCENARIOS: Readonly<Record<string, (side: Side) => Promise<OutgoingCall>>> = {
  'the caller hangs up': async (side) => {
    const { call, arrived } = await answered(side);
    await call.bye();
    await arrived.waitBye();
    return call;
  },
  'the called side hangs up': async (side) => {
    const { call, arrived } = await answered(side);
    await arrived.bye();
    await call.waitBye();
    return call;
  },
  're-INVITEs of both sides': async (side) => {
    const { call, arrived } = await answered(side);
    expect((await call.reinvite(testSdp(45000))).status).toBe(200);
    await arrived.waitAck();
    expect((await arrived.reinvite(testSdp(45002))).status).toBe(200);
    await call.bye();
    await arrived.waitBye();
    return call;
  },
  busy: async (side) => {
    const call = callIn(side);
    (await side.phone.expectInvite()).reject(486);
    return call;
  },
  'nobody picks up': async (side) => {
    const call = callIn(side);
    const ringing = await side.phone.expectInvite();
    ringing.ring();
    await ringing.waitCancel();
    return call;
  },
  'the caller gives up': async (side) => {
    const call = callIn(side);
    const ringing = await side.phone.expectInvite();
    ringing.ring();
    await call.provisional(180);
    await call.cancel();
    await ringing.waitCancel();
    return call;
  },
  'a number nobody holds': async (side) => callIn(side, { to: OTHER_NUMBER }),
  'no hops left': async (side) => callIn(side, { headers: { 'Max-Forwards': '0' } }),
  'an extension that must not be ignored': async (side) => callIn(side, { headers: { Require: 'precondition' } }),
  'outbound by the second gateway, which hangs up': async (side) => {
    const call = callOut(side);
    (await side.carrier.expectInvite()).reject(503);
    const arrived = await side.second.expectInvite();
    arrived.answer(testSdp(44000));
    await call.answered();
    await arrived.waitAck();
    await arrived.bye();
    await call.waitBye();
    return call;
  },
  'outbound, and no gateway takes it': async (side) => {
    const call = callOut(side);
    (await side.carrier.expectInvite()).reject(500);
    (await side.second.expectInvite()).reject(404);
    return call;
  },
};

/** What the caller saw and what is on record. */
async function outcomeOf(side: Side, run: (side: Side) => Promise<OutgoingCall>) {
  const call = await run(side);
  const final = await call.final();
  const events = await side.stage.call(call.callId);
  return {
    provisionals: [...new Set(call.provisionals.map(({ status }) => status))].filter((status) => status > 100),
    final: [final.status, final.header('X-Dialplane-Reason'), final.header('Reason'), final.header('Retry-After') !== ''],
    body: final.body,
    events: events.map((event) => [
      event.type,
      ...['outcome', 'sipStatus', 'code', 'endedBy'].map((name) => (event as unknown as Record<string, unknown>)[name]),
    ]),
    violations: [...side.carrier.violations, ...side.second.violations, ...side.phone.violations],
  };
}

/** The whole call suite can be run on a drachtio-server; this sets the two side by side. */
describe.runIf(DRACHTIO_BIN !== undefined)('the embedded engine and drachtio-server', () => {
  let sides: readonly [Side, Side];

  beforeAll(async () => {
    sides = [await openSide('embedded'), await openSide('drachtio')];
  });
  afterAll(async () => {
    for (const { stage } of sides ?? []) await stage.close();
  });

  it.each(Object.keys(SCENARIOS))('invariant 15: %s: callers and records see no difference', async (name) => {
    const run = SCENARIOS[name] as (side: Side) => Promise<OutgoingCall>;
    const embedded = await outcomeOf(sides[0], run);
    expect(embedded.violations).toEqual([]);
    expect(await outcomeOf(sides[1], run)).toEqual(embedded);
  });
});
