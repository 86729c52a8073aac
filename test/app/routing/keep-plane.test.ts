import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordRef } from '../../../src/domain/records.ts';
import { accountRecord } from '../../../src/domain/render-record.ts';
import { keys } from '../../../src/redis/keys.ts';
import { until } from '../../redis/support/until.ts';
import { addAccount, addStock, giveTo, openStore, type StoreFixture } from '../../store/store-fixture.ts';
import { startTestRedis, type TestRedisServer } from '../../support/services.ts';
import { type Keeper, openKeeper } from './plane-fixture.ts';

let server: TestRedisServer;
let store: StoreFixture;
let one: Keeper;
const numbers: string[] = [];
let accountId: string;

beforeEach(async () => {
  [server, store] = await Promise.all([startTestRedis({ durable: true }), openStore('keep_plane')]);
  const owner = await addAccount(store);
  accountId = owner.id;
  numbers.length = 0;
  for (let at = 0; at < 5; at += 1) numbers.push((await giveTo(store, await addStock(store), owner)).id);
  one = await openKeeper({ database: store.url, redis: server.url });
  await one.keep();
});
afterEach(async () => {
  await one.close();
  await store.close();
  await server.close();
});

/** A committed change that the relay brings to Redis. */
async function rename(name: string): Promise<void> {
  await store.commit(async (tx) => {
    const before = await tx.accounts.lock(accountId);
    if (before === null) throw new Error('no account');
    const after = { ...before, name, country: before.country === 'GB' ? 'DE' : 'GB', version: before.version + 1 };
    await tx.accounts.save(after);
    await tx.publish({ ref: recordRef.account(after.id), version: after.version, record: accountRecord(after) }, after.id);
  });
}

describe('keeping the plane', () => {
  it('invariant 2: a new Redis and a flushed one get every record and then the mark', async () => {
    expect(await one.plane.readPlane()).toMatchObject({ status: 'ready', epoch: 1 });
    expect(await one.differences()).toEqual([]);
    await one.redis.flushall();
    await one.keep();
    expect(await one.plane.readPlane()).toMatchObject({ status: 'ready', epoch: 1 });
    expect(await one.differences()).toEqual([]);
    expect((await one.history.read()).rebuild).toBeNull();
  });

  it('does not mark a plane that was flushed while it was being rebuilt, and does it again', async () => {
    await one.redis.flushall();
    const fill: typeof one.records.fill = async (epoch, writes) => {
      const failed = await one.records.fill(epoch, writes);
      if (writes.some(({ ref }) => ref.startsWith('account:'))) await one.redis.flushall();
      return failed;
    };
    await one.keep({ records: { ...one.records, fill } });
    expect(await one.plane.readPlane()).toEqual({ status: 'missing' });
    await one.keep();
    expect(await one.plane.readPlane()).toMatchObject({ status: 'ready' });
    expect(await one.differences()).toEqual([]);
  });

  it('leaves a rebuild to the worker that began it, and takes it over from where that one died', async () => {
    await one.redis.flushall();
    const two = await openKeeper({ database: store.url, redis: server.url });
    const written: string[] = [];
    const dying = new AbortController();
    const stuck = one.keep(
      {
        records: {
          ...one.records,
          async fill(epoch, writes) {
            const failed = await one.records.fill(epoch, writes);
            if (writes.some(({ ref }) => ref.startsWith('number:'))) {
              await two.keep();
              expect(await two.plane.readPlane()).toEqual({ status: 'missing' });
              dying.abort();
              dying.signal.throwIfAborted();
            }
            return failed;
          },
        },
      },
      dying.signal,
    );
    await expect(stuck).rejects.toThrow();
    const fill: typeof two.records.fill = (epoch, writes) => {
      written.push(...writes.map(({ ref }) => ref));
      return two.records.fill(epoch, writes);
    };
    // The lock goes with the connection that is being closed.
    await until('taken over', async () => {
      await two.keep({ records: { ...two.records, fill } });
      return (await two.plane.readPlane()).status === 'ready';
    });
    expect(await two.differences()).toEqual([]);
    await two.close();
  });

  it('invariant 2: a Redis that came back without its newest writes gets those and no others', async () => {
    await rename('Before');
    while (await one.relay());
    const ref = recordRef.account(accountId);
    const [old, beat] = [await one.redis.get(keys.record(ref)), await one.redis.get(keys.planeBeat)];
    await rename('After');
    while (await one.relay());
    expect(await one.differences()).toEqual([]);
    await one.redis.set(keys.record(ref), old as string);
    await one.redis.set(keys.planeBeat, beat as string);
    // Known to be untouched by a repair of deltas: a record that nobody changed lately.
    await store.sql('delete from outbox_applied where ref <> $1', [ref]);
    await server.restart();
    await until('connected again', () => one.redis.status === 'ready');
    expect((await one.plane.readPlane()).status).toBe('moved');
    const fill = (): Promise<number> => Promise.reject(new Error('a full rebuild'));
    await one.keep({ records: { ...one.records, fill } });
    expect((await one.plane.readPlane()).status).toBe('ready');
    expect(await one.differences()).toEqual([]);
  });

  it('invariant 2: a Redis that came back from a copy older than what is remembered is rebuilt', async () => {
    const beat = (await one.redis.get(keys.planeBeat)) as string;
    await one.redis.set(
      keys.planeBeat,
      beat.replace(/[0-9]+$/, (at) => String(Number(at) - one.history.appliedKeptMs)),
    );
    await one.redis.del(keys.record(recordRef.account(accountId)));
    await server.restart();
    await until('connected again', () => one.redis.status === 'ready');
    await one.keep();
    expect((await one.plane.readPlane()).status).toBe('ready');
    expect(await one.differences()).toEqual([]);
  });

  it('goes on with the same epoch while both sides know each other', async () => {
    for (let at = 0; at < 3; at += 1) {
      await one.redis.set(keys.planeBeat, ((await one.redis.get(keys.planeBeat)) as string).replace(/[0-9]+$/, '1'));
      await one.keep();
    }
    const facts = await one.history.read();
    expect(facts).toMatchObject({ epoch: 1, isConfirmed: true });
    expect(await one.plane.readBeat()).toMatchObject({ beat: facts.beat, token: facts.token });
    expect(facts.beat).toBeGreaterThan(3);
  });
});
