import { describe, expect, it } from 'vitest';
import { destinationsOf } from '../../src/domain/country-prefixes.ts';
import type { Destinations } from '../../src/domain/destinations.ts';
import { explainOf } from '../../src/domain/explain.ts';
import type { GatewayTerms } from '../../src/domain/gateway-terms.ts';
import type { OutboundRoute, RouteRecord } from '../../src/domain/records.ts';
import {
  A,
  A2,
  checkRows,
  FAR,
  G,
  inbound,
  login,
  only,
  own,
  type Row,
  routes,
  row,
  STRANGER,
  SUB,
  T,
  trunk,
  world,
} from './call-decision-rows.ts';
import { account, credential, decide, gateway, group, route, routeSet } from './world.ts';

const ROUTES: readonly Row[] = [
  row('no prefix fits', login('alice', A, STRANGER), [], '404 no_route'),
  row('no routes at all', login('alice', A, FAR), [routes()], '404 no_route'),
  row(
    'no route set at all',
    login('alice', A, FAR),
    [routeSet('other'), account('acme', { routeSetId: 'ghost' }), routes()],
    '404 no_route',
  ),
  row('the empty prefix fits all', login('alice', A, STRANGER), [routes(route('', 'carrier2'))], 'out d1'),
  row(
    'the longest prefix wins',
    login('alice', A, FAR),
    [routes(route('49', 'carrier'), route('4930', 'carrier2'), route('', 'carrier'))],
    'out d1',
  ),
  row(
    'the longest prefix wins over priority',
    login('alice', A, FAR),
    [routes(route('49', 'carrier', { priority: 1 }), route('4930', 'carrier2', { priority: 9 }))],
    'out d1',
  ),
  row(
    'exactly this number wins',
    login('alice', A, FAR),
    [routes(route('4930123456', 'carrier'), route('=4930123456', 'carrier2'))],
    'out d1',
  ),
  row('exact does not match longer', login('alice', A, `${FAR}7`), [routes(route('=4930123456', 'carrier2'))], '404 no_route'),
  row('a longer prefix than the number', login('alice', A, FAR), [routes(route('49301234567', 'carrier'))], '404 no_route'),
  row(
    'priority orders routes',
    login('alice', A, FAR),
    [routes(route('49', 'carrier', { priority: 2 }), route('49', 'carrier2', { priority: 1 }))],
    'out d1 c1 c2',
  ),
  row(
    'weight 0 goes last',
    login('alice', A, FAR),
    [routes(route('49', 'carrier2', { weight: 0 }), route('49', 'carrier'))],
    'out c1 c2 d1',
  ),
  row('own routes first', login('alice', A, FAR), [own(route('49', 'carrier2'))], 'out d1'),
  row('own routes win by any match', login('alice', A, FAR), [own(route('', 'carrier2'))], 'out d1'),
  row('own routes without a match', login('alice', A, FAR), [own(route('33', 'carrier2'))], 'out c1 c2'),
  row("another's routes do not count", login('alice', A, FAR), [routeSet('globex', route('4930', 'carrier2'))], 'out c1 c2'),
  row("a sub-account uses its parent's routes", login('sub', SUB, FAR), [own(route('49', 'carrier2'))], 'out d1'),
  row(
    "a sub-account's own routes first",
    login('sub', SUB, FAR),
    [
      account('acme-sub', { parentId: 'acme', routeSetId: 'acme-sub' }),
      routeSet('acme-sub', route('49', 'carrier2')),
      own(route('49', 'carrier')),
    ],
    'out d1',
  ),
  row(
    'gateways by priority',
    login('alice', A, FAR),
    [only('carrier', { gateways: [gateway('z', { priority: 3 }), gateway('y', { priority: 1 }), gateway('x', { priority: 2 })] })],
    'out y x z',
  ),
  row(
    'dead gateways are left out',
    login('alice', A, FAR),
    [only('carrier', { gateways: [gateway('y', { enabled: false }), gateway('x')] })],
    'out x',
  ),
  row('all gateways dead', login('alice', A, FAR), [only('carrier', { gateways: [gateway('y', { enabled: false })] })], '503 no_carrier'),
  row('group without gateways', login('alice', A, FAR), [only('carrier', { gateways: [] })], '503 no_carrier'),
  row('group disabled', login('alice', A, FAR), [only('carrier', { enabled: false })], '503 no_carrier'),
  row('group gone', login('alice', A, FAR), [routes(route('49', 'ghost'))], '503 no_carrier'),
  row(
    'one of two groups disabled',
    login('alice', A, FAR),
    [routes(route('49', 'carrier'), route('49', 'carrier2')), only('carrier', { enabled: false })],
    'out d1',
  ),
  row("another account's group", login('alice', A, FAR), [only('carrier', { accountId: 'globex' })], '503 no_carrier'),
  row('the own carrier of an account', login('alice', A, FAR), [only('carrier', { accountId: 'acme' })], 'out carrier1'),
  row(
    'the same group twice',
    login('alice', A, FAR),
    [routes(route('49', 'carrier', { id: 'one' }), route('49', 'carrier', { id: 'two', priority: 20 }))],
    'out c1 c2',
  ),
  row('a live call never uses a test group', login('alice', A, FAR), [routes(route('49', 'lab'))], '404 no_route'),
  row('a test call never uses a live group', login('t', T, FAR), [credential('t', { mode: 'test' })], '404 no_route'),
  row('a test call uses the test group', login('t', T, FAR), [credential('t', { mode: 'test' }), routes(route('49', 'lab'))], 'out lab1'),
  row(
    'a test login may not show a live number',
    login('t', A, FAR),
    [credential('t', { mode: 'test' }), routes(route('49', 'lab'))],
    '403 caller_not_owned',
  ),
  row('caller before routes', login('alice', G, STRANGER), [], '403 caller_not_owned'),
  row('to one of our own numbers by carrier', login('alice', A, A2), [], 'out c1 c2'),
];

