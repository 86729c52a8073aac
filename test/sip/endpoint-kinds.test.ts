import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideStored } from '../../src/app/calls/stored-decision.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import type { E164 } from '../../src/domain/e164.ts';
import type { EndpointRoute } from '../../src/domain/endpoint-route.ts';
import { DEFAULT_FAILOVER, nextStep } from '../../src/domain/failover.ts';
import { type FallbackCause, isDue, type Tried } from '../../src/domain/fallback.ts';
import { type EndpointRecord, recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { readUses } from '../redis/support/last-calls.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, OTHER_NUMBER, PASSWORD } from './support/call-world.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;
let spare: Party;
const FAR = '+33142685300';
const [otherAccount, otherNumber, otherEndpoint, spareEndpoint] = [newId(), newId(), newId(), newId()];

beforeAll(async () => {
  const decision = { defaultCountry: null, unknownSource: 'drop', onNet: 'internal' } as const;
  stage = await openStage({ agents: 1, settings: { decision, firstResponseMs: 3000, ringMs: 700 } });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  spare = await stage.party({ user: 'spare' });
});
afterAll(() => stage.close());
beforeEach(async () => {
  const { world } = stage;
  await world.site(carrier, phone);
  await endpointAt(spareEndpoint, spare);
  // Somebody else's number, which rings the same second phone.
  await world.put(recordRef.account(otherAccount), {
    ...{ kind: 'account', id: otherAccount, parentId: null, status: 'active', country: null, routeSetId: 'platform' },
  });
  await world.number({ id: otherNumber, e164: OTHER_NUMBER, ownerAccountId: otherAccount, endpointId: otherEndpoint });
  await endpointAt(otherEndpoint, spare, otherAccount);
});

const endpointAt = (id: string, party: Party, accountId = stage.world.ids.account) => {
  const targets = [{ uri: party.uri, priority: 1, weight: 1 }];
  return stage.world.put(recordRef.endpoint(id), { kind: 'endpoint', id, accountId, status: 'active', targets });
};
const routed = (route: EndpointRoute, more: Partial<EndpointRecord> = {}) => stage.world.endpoint([], { route, ...more });
const withFallback = (...on: FallbackCause[]) => stage.world.endpoint([phone], { fallback: { on, endpointId: spareEndpoint } });
const forwardTo = (e164: string): EndpointRoute => ({ kind: 'forward', e164: e164 as E164 });

const callIn = (headers: Record<string, string> = {}) => carrier.invite({ to: NUMBER, from: '+15550100', target: stage.target, headers });
const uriAt = (user: string) => `sip:${user}@${DOMAIN}`;
const callOut = (to: string, more: Partial<Parameters<Party['invite']>[0]> = {}) =>
  phone.invite({
    ...{ to: uriAt(to), requestUri: uriAt(to), from: uriAt(NUMBER), target: stage.target },
    auth: { username: LOGIN.username, password: PASSWORD },
    ...more,
  });
type Call = ReturnType<typeof callIn>;

/** The arrived call is picked up, and put down by the caller; returns the events of the record. */
async function completes(call: Call, by: Party) {
  const arrived = await by.expectInvite();
  arrived.answer();
  await call.answered();
  await arrived.waitAck();
  await call.bye();
  await arrived.waitBye();
  return { request: arrived.request, events: await stage.call(call.callId) };
}
const endsOf = (events: readonly CallEvent[]) =>
  events.flatMap((event) => (event.type === 'attempt_ended' ? [event.sipStatus ?? event.outcome] : []));
const opening = (events: readonly CallEvent[]) => events[0] as Extract<CallEvent, { type: 'admitted' }>;
const usesOf = async (...ids: string[]) => {
  const uses = await readUses(stage.plane.redis, ids);
  return ids.map((id) => uses.get(id));
};

describe('an endpoint with a schedule', () => {
  it('rings the endpoint of the time of the call, and the record says which rule that was', async () => {
    await routed({
      kind: 'schedule',
      timeZone: 'Pacific/Auckland',
      rules: [{ dates: [{ from: '2000-01-01', to: '2000-01-02' }], endpointId: null }],
      otherwise: spareEndpoint,
    });
    const { events } = await completes(callIn(), spare);
    const { decision } = decideStored(opening(events).decisionInput);
    expect(decision.steps.find(({ step }) => step === 'schedule')?.facts).toMatchObject({ rule: null, next: spareEndpoint });
    const always = [{ days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1440 }];
    await routed({ kind: 'schedule', timeZone: 'UTC', rules: [{ windows: always, endpointId: null }], otherwise: spareEndpoint });
    const final = await callIn().final();
    expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([480, 'no_destination']);
  });
});

/** Invariant 9: which candidates of the stored decision have their turn, by how those before them ended. */
function orderBy(events: readonly CallEvent[]): { readonly due: readonly string[]; readonly tried: readonly string[] } {
  const { decision } = decideStored(opening(events).decisionInput);
  if (decision.outcome !== 'connect') throw new Error('it did not connect');
  const ends = events.flatMap((event) => (event.type === 'attempt_ended' ? [event] : []));
  const rules = DEFAULT_FAILOVER.inbound;
  const tried: Tried[] = [];
  for (const candidate of decision.candidates.filter(({ chosen }) => chosen)) {
    const end = ends[tried.length];
    if (end === undefined || !isDue(candidate, tried)) continue;
    tried.push({ candidate, ends: [end], isFinal: nextStep(end, rules) === 'final' });
  }
  return {
    due: tried.map(({ candidate }) => candidate.uri),
    tried: events.flatMap((event) => (event.type === 'attempt' ? [event.uri] : [])),
  };
}

describe('a fallback', () => {
  it('invariant 9: follows from the stored decision and the ends alone, also where the rest of an endpoint is left out', async () => {
    const second = `sip:second@127.0.0.1:${phone.port}`;
    for (const [status, left] of [
      [486, true],
      [503, false],
    ] as const) {
      await stage.world.endpoint([phone, second], { fallback: { on: ['busy', 'unreachable'], endpointId: spareEndpoint } });
      const call = callIn();
      (await phone.expectInvite()).reject(status);
      if (!left) (await phone.expectInvite()).reject(503);
      (await spare.expectInvite()).reject(480);
      expect((await call.final()).status).toBe(left ? 486 : 480);
      const { due, tried } = orderBy(await stage.call(call.callId));
      expect(tried).toEqual(left ? [phone.uri, spare.uri] : [phone.uri, second, spare.uri]);
      expect(due).toEqual(tried);
    }
  });

  it('for busy follows a 486, although that is final', async () => {
    await withFallback('busy');
    const call = callIn();
    (await phone.expectInvite()).reject(486);
    const { events } = await completes(call, spare);
    expect(endsOf(events)).toEqual([486, 200]);
  });

  it('for busy does not follow a phone that nobody picks up', async () => {
    await withFallback('busy');
    const call = callIn();
    (await phone.expectInvite()).reject(480);
    expect((await call.final()).status).toBe(480);
    expect(endsOf(await stage.call(call.callId))).toEqual([480]);
  });

  it('for no answer follows the ring time, and the first phone is cancelled', async () => {
    await withFallback('no_answer');
    const call = callIn();
    const ringing = await phone.expectInvite();
    ringing.ring();
    const { events } = await completes(call, spare);
    await ringing.waitCancel();
    expect(endsOf(events)).toEqual(['ring_timeout', 200]);
  });

  it('for an unreachable endpoint follows a 503, and its own busy is the last word', async () => {
    await withFallback('unreachable');
    const call = callIn();
    (await phone.expectInvite()).reject(503);
    (await spare.expectInvite()).reject(486);
    expect((await call.final()).status).toBe(486);
    expect(endsOf(await stage.call(call.callId))).toEqual([503, 486]);
  });
});

describe('a forward', () => {
  it('leaves by the routes as a call of the number that forwards, with a Diversion', async () => {
    await routed(forwardTo(FAR));
    const call = callIn({
      Diversion: '<sip:+15550199@elsewhere.example>',
      Privacy: 'id',
      'P-Asserted-Identity': '<sip:+15550100@x.example>',
    });
    const { request, events } = await completes(call, carrier);
    expect(request.uri).toBe(`sip:${FAR}@127.0.0.1:${carrier.port}`);
    expect(request.header('From')).toContain(`<sip:${NUMBER}@`);
    expect(request.header('P-Asserted-Identity')).toContain(`<sip:${NUMBER}@`);
    expect(request.header('Diversion')).toMatch(/^<sip:\+442071838750@[^>]+>;reason=unconditional;counter=1$/);
    expect(request.header('Privacy')).toBe('');
    expect(request.header('History-Info')).toBe('');
    const { account: accountId, number: numberId } = stage.world.ids;
    expect(opening(events).parties).toMatchObject({ direction: 'inbound', called: NUMBER, accountId });
    // What its minutes and the traffic guard go by.
    expect(events.find(({ type }) => type === 'attempt')).toMatchObject({ left: { accountId, subAccountId: null, numberId, called: FAR } });
  });

  it('that comes back from the carrier is 482 loop', async () => {
    await routed(forwardTo(FAR));
    const call = callIn();
    const arrived = await carrier.expectInvite();
    const again = callIn({ 'X-Dialplane-Hop': arrived.request.header('X-Dialplane-Hop') });
    const final = await again.final();
    expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([482, 'loop']);
    arrived.reject(503);
    await call.final();
    await stage.call(call.callId);
  });

  it('to a number of ours rings it without a carrier, and is a call of both numbers', async () => {
    await routed(forwardTo(OTHER_NUMBER));
    const call = callIn();
    const arrived = await spare.expectInvite();
    expect(arrived.request.header('From')).toContain(`<sip:${NUMBER}@`);
    expect(arrived.request.header('Diversion')).toContain(`<sip:${NUMBER}@`);
    arrived.answer();
    await call.answered();
    await arrived.waitAck();
    expect(await usesOf(stage.world.ids.number, otherNumber)).toMatchObject([{ liveCalls: 1 }, { liveCalls: 1 }]);
    await call.bye();
    const { parties } = opening(await stage.call(call.callId));
    expect(parties).toMatchObject({ direction: 'inbound', otherNumberIds: [otherNumber] });
  });

  it('to itself is 482 loop', async () => {
    await routed(forwardTo(NUMBER));
    const final = await callIn().final();
    expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([482, 'loop']);
  });
});

describe('a call on-net', () => {
  it('is one call of both numbers, with a caller that was checked', async () => {
    const before = Date.now();
    const call = callOut(OTHER_NUMBER, { from: `"Alice" <${uriAt(NUMBER)}>`, headers: { Identity: 'forged', Diversion: '<sip:+1@x>' } });
    const arrived = await spare.expectInvite();
    expect(arrived.request.header('From')).toMatch(/^"Alice" <sip:\+442071838750@/);
    expect(arrived.request.header('P-Asserted-Identity')).toContain(`<sip:${NUMBER}@`);
    expect([arrived.request.header('Identity'), arrived.request.header('Diversion')]).toEqual(['', '']);
    expect(Number(arrived.request.header('Max-Forwards'))).toBe(69);
    arrived.answer();
    await call.answered();
    await arrived.waitAck();
    await call.bye();
    const events = await stage.call(call.callId);
    expect(opening(events).parties).toMatchObject({
      ...{ direction: 'internal', called: OTHER_NUMBER, caller: NUMBER },
      ...{ numberId: stage.world.ids.number, otherNumberIds: [otherNumber], accountId: stage.world.ids.account },
      callee: { accountId: otherAccount, subAccountId: null, numberId: otherNumber, caller: NUMBER },
    });
    expect(opening(events).leases).toEqual(
      expect.arrayContaining([
        { kind: 'number', id: stage.world.ids.number },
        { kind: 'number', id: otherNumber },
        { kind: 'account', id: otherAccount },
      ]),
    );
    for (const use of await usesOf(stage.world.ids.number, otherNumber)) {
      expect(use?.liveCalls).toBe(0);
      expect(use?.lastCallAt).toBeGreaterThanOrEqual(before);
    }
  });

  it('to a number that takes no calls is refused as a call from outside', async () => {
    await stage.world.number({
      id: otherNumber,
      e164: OTHER_NUMBER,
      ownerAccountId: otherAccount,
      endpointId: otherEndpoint,
      allowInbound: false,
    });
    const final = await callOut(OTHER_NUMBER).final();
    expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([403, 'number_inbound_disabled']);
  });

  it('rings a SIP user of the account by name, for a phone without a number too', async () => {
    await stage.world.credential({ username: 'bob' });
    const final = await callOut('bob', { from: uriAt('alice') }).final();
    expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([480, 'not_registered']);
    const nobody = await callOut('nobody').final();
    expect([nobody.status, nobody.header('X-Dialplane-Reason')]).toEqual([484, 'dial_string_invalid']);
  });
});

it('a call that was passed on five times already is 482 loop, of four it is not', async () => {
  const tokens = (count: number) => ({ 'X-Dialplane-Hop': Array.from({ length: count }, (_, n) => `0123456789a${n}`).join(', ') });
  const final = await callIn(tokens(5)).final();
  expect([final.status, final.header('X-Dialplane-Reason')]).toEqual([482, 'loop']);
  await completes(callIn(tokens(4)), phone);
});
