import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAclEntry, sourceConflicts } from '../../src/domain/acl-entry.ts';
import { maskTo, parseIp } from '../../src/domain/ip-address.ts';
import type { SourceRecord } from '../../src/domain/records.ts';
import { buildSourceIndex, compareSources } from '../../src/domain/source-index.ts';
import type { SourceMarks } from '../../src/domain/source-marks.ts';

const record = (trunkGroupId: string, acl: readonly string[], groupKind: 'carrier' | 'customer' = 'carrier'): SourceRecord => ({
  kind: 'source',
  trunkGroupId,
  groupKind,
  accountId: null,
  mode: 'live',
  acl,
});

describe('an ACL entry', () => {
  const shown = (text: string): string => {
    const parsed = parseAclEntry(text);
    if (!parsed.ok) return 'error';
    const { prefix, port, transport } = parsed.value;
    return `${prefix.family} ${prefix.value.toString(16)}/${prefix.bits} ${port} ${transport}`;
  };

  it.each([
    ['192.0.2.0/24', '4 c0000200/24 null null'],
    ['192.0.2.1', '4 c0000201/32 null null'],
    ['0.0.0.0/0', '4 0/0 null null'],
    ['192.0.2.1:5060', '4 c0000201/32 5060 null'],
    ['192.0.2.1:5060/udp', '4 c0000201/32 5060 udp'],
    ['192.0.2.1:5061/TLS', '4 c0000201/32 5061 tls'],
    ['2001:db8::/32', '6 20010db8000000000000000000000000/32 null null'],
    ['2001:db8::1', '6 20010db8000000000000000000000001/128 null null'],
    ['[2001:db8::1]', '6 20010db8000000000000000000000001/128 null null'],
    ['[2001:db8::1]:5060', '6 20010db8000000000000000000000001/128 5060 null'],
    ['[2001:db8::1]:5060/tcp', '6 20010db8000000000000000000000001/128 5060 tcp'],
    ['::ffff:192.0.2.0/120', '4 c0000200/24 null null'],
    ['[::ffff:192.0.2.1]:5060', '4 c0000201/32 5060 null'],
    ['192.0.2.1/24', 'error'],
    ['192.0.2.0/33', 'error'],
    ['192.0.2.0/-1', 'error'],
    ['192.0.2.0/', 'error'],
    ['192.0.2.0/024', 'error'],
    ['192.0.2.1:0', 'error'],
    ['192.0.2.1:65536', 'error'],
    ['192.0.2.1:', 'error'],
    ['192.0.2.1:5060/24', 'error'],
    ['192.0.2.1:5060/sctp', 'error'],
    ['192.0.2.1:5060/udp/x', 'error'],
    ['192.0.2.1/udp', 'error'],
    ['example.com', 'error'],
    ['example.com:5060', 'error'],
    ['[2001:db8::1]5060', 'error'],
    ['', 'error'],
    ['x'.repeat(65), 'error'],
  ])('%s is %s', (text, entry) => expect(shown(text)).toBe(entry));

  it('tells in one sentence what is wrong', () => {
    expect(parseAclEntry('192.0.2.1/24')).toEqual({ ok: false, error: expect.stringContaining('prefix length') });
    expect(parseAclEntry('192.0.2.1:99999')).toEqual({ ok: false, error: expect.stringContaining('port') });
    expect(parseAclEntry('192.0.2.1:5060/sctp')).toEqual({ ok: false, error: expect.stringContaining('transport') });
    expect(parseAclEntry('carrier')).toEqual({ ok: false, error: expect.stringContaining('CIDR') });
  });
});

