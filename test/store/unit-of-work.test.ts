import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordRef } from '../../src/domain/records.ts';
import { accountRecord } from '../../src/domain/render-record.ts';
import { newId } from '../../src/kit/ids.ts';
import { err, ok } from '../../src/kit/result.ts';
import { postgresAuditLog } from '../../src/store/audit.ts';
import { addAccount, anAccount, openStore, STAMP, type StoreFixture, T0 } from './store-fixture.ts';

let store: StoreFixture;
beforeAll(async () => {
  store = await openStore('uow');
});
afterAll(() => store.close());

const publishOf = (account: ReturnType<typeof anAccount>) =>
  [{ ref: recordRef.account(account.id), version: account.version, record: accountRecord(account) }, account.id] as const;

const counts = async (id: string): Promise<{ accounts: number; audit: number; outbox: number }> => {
  const [row] = await store.sql<{ accounts: number; audit: number; outbox: number }>(
    `select (select count(*) from accounts where id = $1) as accounts, (select count(*) from audit where account_id = $1) as audit,
       (select count(*) from outbox where row_id = $1::text) as outbox`,
    [id],
  );
  return row!;
};

test('a change, its audit row and its outbox row commit together, and the answer names record, version and epoch', async () => {
  const account = anAccount();
  const done = await store.uow.change(STAMP, async (tx) => {
    await tx.accounts.insert(account);
    await tx.audit({ action: 'account.create', resource: `account:${account.id}`, accountId: account.id, before: null, after: account });
    await tx.publish(...publishOf(account));
    return ok('made');
  });
  expect(done).toMatchObject({
    ok: true,
    value: { value: 'made', epoch: 1, pending: [{ write: { ref: `account:${account.id}`, version: 1 } }] },
  });
  expect(await counts(account.id)).toEqual({ accounts: 1, audit: 1, outbox: 1 });
  const [row] = await postgresAuditLog(store.pool).list({ resource: `account:${account.id}` }, { limit: 10, after: null });
  expect(row).toMatchObject({
    at: T0,
    actor: { kind: 'platform', id: 'platform', accountId: null },
    requestId: 'req-1',
    ip: '127.0.0.1',
    forced: false,
    after: { authId: account.authId },
  });
});

test('a refusal leaves no row, no audit row and no outbox row', async () => {
  const account = anAccount();
  const done = await store.uow.change(STAMP, async (tx) => {
    await tx.accounts.insert(account);
    await tx.audit({ action: 'account.create', resource: 'account:x', accountId: account.id, before: null, after: null });
    await tx.publish(...publishOf(account));
    return err('no');
  });
  expect(done).toEqual({ ok: false, error: 'no' });
  expect(await counts(account.id)).toEqual({ accounts: 0, audit: 0, outbox: 0 });
});

test('a fault leaves no row, no audit row and no outbox row, and the connection is usable', async () => {
  const account = anAccount();
  const failing = store.uow.change(STAMP, async (tx) => {
    await tx.accounts.insert(account);
    await tx.audit({ action: 'account.create', resource: 'account:x', accountId: account.id, before: null, after: null });
    await tx.publish(...publishOf(account));
    await tx.accounts.insert(account);
    return ok(undefined);
  });
  await expect(failing).rejects.toThrow('duplicate key');
  expect(await counts(account.id)).toEqual({ accounts: 0, audit: 0, outbox: 0 });
});

test('a record published twice in one transaction is one outbox row with the newest version', async () => {
  const account = anAccount();
  const done = await store.uow.change(STAMP, async (tx) => {
    await tx.accounts.insert(account);
    await tx.publish(...publishOf({ ...account, version: 2 }));
    await tx.publish(...publishOf(account));
    return ok(undefined);
  });
  expect(done.ok && done.value.pending.map(({ write }) => write.version)).toEqual([2]);
  expect(await store.sql('select version from outbox where row_id = $1', [account.id])).toEqual([{ version: 2 }]);
});

test('a reading transaction can neither write, lock, audit nor publish', async () => {
  const account = await addAccount(store);
  const entry = { action: 'x', resource: 'x', accountId: null, before: null, after: null };
  await expect(store.read((tx) => tx.accounts.save({ ...account, version: 2 }))).rejects.toThrow('read-only transaction');
  await expect(store.read((tx) => tx.accounts.lock(account.id))).rejects.toThrow('read-only transaction');
  await expect(store.read((tx) => tx.audit(entry))).rejects.toThrow('changes nothing');
  await expect(store.read((tx) => tx.publish(...publishOf(account)))).rejects.toThrow('changes nothing');
});

test('two transactions that lock each other crosswise both commit in the end', async () => {
  const [a, b] = [await addAccount(store), await addAccount(store)];
  let waiting = 0;
  let release = (): void => {};
  const bothHoldOne = new Promise<void>((resolve) => {
    release = resolve;
  });
  let runs = 0;
  const crosswise = (first: string, second: string) =>
    store.uow.change(STAMP, async (tx) => {
      runs += 1;
      await tx.accounts.lock(first);
      waiting += 1;
      if (waiting === 2) release();
      await bothHoldOne;
      await tx.accounts.lock(second);
      return ok(first);
    });
  const done = await Promise.all([crosswise(a.id, b.id), crosswise(b.id, a.id)]);
  expect(done.map((result) => result.ok && result.value.value)).toEqual([a.id, b.id]);
  expect(runs).toBe(3);
});

test('saving without a newer version is a fault, so that no change stays unpublished', async () => {
  const account = await addAccount(store);
  await expect(store.commit((tx) => tx.accounts.save({ ...account, name: 'Other' }))).rejects.toThrow('without a newer version');
});

test('malformed ids name nothing', async () => {
  for (const id of ['', 'x', `${newId()}x`, `{${newId()}}`, newId().replaceAll('-', ''), "'; drop table accounts; --"]) {
    const found = await store.read(async (tx) => [
      await tx.accounts.get(id),
      await tx.numbers.get(id),
      await tx.endpoints.get(id),
      await tx.trunkGroups.get(id),
      await tx.routeSets.get(id),
      await tx.credentials.get(id),
      await tx.keys.get(id),
      await tx.users.get(id),
    ]);
    expect(found).toEqual(Array(8).fill(null));
  }
});

test('audit rows can be neither changed nor removed: the database refuses', async () => {
  await store.commit((tx) => tx.audit({ action: 'kept', resource: 'test:1', accountId: null, before: null, after: { a: '\u0000' } }));
  await expect(store.sql("update audit set action = 'other' where action = 'kept'")).rejects.toThrow('audit is append-only');
  await expect(store.sql("delete from audit where action = 'kept'")).rejects.toThrow('audit is append-only');
  await expect(store.sql('truncate audit')).rejects.toThrow('audit is append-only');
});
