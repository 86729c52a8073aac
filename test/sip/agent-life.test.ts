import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage, type StageAgent, until } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './support/call-world.ts';
import { onlyOn } from './support/only-on.ts';
import { startTcpRelay } from './support/tcp-relay.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;

const open = async (options: Parameters<typeof openStage>[0] = {}) => {
  stage = await openStage(options);
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(carrier, phone);
};
afterEach(() => stage.close());

const callIn = () => carrier.invite({ to: NUMBER, target: stage.target });

async function connected() {
  const call = callIn();
  const arrived = await phone.expectInvite();
  arrived.answer();
  await call.answered();
  await arrived.waitAck();
  return { call, arrived };
}

/** One more call, and whether this agent, which holds one, had it. */
async function shortCall(agent: StageAgent): Promise<boolean> {
  const other = await connected();
  const had = agent.agent.callCount > 1;
  await other.call.bye();
  await other.arrived.waitBye();
  await stage.call(other.call.callId);
  return had;
}

const holder = (): StageAgent => stage.agents.find(({ agent }) => agent.callCount === 1)!;

describe('an agent that drains', () => {
  beforeEach(() => open());

  it('keeps its call to the end while the other agent takes the new ones', async () => {
    const { call, arrived } = await connected();
    const leaving = holder();
    const drained = leaving.agent.drain(5000);
    // Agents are asked in turn: of two calls one would be the leaving agent's as long as its routes are there.
    await until(
      () => 'routes are still there',
      async () => ![await shortCall(leaving), await shortCall(leaving)].includes(true),
    );
    for (let count = 0; count < 6; count += 1) expect(await shortCall(leaving)).toBe(false);
    expect((await call.reinvite('v=0\r\n')).status).toBe(200);
    await call.bye();
    await arrived.waitBye();
    await drained;
    expect((await stage.call(call.callId)).at(-1)).toMatchObject({ outcome: 'completed', endedBy: 'caller' });
  });

  it('ends what is left at the deadline with a BYE to both sides, and says so in the record', async () => {
    const { call, arrived } = await connected();
    await holder().agent.drain(100);
    await Promise.all([call.waitBye(), arrived.waitBye()]);
    expect((await stage.call(call.callId)).at(-1)).toMatchObject({ outcome: 'completed', endedBy: 'platform', code: 'draining' });
  });

  it('refuses a ringing call with 503 at the deadline and cancels its target', async () => {
    const call = callIn();
    const ringing = await phone.expectInvite();
    ringing.ring();
    await call.provisional(180);
    await holder().agent.drain(50);
    const final = await call.final();
    expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([503, 'draining']);
    await ringing.waitCancel();
    expect((await stage.call(call.callId)).at(-1)).toMatchObject({ type: 'ended', outcome: 'failed', code: 'draining' });
  });

  it.runIf(onlyOn('remove_route of one method'))('takes registrations until its last call has ended, whoever else is there', async () => {
    const { call, arrived } = await connected();
    const leaving = holder();
    const other = stage.agents.find((one) => one !== leaving)!;
    const drained = leaving.agent.drain(20_000);
    await until(
      () => 'it takes calls',
      async () => ![await shortCall(leaving), await shortCall(leaving)].includes(true),
    );
    await other.agent.stop();
    const alone = callIn();
    expect((await alone.final()).status).toBe(503);
    const auth = { username: LOGIN.username, password: PASSWORD };
    for (let count = 0; count < 3; count += 1) {
      expect((await phone.register(`sip:${LOGIN.username}@${DOMAIN}`, { target: stage.target, auth })).status).toBe(200);
    }
    await call.bye();
    await arrived.waitBye();
    await drained;
  });

  it('as the last one refuses with 503 and Retry-After, and records it', async () => {
    for (const { agent } of stage.agents) await agent.drain(1000);
    const call = callIn();
    const final = await call.final();
    expect([final.status, Number(final.header('Retry-After')) > 0, final.header('X-Dialplane-Reason')]).toEqual([503, true, 'draining']);
    expect(await stage.call(call.callId)).toMatchObject([{ type: 'refused', code: 'draining', sipStatus: 503 }]);
  });
});

describe('an agent that loses its SIP server', () => {
  it('closes the records of its calls, ends both sides through the server, and serves again after reconnecting', async () => {
    await open({ agents: 0 });
    const relay = await startTcpRelay(stage.engine.control);
    const one = await stage.addAgent({}, relay);
    const { call, arrived } = await connected();
    const ringing = callIn();
    const target = await phone.expectInvite();
    target.ring();
    await ringing.provisional(180);
    relay.breakAll();
    const events = await stage.call(call.callId);
    expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'failed', code: 'internal_error', endedBy: 'platform' });
    expect((await stage.call(ringing.callId)).at(-1)).toMatchObject({ type: 'ended', outcome: 'failed', code: 'internal_error' });
    // By the agent as soon as it is back, or by the engine's grace (decision C9).
    await Promise.all([call.waitBye(), arrived.waitBye(), target.waitCancel()]);
    expect((await ringing.final()).status).toBeGreaterThanOrEqual(480);
    expect(one.agent.callCount).toBe(0);
    await one.agent.ready(5000);
    await until(
      () => 'routes are not back',
      async () => (await phone.request('INFO', { target: stage.target })).status === 405,
    );
    const again = await connected();
    await again.call.bye();
    await stage.call(again.call.callId);
    await one.close();
    await relay.close();
  });

  it('ends both sides of its calls itself as soon as it is back, where the SIP server keeps them up', async () => {
    await open({ agents: 0, graceMs: 600_000 });
    const relay = await startTcpRelay(stage.engine.control);
    const one = await stage.addAgent({}, relay);
    const { call, arrived } = await connected();
    relay.breakAll();
    await Promise.all([call.waitBye(), arrived.waitBye()]);
    expect((await stage.call(call.callId)).at(-1)).toMatchObject({ outcome: 'failed', code: 'internal_error', endedBy: 'platform' });
    expect(stage.engine.hasNoDialogs()).toBe(true);
    expect([...carrier.violations, ...phone.violations]).toEqual([]);
    await one.close();
    await relay.close();
  });
});
