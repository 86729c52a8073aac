import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LedgerLine, LedgerTransaction } from '../../src/app/ports/ledger.ts';
import type { Account } from '../../src/domain/account.ts';
import { newId } from '../../src/kit/ids.ts';
import { addAccount, anAccount, aSubAccount, openStore, type StoreFixture, T0 } from './store-fixture.ts';

let store: StoreFixture;
beforeAll(async () => {
  store = await openStore('ledger');
});
afterAll(() => store.close());

const transaction = (account: Account, lines: readonly LedgerLine[], over: Partial<LedgerTransaction> = {}): LedgerTransaction => ({
  id: newId(),
  mode: 'live',
  kind: 'adjustment',
  accountId: account.id,
  currency: 'USD',
  numberId: null,
  note: null,
  at: T0,
  lines,
  ...over,
});

const credit = (account: Account, amountMinor: number): LedgerTransaction =>
  transaction(account, [
    { book: 'wallet', accountId: account.id, amountMinor },
    { book: 'funding', accountId: account.id, amountMinor: -amountMinor },
  ]);

/** Balances that differ from the sum of their entries. */
const unequal = () =>
  store.sql(`select b.* from balances b cross join lateral (
      select coalesce(sum(amount_minor) filter (where book = 'wallet'), 0) as wallet,
             coalesce(sum(amount_minor) filter (where book = 'held'), 0) as held
        from ledger_entries e where e.account_id = b.account_id and e.mode = b.mode
    ) s where (b.wallet_minor, b.held_minor) is distinct from (s.wallet, s.held)`);

test('invariant 7: the ledger sums to the balance', async () => {
  const accounts = await Promise.all([0, 1, 2].map(() => addAccount(store)));
  const post = fc.record({
    account: fc.constantFrom(...accounts),
    mode: fc.constantFrom('live' as const, 'test' as const),
    held: fc.integer({ min: 0, max: 500 }),
    amounts: fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(post, { minLength: 1, maxLength: 6 }), async (posts) => {
      await Promise.all(
        posts.map(({ account, mode, held, amounts }) => {
          const lines: LedgerLine[] = amounts.map((amountMinor) => ({ book: 'wallet', accountId: account.id, amountMinor }));
          if (held > 0) lines.push({ book: 'held', accountId: account.id, amountMinor: held });
          const rest = -lines.reduce((sum, line) => sum + line.amountMinor, 0);
          lines.push({ book: 'revenue', accountId: account.id, amountMinor: rest });
          return store.commit((tx) => tx.ledger.post(transaction(account, lines, { mode })));
        }),
      );
      expect(await unequal()).toEqual([]);
    }),
    { numRuns: 25 },
  );
  // The check sees a balance that is off by one.
  await store.sql('update balances set wallet_minor = wallet_minor + 1 where account_id = $1', [accounts[0]!.id]);
  expect(await unequal()).not.toEqual([]);
  await store.sql('update balances set wallet_minor = wallet_minor - 1 where account_id = $1', [accounts[0]!.id]);
});

test('invariant 7: a transaction that does not sum to zero cannot be committed, and entries cannot be changed or removed', async () => {
  const account = await addAccount(store);
  const lines: LedgerLine[] = [{ book: 'wallet', accountId: account.id, amountMinor: 5 }];
  await expect(store.commit((tx) => tx.ledger.post(transaction(account, lines)))).rejects.toThrow('does not sum to zero');
  expect(await store.sql('select 1 from ledger_entries where account_id = $1', [account.id])).toEqual([]);
  await store.commit((tx) => tx.ledger.post(credit(account, 5)));
  await expect(store.sql('update ledger_entries set amount_minor = 6')).rejects.toThrow('append-only');
  await expect(store.sql('delete from ledger_entries')).rejects.toThrow('append-only');
  await expect(store.sql('delete from ledger_transactions')).rejects.toThrow('append-only');
});

test('a wallet opens on first use in its account currency, and money of another currency never enters it', async () => {
  const account = await addAccount(store, anAccount({ currency: 'EUR' }));
  expect(await store.read((tx) => tx.ledger.balance(account, 'live'))).toEqual({
    accountId: account.id,
    mode: 'live',
    currency: 'EUR',
    walletMinor: 0,
    heldMinor: 0,
  });
  expect((await store.commit((tx) => tx.ledger.lockBalance(account, 'live'))).currency).toBe('EUR');
  await expect(store.commit((tx) => tx.ledger.post(credit(account, 5)))).rejects.toThrow('not in the currency');
  expect((await store.read((tx) => tx.ledger.balance(account, 'live'))).walletMinor).toBe(0);
});

test("a sub-account spends from its parent's wallet", async () => {
  const parent = await addAccount(store);
  const sub = await addAccount(store, aSubAccount(parent));
  await store.commit((tx) => tx.ledger.post(credit(parent, 700)));
  const balance = await store.commit((tx) => tx.ledger.lockBalance(sub, 'live'));
  expect(balance).toMatchObject({ accountId: parent.id, walletMinor: 700 });
});

test('spenders of one wallet queue on its lock: two of three fit into it', async () => {
  const account = await addAccount(store);
  await store.commit((tx) => tx.ledger.post(credit(account, 250)));
  const spent = await Promise.all(
    [1, 2, 3].map(() =>
      store.commit(async (tx) => {
        const balance = await tx.ledger.lockBalance(account, 'live');
        if (balance.walletMinor < 100) return false;
        await tx.ledger.post(credit(account, -100));
        return true;
      }),
    ),
  );
  expect(spent.filter(Boolean)).toHaveLength(2);
  expect((await store.read((tx) => tx.ledger.balance(account, 'live'))).walletMinor).toBe(50);
});

test('amounts beyond 2^53 are refused instead of rounded', async () => {
  const account = await addAccount(store);
  await store.commit((tx) => tx.ledger.lockBalance(account, 'live'));
  await store.sql('update balances set wallet_minor = 9007199254740993 where account_id = $1', [account.id]);
  await expect(store.read((tx) => tx.ledger.balance(account, 'live'))).rejects.toThrow('does not fit a number');
  await store.sql('update balances set wallet_minor = 0 where account_id = $1', [account.id]);
});
