import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { RecordWrite } from '../../src/app/ports/routing.ts';
import type { Transaction } from '../../src/app/ports/store.ts';
import type { Account } from '../../src/domain/account.ts';
import { recordRef } from '../../src/domain/records.ts';
import { accountRecord } from '../../src/domain/render-record.ts';
import { err, ok } from '../../src/kit/result.ts';
import { type PostgresOutbox, postgresOutbox } from '../../src/store/outbox.ts';
import { addAccount, addStock, anAccount, giveTo, openStore, STAMP, type StoreFixture, T0 } from './store-fixture.ts';

let store: StoreFixture;
let outbox: PostgresOutbox;
beforeAll(async () => {
  store = await openStore('outbox');
  outbox = postgresOutbox(store.pool);
});
afterAll(() => store.close());
beforeEach(() => store.sql('delete from outbox'));

/** Redis as the compare-and-set sees it: the highest version of each reference. */
function plane() {
  const records = new Map<string, RecordWrite>();
  const apply = async (_epoch: number, writes: readonly RecordWrite[]): Promise<boolean[]> => {
    for (const write of writes) if ((records.get(write.ref)?.version ?? 0) < write.version) records.set(write.ref, write);
    return writes.map(() => true);
  };
  return { records, apply };
}

const publish = (tx: Transaction, account: Account): Promise<void> =>
  tx.publish({ ref: recordRef.account(account.id), version: account.version, record: accountRecord(account) }, account.id);

async function rename(account: Account, name: string): Promise<void> {
  await store.commit(async (tx) => {
    const before = (await tx.accounts.lock(account.id))!;
    const after = { ...before, name, version: before.version + 1, updatedAt: T0 };
    await tx.accounts.save(after);
    await publish(tx, after);
  });
}

async function drain(apply: ReturnType<typeof plane>['apply']): Promise<void> {
  while ((await outbox.relay(5, apply)) > 0);
}

test('a rollback leaves nothing for the relay', async () => {
  await store.uow.change(STAMP, async (tx) => {
    await publish(tx, anAccount());
    return err('no');
  });
  expect(await outbox.pending()).toEqual({ count: 0, oldestMs: null });
});

test('the relay hands over the row as it is now, once, and forgets what was applied', async () => {
  const account = await addAccount(store);
  await rename(account, 'Second');
  await rename(account, 'Third');
  const writes: RecordWrite[] = [];
  const taken = await outbox.relay(10, async (epoch, batch) => {
    expect(epoch).toBe(1);
    writes.push(...batch);
    return batch.map(() => true);
  });
  expect(taken).toBe(2);
  expect(writes).toEqual([{ ref: `account:${account.id}`, version: 3, record: accountRecord({ ...account, name: 'Third', version: 3 }) }]);
  expect((await outbox.pending()).count).toBe(0);
});

test('a row that is gone by the time of the relay leaves a tombstone of its last version; a released number one of its row', async () => {
  const [owner, stock] = [await addAccount(store), await addStock(store)];
  const endpoint = {
    id: owner.id,
    accountId: owner.id,
    mode: 'live' as const,
    name: 'pbx',
    type: 'custom_sip',
    url: 'sip:pbx@192.0.2.1',
    providerConfig: {},
    status: 'active' as const,
    targets: [],
    version: 4,
    createdAt: T0,
    updatedAt: T0,
  };
  const ref = recordRef.endpoint(endpoint.id);
  await store.commit(async (tx) => {
    await tx.endpoints.insert(endpoint);
    await tx.publish({ ref, version: 4, record: null }, endpoint.id);
  });
  await store.commit(async (tx) => {
    await tx.endpoints.remove(endpoint.id);
    await tx.publish({ ref, version: 5, record: null }, endpoint.id);
  });
  const owned = await giveTo(store, stock, owner);
  const numberRef = recordRef.number('live', stock.e164);
  await store.commit(async (tx) => {
    const after = { ...owned, holder: null, lifecycle: 'available' as const, version: owned.version + 1 };
    await tx.numbers.save(owned, after, 'release');
    await tx.publish({ ref: numberRef, version: after.version, record: null }, owned.id);
  });
  const { records, apply } = plane();
  await drain(apply);
  expect(records.get(ref)).toEqual({ ref, version: 5, record: null });
  expect(records.get(numberRef)).toEqual({ ref: numberRef, version: 3, record: null });
});

test('a login removed and made anew goes on above its tombstone, whichever outbox row comes first', async () => {
  const owner = await addAccount(store);
  const credential = {
    id: owner.id,
    realm: 'Sip.Example',
    username: 'Bob',
    accountId: owner.id,
    subAccountId: null,
    numberId: null,
    e164: null,
    mode: 'live' as const,
    sealedPassword: 'p',
    sealedHa1: 'h',
    digest: null,
    enabled: true,
    version: 1,
    createdAt: T0,
    updatedAt: T0,
  };
  const ref = recordRef.credential('sip.example', 'bob');
  const first = await store.commit((tx) => tx.credentials.insert(credential));
  expect(first.version).toBe(1);
  await store.commit((tx) => tx.credentials.save({ ...first, enabled: false, version: 2 }));
  await store.commit(async (tx) => {
    await tx.credentials.remove(first.id);
    await tx.publish({ ref, version: 3, record: null }, first.id);
  });
  const again = await store.commit(async (tx) => {
    const made = await tx.credentials.insert({ ...credential, id: crypto.randomUUID(), username: 'BOB' });
    await tx.publish({ ref, version: made.version, record: null }, made.id);
    return made;
  });
  expect(again.version).toBe(4);
  await store.sql('update outbox set next_at = next_at - (version || $1)::interval', [' min']);
  const { records, apply } = plane();
  while ((await outbox.relay(1, apply)) > 0);
  expect(records.get(ref)).toMatchObject({ version: 4, record: { username: 'BOB' } });
});

