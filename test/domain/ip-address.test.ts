import { describe, expect, it } from 'vitest';
import { parseIp, parsePrefix } from '../../src/domain/ip-address.ts';

describe('an address', () => {
  it.each([
    ['0.0.0.0', 4, 0n],
    ['192.0.2.1', 4, 0xc0000201n],
    ['255.255.255.255', 4, 0xffffffffn],
    ['::', 6, 0n],
    ['::1', 6, 1n],
    ['2001:db8::1', 6, 0x20010db8000000000000000000000001n],
    ['2001:DB8:0:0:0:0:0:1', 6, 0x20010db8000000000000000000000001n],
    ['1::', 6, 0x00010000000000000000000000000000n],
    ['64:ff9b::192.0.2.1', 6, 0x0064ff9b0000000000000000c0000201n],
    ['::ffff:192.0.2.1', 4, 0xc0000201n],
    ['::FFFF:c000:201', 4, 0xc0000201n],
  ] as const)('%s is IPv%d %s', (text, family, value) => expect(parseIp(text)).toEqual({ family, value }));

  it.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.-4',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1..2.3',
    '0x1.2.3.4',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    'fe80::1%eth0',
    '[::1]',
    '1.2.3.4::',
    '::1.2.3',
    '::1.2.3.4:5',
    '1'.repeat(46),
  ])('%j is none', (text) => expect(parseIp(text)).toBeNull());
});

it.each([
  ['192.0.2.0/24', true],
  ['192.0.2.1/24', false],
  ['::/0', true],
  ['::ffff:0.0.0.0/95', false],
])('%s is a prefix: %s', (text, is) => expect(parsePrefix(text) !== null).toBe(is));
