import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { createHolderFence } from '../../src/redis/holder-fence.ts';
import { keys } from '../../src/redis/keys.ts';
import { readUses } from '../redis/support/last-calls.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage, type StageAgent, until } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './support/call-world.ts';
import { onlyOn } from './support/only-on.ts';
import { startTcpRelay, type TcpRelay } from './support/tcp-relay.ts';

const PROMISE_MS = 1500;
let stage: CallStage;
let relay: TcpRelay;
let cutOff: StageAgent;
let carrier: Party;
let phone: Party;

beforeEach(async () => {
  stage = await openStage({ agents: 0, settings: { heartbeatMs: 50, leaseReportMs: 200 }, promiseMs: PROMISE_MS });
  const redis = new URL(stage.redis.url);
  relay = await startTcpRelay({ host: redis.hostname, port: Number(redis.port) });
  redis.hostname = relay.host;
  redis.port = String(relay.port);
  cutOff = await stage.addAgent({}, stage.engine.control, redis.href);
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(carrier, phone);
  await stage.plane.redis.del(keys.planeUnsettled);
});
afterEach(async () => {
  relay.cut(false);
  await stage.close();
  await relay.close();
});

const at = (user: string) => `sip:${user}@${DOMAIN}`;
const callIn = () => carrier.invite({ to: NUMBER, target: stage.target });

/** One call, so that the local copy knows everything; returns the number's id. */
async function warmUp(): Promise<string> {
  const call = callIn();
  (await phone.expectInvite()).reject(486);
  await call.final();
  const [first] = await stage.call(call.callId);
  return (first?.type === 'admitted' && first.parties.numberId) || '';
}

const fence = () =>
  createHolderFence({ redis: stage.plane.redis, log: silentLogger, settleMs: 60_000, promiseMs: PROMISE_MS, aloneMsMax: 60_000 });
async function freeze(numberId: string) {
  const frozen = await fence().freeze([numberId], 'token');
  await fence().release([numberId], 'token');
  return frozen;
}

