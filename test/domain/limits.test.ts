import { describe, expect, it } from 'vitest';
import type { CallRequest } from '../../src/domain/call.ts';
import { type FullLease, leasesWith, minuteScopes, UNLIMITED } from '../../src/domain/lease.ts';
import { A, FAR, inbound, login, SUB, shown, trunk, world } from './call-decision-rows.ts';
import { account, decide, gateway, group, number } from './world.ts';

const full = (kind: FullLease['kind'], id: string, why: FullLease['why'] = 'channels'): FullLease => ({ kind, id, why });
const out = login('alice', A, FAR);
const sub = login('sub', SUB, FAR);
const emergency = login('alice', A, '112');

const rows: readonly (readonly [string, CallRequest, readonly FullLease[], string])[] = [
  ['nothing full', out, [], 'out c1 c2'],
  ['a full gateway is passed over', out, [full('gateway', 'c1')], 'out c2'],
  ['a gateway over its rate is passed over', out, [full('gateway', 'c1', 'rate')], 'out c2'],
  ['no gateway left for want of channels', out, [full('gateway', 'c1'), full('gateway', 'c2')], '503 limit_reached'],
  ['no gateway left, all over their rates', out, [full('gateway', 'c1', 'rate'), full('gateway', 'c2', 'rate')], '503 rate_exceeded'],
  ['no gateway left, one for want of channels', out, [full('gateway', 'c1'), full('gateway', 'c2', 'rate')], '503 limit_reached'],
  ['a full group has no gateway left', out, [full('trunk_group', 'carrier')], '503 limit_reached'],
  ['another group than that of the targets', out, [full('trunk_group', 'carrier2')], 'out c1 c2'],
  ['the caller’s number, full', out, [full('number', `n${A}`)], '503 limit_reached'],
  ['the caller’s number, over its rate', out, [full('number', `n${A}`, 'rate')], '503 rate_exceeded'],
  ['the account, full', out, [full('account', 'acme')], '503 limit_reached'],
  ['the account, over its rate', out, [full('account', 'acme', 'rate')], '503 rate_exceeded'],
  ['somebody else’s account', out, [full('account', 'globex')], 'out c1 c2'],
  ['a sub-account, full', sub, [full('account', 'acme-sub')], '503 limit_reached'],
  ['the account above a sub-account, full', sub, [full('account', 'acme')], '503 limit_reached'],
  ['the trunk a customer calls over, full', trunk('pbx', A, FAR), [full('trunk_group', 'pbx')], '503 limit_reached'],
  ['the profile of that trunk, full', trunk('pbx', A, FAR), [full('outbound_profile', 'p')], '503 limit_reached'],
  ['the profile of another trunk', out, [full('outbound_profile', 'p')], 'out c1 c2'],
  ['inbound, nothing full', inbound(A), [], 'in sip:desk@pbx.example'],
  ['inbound, the number full', inbound(A), [full('number', `n${A}`)], '503 limit_reached'],
  ['inbound, the number over its rate', inbound(A), [full('number', `n${A}`, 'rate')], '503 rate_exceeded'],
  ['inbound, the account full', inbound(A), [full('account', 'acme')], '503 limit_reached'],
  ['inbound, the group that brings it full', inbound(A), [full('trunk_group', 'carrier')], '503 limit_reached'],
  ['inbound, a gateway of the group that brings it', inbound(A), [full('gateway', 'c1')], 'in sip:desk@pbx.example'],
  ['the account, out of minutes', out, [full('account', 'acme', 'minutes')], '403 minutes_exhausted'],
  [
    'the trunk a customer calls over, out of minutes',
    trunk('pbx', A, FAR),
    [full('trunk_group', 'pbx', 'minutes')],
    '403 minutes_exhausted',
  ],
  ['a carrier out of minutes, and no other', out, [full('trunk_group', 'carrier', 'minutes')], '403 minutes_exhausted'],
  [
    'no gateway left, one over its rate behind a carrier out of minutes',
    out,
    [full('gateway', 'c1', 'rate'), full('trunk_group', 'carrier', 'minutes')],
    '503 rate_exceeded',
  ],
  ['an emergency call, out of minutes', emergency, [full('account', 'acme', 'minutes')], 'out d1'],
  ['an emergency call passes whatever is full', emergency, [full('account', 'acme'), full('gateway', 'd1', 'rate')], 'out d1'],
];

