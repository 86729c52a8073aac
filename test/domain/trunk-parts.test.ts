import { describe, expect, it } from 'vitest';
import { networkOf } from '../../src/domain/closed-networks.ts';
import { sourceRecord, trunkGroupRecord } from '../../src/domain/render-record.ts';
import { type ClaimRules, forbiddenEntry } from '../../src/domain/tenant-acl.ts';
import type { TrunkGroup } from '../../src/domain/trunk-group.ts';
import { aclOf, gatewaysOf, type TrunkPart } from '../../src/domain/trunk-part.ts';

const part = (id: string, more: Partial<TrunkPart>): TrunkPart => ({
  id,
  extId: '1',
  accountId: 'acme',
  mode: 'live',
  trunkGroupId: 'g',
  kind: 'address',
  value: '192.0.2.1',
  port: null,
  priority: 10,
  weight: 1,
  enabled: true,
  name: null,
  description: null,
  createdAt: 0,
  updatedAt: 0,
  ...more,
});

describe('the parts of a trunk', () => {
  const parts = [
    part('a', {}),
    part('b', { value: '192.0.2.2/32', port: 5070, priority: 1 }),
    part('c', { value: '[2001:db8::1]:5060/tcp', port: 5080 }),
    part('d', { value: '192.0.2.4', port: 5060, enabled: false }),
    part('e', { kind: 'uri', value: 'sip:pbx.example', enabled: false }),
    part('f', {}),
  ];

  it('make its ACL: addresses that are switched on, each once', () => {
    expect(aclOf(parts)).toEqual(['192.0.2.1', '192.0.2.2/32', '[2001:db8::1]:5060/tcp']);
  });

  it('make its gateways: URIs, and addresses with a port; their limits stay', () => {
    const limits = { channelsMax: 3, perSecondMax: null };
    const before = [{ id: 'b', uri: 'sip:old', priority: 9, weight: 9, enabled: true, limits }];
    expect(gatewaysOf(parts, before)).toEqual([
      { id: 'b', uri: 'sip:192.0.2.2:5070', priority: 1, weight: 1, enabled: true, limits },
      { id: 'c', uri: 'sip:[2001:db8::1]:5080', priority: 10, weight: 1, enabled: true },
      { id: 'e', uri: 'sip:pbx.example', priority: 10, weight: 1, enabled: false },
    ]);
  });
});

describe('what a trunk is in force as', () => {
  const gateways = [{ id: 'w', uri: 'sip:pbx.example', priority: 1, weight: 1, enabled: true }];
  const group = (more: Partial<TrunkGroup>): TrunkGroup => ({
    id: 'g',
    extId: '1',
    name: 'T',
    kind: 'customer',
    accountId: 'acme',
    mode: 'live',
    enabled: true,
    numberFormat: null,
    country: null,
    gateways,
    acl: ['192.0.2.1'],
    version: 1,
    sourceVersion: 1,
    createdAt: 0,
    updatedAt: 0,
    ...more,
  });
  const profile = { id: 'p', extId: '2', enabled: true, channelsMax: 4, perSecondMax: null, allowedCountries: null };
  const seen = (more: Partial<TrunkGroup>) => {
    const { gateways: rung, receivesOnly = false, limits, profile: shared } = trunkGroupRecord(group(more));
    const channels = [limits?.channelsMax ?? null, shared?.limits.channelsMax ?? null];
    return [sourceRecord(group(more)).acl.length, rung.length, receivesOnly, ...channels];
  };

  it.each([
    ['both ways', {}, [1, 1, false, null, null]],
    ['only in', { direction: 'inbound' }, [0, 1, true, null, null]],
    ['only out', { direction: 'outbound' }, [1, 0, false, null, null]],
    ['with a profile', { profile }, [1, 1, false, null, 4]],
    ['with a profile and a limit of its own', { profile, limits: { channelsMax: 2, perSecondMax: null } }, [1, 1, false, 2, 4]],
    ['with a profile that is switched off', { profile: { ...profile, enabled: false } }, [0, 1, true, null, 4]],
  ] as const)('%s', (_what, more, expected) => {
    expect(seen(more)).toEqual(expected);
  });
});

