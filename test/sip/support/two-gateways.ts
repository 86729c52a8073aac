import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { GatewayTerms } from '../../../src/domain/gateway-terms.ts';
import { type GatewayRecord, recordRef } from '../../../src/domain/records.ts';
import { newId } from '../../../src/kit/ids.ts';
import type { IncomingCall } from '../../support/sip/incoming-call.ts';
import type { OutgoingCall } from '../../support/sip/outgoing-call.ts';
import type { Party } from '../../support/sip/party.ts';
import { testSdp } from '../../support/sip/sdp.ts';
import { type CallStage, openStage } from './call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './call-world.ts';

export const CALLED = '+33142685300';
export const at = (user: string): string => `sip:${user}@${DOMAIN}`;

/** How a call out differs from one of the phone's login to `CALLED`. */
export interface OutgoingOptions {
  readonly headers?: Record<string, string>;
  readonly called?: string;
  readonly sdp?: string;
  readonly by?: { readonly username: string; readonly e164: string };
}

/** How the two gateways are set up besides the terms of the first one. */
export interface GatewayOptions {
  /** Terms of the group. */
  readonly group?: GatewayTerms;
  /** Whether agents ping the first one or register with it. */
  readonly watched?: boolean;
  /** Id of the first one; a new one when absent. */
  readonly id?: string;
}

/** What a file of tests about the gateways of a carrier stands on. */
export interface TwoGateways {
  readonly stage: CallStage;
  readonly first: Party;
  readonly second: Party;
  /** No gateway of anybody. */
  readonly third: Party;
  readonly phone: Party;
  callOut(options?: OutgoingOptions): OutgoingCall;
  /** How the attempts of a call ended. */
  attempts(callId: string): Promise<unknown[]>;
  /** Both gateways, the first one with these terms; returns the id of the first. */
  gateways(own: GatewayTerms, options?: GatewayOptions): Promise<string>;
  /** Picks up, ends the call, and returns how its attempts ended. */
  completes(arrived: IncomingCall, call: OutgoingCall): Promise<unknown[]>;
}

/** Two agents, a carrier of two gateways and a phone for the tests of the file that calls it: opened before them, closed behind them. */
export function twoGateways(): TwoGateways {
  let stage: CallStage;
  let parties: Readonly<Record<'first' | 'second' | 'third' | 'phone', Party>>;
  beforeAll(async () => {
    stage = await openStage({ settings: { firstResponseMs: 4000, ringMs: 4000, gatewayLookMs: 20 } });
    const party = (user: string): Promise<Party> => stage.party({ user });
    parties = { first: await party('first'), second: await party('second'), third: await party('third'), phone: await party('phone') };
    await stage.world.site(parties.first, parties.phone);
  });
  afterAll(() => stage.close());
  beforeEach(() => {
    parties.first.onRequest = undefined;
  });
  const attempts = (callId: string): Promise<unknown[]> => attemptsOf(stage, callId);
  return {
    get stage() {
      return stage;
    },
    get first() {
      return parties.first;
    },
    get second() {
      return parties.second;
    },
    get third() {
      return parties.third;
    },
    get phone() {
      return parties.phone;
    },
    callOut: (options = {}) => callOut(stage, parties.phone, options),
    attempts,
    gateways: (own, options = {}) => putGateways(stage, parties, own, options),
    completes: async (arrived, call) => {
      arrived.answer(testSdp(44100));
      await call.answered();
      await call.bye();
      return await attempts(call.callId);
    },
  };
}

function callOut(stage: CallStage, phone: Party, options: OutgoingOptions): OutgoingCall {
  const { headers = {}, called = CALLED, sdp = testSdp(), by = { username: LOGIN.username, e164: NUMBER } } = options;
  const auth = { username: by.username, password: PASSWORD };
  return phone.invite({ to: at(called), requestUri: at(called), from: at(by.e164), target: stage.target, auth, headers, sdp });
}

async function attemptsOf(stage: CallStage, callId: string): Promise<unknown[]> {
  const events = await stage.call(callId);
  return events.flatMap((event) => (event.type === 'attempt_ended' ? [[event.outcome, event.sipStatus]] : []));
}

async function putGateways(
  { world }: CallStage,
  { first, second }: { readonly first: Party; readonly second: Party },
  own: GatewayTerms,
  { group = {}, watched = false, id = newId() }: GatewayOptions,
): Promise<string> {
  const row = (gatewayId: string, party: Party, priority: number, terms: GatewayTerms): GatewayRecord => ({
    id: gatewayId,
    uri: `sip:127.0.0.1:${party.port}`,
    priority,
    weight: 1,
    enabled: true,
    terms,
  });
  const { carrier: trunkGroupId } = world.ids;
  const shared = { groupKind: 'carrier', accountId: null, mode: 'live' } as const;
  const plain = { name: 'carrier', enabled: true, numberFormat: null, country: null };
  const rows = [row(id, first, 0, own), row(newId(), second, 1, {})];
  const record = { kind: 'trunk_group', id: trunkGroupId, ...shared, ...plain, gateways: rows, terms: group } as const;
  await world.put(recordRef.trunkGroup(trunkGroupId), record);
  // One record: a gateway that is looked after before and behind is not let go of in between.
  const acl = [`127.0.0.1:${first.port}`];
  await world.put(recordRef.source(trunkGroupId), { kind: 'source', trunkGroupId, ...shared, acl, ...(watched ? { watched } : {}) });
  return id;
}