/** Calls are placed on a Sunday at 15:06 UTC, 16:06 in London and 00:06 on Monday in Tokyo. */
const hours = (timeZone: string, days: readonly number[], from: number, to: number) => ({
  hours: { timeZone, windows: [{ days, from: from * 60, to: to * 60 }] },
});
const far = (records: readonly RouteRecord[], expected: string, name: string) => row(name, login('alice', A, FAR), records, expected);
const two49 = (first: Partial<OutboundRoute>, second: Partial<OutboundRoute>) => [
  routes(route('49', 'carrier', first), route('49', 'carrier2', second)),
];
const limited = (destinations: Destinations, sub?: Destinations) => [
  account('acme', { country: 'GB', destinations }),
  ...(sub === undefined ? [] : [account('acme-sub', { parentId: 'acme', routeSetId: 'acme', destinations: sub })]),
];
const everybody = (destinations: Destinations, ...more: OutboundRoute[]): RouteRecord => ({
  kind: 'route_set',
  id: 'platform',
  routes: [route('49', 'carrier'), ...more],
  destinations,
});
const abroad = (countries: readonly string[]) =>
  group('pbx', { groupKind: 'customer', accountId: 'acme', destinations: destinationsOf(countries) });

const COST_AND_HOURS: readonly Row[] = [
  far(two49({ cost: 0.02 }, { cost: 0.01 }), 'out d1 c1 c2', 'the cheaper of equals first'),
  far(two49({ cost: 0.02, priority: 1 }, { cost: 0.01 }), 'out c1 c2 d1', 'priority before cost'),
  far(two49({}, { cost: 9 }), 'out d1 c1 c2', 'without a price last'),
  far(two49({ cost: 1, weight: 0 }, { cost: 1 }), 'out d1 c1 c2', 'weight among equal prices'),
  far(two49(hours('Europe/London', [7], 16, 17), {}), 'out c1 c2 d1', 'open by the clock of its place'),
  far(two49(hours('UTC', [7], 16, 17), {}), 'out d1', 'shut by the clock of its place'),
  far(two49(hours('Asia/Tokyo', [1], 0, 1), { priority: 20 }), 'out c1 c2 d1', 'the day of its place'),
  far(two49(hours('Asia/Tokyo', [7], 22, 2), { priority: 20 }), 'out c1 c2 d1', 'over midnight'),
  far(two49(hours('Asia/Tokyo', [1], 22, 2), {}), 'out d1', 'before the night begins'),
  far(two49(hours('UTC', [7], 15, 24), { priority: 20 }), 'out c1 c2 d1', 'until the end of the day'),
  far(two49(hours('Nowhere/Land', [7], 0, 24), {}), 'out d1', 'a zone nobody knows'),
  far(
    [routes(route('4930', 'carrier', hours('UTC', [1], 0, 24)), route('49', 'carrier2'))],
    'out d1',
    'a shut one lets the shorter prefix have it',
  ),
  far([own(route('49', 'carrier2', hours('UTC', [1], 0, 24)))], 'out c1 c2', 'a shut own route lets the platform have it'),
  far([routes(route('49', 'carrier', hours('UTC', [1], 0, 24)))], '404 no_route', 'all shut'),
  far(limited({ allowed: ['49'] }), 'out c1 c2', 'an allowed destination'),
  far(limited({ allowed: ['44', '1'] }), '403 destination_blocked', 'one that is not allowed'),
  far(limited({ allowed: [] }), '403 destination_blocked', 'nowhere is allowed'),
  far(limited({ blocked: ['493'] }), '403 destination_blocked', 'a blocked one'),
  far(limited({ allowed: ['4930'], blocked: ['49'] }), 'out c1 c2', 'the longer allowed prefix'),
  far(limited({ allowed: ['49'], blocked: ['4930'] }), '403 destination_blocked', 'the longer blocked prefix'),
  far(limited({ allowed: ['49'], blocked: ['49'] }), '403 destination_blocked', 'blocked before allowed'),
  row(
    'a sub-account under its parent',
    login('sub', SUB, FAR),
    limited({ blocked: ['49'] }, { allowed: ['49'] }),
    '403 destination_blocked',
  ),
  row('a sub-account by itself', login('sub', SUB, FAR), limited({}, { allowed: ['1'] }), '403 destination_blocked'),
  far([everybody({ blocked: ['49'] })], '403 destination_blocked', 'blocked for everybody'),
  far([everybody({ allowed: ['44'] })], '403 destination_blocked', 'not allowed for everybody'),
  far([everybody({ blocked: ['49'], allowed: ['4930'] })], 'out c1 c2', 'a longer prefix allowed for everybody'),
  far([...limited({ allowed: ['49'] }), everybody({ blocked: ['493'] })], '403 destination_blocked', 'allowed to the account, to nobody'),
  far(
    [own(route('49', 'carrier2')), everybody({ blocked: ['49'] })],
    '403 destination_blocked',
    'routes of its own, and blocked for everybody',
  ),
  row('by a trunk whose profile has other countries', trunk('pbx', A, FAR), [abroad(['FR', 'GB'])], '403 destination_blocked'),
  row('by a trunk whose profile has the country', trunk('pbx', A, FAR), [abroad(['DE'])], 'out c1 c2'),
  row(
    'a login of that trunk',
    login('alice', A, FAR),
    [credential('alice', { trunkGroupId: 'pbx' }), abroad([])],
    '403 destination_blocked',
  ),
  row('a login of no trunk', login('alice', A, FAR), [abroad([])], 'out c1 c2'),
  row('an emergency is blocked for nobody', login('alice', A, '112'), [everybody({ allowed: [] }, route('=112', 'carrier2'))], 'out d1'),
  row(
    'an account that the guard stopped',
    login('alice', A, FAR),
    [account('acme', { country: 'GB', outboundStopped: true })],
    '403 outbound_stopped',
  ),
  row('a sub-account of one', login('sub', SUB, FAR), [account('acme', { country: 'GB', outboundStopped: true })], '403 outbound_stopped'),
  row('an emergency call of one', login('alice', A, '112'), [account('acme', { country: 'GB', outboundStopped: true })], 'out d1'),
  row('a call in to one', inbound(A), [account('acme', { country: 'GB', outboundStopped: true })], 'in sip:desk@pbx.example'),
  row('hours close no emergency', login('alice', A, '112'), [routes(route('=112', 'carrier2', hours('UTC', [1], 0, 24)))], 'out d1'),
  row('an emergency is blocked by nothing', login('alice', A, '112'), limited({ allowed: [], blocked: [''] }), 'out d1'),
];