describe('the source index', () => {
  const index = buildSourceIndex([
    record('wide', ['192.0.0.0/16', 'bad entry']),
    record('narrow', ['192.0.2.0/24', '192.0.2.0/28']),
    record('port', ['192.0.2.7:5060'], 'customer'),
    record('transport', ['192.0.2.7:5060/tcp', '[2001:db8::1]:5060']),
  ]);
  const ids = (ip: string, port: number, transport: 'udp' | 'tcp' | 'tls' = 'udp') =>
    index.match(ip, port, transport).map(({ trunkGroupId }) => trunkGroupId);

  it('gives the best first: port and transport, port, longest prefix', () => {
    expect(ids('192.0.2.7', 5060, 'tcp')).toEqual(['transport', 'port', 'narrow', 'wide']);
    expect(ids('192.0.2.7', 5060)).toEqual(['port', 'narrow', 'wide']);
    expect(ids('192.0.2.7', 5070)).toEqual(['narrow', 'wide']);
    expect(ids('192.0.3.7', 5060)).toEqual(['wide']);
    expect(ids('198.51.100.1', 5060)).toEqual([]);
  });

  it('takes WebSocket for the stream it is carried by: TCP, or TLS', () => {
    const streams = buildSourceIndex([record('tcp', ['192.0.2.7:5060/tcp']), record('tls', ['192.0.2.7:5060/tls'])]);
    const by = (transport: 'ws' | 'wss') => streams.match('192.0.2.7', 5060, transport).map(({ trunkGroupId }) => trunkGroupId);
    expect([by('ws'), by('wss')]).toEqual([['tcp'], ['tls']]);
  });

  it('names for each group its best entry once', () => {
    expect(index.match('192.0.2.7', 5060, 'udp')).toEqual([
      {
        trunkGroupId: 'port',
        groupKind: 'customer',
        accountId: null,
        mode: 'live',
        entry: '192.0.2.7:5060',
        exactPort: true,
        exactTransport: false,
        prefixBits: 32,
      },
      {
        trunkGroupId: 'narrow',
        groupKind: 'carrier',
        accountId: null,
        mode: 'live',
        entry: '192.0.2.0/28',
        exactPort: false,
        exactTransport: false,
        prefixBits: 28,
      },
      {
        trunkGroupId: 'wide',
        groupKind: 'carrier',
        accountId: null,
        mode: 'live',
        entry: '192.0.0.0/16',
        exactPort: false,
        exactTransport: false,
        prefixBits: 16,
      },
    ]);
  });

  it('takes an IPv4-mapped address for the IPv4 address it is, and IPv6 as IPv6', () => {
    expect(ids('::ffff:192.0.2.7', 5060)).toEqual(['port', 'narrow', 'wide']);
    expect(ids('2001:db8:0::1', 5060)).toEqual(['transport']);
    expect(ids('2001:db8::1', 5061)).toEqual([]);
  });

  it.each(['', 'localhost', '192.0.2.7:5060', '999.0.0.1'])('knows nobody at %j', (ip) => expect(ids(ip, 5060)).toEqual([]));

  const octet = fc.constantFrom(0, 1, 2, 7, 128, 255);
  const ip4 = fc.tuple(fc.constantFrom(10, 192), fc.constantFrom(0, 1), octet, octet).map((octets) => octets.join('.'));
  const ip6 = fc.tuple(fc.constantFrom('2001:db8', 'fd00:0'), fc.constantFrom('1', '2', 'ffff')).map(([head, tail]) => `${head}::${tail}`);
  const ip = fc.oneof({ weight: 3, arbitrary: ip4 }, { weight: 1, arbitrary: ip6 });
  const port = fc.constantFrom(5060, 5061);
  const transport = fc.constantFrom('udp' as const, 'tcp' as const, 'tls' as const);
  const cidr = fc.tuple(ip, fc.integer({ min: 0, max: 128 })).map(([text, bits]) => {
    const address = parseIp(text);
    if (address === null) throw new Error(text);
    const length = address.family === 4 ? bits % 33 : bits;
    const drop = BigInt((address.family === 4 ? 32 : 128) - length);
    const value = (address.value >> drop) << drop;
    const groups =
      address.family === 4
        ? [24n, 16n, 8n, 0n].map((s) => String((value >> s) & 255n)).join('.')
        : Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':');
    return `${groups}/${length}`;
  });
  const hostPort = fc
    .tuple(ip, port, fc.option(transport))
    .map(([host, p, t]) => `${host.includes(':') ? `[${host}]` : host}:${p}${t === null ? '' : `/${t}`}`);
  const records = fc.array(
    fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.array(fc.oneof(cidr, hostPort, ip), { maxLength: 6 })),
    { maxLength: 8 },
  );

  it('finds exactly what a walk over all entries finds', () => {
    const matched = (acl: readonly string[], ipText: string, p: number, t: string) =>
      acl.some((text) => {
        const entry = parseAclEntry(text);
        const address = parseIp(ipText);
        if (!entry.ok || address === null) return false;
        const { prefix } = entry.value;
        const inside = prefix.family === address.family && maskTo(address, prefix.bits) === prefix.value;
        return inside && (entry.value.port ?? p) === p && (entry.value.transport ?? t) === t;
      });
    fc.assert(
      fc.property(records, ip, port, transport, (list, ipText, p, t) => {
        const found = buildSourceIndex(list.map(([id, acl]) => record(id, acl))).match(ipText, p, t);
        const naive = new Set(list.filter(([, acl]) => matched(acl, ipText, p, t)).map(([id]) => id));
        expect(found.map(({ trunkGroupId }) => trunkGroupId).sort()).toEqual([...naive].sort());
        expect([...found].sort(compareSources)).toEqual(found);
      }),
      { numRuns: 1000 },
    );
  });

  it('looks up an address among 20,000 entries without walking them', () => {
    const many = Array.from({ length: 20_000 }, (_, i) =>
      record(`g${i}`, [`10.${i >> 8}.${i & 255}.1:5060`, `11.${i >> 8}.${i & 255}.0/24`]),
    );
    const big = buildSourceIndex(many);
    const from = process.cpuUsage();
    let found = 0;
    for (let i = 0; i < 20_000; i += 1) found += big.match(`11.${i >> 8}.${i & 255}.9`, 5060, 'udp').length;
    expect(found).toBe(20_000);
    // A walk would be 20,000 × 40,000 comparisons: minutes. Processor time, because others run too.
    expect(process.cpuUsage(from).user / 1e6).toBeLessThan(10);
  });
});

