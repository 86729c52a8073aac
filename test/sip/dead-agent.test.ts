import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { keys } from '../../src/redis/keys.ts';
import { createMember, type FleetMember } from '../support/fleet.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage, SECRET, until } from './support/call-stage.ts';
import { DOMAIN, NUMBER } from './support/call-world.ts';
import { onlyOn } from './support/only-on.ts';

const HEARTBEAT_MS = 300;
const WAIT_MS = 20_000;

let stage: CallStage;
let carrier: Party;
let phone: Party;
let victim: FleetMember;

/** An agent here and one in a process of its own on one SIP server; our engine leaves lost applications' calls be for `graceMs`. */
async function open(graceMs: number): Promise<void> {
  stage = await openStage({ agents: 1, settings: { heartbeatMs: HEARTBEAT_MS, firstResponseMs: 8000 }, graceMs });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(carrier, phone);
  victim = createMember('victim', 'agent', {
    REDIS_URL: stage.redis.url,
    DRACHTIO_URL: `drachtio://:${SECRET}@${stage.engine.control.host}:${stage.engine.control.port}`,
    SEALING_KEY: randomBytes(32).toString('base64'),
    SIP_DOMAIN: DOMAIN,
    PLANE_HEARTBEAT_MS: String(HEARTBEAT_MS),
    LOG_LEVEL: 'error',
  });
  await victim.start();
}

afterEach(async () => {
  await victim.kill();
  victim.remove();
  await stage.close();
});

async function connected() {
  const call = carrier.invite({ to: NUMBER, target: stage.target });
  const arrived = await phone.expectInvite();
  arrived.answer();
  await call.answered();
  await arrived.waitAck();
  return { call, arrived };
}

/** Four calls, some of each agent, their legs noted; then kill -9. The calls of the dead agent and those of the other. */
async function killUnderCalls() {
  const calls: Awaited<ReturnType<typeof connected>>[] = [];
  for (let count = 0; count < 4; count += 1) calls.push(await connected());
  const survivor = stage.agents[0]?.agent.agentId ?? '';
  let own = '';
  await until(
    () => 'the legs of four calls are not noted',
    async () => {
      const ids = await stage.plane.redis.smembers(keys.agentsWithLegs);
      const noted = await Promise.all(ids.map((id) => stage.plane.redis.hvals(keys.agentLegs(id))));
      own = noted[ids.indexOf(survivor)]?.join() ?? '';
      return noted.flat().length === 4;
    },
    WAIT_MS,
  );
  await victim.kill();
  const lost = calls.filter(({ call }) => !own.includes(call.callId));
  // They take turns, two each as a rule: the first call may come before the second agent's routes.
  const kept = calls.filter((one) => !lost.includes(one));
  expect([lost.length > 0, kept.length > 0]).toEqual([true, true]);
  return { lost, kept };
}

const notesCleared = () =>
  until(
    () => 'the notes of the dead agent stay',
    async () => (await stage.plane.redis.smembers(keys.agentsWithLegs)).join() === stage.agents[0]?.agent.agentId,
    WAIT_MS + 15_000,
  );

/** Call-IDs of the BYEs a party got, repeats left out. */
const byes = (party: Party): string[] => {
  const got = party.trace.entries.filter(({ direction, message }) => direction === 'received' && message?.startLine.startsWith('BYE '));
  return [...new Set(got.map(({ message }) => `${message?.header('call-id')} ${message?.header('cseq')}`))];
};

describe('an agent that is killed while another lives on', () => {
  it('has its calls ended on both legs by the survivor where the SIP server would keep them up; the others go on', async () => {
    await open(600_000);
    const { lost, kept } = await killUnderCalls();
    await Promise.all(lost.flatMap(({ call, arrived }) => [call.waitBye(WAIT_MS), arrived.waitBye(WAIT_MS)]));
    for (const { call, arrived } of kept) {
      expect((await call.reinvite('v=0\r\n')).status).toBe(200);
      await call.bye();
      await arrived.waitBye();
    }
    await until(
      () => 'a dialog stays',
      () => stage.engine.hasNoDialogs(),
    );
    expect([byes(carrier).length, byes(phone).length]).toEqual([lost.length, 4]);
    expect([...carrier.violations, ...phone.violations]).toEqual([]);
  }, 90_000);

  it.runIf(onlyOn('grace of the engine'))(
    'has its calls ended by the engine after the grace though the other stays connected, and by nobody a second time',
    async () => {
      await open(200);
      const { lost, kept } = await killUnderCalls();
      await Promise.all(lost.flatMap(({ call, arrived }) => [call.waitBye(), arrived.waitBye()]));
      // The survivor has tried by then.
      await notesCleared();
      expect([byes(carrier).length, byes(phone).length]).toEqual([lost.length, lost.length]);
      expect(stage.engine.counters().dialogs).toBe(2 * kept.length);
      expect([...carrier.violations, ...phone.violations]).toEqual([]);
    },
    90_000,
  );
});
