import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordRef } from '../../../src/domain/records.ts';
import { accountRecord } from '../../../src/domain/render-record.ts';
import { keys } from '../../../src/redis/keys.ts';
import { addAccount, openStore, type StoreFixture } from '../../store/store-fixture.ts';
import { createTestRedis, type TestRedis } from '../../support/services.ts';
import { type Keeper, openKeeper } from './plane-fixture.ts';

let server: TestRedis;
let store: StoreFixture;
let keepers: Keeper[];

beforeEach(async () => {
  [server, store] = await Promise.all([createTestRedis(), openStore('restored')]);
  keepers = [];
});
afterEach(async () => {
  for (const keeper of keepers) await keeper.close();
  await store.close();
  await server.close();
});

async function keeper(): Promise<Keeper> {
  const opened = await openKeeper({ database: store.url, redis: server.url });
  keepers.push(opened);
  return opened;
}

/** A change of country that is in Redis when it resolves. */
async function move(one: Keeper, id: string, country: string): Promise<void> {
  await store.commit(async (tx) => {
    const before = await tx.accounts.lock(id);
    if (before === null) throw new Error('no account');
    const after = { ...before, country, version: before.version + 1 };
    await tx.accounts.save(after);
    await tx.publish({ ref: recordRef.account(id), version: after.version, record: accountRecord(after) }, id);
  });
  while (await one.relay());
}

/** A copy of the database as it is, or the database as it was: taken and put back on the same server, whose identity stays. */
async function onServer(work: (client: pg.Client, name: string) => Promise<void>): Promise<void> {
  const url = new URL(store.url);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  // Whoever is connected would be in the way of a copy; pools connect anew.
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  await work(client, name).finally(() => client.end());
}
const backUp = () => onServer(async (client, name) => void (await client.query(`create database ${name}_copy template ${name}`)));
const putBack = () =>
  onServer(async (client, name) => {
    await client.query(`drop database ${name} with (force)`);
    await client.query(`alter database ${name}_copy rename to ${name}`);
  });

describe('a Postgres that lost what Redis has', () => {
  it('invariant 2: a backup that was put back begins a new epoch, and what it never knew is gone from the calls', async () => {
    const owner = await addAccount(store);
    const one = await keeper();
    await one.keep();
    await one.keep();
    await backUp();
    // Lost with the restore: versions 2 and 3, and an account; a beat tells.
    await move(one, owner.id, 'DE');
    await move(one, owner.id, 'FR');
    const lost = await addAccount(store);
    await move(one, lost.id, 'DE');
    await one.plane.writeBeat(await one.history.advance());
    await putBack();
    // After the restore, before anybody looked: version 2 again, of another meaning.
    const two = await keeper();
    await two.keep();
    expect(two.said.join()).toContain('a new epoch begins');
    await move(two, owner.id, 'ES');
    expect(await two.plane.readPlane()).toEqual({ status: 'ready', epoch: 2 });
    expect(await two.differences()).toEqual([]);
    // A leftover of the old epoch is no record: readers and admission compare the epoch, and the auditor removes it.
    expect(await two.redis.get(keys.record(recordRef.account(lost.id)))).toMatch(/^1\./);
    await two.keep();
    expect(await two.plane.readPlane()).toEqual({ status: 'ready', epoch: 2 });
  });

  it('invariant 3: another server, or another timeline, writes no record before it is confirmed', async () => {
    const owner = await addAccount(store);
    const one = await keeper();
    await one.keep();
    await one.keep();
    await store.sql("update plane set identity = 'another.00000001'");
    const before = await one.redis.get(keys.record(recordRef.account(owner.id)));
    const done = await store.commit(async (tx) => {
      const held = await tx.accounts.lock(owner.id);
      if (held === null) throw new Error('no account');
      const after = { ...held, country: 'DE', version: held.version + 1 };
      await tx.accounts.save(after);
      await tx.publish({ ref: recordRef.account(owner.id), version: after.version, record: accountRecord(after) }, owner.id);
      return after;
    });
    expect(await one.relay()).toBe(false);
    expect([done.version, await one.redis.get(keys.record(recordRef.account(owner.id)))]).toEqual([2, before]);
    expect((await one.outbox.pending()).count).toBe(1);
    await one.keep();
    while (await one.relay());
    expect(await one.plane.readPlane()).toEqual({ status: 'ready', epoch: 2 });
    expect([await one.differences(), (await one.outbox.pending()).count]).toEqual([[], 0]);
  });
});
