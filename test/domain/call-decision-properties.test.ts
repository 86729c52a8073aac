import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallRequest } from '../../src/domain/call.ts';
import { codeOf, explainOf } from '../../src/domain/explain.ts';
import { type RecordRef, type RouteRecord, recordRef, type Versioned } from '../../src/domain/records.ts';
import { CALL_REFUSALS } from '../../src/domain/refusal.ts';
import { BASE } from './call-decision-rows.ts';
import {
  account,
  credential,
  decide,
  endpoint,
  gateway,
  group,
  number,
  refOf,
  request,
  route,
  routeSet,
  source,
  worldOf,
} from './world.ts';

const E164S = ['+442071838750', '+442071838751', '+12025550123'] as const;
const ACCOUNTS = ['acme', 'acme-sub', 'globex'] as const;
const GROUPS = ['carrier', 'carrier2', 'pbx', 'gpbx'] as const;
const mode = fc.constantFrom('live' as const, 'live' as const, 'test' as const);
const mostly = fc.constantFrom(true, true, true, false);

const accounts = fc.constantFrom(...ACCOUNTS).chain((id) =>
  fc
    .record({
      status: fc.constantFrom('active' as const, 'active' as const, 'disabled' as const),
      country: fc.constantFrom(null, 'GB', 'US'),
    })
    .map((more) => account(id, { ...more, parentId: id === 'acme-sub' ? 'acme' : null })),
);

const numbers = fc
  .record({
    e164: fc.constantFrom(...E164S),
    mode,
    ownerAccountId: fc.constantFrom('acme', 'globex'),
    subAccountId: fc.constantFrom(null, null, 'acme-sub'),
    lifecycle: fc.constantFrom(
      'active' as const,
      'active' as const,
      'active' as const,
      'pending' as const,
      'suspended' as const,
      'releasing' as const,
    ),
    suspendedBy: fc.constantFrom([], [], ['tenant' as const]),
    allowInbound: mostly,
    allowOutbound: mostly,
    destination: fc.constantFrom('endpoint', 'group', 'none'),
  })
  .map(({ e164, destination, ...more }) =>
    number(e164, { ...more, endpointId: destination === 'endpoint' ? 'desk' : null, trunkGroupId: destination === 'group' ? 'pbx' : null }),
  );

const gateways = fc.array(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    priority: fc.integer({ min: 0, max: 3 }),
    weight: fc.integer({ min: 0, max: 5 }),
    enabled: mostly,
  }),
  { maxLength: 4 },
);

const groups = fc
  .record({
    id: fc.constantFrom(...GROUPS),
    mode,
    enabled: mostly,
    numberFormat: fc.constantFrom(null, 'national' as const),
    country: fc.constantFrom(null, 'GB'),
    gateways,
  })
  .map(({ id, gateways: list, ...more }) =>
    group(id, {
      ...more,
      groupKind: id.includes('pbx') ? 'customer' : 'carrier',
      accountId: id === 'pbx' ? 'acme' : id === 'gpbx' ? 'globex' : null,
      gateways: list.map(({ id: name, ...gate }, index) => gateway(`${id}-${name}${index}`, gate)),
    }),
  );

const endpoints = fc
  .record({
    accountId: fc.constantFrom(...ACCOUNTS),
    status: fc.constantFrom('active' as const, 'active' as const, 'inactive' as const),
    n: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ n, ...more }) =>
    endpoint('desk', { ...more, targets: Array.from({ length: n }, (_, i) => ({ uri: `sip:t${i}@x`, priority: i % 2, weight: i })) }),
  );

const credentials = fc
  .record({ accountId: fc.constantFrom(...ACCOUNTS), mode, enabled: mostly, e164: fc.constantFrom(null, ...E164S) })
  .map((more) => credential('alice', more));

const routes = fc.array(
  fc.record({
    prefix: fc.constantFrom('', '4', '44', '4420', '1', '=112', '=442071838751'),
    to: fc.constantFrom(...GROUPS, 'ghost'),
    priority: fc.integer({ min: 0, max: 2 }),
    weight: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 6 },
);
const routeSets = fc
  .record({ id: fc.constantFrom('platform', 'acme'), routes })
  .map(({ id, routes: list }) =>
    routeSet(id, ...list.map(({ prefix, to, ...more }, index) => route(prefix, to, { ...more, id: `${id}${index}` }))),
  );

const records: fc.Arbitrary<RouteRecord> = fc.oneof(accounts, numbers, groups, endpoints, credentials, routeSets);
// A world that works with a few records spoilt, or hardly anything that works: only the first kind gets as far as connecting.
const worlds = fc.oneof(
  { weight: 4, arbitrary: fc.array(records, { maxLength: 4 }).map((list) => worldOf(...BASE, ...list)) },
  { weight: 1, arbitrary: fc.array(records, { maxLength: 30 }).map((list) => worldOf(...list)) },
);

const user = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...E164S, '442071838751', '02071838750') },
  { weight: 1, arbitrary: fc.oneof(fc.constantFrom('112', '1234', 'alice', ''), fc.string({ maxLength: 20 })) },
);
const sources = fc
  .uniqueArray(fc.record({ id: fc.constantFrom(...GROUPS), exactPort: fc.boolean(), prefixBits: fc.constantFrom(24, 32) }), {
    maxLength: 3,
    selector: ({ id }) => id,
  })
  .map((list) => list.map(({ id, ...more }) => source(id, { groupKind: id.includes('pbx') ? 'customer' : 'carrier', ...more })));
