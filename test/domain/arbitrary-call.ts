import fc from 'fast-check';
import type { CallRequest, DecisionSettings, MatchedSource } from '../../src/domain/call.ts';
import { DEFAULT_CALLER_USES } from '../../src/domain/default-caller.ts';
import { destinationsMember } from '../../src/domain/destinations.ts';
import type { E164 } from '../../src/domain/e164.ts';
import type { EndpointFallback, EndpointRoute } from '../../src/domain/endpoint-route.ts';
import { FALLBACK_CAUSES, type FallbackCause } from '../../src/domain/fallback.ts';
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

const presents = fc.option(fc.record({ e164: fc.constantFrom(...E164S), use: fc.constantFrom(...DEFAULT_CALLER_USES) }), { freq: 2 });
const presenting = <T extends object>(one: T) =>
  presents.map((defaultCaller) => (defaultCaller === null ? one : { ...one, defaultCaller }));

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
  { dialFormat: 'national' },
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
    registers: fc.constantFrom([], [], ['alice'], ['gina', 'alice']),
  })
  .map(({ id, gateways: list, shared, destinations, registers, ...more }) =>
    group(id, {
      ...more,
      ...(registers.length === 0 || !id.includes('pbx')
        ? {}
        : { logins: registers.map((username) => ({ realm: 'sip.example', username })) }),
      ...termsMember(shared),
      ...destinationsMember(destinations),
      groupKind: id.includes('pbx') ? 'customer' : 'carrier',
      accountId: id === 'pbx' ? 'acme' : id === 'gpbx' ? 'globex' : null,
      gateways: list.map(({ id: name, terms: own, ...gate }, index) => gateway(`${id}-${name}${index}`, { ...gate, ...termsMember(own) })),
    }),
  )
  .chain(presenting);

const onDay = (day: number): RouteHours => ({ timeZone: 'UTC', windows: [{ days: [day], from: 0, to: 1440 }] });
const [OPEN, SHUT] = [onDay(7), onDay(3)];

// They may name themselves and each other: circles are what a decision must get out of.
const ENDPOINTS = ['desk', 'hall', 'away'] as const;
const next = fc.constantFrom(...ENDPOINTS, 'ghost');
const endpointRoutes: fc.Arbitrary<EndpointRoute> = fc.oneof(
  fc.constantFrom('pbx', 'gpbx').map((trunkGroupId) => ({ kind: 'trunk_group' as const, trunkGroupId })),
  fc.constantFrom(...E164S, '+4930123456').map((e164) => ({ kind: 'forward' as const, e164: e164 as E164 })),
  fc.record({ otherwise: fc.option(next), rule: fc.option(next), isOpen: fc.boolean() }).map(({ otherwise, rule, isOpen }) => ({
    kind: 'schedule' as const,
    timeZone: 'UTC',
    otherwise,
    rules: [{ windows: (isOpen ? OPEN : SHUT).windows, endpointId: rule }],
  })),
);
const fallbacks = fc.record({
  on: fc.subarray<FallbackCause>([...FALLBACK_CAUSES], { minLength: 1 }),
  endpointId: next,
});
interface Plan {
  readonly route: EndpointRoute | undefined;
  readonly fallback: EndpointFallback | undefined;
  readonly n: number;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  route: fc.option(endpointRoutes, { nil: undefined }),
  fallback: fc.option(fallbacks, { nil: undefined }),
  n: fc.integer({ min: 0, max: 4 }),
});

function planned(id: string, { route: along, fallback, n }: Plan, more: Parameters<typeof endpoint>[1] = {}): RouteRecord {
  const targets = Array.from({ length: n }, (_, i) => ({ uri: `sip:${id}${i}@x`, priority: i % 2, weight: i }));
  return endpoint(id, {
    ...more,
    targets: along === undefined ? targets : [],
    ...(along === undefined ? {} : { route: along }),
    ...(fallback === undefined ? {} : { fallback }),
  });
}

const endpoints = fc
  .tuple(
    fc.constantFrom(...ENDPOINTS),
    plan,
    fc.record({
      accountId: fc.constantFrom(...ACCOUNTS),
      status: fc.constantFrom('active' as const, 'active' as const, 'inactive' as const),
    }),
  )
  .map(([id, one, more]) => planned(id, one, more));
// All of one account and in use, so that calls get through to where they lead.
const plans = fc.tuple(plan, plan, plan).map((three) => three.map((one, index) => planned(ENDPOINTS[index] ?? 'desk', one)));

const credentials = fc
  .record({
    username: fc.constantFrom('alice', 'alice', 'bob'),
    accountId: fc.constantFrom(...ACCOUNTS),
    mode,
    enabled: mostly,
    e164: fc.constantFrom(null, ...E164S),
    trunk: fc.constantFrom(null, 'pbx'),
  })
  .map(({ username, trunk, ...more }) => credential(username, { ...more, ...(trunk === null ? {} : { trunkGroupId: trunk }) }))
  .chain(presenting);

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

const records: fc.Arbitrary<RouteRecord> = fc.oneof(accounts, numbers, groups, { weight: 3, arbitrary: endpoints }, credentials, routeSets);
// A world that works with a few records spoilt, or hardly anything that works: only the first kind gets as far as connecting.
export const worlds = fc.oneof(
  { weight: 4, arbitrary: fc.array(records, { maxLength: 4 }).map((list) => worldOf(...BASE, ...list)) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(plans, fc.array(records, { maxLength: 1 }))
      .map(([three, list]) => worldOf(...BASE, credential('bob'), ...three, ...list)),
  },
  { weight: 1, arbitrary: fc.array(records, { maxLength: 30 }).map((list) => worldOf(...list)) },
);

const user = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...E164S, '442071838751', '02071838750') },
  { weight: 1, arbitrary: fc.oneof(fc.constantFrom('112', '1234', 'alice', 'bob', ''), fc.string({ maxLength: 20 })) },
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
    requestUser: fc.oneof({ weight: 8, arbitrary: user }, { weight: 1, arbitrary: fc.constant('bob') }),
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

/** Half of the calls meet a platform that puts calls between its own numbers through itself. */
export const settingsFor = ({ callId }: CallRequest): DecisionSettings => ({
  defaultCountry: null,
  unknownSource: 'drop',
  ...(/^[0-7]/.test(callId) ? { onNet: 'internal', sipDomain: 'sip.example' } : {}),
});
