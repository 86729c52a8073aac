import { describe } from 'vitest';
import { A, checkRows, FAR, from, G, login, off, own, type Row, routes, row, trunk, wrong } from './call-decision-rows.ts';
import { account, number, route } from './world.ts';

const CALLED: readonly Row[] = [
  row('without plus', login('alice', A, '4930123456'), [], 'out c1 c2'),
  row('with 00', login('alice', A, '004930123456'), [], 'out c1 c2'),
  row('at home', login('alice', A, '01134960123'), [], 'out c1 c2'),
  row('at home, country unknown', login('gina', G, '02071838750'), [account('globex')], '484 dial_string_invalid'),
  row('at home in the US', login('gina', G, '2025550199'), [], 'out d1'),
  row('by default country', login('gina', G, '03012345678'), [account('globex')], 'out c1 c2', { defaultCountry: 'DE' }),
  row('a name', login('alice', A, 'bob'), [], '484 dial_string_invalid'),
  row('nothing', login('alice', A, ''), [], '484 dial_string_invalid'),
  row('sixteen digits', login('alice', A, '+4412345678901234'), [], '484 dial_string_invalid'),
  row('letters in a phone number', login('alice', A, 'bob;user=phone'), [], '484 dial_string_invalid'),
  row('dial string before caller', login('alice', G, 'bob'), [], '484 dial_string_invalid'),
  row('To does not count', login('alice', A, 'bob', { toUser: FAR }), [], '484 dial_string_invalid'),
  row('an unlisted short code', login('alice', A, '1234'), [], '484 dial_string_invalid'),
  row('an unlisted short code with a route', login('alice', A, '1234'), [own(route('=1234', 'carrier2'))], 'out d1'),
  row('an unlisted short code, foreign caller', login('alice', G, '1234'), [own(route('=1234', 'carrier2'))], '403 caller_not_owned'),
  row('emergency', login('alice', A, '112'), [], 'out d1'),
  row('emergency from a foreign caller', login('alice', G, '112'), [], 'out d1'),
  row('emergency anonymous', login('alice', 'anonymous', '112'), [], 'out d1'),
  row('emergency from a suspended number', login('alice', A, '112'), [number(A, { suspendedBy: ['billing'] })], 'out d1'),
  row('emergency from a number that may not call', login('alice', A, '112'), [number(A, { allowOutbound: false })], 'out d1'),
  row('emergency from a disabled account', login('alice', A, '112'), [off('acme')], 'out d1'),
  row('emergency with a wrong password', login('alice', A, '112', wrong('alice')), [], 'challenge failed'),
  row('emergency from a stranger', from([], '112'), [], 'challenge'),
  row('emergency from a trunk', trunk('pbx', 'x', '112'), [], 'out d1'),
  row('emergency without its route', login('alice', A, '999'), [], '404 no_route'),
  row('emergency is not routed by prefix', login('alice', A, '112'), [routes(route('1', 'carrier'), route('', 'carrier'))], '404 no_route'),
  row('a listed code', login('alice', G, '101'), [own(route('=101', 'carrier2'))], 'out d1'),
  row('a listed code without a route', login('alice', A, '101'), [], '404 no_route'),
  row(
    'a listed code from a disabled account',
    login('alice', A, '101'),
    [off('acme'), own(route('=101', 'carrier2'))],
    '403 caller_account_disabled',
  ),
];

describe('an outbound dial string', () => checkRows(CALLED));
