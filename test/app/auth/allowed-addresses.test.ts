import { expect, it } from 'vitest';
import { isAddressAllowed } from '../../../src/app/auth/allowed-addresses.ts';

it.each<[readonly string[], string | null, boolean]>([
  [[], '192.0.2.1', true],
  [[], null, true],
  [['192.0.2.1'], '192.0.2.1', true],
  [['192.0.2.1'], '192.0.2.2', false],
  [['192.0.2.0/24'], '192.0.2.255', true],
  [['192.0.2.0/24'], '192.0.3.0', false],
  [['0.0.0.0/0'], '203.0.113.9', true],
  [['0.0.0.0/0'], '2001:db8::1', false],
  [['2001:db8::/32'], '2001:db8:ffff::1', true],
  [['2001:db8::/32'], '2001:db9::1', false],
  [['nonsense', '192.0.2.0/33', '192.0.2.0/x'], '192.0.2.0', false],
  [['192.0.2.1'], null, false],
  [['192.0.2.1'], 'unknown', false],
])('%j lets %s in: %s', (allowed, ip, expected) => {
  expect(isAddressAllowed(allowed, ip)).toBe(expected);
});
