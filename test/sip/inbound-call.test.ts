import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { NUMBER } from './support/call-world.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;

beforeAll(async () => {
  stage = await openStage();
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
});
afterAll(() => stage.close());
beforeEach(() => stage.world.site(carrier, phone));

const callIn = (to = NUMBER) => carrier.invite({ to, from: '+15550100', target: stage.target });

describe('an inbound call', () => {
  it('rings the endpoint, is answered with its SDP, and ends when the caller hangs up', async () => {
    const call = callIn();
    const ringing = await phone.expectInvite();
    ringing.ring();
    const provisional = await call.provisional(180);
    ringing.answer(testSdp(41002));
    const final = await call.answered();
    expect(final.body).toBe(testSdp(41002));
    await ringing.waitAck();
    const events = await (async () => {
      await call.leg().bye();
      await ringing.waitBye();
      return stage.call(call.callId);
    })();
    expect(events.map(({ type }) => type)).toEqual(['admitted', 'attempt', 'attempt_ended', 'answered', 'ended']);
    expect(events.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4]);
    expect(events[4]).toMatchObject({ outcome: 'completed', endedBy: 'caller' });
    expect(provisional.header('X-Dialplane-Call-Id')).toBe(events[0]?.callId);
    await until(
      () => 'numbers in use',
      async () => stage.agents.every(({ agent }) => agent.callCount === 0),
    );
  });
});
