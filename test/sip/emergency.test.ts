import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { decideStored } from '../../src/app/calls/stored-decision.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { newId } from '../../src/kit/ids.ts';
import { keys } from '../../src/redis/keys.ts';
import type { Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './support/call-world.ts';

/** Decision C15: nothing but authentication stands before an emergency call; a short code that means nothing is a call like any. */
const EMERGENCY = '999';
const PREMIUM = '118500';
const NUMBER_OUT = '+33142685300';
const CALLS_MAX = 1;

let stage: CallStage;
let carrier: Party;
let phone: Party;

beforeAll(async () => {
  stage = await openStage({ agents: 1, settings: { heartbeatMs: 50, degradedMaxAgeMs: 100, callsMax: CALLS_MAX } });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
});
afterAll(() => stage.close());
beforeEach(async () => {
  await stage.world.site(carrier, phone);
  const to = { trunkGroupId: stage.world.ids.carrier, priority: 0, weight: 1 };
  const routes = ['', `=${EMERGENCY}`, `=${PREMIUM}`].map((prefix) => ({ id: newId(), prefix, ...to }));
  await stage.world.routes({ routes });
});

const auth = { username: LOGIN.username, password: PASSWORD };
const at = (user: string) => `sip:${user}@${DOMAIN}`;
const dial = (called: string, from = NUMBER) =>
  phone.invite({ to: at(called), requestUri: at(called), from: at(from), target: stage.target, auth });
async function refusalOf(called: string): Promise<[number, string]> {
  const final = await dial(called).final();
  return [final.status, final.header('X-Dialplane-Reason')];
}
/** A call for help that is up; ends with `hangUp`. */
async function helped() {
  const call = dial(EMERGENCY);
  const arrived = await carrier.expectInvite();
  arrived.answer(testSdp(48000));
  await call.answered();
  await arrived.waitAck();
  return { call, arrived };
}
async function hangUp({ call, arrived }: Awaited<ReturnType<typeof helped>>): Promise<CallEvent[]> {
  await call.bye();
  await arrived.waitBye();
  return await stage.call(call.callId, 10_000);
}
const noneLeft = () =>
  until(
    () => 'calls are left',
    () => stage.agents[0]!.agent.callCount === 0,
  );

it('an emergency call goes out over every limit and flag, with the number of who calls', async () => {
  await stage.world.number({ allowOutbound: false, limits: { channelsMax: 0, perSecondMax: null } });
  const up = await helped();
  expect(up.arrived.request.uri).toContain(`sip:${EMERGENCY}@`);
  expect(up.arrived.request.header('P-Asserted-Identity')).toContain(NUMBER);
  expect((await hangUp(up)).map(({ type }) => type)).toEqual(['admitted', 'attempt', 'attempt_ended', 'answered', 'ended']);
});

it('an emergency call finds room at an agent that is full, and nobody else does', async () => {
  await noneLeft();
  const first = await helped();
  expect(await refusalOf(NUMBER_OUT)).toEqual([503, '']);
  expect(await refusalOf(PREMIUM)).toEqual([503, 'plane_busy']);
  const second = await helped();
  expect(stage.agents[0]!.agent.callCount).toBe(CALLS_MAX + 1);
  // The reserve is small, and has an end.
  expect(await refusalOf(EMERGENCY)).toEqual([503, '']);
  for (const up of [first, second]) expect((await hangUp(up)).at(-1)).toMatchObject({ type: 'ended', outcome: 'completed' });
});

it('an emergency call does not wait for a number that moves to another holder, and is counted at it', async () => {
  await noneLeft();
  const { number } = stage.world.ids;
  await stage.plane.redis.set(keys.freeze(number), 'token', 'EX', 10);
  expect(await refusalOf(PREMIUM)).toEqual([480, 'number_moving']);
  const up = await helped();
  const [admitted] = (await stage.events()).filter(({ type }) => type === 'admitted').slice(-1);
  expect(Object.keys(await stage.plane.redis.hgetall(keys.use(number)))).toContain(admitted!.callId);
  await hangUp(up);
  await stage.plane.redis.del(keys.freeze(number));
});

it('an emergency call goes by the last good records, however long Redis has been away, and a premium short code does not', async () => {
  await noneLeft();
  const inbound = async () => {
    const call = carrier.invite({ to: NUMBER, target: stage.target });
    const final = await Promise.race([call.final(), phone.expectInvite().then((arrived) => arrived.reject(486))]);
    return final?.status;
  };
  await inbound();
  await noneLeft();
  await stage.redis.kill();
  await until(
    () => 'the copy is still good enough for others',
    async () => (await inbound()) === 503,
    10_000,
  );
  await noneLeft();
  expect(await refusalOf(PREMIUM)).toEqual([503, 'plane_degraded']);
  const up = await helped();
  await stage.redis.restart();
  const events = await hangUp(up);
  expect(events.map(({ type }) => type)).toEqual(['admitted', 'attempt', 'attempt_ended', 'answered', 'ended']);
  const [admitted] = events;
  expect(admitted?.type === 'admitted' && decideStored(admitted.decisionInput).input.mode).toBe('degraded');
});
