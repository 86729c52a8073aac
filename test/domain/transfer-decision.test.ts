import { describe, expect, it } from 'vitest';
import type { CallRequest } from '../../src/domain/call.ts';
import { A, FAR, G, inbound, SUB, world } from './call-decision-rows.ts';
import { account, decide, group, number } from './world.ts';

/** A transfer is asked for by a party of a call: nothing of a source or a login counts, only whose call it is. */
const transferred = (called: string, more: Partial<CallRequest> = {}, e164: string = A): CallRequest => ({
  ...inbound(A, { caller: { from: e164 }, requestUser: called, toUser: called }),
  transfer: { callId: 'first', accountId: 'acme', subAccountId: null, mode: 'live', e164 },
  ...more,
});
const through = (trunkGroupId: string): CallRequest => {
  const { transfer, ...request } = transferred(FAR);
  return transfer === undefined ? request : { ...request, transfer: { ...transfer, trunkGroupId } };
};
const customer = { groupKind: 'customer', accountId: 'acme' } as const;
const outcome = (records: Parameters<typeof world>[0], request: CallRequest): string => {
  const { decision } = decide(world(records), request);
  if (decision.outcome === 'reject') return decision.code;
  return `${decision.outcome} ${decision.parties.direction} ${decision.parties.called} as ${decision.parties.caller}`;
};

describe('the call to where a party is transferred', () => {
  it.each<[string, Parameters<typeof world>[0], CallRequest, string]>([
    ['goes out by the account’s routes as its number', [], transferred(FAR), `connect outbound ${FAR} as ${A}`],
    ['may not present another number than the call’s', [], transferred(FAR, { caller: { from: SUB } }), 'caller_not_owned'],
    ['nor one of somebody else', [], transferred(FAR, {}, G), 'caller_not_owned'],
    ['is refused where the number may not call', [number(A, { allowOutbound: false })], transferred(FAR), 'number_outbound_disabled'],
    ['where it is suspended', [number(A, { suspendedBy: ['billing'] })], transferred(FAR), 'caller_suspended'],
    ['where the account is off', [account('acme', { status: 'disabled' })], transferred(FAR), 'caller_account_disabled'],
    [
      'where calls may not go',
      [account('acme', { destinations: { blocked: [FAR.slice(1, 4)] } })],
      transferred(FAR),
      'destination_blocked',
    ],
    ['to what is no number', [], transferred('1234567890123456789'), 'dial_string_invalid'],
    ['with no hops left', [], transferred(FAR, { maxForwards: 0 }), 'too_many_hops'],
    ['where a channel is missing', [], transferred(FAR, { full: [{ kind: 'account', id: 'acme', why: 'channels' }] }), 'limit_reached'],
    ['by the trunk group of that call', [], through('pbx'), `connect outbound ${FAR} as ${A}`],
    ['not by one that is off', [group('pbx', { ...customer, enabled: false })], through('pbx'), 'transfer_refused'],
    ['not by one that only receives', [group('pbx', { ...customer, receivesOnly: true })], through('pbx'), 'transfer_refused'],
    ['not by one that is gone', [], through('nobody'), 'transfer_refused'],
    [
      'not where that one may not call',
      [group('pbx', { ...customer, destinations: { blocked: [FAR.slice(1, 4)] } })],
      through('pbx'),
      'destination_blocked',
    ],
  ])('%s', (_name, records, request, expected) => {
    expect(outcome(records, request)).toBe(expected);
  });

  it('takes the channels of the trunk group it is asked for through, and of the profile of that group', () => {
    const limits = { channelsMax: 2, perSecondMax: 1 };
    const { decision } = decide(world([group('pbx', { ...customer, profile: { id: 'profile', limits } })]), through('pbx'));
    const leases = decision.outcome === 'connect' ? decision.leases : [];
    const named = leases.filter(({ kind }) => kind === 'trunk_group' || kind === 'outbound_profile');
    expect(named).toMatchObject([
      { kind: 'trunk_group', id: 'pbx' },
      { kind: 'outbound_profile', id: 'profile', ...limits },
    ]);
  });

  it('is of the call it belongs to, and says so', () => {
    const { decision } = decide(world([]), transferred(FAR));
    expect(decision.parties.identifiedBy).toEqual({ kind: 'call', id: 'first' });
    // What of the minutes of a trunk group it used is counted anew from the call log by this.
    expect(decide(world([]), through('pbx')).decision.parties.identifiedBy).toEqual({ kind: 'call', id: 'first', trunkGroupId: 'pbx' });
    expect(decision.steps[0]).toEqual({ step: 'transfer', ok: true, facts: { callId: 'first', accountId: 'acme' } });
  });
});