const OPEN: ClaimRules = {
  ownAddresses: [],
  allowedNetworks: ['10.0.0.0/8', 'fd00:1::/48', '127.0.0.0/8', '::/8', '169.254.0.0/16', 'fe80::/10', '224.0.0.0/4'].map(networkOf),
  loopbackAllowed: false,
};

describe('addresses that a tenant claims (decision C21, ADR 0012)', () => {
  const others = [
    { trunkGroupId: 'carrier', kind: 'carrier', accountId: null, acl: ['198.51.100.0/24', '127.0.0.1:5070', 'garbage'] },
    { trunkGroupId: 'theirs', kind: 'customer', accountId: 'globex', acl: ['192.0.2.64/26', '2001:db8:7::/48'] },
    { trunkGroupId: 'ours', kind: 'customer', accountId: 'acme', acl: ['192.0.2.7'] },
  ];

  it.each([
    ['192.0.2.7', null],
    ['10.1.2.0/24', null],
    ['10.1.2.0/23', 'too wide'],
    ['2001:db8:8::/48', null],
    ['2001:db8::/47', 'too wide'],
    ['198.51.100.9', 'touches carrier'],
    ['198.51.100.9:5060/udp', 'touches carrier'],
    ['192.0.2.65', 'touches theirs'],
    ['192.0.2.0/24', 'touches theirs'],
    ['2001:db8:7::5', 'touches theirs'],
    ['127.0.0.1:5080', null],
    ['127.0.0.1:5070/tcp', 'touches carrier'],
    ['127.0.0.1', 'touches carrier'],
  ])('%s: %s', (entry, because) => {
    const rules = { ...OPEN, loopbackAllowed: true };
    expect(forbiddenEntry(['10.5.5.5', entry], 'acme', others, rules)?.because ?? null).toBe(because);
  });

  it.each([
    // Nobody outside calls from there, whatever the settings open.
    ['127.0.0.1:5080', 'loopback', 'loopback'],
    ['::1', 'loopback', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback', 'loopback'],
    ['0.0.0.0', 'unspecified', 'unspecified'],
    ['::', 'unspecified', 'unspecified'],
    ['::/64', 'loopback', 'loopback'],
    ['169.254.169.254', 'link_local', 'link_local'],
    ['fe80::1', 'link_local', 'link_local'],
    ['224.0.0.1', 'multicast', 'multicast'],
    ['ff02::1', 'multicast', 'multicast'],
    // Ours, on every port, or on the one that we have of it; also inside a block.
    ['203.0.113.9', 'own_address', 'own_address'],
    ['203.0.113.9:7000', 'own_address', 'own_address'],
    ['203.0.113.0/28', 'own_address', 'own_address'],
    ['203.0.113.32:5060', 'own_address', 'own_address'],
    ['203.0.113.32', 'own_address', 'own_address'],
    ['203.0.113.32:5061', null, null],
    // Private and reserved ones where they are opened, and only there.
    ['10.5.5.0/24', 'private', null],
    ['192.168.1.4', 'private', 'private'],
    ['172.16.0.1:5060/tcp', 'private', 'private'],
    ['100.64.3.3', 'private', 'private'],
    ['fd00:1::/48', 'private', null],
    ['fd00:2::1', 'private', 'private'],
    ['198.18.0.1', 'reserved', 'reserved'],
    ['240.0.0.1', 'reserved', 'reserved'],
    ['192.0.2.7', null, null],
  ])('%s: %s; with networks opened %s', (entry, closed, opened) => {
    const ownAddresses = [
      { ip: '203.0.113.9', port: null },
      { ip: '203.0.113.32', port: 5060 },
    ];
    const judge = (rules: ClaimRules) => forbiddenEntry([entry], 'acme', [], { ...rules, ownAddresses })?.because ?? null;
    expect(judge({ ...OPEN, allowedNetworks: [] })).toBe(closed);
    expect(judge(OPEN)).toBe(opened);
  });
});
