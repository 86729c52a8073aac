import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PhoneNumber } from '../../src/domain/number.ts';
import { newId } from '../../src/kit/ids.ts';
import { err, ok } from '../../src/kit/result.ts';
import { addAccount, addStock, aSubAccount, giveTo, openStore, STAMP, type StoreFixture, stockRow, T0 } from './store-fixture.ts';

let store: StoreFixture;
beforeAll(async () => {
  store = await openStore('numbers');
});
afterAll(() => store.close());

const stockOf = (buyer: { id: string }, e164: string, at = T0) =>
  store.read(async (tx) =>
    (
      await tx.numbers.stock({ mode: 'live', buyer: { ownerAccountId: buyer.id, subAccountId: null }, at, e164 }, { limit: 10, offset: 0 })
    ).rows.map((number) => number.e164),
  );

/** Gives the number back to the stock, to rest until `availableAt`. */
async function giveBack(number: PhoneNumber, availableAt: number | null): Promise<PhoneNumber> {
  return store.commit(async (tx) => {
    const before = (await tx.numbers.lock(number.id))!;
    const after: PhoneNumber = {
      ...before,
      holder: null,
      lastHolder: before.holder,
      lifecycle: 'available',
      availableAt,
      version: before.version + 1,
      updatedAt: T0 + 1000,
    };
    await tx.numbers.save(before, after, 'release');
    return after;
  });
}

test('a number comes back from the store as it was saved, field by field', async () => {
  const [account, stock] = [await addAccount(store), await addStock(store, { region: 'London' })];
  const saved: PhoneNumber = {
    ...stock,
    holder: { ownerAccountId: account.id, subAccountId: null },
    lastHolder: { ownerAccountId: account.id, subAccountId: null },
    lifecycle: 'active',
    suspendedBy: ['platform', 'tenant'],
    availableAt: T0 + 1,
    allowInbound: false,
    allowOutbound: true,
    tags: ['a', 'b"c', ''],
    customerReference: 'ref ünï',
    deletionLock: true,
    lastCallAt: T0 + 2,
    purchasedAt: T0 + 3,
    version: stock.version + 1,
    updatedAt: T0 + 4,
  };
  await store.commit((tx) => tx.numbers.save(stock, saved, 'purchase'));
  expect(await store.read((tx) => tx.numbers.get(stock.id))).toEqual(saved);
  expect(saved.extId).toMatch(/^[0-9]{19}$/);
});

test('invariant 1: a number has at most one holder', async () => {
  const number = await addStock(store);
  const buyers = await Promise.all(Array.from({ length: 8 }, () => addAccount(store)));
  const results = await Promise.all(
    buyers.map((buyer) =>
      store.uow.change(STAMP, async (tx) => {
        const before = (await tx.numbers.lock(number.id))!;
        if (before.holder !== null) return err('taken');
        const holder = { ownerAccountId: buyer.id, subAccountId: null };
        await tx.numbers.save(before, { ...before, holder, lifecycle: 'active', version: before.version + 1, updatedAt: T0 }, 'purchase');
        return ok(buyer.id);
      }),
    ),
  );
  const winners = results.filter((result) => result.ok);
  expect(winners).toHaveLength(1);
  const open = await store.sql('select owner_account_id from number_holders where number_id = $1 and to_at is null', [number.id]);
  expect(open).toEqual([{ owner_account_id: winners[0]!.value.value }]);
});

test('invariant 1: a save that lost its lock writes nothing', async () => {
  const [a, b, number] = [await addAccount(store), await addAccount(store), await addStock(store)];
  await giveTo(store, number, a);
  const stolen: PhoneNumber = { ...number, holder: { ownerAccountId: b.id, subAccountId: null }, lifecycle: 'active', version: 2 };
  await expect(store.commit((tx) => tx.numbers.save(number, stolen, 'theft'))).rejects.toThrow('without its lock');
  expect((await store.read((tx) => tx.numbers.get(number.id)))?.holder?.ownerAccountId).toBe(a.id);
});

test('invariant 1: the database itself refuses a second open holder and an owner without a life', async () => {
  const [a, b, number] = [await addAccount(store), await addAccount(store), await addStock(store)];
  await giveTo(store, number, a);
  const second = store.sql('insert into number_holders (id, number_id, owner_account_id, from_at, reason) values ($1, $2, $3, now(), $4)', [
    newId(),
    number.id,
    b.id,
    'theft',
  ]);
  await expect(second).rejects.toThrow('number_holders_one_open');
  const free = await addStock(store);
  await expect(store.sql('update numbers set owner_account_id = $2 where id = $1', [free.id, a.id])).rejects.toThrow('check constraint');
  await expect(store.sql("update numbers set lifecycle = 'active' where id = $1", [free.id])).rejects.toThrow('check constraint');
  await expect(store.sql('update numbers set sub_account_id = $2 where id = $1', [free.id, a.id])).rejects.toThrow('check constraint');
});

test('invariant 1: every change of hands closes one history row and opens one; other changes write none', async () => {
  const owner = await addAccount(store);
  const sub = aSubAccount(owner);
  await addAccount(store, sub);
  const bought = await giveTo(store, await addStock(store), owner);
  store.clock.set(T0 + 500);
  const moved = await giveTo(store, bought, owner, sub);
  store.clock.set(T0);
  await store.commit((tx) => tx.numbers.save(moved, { ...moved, allowOutbound: true, version: moved.version + 1 }, 'patch'));
  await giveBack(moved, null);
  const rows = await store.sql(
    'select owner_account_id, sub_account_id, from_at, to_at from number_holders where number_id = $1 order by from_at',
    [moved.id],
  );
  expect(rows).toEqual([
    { owner_account_id: owner.id, sub_account_id: null, from_at: T0, to_at: T0 + 500 },
    { owner_account_id: owner.id, sub_account_id: sub.id, from_at: T0 + 500, to_at: T0 + 1000 },
  ]);
});