describe('what admission found full', () => {
  it.each(rows)('%s', (_name, request, fulls, expected) => {
    const pbx = group('pbx', { groupKind: 'customer', accountId: 'acme', profile: { id: 'p', limits: UNLIMITED } });
    expect(shown(decide(world([pbx]), { ...request, full: fulls }).decision)).toBe(expected);
  });

  it('is a step of the decision and the reason of each target passed over', () => {
    const { decision } = decide(world([]), { ...out, full: [full('gateway', 'c1'), full('gateway', 'c2', 'rate')] });
    if (!('candidates' in decision)) throw new Error(decision.outcome);
    expect(decision.candidates.map(({ gatewayId, reason }) => [gatewayId, reason])).toEqual([
      ['c1', 'gateway full'],
      ['c2', 'gateway over its rate'],
    ]);
    expect(decision.steps.filter(({ step }) => step === 'limits').map(({ facts }) => facts)).toEqual([
      full('gateway', 'c1'),
      full('gateway', 'c2', 'rate'),
    ]);
  });
});

describe('what a call asks for', () => {
  const limits = { channelsMax: 2, perSecondMax: 1 };
  const limited = [
    account('acme', { country: 'GB', limits }),
    number(A, { limits }),
    group('carrier', { limits, gateways: [gateway('c1', { limits, priority: 1 }), gateway('c2', { priority: 2 })] }),
    group('carrier2', { limits, gateways: [gateway('d1', { limits })] }),
  ];
  const asked = (request: CallRequest) => {
    const { decision } = decide(world(limited), request);
    if (decision.outcome !== 'connect') throw new Error(decision.outcome);
    const [first] = decision.candidates;
    return [decision.leases, first?.leases ?? []].map((leases) => leases.map((lease) => [lease.kind, lease.id, lease.channelsMax]));
  };

  it('is its number and account, and of each target group and gateway', () => {
    expect(asked(out)).toEqual([
      [
        ['number', `n${A}`, 2],
        ['account', 'acme', 2],
      ],
      [
        ['trunk_group', 'carrier', 2],
        ['gateway', 'c1', 2],
      ],
    ]);
  });

  it('is without limits for an emergency call, which still counts', () => {
    expect(asked(emergency)).toEqual([
      [
        ['number', `n${A}`, null],
        ['account', 'acme', null],
      ],
      [
        ['trunk_group', 'carrier2', null],
        ['gateway', 'd1', null],
      ],
    ]);
  });

  it('is minutes of calls out alone, never of gateways, and none of an emergency call', () => {
    const some = { limits: { ...limits, minutesPerDayMax: 9 } };
    const records = [
      account('acme', { country: 'GB', ...some }),
      number(A, { ...some, endpointId: null, trunkGroupId: 'pbx' }),
      group('pbx', { groupKind: 'customer', accountId: 'acme', ...some }),
      group('carrier', { ...some }),
      group('carrier2', { ...some }),
    ];
    const minutes = (asked: CallRequest) => {
      const { decision } = decide(world(records), asked);
      if (decision.outcome !== 'connect') throw new Error(decision.outcome);
      return minuteScopes(leasesWith(decision.leases, decision.candidates[0]?.leases ?? [])).map(({ kind, id }) => `${kind} ${id}`);
    };
    expect(minutes(trunk('pbx', A, FAR))).toEqual([`number n${A}`, 'account acme', 'trunk_group pbx', 'trunk_group carrier']);
    expect(minutes(inbound(A))).toEqual([]);
    expect(minutes(emergency)).toEqual([]);
  });

  it('is number, account and the group it came by for an inbound call', () => {
    expect(asked(inbound(A))).toEqual([
      [
        ['number', `n${A}`, 2],
        ['account', 'acme', 2],
        ['trunk_group', 'carrier', 2],
      ],
      [],
    ]);
  });
});
