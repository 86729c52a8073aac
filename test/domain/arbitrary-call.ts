import fc from 'fast-check';
import type { CallRequest, MatchedSource } from '../../src/domain/call.ts';
import { destinationsMember } from '../../src/domain/destinations.ts';
import { type GatewayTerms, termsMember } from '../../src/domain/gateway-terms.ts';
import type { OutboundRoute, RouteRecord } from '../../src/domain/records.ts';
import type { RouteHours } from '../../src/domain/route-hours.ts';
import { BASE } from './call-decision-rows.ts';
import { account, credential, endpoint, gateway, group, number, request, route, routeSet, source, worldOf } from './world.ts';

const E164S = ['+442071838750', '+442071838751', '+12025550123'] as const;
const ACCOUNTS = ['acme', 'acme-sub', 'globex'] as const;
const GROUPS = ['carrier', 'carrier2', 'pbx', 'gpbx'] as const;
const mode = fc.constantFrom('live' as const, 'live' as const, 'test' as const);
const mostly = fc.constantFrom(true, true, true, false);

const SOMEWHERE = fc.constantFrom({}, {}, { allowed: ['44', '1'] }, { blocked: ['4420'] });

const accounts = fc.constantFrom(...ACCOUNTS).chain((id) =>
  fc
    .record({
      status: fc.constantFrom('active' as const, 'active' as const, 'disabled' as const),
      country: fc.constantFrom(null, 'GB', 'US'),
      destinations: SOMEWHERE,
      guard: fc.constantFrom({}, {}, {}, { outboundStopped: true as const }),
    })
    .map(({ destinations, guard, ...more }) =>
      account(id, { ...more, ...guard, ...destinationsMember(destinations), parentId: id === 'acme-sub' ? 'acme' : null }),
    ),
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

const terms: fc.Arbitrary<GatewayTerms> = fc.constantFrom<GatewayTerms[]>(
  {},
  {},
  { techPrefix: '99' },
  { failover: { attemptsMax: 2 } },
  { health: { whenDown: 'never' } },
);
const gateways = fc.array(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    priority: fc.integer({ min: 0, max: 3 }),
    weight: fc.integer({ min: 0, max: 5 }),
    enabled: mostly,
    terms,
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
    shared: terms,
    destinations: SOMEWHERE,
  })
  .map(({ id, gateways: list, shared, destinations, ...more }) =>
    group(id, {
      ...more,
      ...termsMember(shared),
      ...destinationsMember(destinations),
      groupKind: id.includes('pbx') ? 'customer' : 'carrier',
      accountId: id === 'pbx' ? 'acme' : id === 'gpbx' ? 'globex' : null,
      gateways: list.map(({ id: name, terms: own, ...gate }, index) => gateway(`${id}-${name}${index}`, { ...gate, ...termsMember(own) })),
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
  .record({
    accountId: fc.constantFrom(...ACCOUNTS),
    mode,
    enabled: mostly,
    e164: fc.constantFrom(null, ...E164S),
    trunk: fc.constantFrom(null, 'pbx'),
  })
  .map(({ trunk, ...more }) => credential('alice', { ...more, ...(trunk === null ? {} : { trunkGroupId: trunk }) }));

const onDay = (day: number): RouteHours => ({ timeZone: 'UTC', windows: [{ days: [day], from: 0, to: 1440 }] });
const [OPEN, SHUT] = [onDay(7), onDay(3)];
const routes = fc.array(
  fc.record({
    prefix: fc.constantFrom('', '4', '44', '4420', '1', '=112', '=442071838751'),
    to: fc.constantFrom(...GROUPS, 'ghost'),
    priority: fc.integer({ min: 0, max: 2 }),
    weight: fc.integer({ min: 0, max: 3 }),
    more: fc.constantFrom<Partial<OutboundRoute>[]>({}, {}, { cost: 1 }, { cost: 2 }, { hours: SHUT }, { hours: OPEN }),
  }),
  { maxLength: 6 },
);
const routeSets = fc
  .record({ id: fc.constantFrom('platform', 'acme'), routes, destinations: SOMEWHERE })
  .map(({ id, routes: list, destinations }) => ({
    ...routeSet(id, ...list.map(({ prefix, to, more, ...rank }, index) => route(prefix, to, { ...rank, ...more, id: `${id}${index}` }))),
    ...(id === 'platform' ? destinationsMember(destinations) : {}),
  }));

const records: fc.Arbitrary<RouteRecord> = fc.oneof(accounts, numbers, groups, endpoints, credentials, routeSets);
// A world that works with a few records spoilt, or hardly anything that works: only the first kind gets as far as connecting.
export const worlds = fc.oneof(
  { weight: 4, arbitrary: fc.array(records, { maxLength: 4 }).map((list) => worldOf(...BASE, ...list)) },
  { weight: 1, arbitrary: fc.array(records, { maxLength: 30 }).map((list) => worldOf(...list)) },
);

const user = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...E164S, '442071838751', '02071838750') },
  { weight: 1, arbitrary: fc.oneof(fc.constantFrom('112', '1234', 'alice', ''), fc.string({ maxLength: 20 })) },
);
const marks = fc.constantFrom<Pick<MatchedSource, 'marks' | 'told' | 'login'>[]>(
  {},
  {},
  {},
  { marks: { token: true } },
  { marks: { token: false } },
  { marks: { techPrefix: '99' } },
  { marks: { techPrefix: '44', domain: 'hq' } },
  { told: true, marks: { techPrefix: '44' }, login: { realm: 'sip.example', username: 'alice' } },
);
const sources = fc
  .uniqueArray(fc.record({ id: fc.constantFrom(...GROUPS), exactPort: fc.boolean(), prefixBits: fc.constantFrom(24, 32), marks }), {
    maxLength: 3,
    selector: ({ id }) => id,
  })
  .map((list) =>
    list.map(({ id, marks: met, ...more }) => {
      const isCustomer = id.includes('pbx');
      return source(id, { groupKind: isCustomer ? 'customer' : 'carrier', ...more, ...(isCustomer ? met : {}) });
    }),
  );
const auth: fc.Arbitrary<CallRequest['auth']> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ result: 'none' as const }) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('valid' as const, 'valid' as const, 'stale' as const, 'wrong' as const)
      .map((result) => ({ result, realm: 'sip.example', username: 'alice' })),
  },
);
const unwell = fc
  .subarray(['c1', 'd1', 'p1', ...GROUPS.flatMap((id) => [`${id}-a0`, `${id}-b1`])])
  .chain((ids) =>
    fc.tuple(
      ...ids.map((gatewayId) => fc.constantFrom('down' as const, 'half_open' as const).map((state) => ({ gatewayId, state, why: '503' }))),
    ),
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
    unwell,
    more: fc.constantFrom<Partial<CallRequest>[]>({}, {}, { domains: ['hq'] }, { crowded: ['pbx'] }, { diversion: E164S[0] }),
  })
  .map(({ from, pai, more: others, ...more }) => request({ ...more, ...others, caller: pai === null ? { from } : { from, pai } }));

/** Any records, and any call that meets them. */
export const cases = fc.tuple(worlds, requests);
