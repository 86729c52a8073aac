import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/domain/call.ts';
import { A, A2, FAR, foreignHost, from, G, inbound, login, only, routes, SUB, target, world, wrong } from './call-decision-rows.ts';
import { decide, endpoint, gateway, group, number, route } from './world.ts';

describe('what is told about a call', () => {
  it('an inbound call names number, holder and the group that brought it', () => {
    const { decision } = decide(world([]), inbound(SUB, { caller: { from: 'anonymous' } }));
    expect(decision.parties).toEqual({
      direction: 'inbound',
      mode: 'live',
      called: SUB,
      caller: 'anonymous',
      numberId: `n${SUB}`,
      accountId: 'acme',
      subAccountId: 'acme-sub',
      identifiedBy: { kind: 'trunk_group', id: 'carrier' },
    });
  });

  it('an outbound call names the presented number and the credential', () => {
    const { decision } = decide(
      world([]),
      login('sub', 'anonymous', '00 49 30 123456', { caller: { from: 'x', pai: SUB }, privacyId: true }),
    );
    expect(decision.parties).toEqual({
      direction: 'outbound',
      mode: 'live',
      called: FAR,
      caller: SUB,
      numberId: `n${SUB}`,
      accountId: 'acme',
      subAccountId: 'acme-sub',
      identifiedBy: { kind: 'credential', id: 'c-sub' },
    });
    expect(decision.outcome === 'connect' && decision.presentation).toEqual({ caller: SUB, privacyId: true });
  });

  it('a caller that is not owned leaves no number on the record', () => {
    const { decision } = decide(world([]), login('alice', G, FAR));
    expect(decision.parties).toMatchObject({ numberId: null, accountId: 'acme', caller: G, called: FAR });
  });

  it.each([
    ['a challenge', from([], A)],
    ['a drop', from([], A, foreignHost)],
    ['a wrong password', login('alice', A, FAR, wrong('alice'))],
    ['a rule 5 challenge', inbound(FAR, { caller: { from: A } })],
  ])('%s identifies nobody', (_name, asked) => expect(decide(world([]), asked).decision.parties.identifiedBy).toBeNull());

  it('a refusal of a matched source identifies it', () => {
    expect(decide(world([]), inbound(FAR)).decision.parties.identifiedBy).toEqual({ kind: 'trunk_group', id: 'carrier' });
    const ambiguous = decide(world([]), from(['pbx', 'gpbx'], A)).decision;
    expect(ambiguous.parties).toMatchObject({ identifiedBy: { kind: 'trunk_group', id: 'pbx' }, accountId: null });
  });

  it.each([
    ['foreign number', 'alice', G, G],
    ['anonymous', 'alice', 'anonymous', 'anonymous'],
    ['suspended own number', 'alice', A, A],
    ['foreign number on a number login', 'only', G, A],
    ['anonymous on a number login', 'only', 'anonymous', A],
  ])('an emergency call with %s as caller goes out as %s / %s → %s', (_name, username, caller, presentedAs) => {
    const { decision } = decide(world([number(A, { suspendedBy: ['tenant'] })]), login(username, caller, '112'));
    expect(decision.outcome === 'connect' && decision.presentation.caller).toBe(presentedAs);
  });
});

describe('candidates', () => {
  const listed = (decision: Decision) => ('candidates' in decision ? decision.candidates : []);

  it('show each exclusion with its reason, after the chosen', () => {
    const records = [
      routes(
        route('4930', 'carrier'),
        route('4930', 'lab', { priority: 20 }),
        route('4930', 'ghost', { priority: 30 }),
        route('49', 'carrier2'),
      ),
      group('carrier', { gateways: [gateway('c1', { enabled: false }), gateway('c2', { priority: 20, weight: 5 })] }),
    ];
    const { decision } = decide(world(records), login('alice', A, FAR));
    expect(listed(decision).map(({ trunkGroupId, gatewayId, chosen, reason }) => [trunkGroupId, gatewayId, chosen, reason])).toEqual([
      ['carrier', 'c2', true, 'route prefix 4930 priority 10 weight 1, gateway priority 20 weight 5'],
      ['carrier', 'c1', false, 'disabled'],
      ['lab', null, false, 'mode test'],
      ['ghost', null, false, 'trunk group absent'],
      ['carrier2', null, false, 'prefix 49 shadowed by prefix 4930'],
    ]);
  });

  it('show the disabled gateways of a refused inbound call', () => {
    const dead = group('pbx', { groupKind: 'customer', accountId: 'acme', gateways: [gateway('p1', { enabled: false })] });
    expect(listed(decide(world([dead]), inbound(A2)).decision)).toMatchObject([{ gatewayId: 'p1', chosen: false, reason: 'disabled' }]);
  });

  it.each([
    [null, null, FAR],
    ['e164', null, '4930123456'],
    ['e164_plus', null, FAR],
    ['national', 'DE', '030123456'],
    ['national', 'GB', '004930123456'],
    ['national', 'US', '0114930123456'],
    ['national', null, FAR],
  ] as const)('are asked for the number in the format %s of %s: %s', (numberFormat, country, dialUser) => {
    const { decision } = decide(world([only('carrier', { numberFormat, country })]), login('alice', A, FAR));
    expect(listed(decision)[0]?.dialUser).toBe(dialUser);
  });

  it('are asked for a short code as it is', () => {
    const national = only('carrier2', { numberFormat: 'national', country: 'GB' });
    expect(listed(decide(world([national]), login('alice', A, '112')).decision)[0]?.dialUser).toBe('112');
  });

  it('of an endpoint keep their own user part, or are asked for the called number', () => {
    const records = [endpoint('desk', { targets: [target('sip:bob@x', 1), target('sip:x', 2)] })];
    expect(listed(decide(world(records), inbound(A)).decision).map(({ dialUser }) => dialUser)).toEqual([null, A]);
  });
});
