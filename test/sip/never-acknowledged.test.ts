import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallEvent } from '../../src/domain/call-event.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { NUMBER } from './support/call-world.ts';
import { onlyOn } from './support/only-on.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;

beforeAll(async () => {
  stage = await openStage({ agents: 1, timers: { t1Ms: 10, t2Ms: 40, t4Ms: 20 } });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(carrier, phone);
});
afterAll(() => stage.close());

const nothingLeft = (): Promise<void> =>
  until(
    () => `left: ${stage.agents[0]?.agent.callCount} calls, ${stage.engine.counters().dialogs} dialogs`,
    async () => stage.agents[0]?.agent.callCount === 0 && stage.engine.counters().dialogs === 0,
  );

/** A caller who hears the answer and never acknowledges it. */
async function unacknowledged(sdp?: null) {
  const call = carrier.invite({ to: NUMBER, target: stage.target, autoAck: false, ...(sdp === null ? { sdp } : {}) });
  const arrived = await phone.expectInvite();
  arrived.answer();
  await call.answered();
  return { call, arrived, ended: async (): Promise<CallEvent | undefined> => (await stage.call(call.callId)).at(-1) };
}

describe.runIf(onlyOn('answers nobody acknowledges')).each([
  ['that the caller offered', undefined],
  ['whose offer the called side made', null],
])('an answer %s and the caller never acknowledges', (_what, sdp) => {
  it('leaves nothing when the called side hangs up meanwhile', async () => {
    const { arrived, ended } = await unacknowledged(sdp);
    await arrived.bye();
    expect(await ended()).toMatchObject({ type: 'ended', outcome: 'completed', endedBy: 'callee' });
    await nothingLeft();
  });

  it('leaves nothing when an order ends the call meanwhile', async () => {
    const { call, arrived, ended } = await unacknowledged(sdp);
    const [{ callId } = { callId: '' }] = (await stage.events()).filter(
      (event) => 'origin' in event && event.origin.sipCallId === call.callId,
    );
    stage.agents[0]?.agent.hangUp(callId);
    await arrived.waitBye();
    expect(await ended()).toMatchObject({ type: 'ended', endedBy: 'platform' });
    await nothingLeft();
  });

  it('leaves nothing when nobody does anything', async () => {
    const { arrived, ended } = await unacknowledged(sdp);
    await arrived.waitBye();
    expect(await ended()).toMatchObject({ type: 'ended', outcome: 'failed', endedBy: 'platform' });
    await nothingLeft();
  });
});