describe('an agent that is cut off from Redis', () => {
  it('invariant 4 holds while an agent is cut off from Redis: before it rings unseen the fence is closed, and opens with the call in it', async () => {
    const numberId = await warmUp();
    expect((await freeze(numberId)).status).toBe('frozen');
    relay.cut(true);
    const cutAt = performance.now();
    const call = callIn();
    const arrived = await phone.expectInvite();
    // It rang: from before that moment no number can change its holder.
    expect((await freeze(numberId)).status).toBe('unknown');
    expect(performance.now() - cutAt).toBeGreaterThan(PROMISE_MS / 2);
    arrived.answer();
    await call.answered();
    await arrived.waitAck();
    expect((await freeze(numberId)).status).toBe('unknown');
    relay.cut(false);
    let frozen = await freeze(numberId);
    await until(
      () => 'the fence stays closed',
      async () => {
        frozen = await freeze(numberId);
        return frozen.status === 'frozen';
      },
    );
    expect(frozen.status === 'frozen' && frozen.uses.get(numberId)?.liveCalls).toBe(1);
    await call.bye();
    await arrived.waitBye();
    await until(
      () => 'the end is not there',
      async () => (await stage.events()).some(({ type }) => type === 'ended'),
    );
  });

  it('a call that comes in a short outage waits, and is let in by Redis', async () => {
    await warmUp();
    relay.cut(true);
    const call = callIn();
    await until(
      () => 'the call does not wait',
      () => cutOff.agent.mode === 'degraded',
    );
    relay.cut(false);
    (await phone.expectInvite()).reject(486);
    await call.final();
    const [first] = await stage.call(call.callId);
    expect(first).toMatchObject({ type: 'admitted' });
    expect(JSON.parse((first?.type === 'admitted' && first.decisionInput) || '{}').mode).not.toBe('degraded');
  });

  it('invariant 10: whose Redis hears and is not heard: the record says what the wire said, the last call moves in both', async () => {
    const out = () =>
      phone.invite({
        to: at('+33142685300'),
        requestUri: at('+33142685300'),
        from: at(NUMBER),
        target: stage.target,
        auth: { username: LOGIN.username, password: PASSWORD },
      });
    await warmUp();
    const first = out();
    (await carrier.expectInvite()).reject(486);
    await first.final();
    const before = (await stage.events()).length;
    relay.muteAt('"admitted"');
    const call = out();
    const isHeard = async () => (await stage.events()).slice(before).some(({ type }) => type === 'admitted');
    await until(() => 'Redis does not hear of the call', isHeard);
    relay.cut(true);
    const final = await call.final();
    expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([503, 'plane_degraded']);
    relay.muteAt(null);
    relay.cut(false);
    const isEnded = async () => (await stage.events()).some((event) => event.type === 'ended' && event.code === 'plane_degraded');
    await until(() => 'the end is not there', isEnded, 10_000);
    const events = (await stage.events()).filter(({ callId }) => callId === final.header('X-Dialplane-Call-Id'));
    // Admission's own, which nobody heard of, and the agent's.
    expect(events.map(({ type }) => type)).toEqual(['admitted', 'admitted', 'ended']);
    const { numberId } = (events[0] as Extract<CallEvent, { type: 'admitted' }>).parties;
    const use = (await readUses(stage.plane.redis, [numberId!])).get(numberId!);
    expect(use).toEqual({ lastCallAt: events.at(-1)!.at, liveCalls: 0 });
  });

  const noted = async (): Promise<boolean> => (await stage.plane.redis.sismember(keys.agentsWithLegs, cutOff.agent.agentId)) === 1;
  /** A call of the agent, which is cut off once its legs are noted, and another agent that takes it for dead and has tried its part. */
  async function takenForDead() {
    await warmUp();
    const call = callIn();
    const arrived = await phone.expectInvite();
    arrived.answer();
    await call.answered();
    await arrived.waitAck();
    await until(() => 'its legs are not noted', noted);
    await stage.addAgent();
    relay.cut(true);
    await until(
      () => 'the other one does not try',
      async () => !(await noted()),
      30_000,
    );
    expect(cutOff.agent.mode).toBe('degraded');
    return { call, arrived };
  }

  it.runIf(onlyOn('cut off, calls go on'))(
    'keeps its calls on our engine though another agent takes it for dead: a dialog is ended for nobody while its agent is connected',
    async () => {
      const { call, arrived } = await takenForDead();
      expect((await call.reinvite('v=0\r\n')).status).toBe(200);
      relay.cut(false);
      // It sees that its legs are still there, and notes them again.
      await until(() => 'its legs are not noted again', noted, 30_000);
      expect((await call.reinvite('v=0\r\n')).status).toBe(200);
      await call.bye();
      await arrived.waitBye();
      expect([...carrier.violations, ...phone.violations]).toEqual([]);
    },
    60_000,
  );

  it.runIf(onlyOn('cut off, calls end'))(
    'loses its calls on a drachtio-server to an agent that takes it for dead: both legs get a BYE, and nothing of them is left in the agent',
    async () => {
      const { call, arrived } = await takenForDead();
      await Promise.all([call.waitBye(), arrived.waitBye()]);
      relay.cut(false);
      await until(
        () => 'the agent still has the call',
        () => cutOff.agent.callCount === 0,
        30_000,
      );
      expect([...carrier.violations, ...phone.violations]).toEqual([]);
    },
    60_000,
  );
});

describe('an agent whose disk takes nothing', () => {
  it('keeps the calls it has, lets nobody new in, says so, and recovers by itself', async () => {
    // The device that answers every write with ENOSPC stands where the journal would begin.
    const path = join(stage.journals, cutOff.agent.agentId, '0000000000000001.log');
    symlinkSync('/dev/full', path);
    const running = callIn();
    const arrived = await phone.expectInvite();
    arrived.answer();
    await running.answered();
    await arrived.waitAck();
    expect([cutOff.agent.mode, cutOff.agent.journal.state]).toEqual(['degraded', 'failing']);
    const refused = await callIn().final();
    expect([refused.status, refused.header('X-Dialplane-Reason')]).toEqual([503, 'plane_degraded']);
    rmSync(path);
    await until(
      () => 'it does not recover',
      () => cutOff.agent.journal.state === 'ok',
    );
    const after = callIn();
    (await phone.expectInvite()).reject(486);
    expect((await after.final()).status).toBe(486);
    await running.bye();
    await arrived.waitBye();
    expect((await stage.call(running.callId)).map(({ type }) => type)).toEqual([
      'admitted',
      'attempt',
      'attempt_ended',
      'answered',
      'ended',
    ]);
  });
});
