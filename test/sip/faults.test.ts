import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CallMetrics } from '../../src/app/ports/metrics.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { NUMBER } from './support/call-world.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;

beforeAll(async () => {
  stage = await openStage({ agents: 1 });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(carrier, phone);
});
afterAll(() => stage.close());

const metrics = () => stage.agents[0]!.metrics as { -readonly [K in keyof CallMetrics]: CallMetrics[K] };
const quiet = () => {};
beforeEach(() => Object.assign(metrics(), { attempt: quiet, setup: quiet, postDialDelay: quiet }));
const fail = () => {
  throw new Error('a fault of ours');
};

async function isRecorded(callId: string): Promise<void> {
  const events = await stage.call(callId);
  expect(events.filter(({ type }) => type === 'ended')).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'failed', code: 'internal_error' });
  await until(
    () => 'the call is still held',
    () => stage.agents[0]!.agent.callCount === 0,
  );
}

describe('a fault of ours', () => {
  it('invariant 12: as the target answers: 500 to the caller, BYE to the target, one closed record', async () => {
    metrics().attempt = fail;
    const call = carrier.invite({ to: NUMBER, target: stage.target });
    const arrived = await phone.expectInvite();
    arrived.answer();
    const final = await call.final();
    expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([500, 'internal_error']);
    await arrived.waitBye();
    await isRecorded(call.callId);
  });

  it('invariant 12: behind the answer: BYE to both sides, one closed record', async () => {
    metrics().setup = fail;
    const call = carrier.invite({ to: NUMBER, target: stage.target });
    const arrived = await phone.expectInvite();
    arrived.answer();
    await call.answered();
    await Promise.all([call.waitBye(), arrived.waitBye()]);
    await isRecorded(call.callId);
  });

  it('while it rings: the call goes on', async () => {
    metrics().postDialDelay = fail;
    const call = carrier.invite({ to: NUMBER, target: stage.target });
    const arrived = await phone.expectInvite();
    arrived.ring();
    await call.provisional(180);
    arrived.reject(486);
    expect((await call.final()).status).toBe(486);
    await stage.call(call.callId);
  });
});
