import type { Account } from '../../domain/account.ts';
import type { OffsetPage, OffsetRequest } from './store.ts';

/** What a tenant says of a sub-account; stored and told again, and nothing else (decision B33). */
export interface SubAccountLabels {
  readonly email: string | null;
  readonly phone: string | null;
  readonly description: string | null;
  readonly rateLimit: number;
  readonly businessType: string | null;
}

/** A sub-account with its labels. */
export interface SubAccount {
  readonly account: Account;
  readonly labels: SubAccountLabels;
  /** Short decimal numbers of the account and its parent. */
  readonly extId: string;
  readonly parentExtId: string;
}

export interface SubAccountStore {
  /** null: no such sub-account. */
  get(accountId: string): Promise<SubAccount | null>;
  putLabels(accountId: string, labels: SubAccountLabels): Promise<void>;
  /** Newest first; closed ones are not in it. */
  list(parentId: string, filter: { readonly activeOnly: boolean }, page: OffsetRequest): Promise<OffsetPage<SubAccount>>;
  /** Auth ids by account id; unknown ids are left out. */
  authIds(accountIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
