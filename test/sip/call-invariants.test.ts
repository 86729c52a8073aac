import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainStored } from '../../src/app/calls/explain-call.ts';
import { decideStored } from '../../src/app/calls/stored-decision.ts';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { CALL_REFUSALS } from '../../src/domain/refusal.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage, until } from './support/call-stage.ts';
import { NUMBER, OTHER_NUMBER } from './support/call-world.ts';

let stage: CallStage;
let carrier: Party;
let phone: Party;

beforeAll(async () => {
  stage = await openStage({ settings: { firstResponseMs: 1000 } });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
  await stage.world.site(carrier, phone);
  phone.onInvite((ringing) => ringing.reject(486));
});
afterAll(() => stage.close());

const callIn = (to = NUMBER) => carrier.invite({ to, target: stage.target });

describe('calls', () => {
  it('invariant 3: a change in force decides the very next call, 50 times in turn, on both agents', async () => {
    const stale: string[] = [];
    for (let count = 0; count < 50; count += 1) {
      const allowInbound = count % 2 === 1;
      const version = await stage.world.number({ allowInbound });
      const call = callIn();
      const { status } = await call.final();
      if (status !== (allowInbound ? 486 : 403)) stale.push(`call ${count}: ${status}`);
      const [first] = await stage.call(call.callId);
      const used = (first as Extract<CallEvent, { type: 'admitted' }>).versions.find(({ record }) => record.startsWith('number:'));
      if (used?.version !== version) stale.push(`call ${count}: version ${used?.version}`);
    }
    expect(stale).toEqual([]);
    expect(stage.agents.every(({ metrics }) => metrics.endings.length > 10)).toBe(true);
  });

  it('invariant 3: it does so even while nobody tells the agents of changes: admission alone catches an old copy', async () => {
    for (const { subscriber } of stage.agents) subscriber.disconnect();
    await until(
      () => 'the copies still follow',
      () => stage.agents.every(({ local }) => !local.live),
    );
    const stale: string[] = [];
    for (let count = 0; count < 20; count += 1) {
      const allowInbound = count % 2 === 1;
      await stage.world.number({ allowInbound });
      const { status } = await callIn().final();
      if (status !== (allowInbound ? 486 : 403)) stale.push(`call ${count}: ${status}`);
    }
    expect(stale).toEqual([]);
    for (const { subscriber } of stage.agents) await subscriber.connect();
    await until(
      () => 'the copies do not follow again',
      () => stage.agents.every(({ local }) => local.live),
    );
  });

  it('invariant 3: a new endpoint target decides the very next call', async () => {
    const other = await stage.party({ user: 'other' });
    other.onInvite((ringing) => ringing.reject(603));
    for (let count = 0; count < 10; count += 1) {
      await stage.world.endpoint([count % 2 === 0 ? other : phone]);
      expect((await callIn().final()).status).toBe(count % 2 === 0 ? 603 : 486);
    }
    await stage.world.endpoint([phone]);
  });

  it('invariant 9: explain of the stored input equals the decision, and the attempts are a prefix of its order', async () => {
    await stage.world.endpoint([`sip:a@127.0.0.1:${phone.port}`, `sip:b@127.0.0.1:${phone.port}`, `sip:c@127.0.0.1:${phone.port}`]);
    let rejected = 0;
    phone.onInvite((ringing) => {
      rejected += 1;
      ringing.reject(rejected === 2 ? 486 : 503);
    });
    const call = callIn();
    await call.final();
    const events = await stage.call(call.callId);
    const first = events[0] as Extract<CallEvent, { type: 'admitted' }>;
    const { decision } = decideStored(first.decisionInput);
    expect(decision.outcome).toBe('connect');
    expect(decision.versions).toEqual(first.versions);
    expect(decision.parties).toEqual(first.parties);
    const order = explainStored(first.decisionInput).candidates.filter(({ chosen }) => chosen);
    const tried = events.flatMap((event) => (event.type === 'attempt' ? [event.uri] : []));
    expect(tried).toHaveLength(2);
    expect(tried).toEqual(order.slice(0, 2).map(({ uri }) => uri));
    expect(first.decisionInput.length).toBeLessThan(4096);
    phone.onInvite((ringing) => ringing.reject(486));
    await stage.world.endpoint([phone]);
  });

  it('invariant 10: every refusal of ours has a catalogue code in record and answer for a carrier, and strangers learn none', async () => {
    const seen = new Set<string>();
    const states = [
      { allowInbound: false },
      { lifecycle: 'suspended' as const },
      { endpointId: null },
      { lifecycle: 'releasing' as const },
    ];
    for (const state of [...states, null]) {
      if (state !== null) await stage.world.number(state);
      const call = callIn(state === null ? OTHER_NUMBER : NUMBER);
      const final = await call.final();
      const [event] = await stage.call(call.callId);
      const refused = event as Extract<CallEvent, { type: 'refused' }>;
      expect(final.header('X-Dialplane-Reason')).toBe(refused.code);
      expect(final.status).toBe(CALL_REFUSALS[refused.code].sipStatus);
      seen.add(refused.code);
    }
    expect([...seen].sort()).toEqual(['no_destination', 'number_inbound_disabled', 'number_suspended', 'number_unknown']);
    const stranger = await stage.party({ user: 'stranger' });
    const final = await stranger.invite({ to: NUMBER, target: stage.target }).final();
    const names = ['X-Dialplane-Reason', 'X-Dialplane-Call-Id', 'Reason', 'Server'];
    expect([final.status, ...names.map((name) => final.header(name))]).toEqual([407, '', '', '', '']);
    await stage.world.number();
  });

  it('invariant 12: a hundred calls with every kind of end are a hundred closed records without gaps', async () => {
    let arrivals = 0;
    phone.onInvite((ringing) => {
      arrivals += 1;
      const kind = arrivals % 5;
      if (kind === 0) ringing.reject(486);
      else if (kind === 1) ringing.reject(500);
      else if (kind === 2) ringing.ring();
      else ringing.answer();
    });
    const before = (await stage.events()).length;
    const calls: ReturnType<typeof callIn>[] = [];
    for (let wave = 0; wave < 10; wave += 1) {
      const some = Array.from({ length: 10 }, (_, index) => callIn(index === 9 ? OTHER_NUMBER : NUMBER));
      calls.push(...some);
      await Promise.all(some.map(finish));
    }
    const mine = () => stage.events().then((all) => all.slice(before));
    await until(
      () => 'records are open',
      async () => (await mine()).filter(({ type }) => type === 'ended' || type === 'refused').length >= 100,
    );
    const events = await mine();
    const callIds = new Set(events.map(({ callId }) => callId));
    const sipCallIds = new Set(events.flatMap((event) => ('origin' in event ? [event.origin.sipCallId] : [])));
    expect(sipCallIds).toEqual(new Set(calls.map(({ callId }) => callId)));
    expect(callIds.size).toBe(100);
    for (const callId of callIds) {
      const own = events.filter((event) => event.callId === callId);
      const seqs = own.map(({ seq }) => seq).sort((a, b) => a - b);
      expect(seqs).toEqual(seqs.map((_, index) => index));
      expect(own.filter(({ type }) => type === 'ended' || type === 'refused')).toHaveLength(1);
    }
  });
});

async function finish(call: ReturnType<typeof callIn>): Promise<void> {
  await Promise.race([call.final(), call.provisional(180)]).catch(() => undefined);
  if (call.confirmed !== undefined) await call.bye();
  else if (!call.provisionals.some(({ status }) => status === 180)) await call.final();
  else await call.cancel().catch(() => undefined);
}
