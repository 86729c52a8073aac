import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CALLER_USES } from '../../src/domain/default-caller.ts';
import { destinationsMember } from '../../src/domain/destinations.ts';
import type { E164 } from '../../src/domain/e164.ts';
import type { EndpointRoute } from '../../src/domain/endpoint-route.ts';
import { FALLBACK_CAUSES } from '../../src/domain/fallback.ts';
import { type GatewayTerms, termsMember } from '../../src/domain/gateway-terms.ts';
import { limitsMember, UNLIMITED } from '../../src/domain/lease.ts';
import { type RecordKind, type RecordRef, type RouteRecord, recordRef } from '../../src/domain/records.ts';
import { newId } from '../../src/kit/ids.ts';
import { keys } from '../../src/redis/keys.ts';
import { decodeRecord, encodeRecord, refOf } from '../../src/redis/record-codec.ts';
import { createTestRedis, type TestRedis } from '../support/services.ts';
import { freshPlane, numberRecord, type OpenPlane, openPlane, refOfNumber } from './support/plane.ts';

const id = fc.oneof(fc.uuid(), fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/));
const uuid = fc.uuid();
const idOrNull = fc.option(uuid, { nil: null });
const mode = fc.constantFrom('live' as const, 'test' as const);
const country = fc.option(fc.constantFrom('GB', 'US', 'DE'), { nil: null });
const line = fc.string({ maxLength: 60, unit: 'grapheme' });
const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,30}$/);
const e164 = fc.stringMatching(/^\+[1-9][0-9]{2,14}$/);
const rank = fc.integer({ min: 0, max: 65_535 });
const target = fc.record({ uri: line, priority: rank, weight: rank });
/** Limits as records have them: absent where nothing is limited. */
const limits = fc
  .record({
    channelsMax: fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: null }),
    perSecondMax: fc.option(fc.double({ min: 0.001, max: 100_000, noNaN: true }), { nil: null }),
    callSecondsMax: fc.option(fc.integer({ min: 1, max: 86_400 }), { nil: null }),
  })
  .map((one) => limitsMember(one));
/** The same with minutes, which gateways do not have. */
const callLimits = limits.chain(({ limits: one }) =>
  fc
    .option(fc.integer({ min: 0, max: 100_000_000 }), { nil: null })
    .map((minutesPerDayMax) => limitsMember({ ...UNLIMITED, ...one, minutesPerDayMax })),
);
const groupKind = fc.constantFrom('carrier' as const, 'customer' as const);

const seconds = fc.integer({ min: 1, max: 86_400 });
const step = fc.constantFrom('next' as const, 'final' as const);
const statuses = fc.array(fc.constantFrom('503', '5xx', '404', '6xx'), { maxLength: 4 });
/** Some members of each section, and none of a section without any. */
const terms: fc.Arbitrary<GatewayTerms> = fc.record(
  {
    failover: fc.record(
      { nextOn: statuses, finalOn: statuses, noResponse: step, ringMs: seconds, attemptsMax: fc.constant(3) },
      { requiredKeys: [] },
    ),
    health: fc.record(
      { pingIntervalMs: seconds, pingStatuses: fc.constant([405]), whenDown: fc.constant('never' as const) },
      { requiredKeys: [] },
    ),
    techPrefix: fc.stringMatching(/^[0-9#*]{1,16}$/),
    dialFormat: fc.constantFrom('e164_plus', 'e164', 'national'),
    callerId: fc.record(
      { identity: fc.constant('unless_private' as const), format: fc.constant('national' as const) },
      { requiredKeys: [] },
    ),
    headers: fc.record({ pass: fc.constant(['X-A']), set: fc.constant([{ name: 'X-B', value: 'b "c"' }]) }, { requiredKeys: [] }),
    login: fc.record(
      { username: name, sealedPassword: fc.base64String({ maxLength: 100 }), realm: name },
      { requiredKeys: ['username', 'sealedPassword'] },
    ),
    registerSeconds: seconds,
    reliableProvisionals: fc.constantFrom('supported' as const, 'required' as const),
    refer: fc.constantFrom('relay' as const, 'handle' as const, 'refuse' as const),
  },
  { requiredKeys: [] },
);
const days = fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 });
const minutes = fc.integer({ min: 0, max: 1440 });
const route = fc.record({ id: uuid, prefix: name, trunkGroupId: uuid, priority: rank, weight: rank }).chain((one) =>
  fc
    .record(
      {
        cost: fc.double({ min: 0, max: 1000, noNaN: true }).map((cost) => cost + 0),
        hours: fc.record({
          timeZone: fc.constant('Europe/London'),
          windows: fc.array(fc.record({ days, from: minutes, to: minutes }), { maxLength: 3 }),
        }),
      },
      { requiredKeys: [] },
    )
    .map((more) => ({ ...one, ...more })),
);
const prefixes = fc.array(fc.stringMatching(/^[0-9]{0,15}$/), { maxLength: 4 });
const destinations = fc.record({ allowed: prefixes, blocked: prefixes }, { requiredKeys: [] });
const withTerms = <T extends object>(one: T) => terms.map((some) => ({ ...one, ...termsMember(some) }));
const withLimits = <T extends object>(one: T) => limits.map((member) => ({ ...one, ...member }));
const withCallLimits = <T extends object>(one: T) => callLimits.map((member) => ({ ...one, ...member }));
const withCaller = <T extends object>(one: T) =>
  fc
    .record({ e164: fc.stringMatching(/^\+[1-9][0-9]{6,14}$/), use: fc.constantFrom(...DEFAULT_CALLER_USES) })
    .chain((defaultCaller) => fc.constantFrom(one, { ...one, defaultCaller }));