test('concurrent relays and changes neither lose nor duplicate: at rest every record equals its row', async () => {
  const accounts = await Promise.all(Array.from({ length: 12 }, () => addAccount(store)));
  const { records, apply } = plane();
  let handed = 0;
  const counting = async (epoch: number, writes: readonly RecordWrite[]): Promise<boolean[]> => {
    handed += writes.length;
    return apply(epoch, writes);
  };
  let changing = true;
  const relays = [1, 2, 3].map(async () => {
    while (changing) await outbox.relay(4, counting);
  });
  for (let round = 0; round < 5; round += 1) await Promise.all(accounts.map((account) => rename(account, `round ${round}`)));
  changing = false;
  await Promise.all(relays);
  await drain(counting);
  for (const { id } of accounts) {
    const row = await store.read((tx) => tx.accounts.get(id));
    expect(records.get(`account:${row!.id}`)).toEqual({ ref: `account:${row!.id}`, version: 6, record: accountRecord(row!) });
  }
  expect((await outbox.pending()).count).toBe(0);
  expect(handed).toBeLessThanOrEqual(60);
});

test('a row that is locked by one relay is not handed to another', async () => {
  const account = await addAccount(store);
  await rename(account, 'x');
  let inner = -1;
  await outbox.relay(10, async (_epoch, writes) => {
    inner = await outbox.relay(10, async () => []);
    return writes.map(() => true);
  });
  expect(inner).toBe(0);
});

test('a record that is not applied is put off without holding up the others, and comes again', async () => {
  const [bad, good] = [await addAccount(store), await addAccount(store)];
  await rename(bad, 'x');
  await rename(good, 'x');
  await outbox.relay(10, async (_epoch, writes) => writes.map((write) => write.ref !== `account:${bad.id}`));
  expect(await store.sql('select row_id, tries, next_at > created_at as later from outbox')).toEqual([
    { row_id: bad.id, tries: 1, later: true },
  ]);
  await store.sql('update outbox set next_at = clock_timestamp()');
  const { records, apply } = plane();
  await drain(apply);
  expect(records.get(`account:${bad.id}`)?.version).toBe(2);
});

test('when Redis is away the fault is thrown on, every row stays, and none waits longer than two seconds', async () => {
  const account = await addAccount(store);
  await rename(account, 'x');
  for (let tries = 0; tries < 12; tries += 1) {
    await store.sql('update outbox set next_at = clock_timestamp()');
    await expect(outbox.relay(10, () => Promise.reject(new Error('redis away')))).rejects.toThrow('redis away');
  }
  const [row] = await store.sql<{ tries: number; last_error: string; wait: boolean }>(
    "select tries, last_error, next_at <= clock_timestamp() + interval '2 seconds' as wait from outbox",
  );
  expect(row).toEqual({ tries: 12, last_error: 'Error: redis away', wait: true });
});

test('what the API applied itself is taken off by id', async () => {
  const account = await addAccount(store);
  const done = await store.uow.change(STAMP, async (tx) => {
    await publish(tx, account);
    return ok(undefined);
  });
  await outbox.applied(done.ok ? done.value.pending.map((pending) => pending.outboxId) : []);
  expect((await outbox.pending()).count).toBe(0);
  await outbox.applied([]);
});

test('raising the epoch waits for changes under way, and every later change carries the new one', async () => {
  const account = await addAccount(store);
  const before = await outbox.epoch();
  const order: string[] = [];
  let raised: Promise<unknown> = Promise.resolve();
  const first = await store.uow.change(STAMP, async (tx) => {
    raised = outbox.raiseEpoch().then(() => order.push('raised'));
    // The raise is waiting for its lock now; this change must still commit in the old epoch, before it.
    while (order.length === 0) {
      const [waiting] = await store.sql<{ n: number }>(
        "select count(*) as n from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())",
      );
      if (waiting!.n > 0) break;
    }
    await publish(tx, account);
    order.push('changed');
    return ok(undefined);
  });
  await raised;
  expect(order).toEqual(['changed', 'raised']);
  expect(first.ok && first.value.epoch).toBe(before);
  const second = await store.uow.change(STAMP, async (tx) => {
    await publish(tx, account);
    return ok(undefined);
  });
  expect(second.ok && second.value.epoch).toBe(before + 1);
});

test('a scan gives every current record of a kind exactly once, in pages, and no stock number', async () => {
  const owner = await addAccount(store);
  const owned = new Set<string>();
  for (let i = 0; i < 5; i += 1) owned.add(recordRef.number('live', (await giveTo(store, await addStock(store), owner)).e164));
  const stock = recordRef.number('live', (await addStock(store)).e164);
  for (const kind of ['account', 'endpoint', 'trunk_group', 'source', 'route_set', 'credential', 'number']) {
    const refs: string[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof outbox.scanRecords>> = await outbox.scanRecords(kind, after, 2);
      refs.push(...page.writes.map((write) => write.ref));
      after = page.next;
    } while (after !== null);
    expect(new Set(refs).size).toBe(refs.length);
    if (kind === 'number') expect(refs).toEqual(expect.arrayContaining([...owned]));
    expect(refs).not.toContain(stock);
    if (kind === 'route_set') expect(refs).toContain('route_set:platform');
  }
  await expect(outbox.scanRecords('nonsense', null, 2)).rejects.toThrow('no records of kind');
});
