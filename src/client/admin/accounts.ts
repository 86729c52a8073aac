// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  AccountAnswer,
  CreateAccountAnswer,
  CreateAccountBody,
  CreateAccountQuery,
  CreditAccountAnswer,
  CreditAccountBody,
  ListAccountsAnswer,
  ListAccountsQuery,
  ListLedgerAnswer,
  ListLedgerQuery,
  UpdateAccountBody,
} from './accounts-wire.ts';

/** Accounts: one method an operation. */
export const accountsApi = (send: Send) => ({
  /** Open an account or a sub-account; its auth token is told once. */
  createAccount: (body: CreateAccountBody, query: CreateAccountQuery = {}, options?: CallOptions) =>
    send<CreateAccountAnswer>({ method: 'POST', path: '/admin/v1/accounts', query, json: body, answer: 'json' }, options),
  /** List accounts. */
  listAccounts: (query: ListAccountsQuery = {}, options?: CallOptions) =>
    send<ListAccountsAnswer>({ method: 'GET', path: '/admin/v1/accounts', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateAccounts: (query: ListAccountsQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListAccountsAnswer>(
        { method: 'GET', path: '/admin/v1/accounts', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
  /** Get one account with its balance. */
  getAccount: (id: string, options?: CallOptions) =>
    send<AccountAnswer>({ method: 'GET', path: `/admin/v1/accounts/${segment(id)}`, answer: 'json' }, options),
  /** Rename, disable, enable or limit an account, and say where its calls may go. */
  updateAccount: (id: string, body: UpdateAccountBody, query: CreateAccountQuery = {}, options?: CallOptions) =>
    send<AccountAnswer>({ method: 'PATCH', path: `/admin/v1/accounts/${segment(id)}`, query, json: body, answer: 'json' }, options),
  /** Put money into the wallet of an account, or take it back. */
  creditAccount: (id: string, body: CreditAccountBody, query: CreateAccountQuery = {}, options?: CallOptions) =>
    send<CreditAccountAnswer>(
      { method: 'POST', path: `/admin/v1/accounts/${segment(id)}/credits`, query, json: body, answer: 'json' },
      options,
    ),
  /** The statement of an account, newest first, with the balance after each row. */
  listLedger: (id: string, query: ListLedgerQuery = {}, options?: CallOptions) =>
    send<ListLedgerAnswer>({ method: 'GET', path: `/admin/v1/accounts/${segment(id)}/ledger`, query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateLedger: (id: string, query: ListLedgerQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListLedgerAnswer>(
        {
          method: 'GET',
          path: `/admin/v1/accounts/${segment(id)}/ledger`,
          query: { ...query, after: after ?? query.after },
          answer: 'json',
        },
        options,
      ),
    ),
});
