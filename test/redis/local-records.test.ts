import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordReader } from '../../src/app/ports/routing.ts';
import { recordRef, type Versioned } from '../../src/domain/records.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { closeRedis, connectRedis } from '../../src/redis/client.ts';
import { invalidationChannel, keys } from '../../src/redis/keys.ts';
import { type FollowingRecords, openLocalRecords } from '../../src/redis/local-records.ts';
import { startTestRedis, type TestRedisServer } from '../support/services.ts';
import { admissionRequest, numberRecord, type OpenPlane, openPlane, refOfNumber, seededRandom, sourceRecord } from './support/plane.ts';
import { until } from './support/until.ts';

let server: TestRedisServer;
let one: OpenPlane;
let writer: OpenPlane;
let copy: FollowingRecords;
let closeCopy: () => Promise<void>;
let reads: number;
/** Runs between a read of Redis and its use. */
let afterRead: () => Promise<void>;
let subscriber: OpenPlane['redis'];

async function openCopy(entriesMax?: number): Promise<void> {
  subscriber = await connectRedis({ url: server.url, name: 'subscriber', log: silentLogger });
  const read: RecordReader['read'] = async (refs) => {
    reads += 1;
    const found = await one.reader.read(refs);
    await afterRead();
    return found;
  };
  copy = await openLocalRecords({
    reader: { ...one.reader, read },
    subscriber,
    plane: one.view,
    log: silentLogger,
    ...(entriesMax === undefined ? {} : { entriesMax }),
  });
  closeCopy = async () => {
    copy.stop();
    await closeRedis(subscriber);
  };
}

beforeEach(async () => {
  server = await startTestRedis();
  one = await openPlane(server.url);
  writer = await openPlane(server.url);
  await writer.plane.markPlane(1);
  reads = 0;
  afterRead = async () => {};
  await openCopy();
});
afterEach(async () => {
  await closeCopy();
  await one.close();
  await writer.close();
  await server.close();
});

const record = numberRecord();
const ref = refOfNumber(record);
const put = (version: number, changes: Partial<typeof record> = {}) =>
  writer.writer.apply(1, [{ ref, version, record: { ...record, ...changes } }]);

describe('the local copy', () => {
  it('knows nothing until it is asked to fill, then answers without Redis, absent records too', async () => {
    await put(1);
    const absent = recordRef.endpoint('none');
    expect(copy.peek(ref)).toBeUndefined();
    await copy.fill([ref, absent]);
    expect(reads).toBe(1);
    expect(copy.peek(ref)).toEqual({ version: 1, record });
    expect(copy.peek(absent)).toEqual({ version: 0, record: null });
    await copy.fill([ref, absent]);
    expect(reads).toBe(1);
  });

  it('reads a record once for all who ask at the same time', async () => {
    await put(1);
    await Promise.all(Array.from({ length: 50 }, () => copy.fill([ref])));
    expect(reads).toBe(1);
  });

  it('does not keep what it was reading while it was told of a change', async () => {
    await put(1);
    afterRead = async () => {
      afterRead = async () => {};
      await put(2, { allowInbound: false });
      // Answered behind the invalidation, on the same connection.
      await subscriber.ping();
    };
    await copy.fill([ref]);
    expect(copy.peek(ref)).toEqual({ version: 2, record: { ...record, allowInbound: false } });
    expect(reads).toBe(2);
  });

  it('does not keep what admission found when it was told of something newer meanwhile', async () => {
    await put(1);
    await put(2);
    await subscriber.ping();
    copy.learn(new Map([[ref, { version: 1, record: null }]]));
    expect(copy.peek(ref)).toBeUndefined();
    await until('the copy follows', () => copy.peek(ref)?.version === 2);
  });

  it('takes up a change by itself once it is told of it', async () => {
    await put(1);
    await copy.fill([ref]);
    await put(2, { allowInbound: false });
    await until('the copy follows', () => copy.peek(ref)?.version === 2);
    expect(copy.peek(ref)?.record).toMatchObject({ allowInbound: false });
    await writer.writer.apply(1, [{ ref, version: 3, record: null }]);
    await until('the copy follows', () => copy.peek(ref)?.version === 3);
    expect(copy.peek(ref)?.record).toBeNull();
  });

  it('takes up a record that was absent', async () => {
    await copy.fill([ref]);
    await put(1);
    await until('the copy follows', () => copy.peek(ref)?.version === 1);
  });

  it('holds no more records than it may, least recently used first to go', async () => {
    await closeCopy();
    await openCopy(10);
    const refs = Array.from({ length: 30 }, (_, index) => recordRef.endpoint(`e${index}`));
    for (const each of refs) {
      await copy.fill([each]);
      expect(copy.peek(refs[0]!)).toBeDefined();
    }
    expect(refs.filter((each) => copy.lastKnown(each) !== undefined)).toEqual([refs[0], ...refs.slice(21)]);
  });

  it('learns what admission found newer', async () => {
    await put(1);
    await copy.fill([ref]);
    const newer: ReadonlyMap<typeof ref, Versioned> = new Map([[ref, { version: 2, record: null }]]);
    copy.learn(newer);
    expect(copy.peek(ref)).toEqual({ version: 2, record: null });
  });

  it('keeps sources up to date and reloads them only when they moved', async () => {
    const source = recordRef.source('g1');
    expect(copy.sources().records).toEqual([]);
    await writer.writer.apply(1, [{ ref: source, version: 1, record: sourceRecord('g1', ['192.0.2.7']) }]);
    await until('sources follow', () => copy.sources().records.length === 1);
    const { version, records } = copy.sources();
    await copy.refreshSources();
    expect(copy.sources().records).toBe(records);
    expect(await one.admission.admit(admissionRequest([], [], { sourcesVersion: version }))).toEqual({ result: 'ok' });
  });

  it('sees with a refresh every source written before it, though nobody told it', async () => {
    const random = seededRandom(7);
    for (let round = 1; round <= 100; round += 1) {
      const acl = [`192.0.2.${random(250)}:${5000 + round}`];
      void copy.refreshSources().catch(() => undefined);
      await writer.writer.apply(1, [{ ref: recordRef.source('g1'), version: round, record: sourceRecord('g1', acl) }]);
      await copy.refreshSources();
      expect(copy.sources().records).toEqual([sourceRecord('g1', acl)]);
    }
  });
});