const withDestinations = <T extends object>(one: T) => destinations.map((some) => ({ ...one, ...destinationsMember(some) }));
const profile = fc.record({ id: uuid, limits: limits.map(({ limits: one }) => one ?? UNLIMITED) });

const logins = fc.array(fc.record({ realm: name, username: name }), { maxLength: 3 });

const windows = fc.array(fc.record({ days: fc.subarray([1, 2, 3, 4, 5, 6, 7]), from: fc.nat(1440), to: fc.nat(1440) }), { maxLength: 3 });
const isoDate = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((day) => day.toISOString().slice(0, 10));
const endpointRoute: fc.Arbitrary<EndpointRoute> = fc.oneof(
  fc.record({ kind: fc.constant('trunk_group' as const), trunkGroupId: uuid }),
  fc.stringMatching(/^\+[1-9][0-9]{6,13}$/).map((number) => ({ kind: 'forward' as const, e164: number as E164 })),
  fc.record({
    kind: fc.constant('schedule' as const),
    timeZone: fc.constantFrom('UTC', 'Europe/London'),
    otherwise: idOrNull,
    rules: fc.array(
      fc.record(
        { windows, dates: fc.array(fc.record({ from: isoDate, to: isoDate }), { maxLength: 3 }), endpointId: idOrNull },
        { requiredKeys: ['endpointId'] },
      ),
      { maxLength: 3 },
    ),
  }),
);

const records: { readonly [K in RecordKind]: fc.Arbitrary<Extract<RouteRecord, { kind: K }>> } = {
  number: fc
    .record({
      kind: fc.constant('number' as const),
      id: uuid,
      e164,
      mode,
      ownerAccountId: uuid,
      subAccountId: idOrNull,
      lifecycle: fc.constantFrom('pending' as const, 'active' as const, 'suspended' as const, 'releasing' as const),
      suspendedBy: fc.subarray(['tenant' as const, 'platform' as const, 'billing' as const]),
      allowInbound: fc.boolean(),
      allowOutbound: fc.boolean(),
      endpointId: idOrNull,
      trunkGroupId: idOrNull,
    })
    .chain(withCallLimits),
  endpoint: fc.record(
    {
      kind: fc.constant('endpoint' as const),
      id,
      accountId: uuid,
      status: fc.constantFrom('active' as const, 'inactive' as const),
      targets: fc.array(target, { maxLength: 5 }),
      ring: fc.constantFrom('parallel' as const, 'serial' as const),
      route: endpointRoute,
      fallback: fc.record({ on: fc.subarray([...FALLBACK_CAUSES]), endpointId: uuid }),
    },
    { requiredKeys: ['kind', 'id', 'accountId', 'status', 'targets'] },
  ),
  trunk_group: fc
    .record({
      kind: fc.constant('trunk_group' as const),
      id,
      name: line,
      groupKind,
      accountId: idOrNull,
      mode,
      enabled: fc.boolean(),
      numberFormat: fc.option(fc.constantFrom('e164' as const, 'e164_plus' as const, 'national' as const), { nil: null }),
      country,
      gateways: fc.array(
        fc.record({ id: uuid, uri: line, priority: rank, weight: rank, enabled: fc.boolean() }).chain(withLimits).chain(withTerms),
        {
          maxLength: 5,
        },
      ),
    })
    .chain(withCallLimits)
    .chain(withTerms)
    .chain(withDestinations)
    .chain((record) => fc.option(logins, { nil: undefined }).map((some) => (some ? { ...record, logins: some } : record)))
    .chain((record) => fc.option(profile, { nil: undefined }).map((shared) => (shared ? { ...record, profile: shared } : record)))
    .chain((record) =>
      fc.option(fc.constant(true as const), { nil: undefined }).map((only) => (only ? { ...record, receivesOnly: only } : record)),
    )
    .chain(withCaller),
  credential: fc
    .record({
      kind: fc.constant('credential' as const),
      id: uuid,
      username: name,
      realm: name,
      accountId: uuid,
      subAccountId: idOrNull,
      mode,
      e164: fc.option(e164, { nil: null }),
      enabled: fc.boolean(),
      sealedHa1: fc.base64String({ maxLength: 300 }),
      digest: fc.option(fc.constantFrom('md5' as const, 'sha256' as const, 'both' as const), { nil: null }),
    })
    .chain((record) => fc.record({ trunkGroupId: uuid, expiresAt: fc.nat() }, { requiredKeys: [] }).map((more) => ({ ...record, ...more })))
    .chain(withCaller),
  account: fc
    .record({
      kind: fc.constant('account' as const),
      id,
      parentId: idOrNull,
      status: fc.constantFrom('active' as const, 'disabled' as const),
      country,
      routeSetId: fc.oneof(uuid, fc.constant('platform')),
    })
    .chain(withCallLimits)
    .chain(withDestinations)
    .chain((record) => fc.boolean().map((stopped) => (stopped ? { ...record, outboundStopped: true as const } : record))),
  route_set: fc
    .record({
      kind: fc.constant('route_set' as const),
      id: fc.oneof(uuid, fc.constant('platform')),
      routes: fc.array(route, { maxLength: 5 }),
    })
    .chain(withDestinations),
  source: fc.record({
    kind: fc.constant('source' as const),
    trunkGroupId: id,
    groupKind,
    accountId: idOrNull,
    mode,
    acl: fc.array(line, { maxLength: 5 }),
  }),
};
const anyRecord = fc.oneof(...Object.values(records)) as fc.Arbitrary<RouteRecord>;

