import { describe, expect, it } from 'vitest';
import { parsePrefix } from '../../src/domain/ip-address.ts';
import { buildSourceIndex } from '../../src/domain/source-index.ts';
import { type TargetPolicy, targetRefusal } from '../../src/domain/target-policy.ts';

const networks = (...list: string[]) => list.map((text) => parsePrefix(text)).filter((prefix) => prefix !== null);

const policy: TargetPolicy = {
  ownAddresses: [
    { ip: '203.0.113.1', port: null },
    { ip: '127.0.0.1', port: 5060 },
  ],
  gatewayAddresses: [
    { ip: '198.51.100.9', port: 5060 },
    { ip: '127.0.0.1', port: 5099 },
  ],
  carrierSources: buildSourceIndex([
    {
      kind: 'source',
      trunkGroupId: 'c',
      groupKind: 'carrier',
      accountId: null,
      mode: 'live',
      acl: ['198.51.100.128/25', '192.0.2.5:5070', '127.0.0.1:5098'],
    },
  ]),
  allowedNetworks: [],
  loopbackAllowed: false,
};
const open: TargetPolicy = { ...policy, loopbackAllowed: true };
const listed: TargetPolicy = { ...policy, allowedNetworks: networks('10.1.0.0/16', '127.0.0.0/8', '203.0.113.0/24', '198.51.100.0/24') };

describe('a resolved target is judged', () => {
  it.each([
    // hostile or mistaken targets, all refused
    ['203.0.113.1', 5060, policy, 'own_address'],
    ['203.0.113.1', 9, policy, 'own_address'],
    ['::ffff:203.0.113.1', 5060, policy, 'own_address'],
    ['127.0.0.1', 5060, open, 'own_address'],
    ['198.51.100.9', 5060, policy, 'gateway_address'],
    ['64:ff9b::198.51.100.9', 5060, policy, 'gateway_address'],
    ['127.0.0.1', 5099, open, 'gateway_address'],
    ['198.51.100.200', 5060, policy, 'carrier_address'],
    ['::ffff:198.51.100.200', 1234, policy, 'carrier_address'],
    ['64:ff9b::198.51.100.200', 1234, policy, 'carrier_address'],
    ['192.0.2.5', 5070, policy, 'carrier_address'],
    ['127.0.0.1', 5098, policy, 'carrier_address'],
    ['127.0.0.1', 5061, policy, 'loopback'],
    ['127.9.9.9', 5061, policy, 'loopback'],
    ['::1', 5061, policy, 'loopback'],
    ['::ffff:127.0.0.1', 5061, policy, 'loopback'],
    ['169.254.169.254', 80, policy, 'link_local'],
    ['fe80::1', 5060, policy, 'link_local'],
    ['10.0.0.1', 5060, policy, 'private'],
    ['172.31.255.255', 5060, policy, 'private'],
    ['192.168.1.1', 5060, policy, 'private'],
    ['100.64.0.1', 5060, policy, 'private'],
    ['fd00::1', 5060, policy, 'private'],
    ['64:ff9b::10.0.0.1', 5060, policy, 'private'],
    ['2002:a00:1::1', 5060, policy, 'private'],
    ['::10.0.0.1', 5060, policy, 'private'],
    ['224.0.1.75', 5060, policy, 'multicast'],
    ['ff02::1', 5060, policy, 'multicast'],
    ['0.0.0.0', 5060, policy, 'unspecified'],
    ['255.255.255.255', 5060, policy, 'reserved'],
    ['::', 5060, policy, 'unspecified'],
    ['example.com', 5060, policy, 'unreadable_address'],
    ['192.0.2.77', 0, policy, 'unreadable_address'],
    ['192.0.2.77', 65_536, policy, 'unreadable_address'],
    ['192.0.2.77', Number.NaN, policy, 'unreadable_address'],
    // a listed network opens private blocks, never our own or a carrier's
    ['10.2.0.1', 5060, listed, 'private'],
    ['203.0.113.1', 5060, listed, 'own_address'],
    ['198.51.100.9', 5060, listed, 'gateway_address'],
    ['198.51.100.200', 5060, listed, 'carrier_address'],
    // good targets
    ['192.0.2.77', 5060, policy, null],
    ['192.0.2.5', 5060, policy, null],
    ['198.51.100.9', 5061, policy, null],
    ['172.32.0.1', 5060, policy, null],
    ['2001:db8::1', 5060, policy, null],
    ['10.1.2.3', 5060, listed, null],
    ['127.0.0.1', 5061, listed, null],
    ['127.0.0.1', 5061, open, null],
    ['127.0.0.1', 5098, open, null],
    ['::1', 5061, open, null],
  ] as const)('%s port %d', (ip, port, rules, refusal) => {
    const target = { ip, port, transport: 'udp' } as const;
    expect(targetRefusal(target, rules)).toBe(refusal);
  });
});
