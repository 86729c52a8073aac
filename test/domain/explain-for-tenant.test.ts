import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { E164 } from '../../src/domain/e164.ts';
import type { EndpointRoute } from '../../src/domain/endpoint-route.ts';
import { explainForCallee, explainForTenant } from '../../src/domain/explain-for-tenant.ts';
import { cases, settingsFor } from './arbitrary-call.ts';
import { A, FAR, inbound, world as tenantWorld } from './call-decision-rows.ts';
import { account, credential, decide, endpoint, number, route, routeSet, worldOf } from './world.ts';

const OWN: Readonly<Record<string, readonly string[]>> = { acme: ['pbx', 'subpbx'], globex: ['gpbx'] };

it('names nothing of the platform or of another account to a tenant, whatever the records and the call', () => {
  fc.assert(
    fc.property(cases, ([world, request]) => {
      const { decision } = decide(world, request, settingsFor(request));
      const { accountId } = decision.parties;
      fc.pre(accountId !== null);
      const shown = explainForTenant(decision, (ref) => world.get(ref));
      const own = OWN[accountId.replace('-sub', '')] ?? [];
      for (const { trunkGroupId, endpointId, uri } of shown.candidates) {
        if (trunkGroupId !== null) expect(own).toContain(trunkGroupId);
        // A colleague who was dialled by name is all that is rung without being in an endpoint.
        if (trunkGroupId === null && endpointId === null && !/^sip:(alice|bob)@/.test(uri ?? '')) expect(uri).toBeNull();
      }
      const text = JSON.stringify(shown);
      expect(text).not.toMatch(/carrier2|carrier-|sip:(?:carrier|c1|c2|d1|lab)|192\.0\.2|priority \d+ weight \d+, gateway/);
      for (const [account, groups] of Object.entries(OWN)) {
        if (account === accountId.replace('-sub', '')) continue;
        for (const group of groups) expect(text).not.toContain(`"${group}"`);
        expect(text).not.toContain(`"${account}"`);
      }
    }),
    { numRuns: 500 },
  );
});

it('hides the platform’s route of a call that is passed on, also where it leads to a trunk group of the tenant', () => {
  const records = [
    endpoint('desk', { targets: [], route: { kind: 'forward', e164: FAR as never } }),
    routeSet('platform', route('49', 'pbx'), route('49', 'carrier')),
  ];
  const known = tenantWorld(records);
  const { decision } = decide(known, inbound(A));
  const { candidates } = explainForTenant(decision, (ref) => known.get(ref));
  expect(new Set(candidates.map(({ reason }) => reason))).toEqual(new Set(['chosen by the platform']));
  expect(candidates.filter(({ trunkGroupId, uri }) => trunkGroupId !== null || uri !== null)).toEqual([]);
  expect(candidates).toHaveLength(4);
});

const [CALLER, CALLED] = ['+442071838750', '+12025550123'];
const CALLEE_ROUTES: readonly (EndpointRoute | undefined)[] = [
  undefined,
  { kind: 'trunk_group', trunkGroupId: 'gpbx' },
  { kind: 'forward', e164: CALLER as E164 },
  { kind: 'forward', e164: '+4930123456' as E164 },
  { kind: 'forward', e164: '+442071838751' as E164 },
];
const onNet = fc.record({
  of: cases,
  route: fc.constantFrom(...CALLEE_ROUTES),
  place: fc.constantFrom({ endpointId: 'globex-desk' }, { endpointId: null, trunkGroupId: 'gpbx' }),
  more: fc.constantFrom({}, {}, { allowInbound: false }, { suspendedBy: ['tenant' as const] }),
  privacyId: fc.boolean(),
});

it('names nothing of the calling account to the one that was called, whatever the records and the call', () => {
  let seen = 0;
  fc.assert(
    fc.property(onNet, ({ of: [around, request], route, place, more, privacyId }) => {
      const own = worldOf(
        account('acme'),
        number(CALLER),
        credential('alice'),
        number(CALLED, { ownerAccountId: 'globex', ...place, ...more }),
        endpoint('globex-desk', { accountId: 'globex', ...(route === undefined ? {} : { route, targets: [] }) }),
      );
      const world = new Map([...around, ...own]);
      const auth = { result: 'valid', realm: 'sip.example', username: 'alice' } as const;
      const asked = { ...request, callId: `0${request.callId.slice(1)}`, requestUser: CALLED, toUser: CALLED, auth, privacyId };
      const { decision } = decide(world, { ...asked, caller: { from: CALLER } }, settingsFor(asked));
      const { callee, accountId, numberId } = decision.parties;
      if (callee === undefined) return;
      seen += 1;
      expect([callee.accountId, callee.caller]).toEqual(['globex', privacyId ? 'anonymous' : CALLER]);
      const shown = explainForCallee(decision, callee, (ref) => world.get(ref));
      expect(shown.steps.filter(({ step }) => step === 'caller')).toEqual([{ step: 'caller', ok: true, facts: {} }]);
      for (const { trunkGroupId, endpointId, uri } of shown.candidates) {
        if (trunkGroupId !== null) expect(trunkGroupId).toBe('gpbx');
        if (trunkGroupId === null && endpointId === null) expect(uri).toBeNull();
      }
      // Where its own endpoint forwards to is its own word, even where that is the caller.
      const text = JSON.stringify({ ...shown, steps: shown.steps.filter(({ step }) => step !== 'forward') });
      expect(text).not.toMatch(/carrier2|carrier-|sip:(?:carrier|c1|c2|d1|lab)|192\.0\.2|credentialId|"sources?"/);
      for (const secret of [accountId, numberId, CALLER, 'pbx', 'subpbx', 'desk']) expect(text).not.toContain(`"${secret}"`);
    }),
    { numRuns: 1000 },
  );
  expect(seen).toBeGreaterThan(200);
});
