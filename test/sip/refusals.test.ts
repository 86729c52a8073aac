import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordRef, type SourceRecord } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import type { Party } from '../support/sip/party.ts';
import { type CallStage, openStage } from './support/call-stage.ts';
import { DOMAIN, LOGIN, NUMBER, PASSWORD } from './support/call-world.ts';

/** Refusals that no other test puts on the wire; docs/REFUSALS.md lists them all. */
let stage: CallStage;
let carrier: Party;
let phone: Party;
const CALLED = '+33142685300';
const CALLS_MAX = 2;

beforeAll(async () => {
  stage = await openStage({ agents: 1, settings: { callsMax: CALLS_MAX, decision: { defaultCountry: null, unknownSource: 'forbid' } } });
  carrier = await stage.party({ user: 'carrier' });
  phone = await stage.party({ user: 'phone' });
});
afterAll(() => stage.close());
beforeEach(() => stage.world.site(carrier, phone));

const uriAt = (user: string) => `sip:${user}@${DOMAIN}`;
const auth = { username: LOGIN.username, password: PASSWORD };
const callIn = (more: Partial<Parameters<Party['invite']>[0]> = {}) =>
  carrier.invite({ to: NUMBER, from: '+15550100', target: stage.target, ...more });
const callOut = (more: Partial<Parameters<Party['invite']>[0]> = {}) =>
  phone.invite({ to: uriAt(CALLED), requestUri: uriAt(CALLED), from: uriAt(NUMBER), target: stage.target, auth, ...more });
/** What went over the wire, and what was recorded; a stranger leaves no record. */
async function refusedAs(call: ReturnType<typeof callIn>) {
  const final = await call.final();
  const events = final.header('X-Dialplane-Call-Id') === '' ? [] : await stage.call(call.callId);
  const told = events.flatMap((event) => ('code' in event && event.code !== undefined ? [event.code] : []));
  return [final.status, final.header('X-Dialplane-Reason'), told.at(-1) ?? null];
}

describe('an outbound call', () => {
  it('403 caller_suspended', async () => {
    await stage.world.number({ suspendedBy: ['billing'] });
    expect(await refusedAs(callOut())).toEqual([403, 'caller_suspended', 'caller_suspended']);
  });

  it('403 caller_account_disabled', async () => {
    await stage.world.account({ status: 'disabled' });
    expect(await refusedAs(callOut())).toEqual([403, 'caller_account_disabled', 'caller_account_disabled']);
  });

  it('407 authentication_failed again for a wrong password, without a reason or a record', async () => {
    expect(await refusedAs(callOut({ auth: { ...auth, password: 'wrong' } }))).toEqual([407, '', null]);
  });

  it('403 source_ambiguous where one address is in the ACLs of two customers', async () => {
    const ids = [newId(), newId()];
    const pbx = await stage.party({ user: 'pbx' });
    const shared = { groupKind: 'customer', mode: 'live' } as const;
    for (const [index, id] of ids.entries()) {
      const accountId = index === 0 ? stage.world.ids.account : newId();
      const plain = { name: 'pbx', enabled: true, numberFormat: null, country: null, gateways: [] };
      await stage.world.put(recordRef.trunkGroup(id), { kind: 'trunk_group', id, accountId, ...shared, ...plain });
      const source: SourceRecord = { kind: 'source', trunkGroupId: id, accountId, ...shared, acl: [`127.0.0.1:${pbx.port}`] };
      await stage.world.put(recordRef.source(id), source);
    }
    const call = pbx.invite({ to: CALLED, from: NUMBER, target: stage.target });
    expect(await refusedAs(call)).toEqual([403, 'source_ambiguous', 'source_ambiguous']);
    for (const id of ids) await stage.world.put(recordRef.source(id), null);
  });
});

describe('an inbound call', () => {
  it('407 authentication_required from a carrier whose caller is a number of ours, without a reason or a record', async () => {
    expect(await refusedAs(callIn({ to: CALLED, from: NUMBER }))).toEqual([407, '', null]);
  });

  it('403 unknown_source where strangers are told so, and nothing but that', async () => {
    const stranger = await stage.party({ user: 'stranger' });
    const call = stranger.invite({ to: NUMBER, target: stage.target, requestUri: `sip:${NUMBER}@elsewhere.example` });
    expect(await refusedAs(call)).toEqual([403, '', null]);
  });

  it('480 target_unreachable where every target fails', async () => {
    const call = callIn();
    (await phone.expectInvite()).reject(503);
    expect(await refusedAs(call)).toEqual([480, 'target_unreachable', 'target_unreachable']);
  });

  it('488 not_acceptable where the target cannot accept the offer', async () => {
    const call = callIn();
    (await phone.expectInvite()).reject(488);
    expect(await refusedAs(call)).toEqual([488, 'not_acceptable', 'not_acceptable']);
  });

  it('480 hung_up where the platform ends a call that rings', async () => {
    const call = callIn();
    const ringing = await phone.expectInvite();
    ringing.ring();
    const callId = (await call.provisional(180)).header('X-Dialplane-Call-Id');
    const ended = stage.agents[0]?.agent.hangUp(callId);
    expect(await refusedAs(call)).toEqual([480, 'hung_up', 'hung_up']);
    expect(await ended).toBe('ended');
    await ringing.waitCancel();
  });

  it('503 plane_busy with Retry-After where the agent has all the calls it takes', async () => {
    const calls = Array.from({ length: CALLS_MAX }, () => callIn());
    const ringing = [];
    for (const _ of calls) ringing.push(await phone.expectInvite());
    const one = callIn();
    const final = await one.final();
    // Nothing was decided, so nothing tells who asks.
    expect([final.status, final.header('Retry-After'), final.header('X-Dialplane-Reason')]).toEqual([503, '1', '']);
    for (const call of calls) await call.cancel();
    for (const call of calls) await stage.call(call.callId);
  });
});