/** What is wrong with c1, and what becomes of it. */
const ill = (name: string, terms: GatewayTerms, state: 'down' | 'half_open', expected: string, to = FAR): Row =>
  row(
    name,
    login('alice', A, to, { unwell: [{ gatewayId: 'c1', state, why: '503' }] }),
    [
      group('carrier', { gateways: [gateway('c1', { priority: 1, terms }), gateway('c2', { priority: 2 })] }),
      routes(route('49', 'carrier'), route('49', 'carrier2', { priority: 20 }), route('=112', 'carrier')),
    ],
    expected,
  );
const never: GatewayTerms = { health: { whenDown: 'never' } };
const HEALTH: readonly Row[] = [
  ill('down: behind all others, other routes’ too', {}, 'down', 'out c2 d1 c1'),
  ill('down and never tried then', never, 'down', 'out c2 d1'),
  ill('half open: at its place', never, 'half_open', 'out c1 c2 d1'),
  ill('an emergency tries it all the same', never, 'down', 'out c2 c1', '112'),
  row(
    'all down and never tried then',
    login('alice', A, FAR, { unwell: ['c1', 'c2'].map((gatewayId) => ({ gatewayId, state: 'down', why: '503' })) }),
    [only('carrier', { terms: never, gateways: [gateway('c1'), gateway('c2')] })],
    '503 no_carrier',
  ),
  row(
    'all down inbound',
    inbound(A2, { unwell: ['p1', 'p2'].map((gatewayId) => ({ gatewayId, state: 'down', why: 'no_response' })) }),
    [group('pbx', { groupKind: 'customer', accountId: 'acme', gateways: [gateway('p1'), gateway('p2')], terms: never })],
    '480 target_unreachable',
  ),
  row(
    'as many as the group may try',
    login('alice', A, FAR),
    [
      only('carrier', {
        gateways: [gateway('x', { priority: 1 }), gateway('y', { priority: 2 }), gateway('z', { priority: 3 })],
        terms: { failover: { attemptsMax: 2 } },
      }),
    ],
    'out x y',
  ),
];

describe('an outbound route', () => checkRows(ROUTES));
describe('the cost and the hours of a route, and destinations', () => checkRows(COST_AND_HOURS));
describe('the health of a gateway', () => checkRows(HEALTH));

it('explain says of each gateway why it won or lost', () => {
  const down = HEALTH[1]!;
  const { decision } = decide(world(down.records), down.request, down.settings);
  const why = explainOf(decision).candidates.map(({ gateway: name, chosen, reason }) => [name, chosen, reason]);
  expect(why).toEqual([
    ['c2', true, 'route prefix 49 priority 10 weight 1, gateway priority 2 weight 1'],
    ['d1', true, 'route prefix 49 priority 20 weight 1, gateway priority 10 weight 1'],
    ['c1', false, 'down (503)'],
  ]);
});