describe('the value of a record', () => {
  it('is read back as exactly the record that was written, for every kind', () => {
    for (const kind of Object.keys(records) as RecordKind[]) {
      fc.assert(
        fc.property(records[kind] as fc.Arbitrary<RouteRecord>, fc.integer({ min: 1 }), (record, version) => {
          const ref = refOf(record);
          expect(decodeRecord(ref, encodeRecord(ref, 3, version, record))).toEqual({ ok: true, value: { epoch: 3, version, record } });
        }),
        { numRuns: 200 },
      );
    }
  });

  it('is an error and never an exception when any of it was damaged', () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(), fc.nat({ max: 40 }), fc.string({ maxLength: 6 }), (record, from, length, put) => {
        const value = encodeRecord(refOf(record), 1, 1, record);
        const at = from % value.length;
        const decoded = decodeRecord(refOf(record), value.slice(0, at) + put + value.slice(at + length));
        // What still reads is at least a record of that name.
        if (decoded.ok && decoded.value.record !== null) expect(refOf(decoded.value.record)).toBe(refOf(record));
      }),
      { numRuns: 2000 },
    );
  });

  it('is an error when it is other JSON, whatever that is', () => {
    const ref = recordRef.endpoint('e1');
    fc.assert(
      fc.property(fc.json(), (json) => {
        const decoded = decodeRecord(ref, `1.1.${json}`);
        expect(decoded.ok && decoded.value.record !== null).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['a line break in a URI', `1.1.{"a":"=a","t":[["sip:x\\r\\nVia: y",1,1]]}`],
    ['a priority beyond 16 bits', `1.1.{"a":"=a","t":[["sip:x",70000,1]]}`],
    ['a weight that is no whole number', `1.1.{"a":"=a","t":[["sip:x",1,0.5]]}`],
    ['an account id that is an object', `1.1.{"a":{"__proto__":1},"t":[]}`],
    ['targets that are none', `1.1.{"a":"=a","t":{"length":1}}`],
    ['more targets than there may be', `1.1.{"a":"=a","t":[${Array.from({ length: 1001 }, () => '["sip:x",1,1]').join()}]}`],
    ['a value beyond its length', `1.1.{"a":"=a","t":[]}${' '.repeat(1 << 20)}`],
    ['deep nesting', `1.1.${'['.repeat(100_000)}`],
    ['no version', `1.{"a":"=a","t":[]}`],
    ['a version beyond what a number holds', `1.99999999999999999999.{"a":"=a","t":[]}`],
    ['a negative version', `1.-1.{"a":"=a","t":[]}`],
    ['a route of an unknown kind', `1.1.{"a":"=a","t":[],"v":["x","=a"]}`],
    ['a forward to what is no number', `1.1.{"a":"=a","t":[],"v":["f","+44 20"]}`],
    ['a date that is none', `1.1.{"a":"=a","t":[],"v":["s","UTC",null,[[null,null,[["2026-02-30","2026-03-01"]]]]]}`],
    ['a fallback for an unknown reason', `1.1.{"a":"=a","t":[],"b":[["bored"],"=a"]}`],
    ['nothing', ''],
  ])('is an error with %s', (_, value) => {
    expect(decodeRecord(recordRef.endpoint('e1'), value).ok).toBe(false);
  });

  it.each([
    ['["+44 20","always"]', false],
    ['["+442071838750\\r\\nVia: x","always"]', false],
    ['["+442071838750","sometimes"]', false],
    ['["+442071838750"]', false],
    ['"+442071838750"', false],
    ['["+442071838750","always"]', true],
  ])('with the default caller %s is read: %s', (caller, isRead) => {
    const name = newId();
    expect(decodeRecord(recordRef.trunkGroup(name), `1.1.{"n":"x","g":[],"o":${caller}}`).ok).toBe(isRead);
  });

  it('of one record is an error under the name of another', () => {
    const record = { ...credentialOf('alice'), kind: 'credential' as const };
    const value = encodeRecord(refOf(record), 1, 1, record);
    expect(decodeRecord(recordRef.credential('example.com', 'alice'), value).ok).toBe(true);
    expect(decodeRecord(recordRef.credential('example.com', 'mallory'), value)).toEqual({ ok: false, error: 'name' });
  });
});

const credentialOf = (username: string) => ({
  id: newId(),
  username,
  realm: 'example.com',
  accountId: newId(),
  subAccountId: null,
  mode: 'live' as const,
  e164: null,
  enabled: true,
  sealedHa1: 'abc',
  digest: null,
});

describe('keys', () => {
  it('hold nothing of what came from the wire as it came', () => {
    const nasty = ['alice', 'a b', '}{s01}', '\r\n', 'x'.repeat(10_000), '€', '', ':'];
    const refs = nasty.flatMap((text) => [
      recordRef.credential('r', text),
      recordRef.number('live', text),
      recordRef.endpoint(text),
      recordRef.trunkGroup(text),
    ]);
    const all = [...refs.map((ref) => keys.record(ref)), ...nasty.flatMap((text) => [keys.use(text), keys.nonce(text), keys.freeze(text)])];
    for (const key of all) expect(key).toMatch(/^\{s[0-9]{2}\}[a-z]+:[A-Za-z0-9_:+#-]{1,60}$/);
    expect(keys.record(recordRef.credential('r', 'alice'))).not.toContain('alice');
  });

  it('are different for different references, of any kind', () => {
    const refs = [
      recordRef.number('live', '+4420'),
      recordRef.number('test', '+4420'),
      recordRef.endpoint('+4420'),
      recordRef.endpoint('a'),
      recordRef.account('a'),
      recordRef.trunkGroup('a'),
      recordRef.source('a'),
      recordRef.routeSet('a'),
      recordRef.credential('a', 'b'),
      recordRef.credential('b', 'a'),
    ];
    expect(new Set(refs.map((ref) => keys.record(ref))).size).toBe(refs.length);
  });

  it('put what one script touches into one shard, and numbers into all 64 evenly', () => {
    const tagOf = (key: string) => key.slice(0, 5);
    const numberId = newId();
    expect(tagOf(keys.use(numberId))).toBe(tagOf(keys.freeze(numberId)));
    const common = [keys.record(recordRef.source('g1')), keys.record(recordRef.source('g2')), keys.sourcesIndex, keys.sourcesVersion];
    expect(new Set(common.map(tagOf)).size).toBe(1);
    const counts = new Map<string, number>();
    for (let at = 0; at < 64_000; at += 1) {
      const tag = tagOf(keys.record(recordRef.number('live', `+4420${1_000_000 + at}`)));
      counts.set(tag, (counts.get(tag) ?? 0) + 1);
    }
    expect(counts.size).toBe(64);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(250);
  });

  it('are refused for what is no reference', () => {
    expect(() => keys.record('plane' as RecordRef)).toThrow(RangeError);
    expect(() => keys.record('constructor:x' as RecordRef)).toThrow(RangeError);
  });
});

describe('the size of a number', () => {
  let server: TestRedis;
  let one: OpenPlane;
  beforeAll(async () => {
    server = await createTestRedis();
    one = await openPlane(server.url);
    await freshPlane(one);
  });
  afterAll(async () => {
    await one.close();
    await server.close();
  });

  it('is at most 250 bytes with its key, at its longest', async () => {
    const record = numberRecord({
      e164: '+491512345678901',
      subAccountId: newId(),
      lifecycle: 'suspended',
      suspendedBy: ['tenant', 'platform', 'billing'],
      allowOutbound: true,
    });
    await one.writer.apply(1, [{ ref: refOfNumber(record), version: 12_345, record }]);
    const bytes = Number(await one.redis.memory('USAGE', keys.record(refOfNumber(record))));
    expect(bytes).toBeLessThanOrEqual(250);
  });
});