describe('two customer groups conflict', () => {
  const others = [record('other', ['192.0.2.0/24', '192.0.2.7:5060', '198.51.100.1:5060/udp', '2001:db8::/64', 'bad'])];
  it.each([
    ['192.0.2.0/24', true],
    ['::ffff:192.0.2.0/120', true],
    ['192.0.2.7:5060', true],
    ['[::ffff:192.0.2.7]:5060', true],
    ['198.51.100.1:5060/UDP', true],
    ['2001:db8:0:0::/64', true],
    ['192.0.2.0/25', false],
    ['192.0.0.0/16', false],
    ['192.0.2.7', false],
    ['192.0.2.7:5061', false],
    ['192.0.2.7:5060/udp', false],
    ['198.51.100.1:5060', false],
    ['198.51.100.1:5060/tcp', false],
    ['bad', false],
  ])('over %s: %s', (entry, conflict) => {
    expect(sourceConflicts(others, ['203.0.113.0/24', entry])).toEqual(conflict ? { entry, trunkGroupId: 'other' } : null);
  });
});

describe('what tells groups of one address apart', () => {
  const told = (trunkGroupId: string, marks?: SourceMarks): SourceRecord => ({
    ...record(trunkGroupId, ['192.0.2.1:5060'], 'customer'),
    ...(marks === undefined ? {} : { marks }),
  });
  const token = (fingerprint: string, header = 'X-Token') => ({ token: { header, fingerprint } });

  it.each<[string, SourceMarks | undefined, SourceMarks | undefined, boolean]>([
    ['nothing', undefined, undefined, true],
    ['equal tokens', token('a'), token('a', 'x-token'), true],
    ['other tokens', token('a'), token('b'), false],
    ['the same in another field', token('a'), token('a', 'X-Key'), false],
    ['a token and none', token('a'), undefined, false],
    ['other tech prefixes', { techPrefix: '99' }, { techPrefix: '88' }, false],
    ['equal tech prefixes', { techPrefix: '99' }, { techPrefix: '99' }, true],
    ['other names', { domain: 'hq' }, { domain: 'lab' }, false],
    ['registrations, which are other addresses', { registered: true }, undefined, true],
  ])('%s', (_name, one, other, conflicts) => {
    expect(sourceConflicts([told('first', one)], ['192.0.2.1:5060'], other) !== null).toBe(conflicts);
  });

  it('asks for a token once a group, and keeps nothing of it but whether it is there', () => {
    const index = buildSourceIndex([told('a', token('one')), told('b', { ...token('two', 'x-KEY'), techPrefix: '9' }), told('c')]);
    const asked: string[] = [];
    const found = index.match('192.0.2.1', 5060, 'udp', ({ fingerprint }) => {
      asked.push(fingerprint);
      return fingerprint === 'two';
    });
    expect(asked.sort()).toEqual(['one', 'two']);
    expect(found.map(({ trunkGroupId, marks }) => [trunkGroupId, marks])).toEqual([
      ['a', { token: false }],
      ['b', { techPrefix: '9', token: true }],
      ['c', undefined],
    ]);
    expect(index.match('192.0.2.1', 5060, 'udp')[1]?.marks).toEqual({ techPrefix: '9', token: false });
    expect([...index.tokenHeaders].sort()).toEqual(['x-key', 'x-token']);
    expect(JSON.stringify(found)).not.toContain('two');
  });
});
