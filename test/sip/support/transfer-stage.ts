import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { CallEvent } from '../../../src/domain/call-event.ts';
import { recordRef } from '../../../src/domain/records.ts';
import type { IncomingCall } from '../../support/sip/incoming-call.ts';
import type { Leg } from '../../support/sip/leg.ts';
import type { OutgoingCall } from '../../support/sip/outgoing-call.ts';
import type { Party } from '../../support/sip/party.ts';
import { testSdp } from '../../support/sip/sdp.ts';
import { type CallStage, openStage, until } from './call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './call-world.ts';

/** Where a call is transferred to: a number behind the carrier. */
export const THERE = '+33142685300';
export const uriAt = (user: string): string => `sip:${user}@${DOMAIN}`;
/** No reports, please (RFC 4488 §4). */
export const silent = { 'Refer-Sub': 'false' };
export const DTMF = { headers: { 'Content-Type': 'application/dtmf-relay' }, body: 'Signal=5\r\n' };
export const refer = (leg: Leg, to: string, headers: Record<string, string> = {}) =>
  leg.request('REFER', { headers: { 'Refer-To': `<${to}>`, ...headers } });
/** The next report that the leg gets, and what is left of the subscription. */
export const report = async (leg: Leg) => {
  const notify = await leg.waitRequest('NOTIFY');
  return [notify.body.split('\r\n')[0], notify.header('Subscription-State').split(';')[0]];
};
export const sipfrag = (status: string, state: string): readonly string[] => [`SIP/2.0 ${status}`, state];

/** A call in that is up: the carrier's leg and the phone's. */
export interface CallIn {
  readonly call: OutgoingCall;
  readonly arrived: IncomingCall;
  readonly caller: Leg;
  readonly called: Leg;
}

/** A call of the phone's out that is up, and the place that names it. */
export interface CallOut {
  readonly asked: OutgoingCall;
  readonly arrived: IncomingCall;
  readonly place: (toTag?: string) => string;
}

/** What a file of tests about transfers stands on. */
export interface TransferStage {
  readonly stage: CallStage;
  readonly carrier: Party;
  readonly phone: Party;
  callIn(): Promise<CallIn>;
  callOut(): Promise<CallOut>;
  /** Both records of a transfer whose call it is known by its first Call-ID. */
  records(sipCallId: string): Promise<{ first: CallEvent[]; second: CallEvent[] }>;
  /** No call is left, and nobody heard what SIP does not allow. */
  clean(): Promise<void>;
  /** From now on a REFER of the carrier's side is dealt with like that, and the agent knows it. */
  allowCarriers(refer: 'handle' | 'relay'): Promise<void>;
}

/** One agent, a carrier and a phone for the tests of the file that calls it: opened before them, closed behind them. */
export function transferStage(): TransferStage {
  let stage: CallStage;
  let carrier: Party;
  let phone: Party;
  beforeAll(async () => {
    stage = await openStage({ agents: 1, settings: { refer: { fromCarriers: 'refuse', fromAccounts: 'handle' }, transferByeMs: 100 } });
    carrier = await stage.party({ user: 'carrier' });
    phone = await stage.party({ user: 'phone' });
  });
  afterAll(() => stage.close());
  beforeEach(() => stage.world.site(carrier, phone));
  return {
    get stage() {
      return stage;
    },
    get carrier() {
      return carrier;
    },
    get phone() {
      return phone;
    },
    callIn: () => callIn(stage, carrier, phone),
    callOut: () => callOut(stage, carrier, phone),
    records: (sipCallId) => records(stage, sipCallId),
    clean: async () => {
      await nobodyLeft(stage);
      expect([carrier.violations, phone.violations]).toEqual([[], []]);
    },
    allowCarriers: (refer) => allowCarriers(stage, refer),
  };
}

async function callIn(stage: CallStage, carrier: Party, phone: Party): Promise<CallIn> {
  const call = carrier.invite({ to: NUMBER, from: '+15550100', target: stage.target });
  const arrived = await phone.expectInvite();
  arrived.answer(testSdp(41000));
  await call.answered();
  await arrived.waitAck();
  return { call, arrived, caller: call.leg(), called: arrived.leg() };
}

async function callOut(stage: CallStage, carrier: Party, phone: Party): Promise<CallOut> {
  const auth = { username: LOGIN.username, password: PASSWORD };
  const asked = phone.invite({ to: uriAt(THERE), requestUri: uriAt(THERE), from: uriAt(NUMBER), target: stage.target, auth });
  const arrived = await carrier.expectInvite();
  arrived.answer(testSdp(41020));
  await asked.answered();
  await arrived.waitAck();
  const { localTag, remoteTag } = asked.leg().dialog;
  const place = (toTag = remoteTag): string =>
    `${uriAt(THERE)}?Replaces=${encodeURIComponent(`${asked.callId};to-tag=${toTag};from-tag=${localTag}`)}`;
  return { asked, arrived, place };
}

async function records(stage: CallStage, sipCallId: string): Promise<{ first: CallEvent[]; second: CallEvent[] }> {
  const first = await stage.call(sipCallId);
  const isSecond = (event: CallEvent): boolean =>
    'parties' in event && event.parties.identifiedBy?.kind === 'call' && event.parties.identifiedBy.id === first[0]?.callId;
  const begun = (await stage.events()).find(isSecond);
  return { first, second: begun === undefined ? [] : await restOf(stage, begun.callId) };
}

async function restOf(stage: CallStage, callId: string): Promise<CallEvent[]> {
  let events: CallEvent[] = [];
  await until(
    () => `no end of ${callId}: ${events.map(({ type }) => type)}`,
    async () => {
      events = (await stage.events()).filter((event) => event.callId === callId).sort((a, b) => a.seq - b.seq);
      return events.some(({ type }) => type === 'ended' || type === 'refused');
    },
  );
  return events;
}

async function nobodyLeft({ agents }: CallStage): Promise<void> {
  const live = (): number => agents.reduce((sum, { metrics }) => sum + metrics.live, 0);
  await until(
    () => `${live()} calls are left`,
    () => live() === 0,
  );
}

async function allowCarriers(stage: CallStage, refer: 'handle' | 'relay'): Promise<void> {
  const [{ plane, local }] = stage.agents as [(typeof stage.agents)[number]];
  const ref = recordRef.trunkGroup(stage.world.ids.carrier);
  const group = (await plane.reader.read([ref])).get(ref)?.record;
  if (group?.kind !== 'trunk_group') throw new Error('no group');
  const version = await stage.world.put(ref, { ...group, terms: { refer } });
  await until(
    () => 'the group is known as it was',
    () => (local.lastKnown(ref)?.version ?? version) === version,
  );
}
