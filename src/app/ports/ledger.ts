import type { Account, Balance } from '../../domain/account.ts';
import type { Mode } from '../../domain/records.ts';
import type { PageRequest } from './store.ts';

/** One leg of a double entry; the legs of a transaction sum to zero. */
export interface LedgerLine {
  /** `promised` is the platform's side of `held`: a hold moves neither revenue nor funding. */
  readonly book: 'wallet' | 'held' | 'promised' | 'revenue' | 'funding';
  readonly accountId: string;
  readonly amountMinor: number;
}
export interface LedgerTransaction {
  readonly id: string;
  readonly mode: Mode;
  readonly kind: 'credit' | 'purchase' | 'hold' | 'hold_release' | 'capture' | 'renewal' | 'adjustment';
  readonly accountId: string;
  readonly currency: string;
  readonly numberId: string | null;
  readonly note: string | null;
  /** Beginning of the month that a renewal pays for; nothing else has one. */
  readonly period?: number;
  readonly at: number;
  readonly lines: readonly LedgerLine[];
}
/** One transaction as its payer sees it. */
export interface StatementRow extends Omit<LedgerTransaction, 'lines' | 'period'> {
  readonly period: number | null;
  /** What it added to the wallet. */
  readonly walletMinor: number;
  /** What it added to the holds. */
  readonly heldMinor: number;
  /** The wallet after it. */
  readonly balanceMinor: number;
}
export interface LedgerStore {
  /** Locks the payer's wallet row (made on first use) so that spenders of one account queue. */
  lockBalance(account: Account, mode: Mode): Promise<Balance>;
  balance(account: Account, mode: Mode): Promise<Balance>;
  /** Writes the transaction and moves the running sums of `wallet` and `held`. */
  post(transaction: LedgerTransaction): Promise<void>;
  /** The same for many of one account, mode and currency. */
  postAll(transactions: readonly LedgerTransaction[]): Promise<void>;
  /** The transactions of one payer in one mode, newest first. */
  statement(accountId: string, mode: Mode, page: PageRequest): Promise<readonly StatementRow[]>;
}