describe('the local copy without Redis', () => {
  it('keeps the last known while Redis is away and trusts none of it afterwards', async () => {
    await put(1);
    await copy.fill([ref]);
    await server.kill();
    await until('the loss is noticed', () => !copy.live);
    expect(copy.peek(ref)).toEqual({ version: 1, record });
    await expect(copy.fill([recordRef.endpoint('other')])).rejects.toThrow();
    await server.restart();
    await until('subscribed again', () => copy.live);
    expect(copy.peek(ref)).toBeUndefined();
    expect(copy.lastKnown(ref)).toEqual({ version: 1, record });
    // A new Redis is empty: unknown is not absent.
    await until('connected', () => one.redis.status === 'ready');
    await expect(copy.fill([ref])).rejects.toMatchObject({ name: 'PlaneUnavailable', reason: 'missing' });
    await until('connected', () => writer.redis.status === 'ready');
    await put(2, { allowOutbound: true });
    await writer.plane.markPlane(1);
    await copy.fill([ref]);
    expect(copy.peek(ref)).toEqual({ version: 2, record: { ...record, allowOutbound: true } });
  });

  it('trusts nothing it read before once the plane is marked again', async () => {
    await put(1);
    await copy.fill([ref]);
    await writer.writer.apply(2, [{ ref, version: 1, record: { ...record, allowInbound: false } }]);
    await writer.plane.markPlane(2);
    await until('the marking is heard of', () => copy.peek(ref) === undefined);
    await copy.fill([ref]);
    expect(copy.peek(ref)?.record).toMatchObject({ allowInbound: false });
  });

  it('misses nothing when its connections break again and again while records change', async () => {
    await copy.fill([ref]);
    for (let version = 2; version <= 30; version += 2) {
      await put(version - 1);
      await writer.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await put(version);
      await until('the copy follows', async () => {
        await copy.fill([ref]).catch(() => undefined);
        return copy.live && copy.peek(ref)?.version === version;
      });
    }
  });
});

describe('the local copy and hostile contents', () => {
  it('ignores messages that are none and counts values that cannot be read', async () => {
    const channel = invalidationChannel(0);
    for (const text of ['', ' ', 'plane', 'plane x', '1.2. ', '1.2. __proto__', 'x number:live:+1', `1.1. ${'a'.repeat(5000)}`]) {
      await writer.redis.publish(channel, text);
    }
    await writer.redis.set(keys.record(ref), '1.5.{"i":{}}');
    await copy.fill([ref]);
    expect(copy.peek(ref)).toEqual({ version: -1, record: null });
    expect(one.bad.length).toBeGreaterThan(0);
    // A decision on what could not be read is never admitted, however often it is tried.
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const reply = await one.admission.admit(admissionRequest([{ record: ref, version: copy.peek(ref)?.version ?? 0 }]));
      expect(reply).toEqual({ result: 'stale', newer: new Map([[ref, { version: -1, record: null }]]), sourcesChanged: false });
    }
    await put(5);
    await until('the repair is taken up', () => copy.peek(ref)?.version === 5);
  });

  it('does not read without end when told of a version that never comes', async () => {
    await put(1);
    await copy.fill([ref]);
    await writer.redis.publish(invalidationChannel(0), `1.99. ${ref}`);
    await until('read again', () => reads >= 2);
    await copy.fill([ref]);
    expect(copy.peek(ref)?.version).toBe(1);
    await writer.redis.ping();
    expect(reads).toBeLessThanOrEqual(4);
  });
});
