import type pg from 'pg';
import type { ActorStamp, InventoryRow, Transaction, UnitOfWork } from '../../src/app/ports/store.ts';
import type { Account } from '../../src/domain/account.ts';
import type { PhoneNumber } from '../../src/domain/number.ts';
import { fixedClock } from '../../src/kit/clock.ts';
import { newAuthId, newId } from '../../src/kit/ids.ts';
import { silentLogger } from '../../src/kit/log.ts';
import { ok } from '../../src/kit/result.ts';
import { createPool } from '../../src/store/pool.ts';
import { postgresUnitOfWork } from '../../src/store/unit-of-work.ts';
import { createTestDatabase } from '../support/services.ts';

export const T0 = Date.UTC(2026, 0, 1);
export const STAMP: ActorStamp = { kind: 'platform', id: 'platform', accountId: null, requestId: 'req-1', ip: '127.0.0.1' };

/** A migrated database with the unit of work over it. */
export interface StoreFixture {
  readonly url: string;
  readonly pool: pg.Pool;
  readonly clock: ReturnType<typeof fixedClock>;
  readonly uow: UnitOfWork;
  /** Commits `work` and returns its value. */
  commit<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  read<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Rows of a statement. */
  sql<R extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<R[]>;
  close(): Promise<void>;
}

export async function openStore(label: string): Promise<StoreFixture> {
  const database = await createTestDatabase(label);
  const pool = createPool(database.url, { log: silentLogger, applicationName: label });
  const clock = fixedClock(T0);
  const uow = postgresUnitOfWork(pool, clock, silentLogger);
  return {
    url: database.url,
    pool,
    clock,
    uow,
    async commit(work) {
      const done = await uow.change(STAMP, async (tx) => ok(await work(tx)));
      if (!done.ok) throw new Error('refused');
      return done.value.value;
    },
    read: (work) => uow.read(work),
    sql: async (text, values) => (await pool.query(text, values)).rows,
    async close() {
      await pool.end();
      await database.close();
    },
  };
}

export const anAccount = (over: Partial<Account> = {}): Account => ({
  id: newId(),
  authId: newAuthId(over.kind === 'sub_account' ? 'SA' : 'MA'),
  name: 'Acme',
  kind: 'account',
  parentId: null,
  status: 'active',
  currency: 'USD',
  country: 'GB',
  version: 1,
  createdAt: T0,
  updatedAt: T0,
  ...over,
});

export const aSubAccount = (parent: Account): Account => anAccount({ kind: 'sub_account', parentId: parent.id });

let next = 0;
/** A number nobody had before in this process. */
export function someE164(): string {
  next += 1;
  return `+4420${70_000_000 + next}`;
}

export const stockRow = (over: Partial<InventoryRow> = {}): InventoryRow => ({
  id: newId(),
  e164: someE164(),
  mode: 'live',
  country: 'GB',
  type: 'local',
  region: null,
  capabilities: ['voice', 'sms'],
  setupFeeMinor: 100,
  monthlyFeeMinor: 200,
  currency: 'USD',
  carrierTrunkGroupId: null,
  ...over,
});

/** A stored account. */
export async function addAccount(store: StoreFixture, account = anAccount()): Promise<Account> {
  await store.commit((tx) => tx.accounts.insert(account));
  return account;
}

/** A number in the stock. */
export async function addStock(store: StoreFixture, over: Partial<InventoryRow> = {}): Promise<PhoneNumber> {
  const row = stockRow(over);
  return store.commit(async (tx) => {
    await tx.numbers.putInventory([row], store.clock.now());
    const number = await tx.numbers.byE164(row.mode, row.e164);
    if (number === null) throw new Error('stock row is missing');
    return number;
  });
}

/** The number in the hands of an account (and of a sub-account, when one is given). */
export async function giveTo(store: StoreFixture, number: PhoneNumber, owner: Account, sub: Account | null = null): Promise<PhoneNumber> {
  return store.commit(async (tx) => {
    const before = await tx.numbers.lock(number.id);
    if (before === null) throw new Error('no such number');
    const after: PhoneNumber = {
      ...before,
      holder: { ownerAccountId: owner.id, subAccountId: sub?.id ?? null },
      lifecycle: 'active',
      version: before.version + 1,
      updatedAt: store.clock.now(),
    };
    await tx.numbers.save(before, after, 'test');
    return after;
  });
}