test('a cooling number is in the stock of its exact last holder alone, until its time has come', async () => {
  const [parent, stranger] = [await addAccount(store), await addAccount(store)];
  const sub = aSubAccount(parent);
  await addAccount(store, sub);
  const number = await giveBack(await giveTo(store, await addStock(store), parent, sub), T0 + 60_000);
  const asSub = (at: number) =>
    store.read(async (tx) => {
      const buyer = { ownerAccountId: parent.id, subAccountId: sub.id };
      return (await tx.numbers.stock({ mode: 'live', buyer, at, e164: number.e164 }, { limit: 10, offset: 0 })).total;
    });
  expect(await asSub(T0)).toBe(1);
  expect(await stockOf(parent, number.e164)).toEqual([]);
  expect(await stockOf(stranger, number.e164)).toEqual([]);
  expect(await stockOf(stranger, number.e164, T0 + 59_999)).toEqual([]);
  expect(await stockOf(stranger, number.e164, T0 + 60_000)).toEqual([number.e164]);
});

test('the stock shows no owned number and none of the other mode, and counts what it shows', async () => {
  const [buyer, owner] = [await addAccount(store), await addAccount(store)];
  const free = await addStock(store, { country: 'FR', type: 'mobile' });
  await addStock(store, { country: 'FR', type: 'mobile', mode: 'test' });
  await giveTo(store, await addStock(store, { country: 'FR', type: 'mobile' }), owner);
  const page = await store.read((tx) =>
    tx.numbers.stock(
      { mode: 'live', buyer: { ownerAccountId: buyer.id, subAccountId: null }, at: T0, country: 'FR', type: 'mobile' },
      { limit: 10, offset: 0 },
    ),
  );
  expect(page).toMatchObject({ total: 1, rows: [{ id: free.id }] });
});

test('inventory tells created, updated and owned per row and never touches history, rest or last call', async () => {
  const owner = await addAccount(store);
  const owned = await giveTo(store, await addStock(store), owner);
  const resting = await giveBack(await giveTo(store, await addStock(store), owner), T0 + 60_000);
  await store.sql('update numbers set last_call_at = $2 where id = $1', [resting.id, new Date(T0 + 7).toISOString()]);
  const fresh = stockRow();
  const outcomes = await store.commit((tx) =>
    tx.numbers.putInventory(
      [
        stockRow({ e164: owned.e164, monthlyFeeMinor: 999 }),
        fresh,
        stockRow({ e164: resting.e164, monthlyFeeMinor: 999, capabilities: [] }),
        { ...fresh, id: newId(), region: 'second' },
      ],
      T0 + 5000,
    ),
  );
  expect(outcomes).toEqual(['owned', 'created', 'updated', 'updated']);
  expect(await store.read((tx) => tx.numbers.get(owned.id))).toEqual(owned);
  const after = await store.read((tx) => tx.numbers.get(resting.id));
  expect(after).toEqual({ ...resting, lastCallAt: T0 + 7, monthlyFeeMinor: 999, capabilities: [], updatedAt: T0 + 5000 });
  expect((await store.read((tx) => tx.numbers.byE164('live', fresh.e164)))?.region).toBe('second');
});

test('saving a number never takes its last call back', async () => {
  const number = await addStock(store);
  await store.sql('update numbers set last_call_at = $2 where id = $1', [number.id, new Date(T0 + 9000).toISOString()]);
  await store.commit((tx) => tx.numbers.save(number, { ...number, lastCallAt: T0, version: number.version + 1 }, 'patch'));
  expect((await store.read((tx) => tx.numbers.get(number.id)))?.lastCallAt).toBe(T0 + 9000);
});

test('lists page by key and by offset through everything exactly once, and filter by derived lifecycle', async () => {
  const owner = await addAccount(store);
  const ids: string[] = [];
  for (let i = 0; i < 7; i += 1) ids.push((await giveTo(store, await addStock(store), owner)).id);
  const [first] = ids;
  const filter = { ownerAccountId: owner.id };
  const seen: string[] = [];
  let after: { createdAt: number; id: string } | null = null;
  for (;;) {
    const page: readonly PhoneNumber[] = await store.read((tx) => tx.numbers.list(filter, { limit: 3, after }));
    seen.push(...page.map((number) => number.id));
    const last = page.at(-1);
    if (last === undefined) break;
    after = last;
  }
  expect(seen.toSorted()).toEqual(ids.toSorted());
  const pages = await store.read(async (tx) => [
    await tx.numbers.listByOffset(filter, { limit: 4, offset: 0 }),
    await tx.numbers.listByOffset(filter, { limit: 4, offset: 4 }),
  ]);
  expect(pages.flatMap((page) => page.rows.map((number) => number.id))).toEqual(seen);
  expect(pages.map((page) => page.total)).toEqual([7, 7]);
  await store.commit(async (tx) => {
    const before = (await tx.numbers.lock(first!))!;
    await tx.numbers.save(before, { ...before, suspendedBy: ['tenant'], version: before.version + 1 }, 'patch');
  });
  const counted = await store.read(async (tx) => ({
    active: (await tx.numbers.listByOffset({ ...filter, lifecycle: 'active' }, { limit: 1, offset: 0 })).total,
    suspended: (await tx.numbers.listByOffset({ ...filter, lifecycle: 'suspended' }, { limit: 1, offset: 0 })).total,
  }));
  expect(counted).toEqual({ active: 6, suspended: 1 });
});
