import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Limits } from '../../src/domain/lease.ts';
import type { Party } from '../support/sip/party.ts';
import { testSdp } from '../support/sip/sdp.ts';
import { type CallStage, openStage } from './support/call-stage.ts';
import { NUMBER } from './support/call-world.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;

beforeAll(async () => {
  stage = await openStage();
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(carrier, phone);
});
afterAll(() => stage.close());

const field = (message: { header(name: string): string | undefined }, name: string): string => message.header(name) ?? '';

it('each leg is asked for a session timer of its own, and has one where its far side knows them (RFC 4028)', async () => {
  const headers = { Supported: 'timer', 'Session-Expires': '600' };
  const call = carrier.invite({ to: NUMBER, target: stage.target, headers });
  const arrived = await phone.expectInvite();
  expect([field(arrived.request, 'session-expires'), field(arrived.request, 'supported')]).toEqual(['1800', 'timer']);
  arrived.answer(testSdp(41000), { 'Session-Expires': '1800;refresher=uas', Require: 'timer' });
  const answer = await call.answered();
  expect([field(answer, 'session-expires'), field(answer, 'require')]).toEqual(['600;refresher=uac', 'timer']);
  await arrived.waitAck();
  await call.bye();
  await arrived.waitBye();
  expect([carrier.violations, phone.violations]).toEqual([[], []]);
});

it('a caller who knows none gets none', async () => {
  const call = carrier.invite({ to: NUMBER, target: stage.target });
  const arrived = await phone.expectInvite();
  arrived.answer();
  expect(field(await call.answered(), 'session-expires')).toBe('');
  await arrived.waitAck();
  await call.bye();
  await arrived.waitBye();
});

const seconds = (callSecondsMax: number): { readonly limits: Limits } => ({
  limits: { channelsMax: null, perSecondMax: null, callSecondsMax },
});

it('a call that lasts as long as it may is ended on both legs, and its record says so', async () => {
  // The smallest of them all counts.
  await stage.world.account(seconds(20));
  await stage.world.number(seconds(1));
  const call = carrier.invite({ to: NUMBER, from: '+15550100', target: stage.target });
  const arrived = await phone.expectInvite();
  arrived.answer();
  await call.answered();
  const startedAt = performance.now();
  await arrived.waitAck();
  const byes = await Promise.all([call.waitBye(), arrived.waitBye()]);
  expect(performance.now() - startedAt).toBeGreaterThan(900);
  const told = byes.map((bye) => [field(bye, 'X-Dialplane-Reason'), field(bye, 'Reason').slice(0, 15)]);
  // Who is at an address that a tenant wrote nobody knows: a stranger learns no code (decision C11).
  expect(told).toEqual([
    ['duration_reached', 'Q.850;cause=102'],
    ['', 'Q.850;cause=102'],
  ]);
  expect((await stage.call(call.callId)).at(-1)).toMatchObject({
    ...{ type: 'ended', outcome: 'completed', sipStatus: 200 },
    ...{ code: 'duration_reached', endedBy: 'platform' },
  });
  expect(stage.agents.flatMap(({ metrics }) => metrics.endings)).toContain('inbound completed duration_reached');
});
