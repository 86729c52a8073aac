import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type NumberRecord, recordRef } from '../../src/domain/records.ts';
import { keys } from '../../src/redis/keys.ts';
import { createTestRedis, type TestRedis } from '../support/services.ts';
import { freshPlane, numberRecord, type OpenPlane, openPlane, refOfNumber, seededRandom, sourceRecord } from './support/plane.ts';

let server: TestRedis;
let one: OpenPlane;
let other: OpenPlane;

beforeAll(async () => {
  server = await createTestRedis();
  one = await openPlane(server.url);
  other = await openPlane(server.url);
});
afterAll(async () => {
  await one.close();
  await other.close();
  await server.close();
});
beforeEach(() => freshPlane(one));

const readOne = async (record: NumberRecord) => (await one.reader.read([refOfNumber(record)])).get(refOfNumber(record));

describe('writing records', () => {
  it('reads back what was written, and version 0 where nothing ever was', async () => {
    const record = numberRecord();
    expect(await one.writer.apply(1, [{ ref: refOfNumber(record), version: 7, record }])).toEqual(['applied']);
    expect(await readOne(record)).toEqual({ version: 7, record });
    expect((await one.reader.read([recordRef.endpoint('none')])).get(recordRef.endpoint('none'))).toEqual({ version: 0, record: null });
  });

  it('lets no older version win, and calls a version in force that is written again', async () => {
    const record = numberRecord();
    const ref = refOfNumber(record);
    const [first, second, third, fourth] = await one.writer.apply(1, [
      { ref, version: 5, record },
      { ref, version: 4, record: { ...record, allowInbound: false } },
      { ref, version: 5, record },
      { ref, version: 6, record: { ...record, allowOutbound: true } },
    ]);
    expect([first, second, third, fourth]).toEqual(['applied', 'superseded', 'applied', 'applied']);
    expect(await readOne(record)).toEqual({ version: 6, record: { ...record, allowOutbound: true } });
  });

  it('keeps a tombstone for a day against writers that come late', async () => {
    const record = numberRecord();
    const ref = refOfNumber(record);
    expect(
      await one.writer.apply(1, [
        { ref, version: 1, record },
        { ref, version: 3, record: null },
        { ref, version: 2, record },
      ]),
    ).toEqual(['applied', 'applied', 'superseded']);
    expect(await readOne(record)).toEqual({ version: 3, record: null });
    const left = await one.redis.pttl(keys.record(ref));
    expect(left).toBeGreaterThan(23 * 3_600_000);
    expect(await one.writer.apply(1, [{ ref, version: 4, record }])).toEqual(['applied']);
    expect(await one.redis.pttl(keys.record(ref))).toBe(-1);
  });

  it('lets a newer epoch win with a lower version, and an older one never', async () => {
    const record = numberRecord();
    const ref = refOfNumber(record);
    await one.writer.apply(1, [{ ref, version: 90, record }]);
    expect(await one.writer.apply(2, [{ ref, version: 3, record: { ...record, allowInbound: false } }])).toEqual(['applied']);
    expect(await one.writer.apply(1, [{ ref, version: 91, record }])).toEqual(['superseded']);
    await one.plane.markPlane(2);
    expect(await readOne(record)).toEqual({ version: 3, record: { ...record, allowInbound: false } });
  });

  it('repairs a damaged value of the same version and one of another type', async () => {
    const record = numberRecord();
    const ref = refOfNumber(record);
    await one.redis.set(keys.record(ref), '1.7.{"i":"?"}');
    expect(await one.writer.apply(1, [{ ref, version: 7, record }])).toEqual(['applied']);
    expect(await readOne(record)).toEqual({ version: 7, record });
    await one.redis.del(keys.record(ref));
    await one.redis.lpush(keys.record(ref), 'x');
    expect(await one.writer.apply(1, [{ ref, version: 7, record }])).toEqual(['applied']);
    expect(await readOne(record)).toEqual({ version: 7, record });
  });

  it('refuses a record under the name of another, and keeps no other back for it', async () => {
    const record = numberRecord();
    const other = numberRecord({ e164: '+442071838751' });
    const writes = [
      { ref: recordRef.number('test', record.e164), version: 1, record },
      { ref: refOfNumber(other), version: 1, record: other },
    ];
    expect(await one.writer.apply(1, writes)).toEqual(['failed', 'applied']);
    expect(await one.writer.fill(1, writes)).toBe(1);
    expect(await readOne(other)).toEqual({ version: 1, record: other });
  });

  it('lists all live sources and moves their counter with each change, also across a flush', async () => {
    const carrier = recordRef.source('g1');
    await one.writer.apply(1, [
      { ref: carrier, version: 1, record: sourceRecord('g1', ['192.0.2.0/24']) },
      { ref: recordRef.source('g2'), version: 1, record: sourceRecord('g2', ['198.51.100.1:5070/udp']) },
    ]);
    const before = await one.reader.readSources();
    expect(before.records.map((record) => record.trunkGroupId).sort()).toEqual(['g1', 'g2']);
    await one.writer.apply(1, [{ ref: carrier, version: 1, record: sourceRecord('g1', ['192.0.2.0/24']) }]);
    expect(await one.reader.readSourcesVersion()).toBe(before.version);
    await one.writer.apply(1, [{ ref: carrier, version: 2, record: null }]);
    const after = await one.reader.readSources();
    expect(after.version).toBeGreaterThan(before.version);
    expect(after.records.map((record) => record.trunkGroupId)).toEqual(['g2']);
    await freshPlane(one);
    await one.writer.apply(1, [{ ref: carrier, version: 1, record: sourceRecord('g1', []) }]);
    expect(await one.reader.readSourcesVersion()).toBeGreaterThan(after.version);
  });

  it('reads nothing out of a Redis without a complete plane', async () => {
    const record = numberRecord();
    await one.writer.apply(1, [{ ref: refOfNumber(record), version: 1, record }]);
    await one.plane.unmarkPlane();
    await expect(readOne(record)).rejects.toMatchObject({ name: 'PlaneUnavailable', reason: 'missing' });
    await one.plane.markPlane(1);
    await one.writer.apply(2, [{ ref: refOfNumber(record), version: 1, record }]);
    await expect(readOne(record)).rejects.toMatchObject({ name: 'PlaneUnavailable', reason: 'rebuilding' });
  });

  it('takes what an older epoch left over for absent', async () => {
    const record = numberRecord();
    await one.writer.apply(1, [{ ref: refOfNumber(record), version: 1, record }]);
    await one.plane.markPlane(2);
    expect(await readOne(record)).toEqual({ version: 0, record: null });
  });
});