const auth: fc.Arbitrary<CallRequest['auth']> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ result: 'none' as const }) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('valid' as const, 'valid' as const, 'stale' as const, 'wrong' as const)
      .map((result) => ({ result, realm: 'sip.example', username: 'alice' })),
  },
);
const requests = fc
  .record({
    callId: fc.uuid(),
    requestUser: user,
    toUser: user,
    from: user,
    pai: fc.option(user),
    requestHostIsOurs: fc.boolean(),
    maxForwards: fc.constantFrom(70, 70, 70, 70, 70, 70, 0),
    sources,
    auth,
  })
  .map(({ from, pai, ...more }) => request({ ...more, caller: pai === null ? { from } : { from, pai } }));

const cases = fc.tuple(worlds, requests);
const RUNS = { numRuns: 1000 };

describe('for any records and any call', () => {
  it('the decision is the same however often it is made', () => {
    fc.assert(
      fc.property(cases, ([world, asked]) => {
        expect(decide(world, asked).decision).toEqual(decide(world, asked).decision);
      }),
      { numRuns: 500 },
    );
  });

  it('it stands after a few rounds and never asks twice', () => {
    fc.assert(
      fc.property(cases, ([world, asked]) => {
        expect(decide(world, asked).rounds).toBeLessThanOrEqual(8);
      }),
      RUNS,
    );
  });

  it('every refusal has a catalogue code and its status', () => {
    fc.assert(
      fc.property(cases, ([world, asked]) => {
        const { decision } = decide(world, asked);
        const code = codeOf(decision);
        expect(decision.outcome === 'connect').toBe(code === null);
        if (code !== null) expect(CALL_REFUSALS[code]).toBeDefined();
        if (decision.outcome === 'reject') expect(decision.sipStatus).toBe(CALL_REFUSALS[decision.code].sipStatus);
        expect(explainOf(decision).code).toBe(code);
      }),
      RUNS,
    );
  });

  it('chosen candidates come first, without repeats, and a connected call has one', () => {
    fc.assert(
      fc.property(cases, ([world, asked]) => {
        const { decision } = decide(world, asked);
        if (!('candidates' in decision)) return;
        const flags = decision.candidates.map(({ chosen }) => chosen);
        expect(flags).toEqual([...flags].sort((a, b) => Number(b) - Number(a)));
        const chosen = decision.candidates.filter((candidate) => candidate.chosen).map(({ gatewayId, uri }) => gatewayId ?? uri);
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(chosen.length > 0).toBe(decision.outcome === 'connect');
        for (const candidate of decision.candidates) expect(candidate.reason).not.toBe('');
      }),
      RUNS,
    );
  });

  it('the versions name every record that could change it: other records may become anything', () => {
    fc.assert(
      fc.property(cases, worlds, ([world, asked], others) => {
        const { decision } = decide(world, asked);
        const named = new Set(decision.versions.map(({ record }) => record));
        const changed = new Map<RecordRef, Versioned>(others);
        for (const ref of named) {
          const before = world.get(ref);
          if (before === undefined) changed.delete(ref);
          else changed.set(ref, before);
        }
        const again = decide(changed, asked).decision;
        expect(again).toEqual(decision);
      }),
      RUNS,
    );
  });

  it('the versions are those that were read, absent records as 0, each once', () => {
    fc.assert(
      fc.property(cases, ([world, asked]) => {
        const { decision, consulted } = decide(world, asked);
        const named = decision.versions.map(({ record }) => record);
        expect(new Set(named).size).toBe(named.length);
        for (const { record, version } of decision.versions) {
          expect(consulted.has(record)).toBe(true);
          expect(version).toBe(world.get(record)?.version ?? 0);
        }
      }),
      RUNS,
    );
  });

  it('only a number of the caller, allowed and in use, goes out on a call to a number', () => {
    fc.assert(
      fc.property(cases, ([world, asked]) => {
        const { decision } = decide(world, asked);
        if (decision.outcome !== 'connect' || decision.parties.direction !== 'outbound' || !decision.parties.called.startsWith('+')) return;
        const { parties } = decision;
        const shown = world.get(recordRef.number(parties.mode, decision.presentation.caller))?.record;
        expect(shown).toMatchObject({ id: parties.numberId, ownerAccountId: parties.accountId, subAccountId: parties.subAccountId });
        expect(shown).toMatchObject({ lifecycle: 'active', allowOutbound: true, suspendedBy: [] });
      }),
      RUNS,
    );
  });

  it('steps hold small facts and no secrets', () => {
    fc.assert(
      fc.property(cases, ([world, asked]) => {
        const { decision } = decide(world, asked);
        for (const { facts } of decision.steps) expect(JSON.stringify(facts).length).toBeLessThan(400);
        expect(JSON.stringify(decision)).not.toContain('sealed');
      }),
      { numRuns: 500 },
    );
  });
});

it('the generated calls reach connections both ways and the refusals in between', () => {
  const reached = new Map<string, number>();
  for (const [world, asked] of fc.sample(cases, { numRuns: 1500, seed: 7 })) {
    const { decision } = decide(world, asked);
    const name = decision.outcome === 'connect' ? decision.parties.direction : (codeOf(decision) ?? '');
    reached.set(name, (reached.get(name) ?? 0) + 1);
  }
  const often = [...reached].filter(([, count]) => count >= 5).map(([name]) => name);
  expect(often).toEqual(expect.arrayContaining(['inbound', 'outbound', 'no_carrier', 'no_route', 'no_destination', 'caller_not_owned']));
});

it('records of the test world are found by their own names', () => {
  expect(refOf(number('+442071838750'))).toBe('number:live:+442071838750');
});
