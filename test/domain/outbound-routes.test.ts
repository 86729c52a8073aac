import { describe } from 'vitest';
import { A, A2, checkRows, FAR, G, login, only, own, type Row, routes, row, STRANGER, SUB, T } from './call-decision-rows.ts';
import { account, credential, gateway, route, routeSet } from './world.ts';

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

describe('an outbound route', () => checkRows(ROUTES));