describe('invariant 2: writers in any interleaving', () => {
  const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);

  it(`converge to the highest (epoch, version) and never go back (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    for (let round = 0; round < 40; round += 1) {
      const numbers = Array.from({ length: 3 }, (_, index) => numberRecord({ e164: `+4420${round}${index}0000` }));
      const writes = Array.from({ length: 60 }, () => {
        const at = random(3);
        const [epoch, version] = [1 + random(2), 1 + random(12)];
        // What a version means depends on nothing but the version: a row has one state at each.
        const record = version % 5 === 0 ? null : { ...numbers[at]!, allowInbound: version % 2 === 0, allowOutbound: epoch === 2 };
        return { at, epoch, write: { ref: refOfNumber(numbers[at]!), version, record } };
      });
      const seen = new Map<number, [number, number]>();
      let watching = true;
      const watcher = (async () => {
        while (watching) {
          const raw = await other.redis.mget(numbers.map((record) => keys.record(refOfNumber(record))));
          raw.forEach((value, at) => {
            const [epoch = 0, version = 0] = (value ?? '0.0.').split('.').map(Number);
            const [lastEpoch, lastVersion] = seen.get(at) ?? [0, 0];
            expect(epoch > lastEpoch || (epoch === lastEpoch && version >= lastVersion)).toBe(true);
            seen.set(at, [epoch, version]);
          });
        }
      })();
      const half = writes.length / 2;
      await Promise.all(
        [writes.slice(0, half), writes.slice(half)].map(async (part, index) => {
          for (const { epoch, write } of part) await (index === 0 ? one : other).writer.apply(epoch, [write]);
        }),
      );
      watching = false;
      await watcher;
      for (const [at, record] of numbers.entries()) {
        const mine = writes.filter((write) => write.at === at);
        const best = mine.reduce((high, next) =>
          next.epoch > high.epoch || (next.epoch === high.epoch && next.write.version > high.write.version) ? next : high,
        );
        const raw = await one.redis.get(keys.record(refOfNumber(record)));
        expect(raw?.startsWith(`${best.epoch}.${best.write.version}.`)).toBe(true);
      }
    }
  });
});
