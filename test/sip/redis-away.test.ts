import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decideStored } from '../../src/app/calls/stored-decision.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, OTHER_NUMBER, PASSWORD } from './support/call-world.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;

beforeEach(async () => {
  stage = await openStage({ agents: 1, settings: { heartbeatMs: 50 } });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(carrier, phone);
});
afterEach(() => stage.close());

const callIn = (to = NUMBER) => carrier.invite({ to, target: stage.target });
const at = (user: string) => `sip:${user}@${DOMAIN}`;
const auth = { username: LOGIN.username, password: PASSWORD };
const callOut = () =>
  phone.invite({ to: at('+33142685300'), requestUri: at('+33142685300'), from: at(NUMBER), target: stage.target, auth });

/** One call each way, so that the local copy knows everything. */
async function warmUp(): Promise<void> {
  const out = callOut();
  (await carrier.expectInvite()).reject(486);
  await out.final();
  const inbound = callIn();
  (await phone.expectInvite()).reject(486);
  await inbound.final();
  await callIn(OTHER_NUMBER).final();
  await stage.call(inbound.callId);
}

const degraded = () =>
  until(
    () => 'the agent does not notice',
    () => stage.agents[0]!.agent.mode === 'degraded',
  );

describe('while Redis is away', () => {
  it('inbound calls go by the last-known-good copy, outbound calls are refused, and every record is there afterwards', async () => {
    await warmUp();
    await stage.redis.kill();
    await degraded();
    const inbound = callIn();
    const arrived = await phone.expectInvite();
    arrived.answer();
    await inbound.answered();
    await arrived.waitAck();
    const unknown = await callIn(OTHER_NUMBER).final();
    expect([unknown.status, unknown.header('X-Dialplane-Reason')]).toEqual([404, 'number_unknown']);
    const outbound = callOut();
    const refused = await outbound.final();
    expect([refused.status, refused.header('X-Dialplane-Reason')]).toEqual([503, 'plane_degraded']);
    expect(Number(refused.header('Retry-After'))).toBeGreaterThan(0);
    await inbound.bye();
    await arrived.waitBye();
    await stage.redis.restart();
    const events = await stage.call(inbound.callId, 10_000);
    expect(events.map(({ type }) => type)).toEqual(['admitted', 'attempt', 'attempt_ended', 'answered', 'ended']);
    expect(decideStored((events[0] as Extract<CallEvent, { type: 'admitted' }>).decisionInput).input.mode).toBe('degraded');
    expect((await stage.call(outbound.callId))[0]).toMatchObject({ type: 'refused', code: 'plane_degraded' });
  });

  it('a call that began before ends in its record', async () => {
    const call = callIn();
    const arrived = await phone.expectInvite();
    arrived.answer();
    await call.answered();
    await arrived.waitAck();
    await stage.redis.kill();
    await degraded();
    await arrived.bye();
    await call.waitBye();
    await stage.redis.restart();
    await until(
      () => 'the end is not there',
      async () => (await stage.events()).some(({ type }) => type === 'ended'),
      10_000,
    );
  });

  it('a carrier whose call cannot be decided gets 503 plane_degraded in a record, a stranger nothing new', async () => {
    await until(
      () => 'the sources are not loaded',
      () => stage.agents[0]!.local.sources().records.length === 1,
    );
    await stage.redis.kill();
    await degraded();
    const call = callIn();
    const final = await call.final();
    expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([503, 'plane_degraded']);
    const stranger = await stage.party({ user: 'stranger' });
    const { status } = await stranger.invite({ to: NUMBER, target: stage.target }).final();
    expect(status).toBe(407);
    await stage.redis.restart();
    expect((await stage.call(call.callId, 10_000))[0]).toMatchObject({ type: 'refused', code: 'plane_degraded' });
  });

  it('decides nothing by a copy that is older than allowed', async () => {
    await stage.agents[0]!.close();
    const old = await stage.addAgent({ degradedMaxAgeMs: 100 });
    await warmUp();
    await stage.redis.kill();
    await until(
      () => 'the agent does not notice',
      () => old.agent.mode === 'degraded',
    );
    await until(
      () => 'the copy is still good enough',
      async () => {
        const call = callIn();
        const final = await Promise.race([call.final(), phone.expectInvite().then((arrived) => arrived.reject(486))]);
        return final?.status === 503;
      },
    );
    await stage.redis.restart();
  });
});
