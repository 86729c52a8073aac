import fc from 'fast-check';
import { expect, it } from 'vitest';
import { explainForTenant } from '../../src/domain/explain-for-tenant.ts';
import { cases, settingsFor } from './arbitrary-call.ts';
import { A, FAR, inbound, world } from './call-decision-rows.ts';
import { decide, endpoint, route, routeSet } from './world.ts';

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
  const known = world(records);
  const { decision } = decide(known, inbound(A));
  const { candidates } = explainForTenant(decision, (ref) => known.get(ref));
  expect(new Set(candidates.map(({ reason }) => reason))).toEqual(new Set(['chosen by the platform']));
  expect(candidates.filter(({ trunkGroupId, uri }) => trunkGroupId !== null || uri !== null)).toEqual([]);
  expect(candidates).toHaveLength(4);
});
