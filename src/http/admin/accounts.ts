import { z } from 'zod';
import { createAccount } from '../../app/accounts/create-account.ts';
import { creditAccount } from '../../app/accounts/credit-account.ts';
import { type AccountPatch, updateAccount } from '../../app/accounts/update-account.ts';
import type { Transaction } from '../../app/ports/store.ts';
import { type Account, type Balance, payerOf } from '../../domain/account.ts';
import { recordRef } from '../../domain/records.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf } from '../preconditions.ts';
import { countryField, idParams, textField, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange, answerChangeOnce } from './answer-change.ts';
import { callLimitFields, callLimitsSchema, currencyField, limitsPatch, prefixesField, presentCallLimits } from './fields.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const accountSchema = z.object({
  id: z.string(),
  auth_id: z.string(),
  name: z.string(),
  kind: z.enum(['account', 'sub_account']),
  parent_id: z.string().nullable(),
  status: z.enum(['active', 'disabled', 'closed']),
  currency: z.string(),
  country: z.string().nullable(),
  ...callLimitsSchema,
  allowed_destinations: z.array(z.string()).nullable(),
  blocked_destinations: z.array(z.string()),
  outbound_stopped_at: z.string().nullable(),
  balance_minor: z.number().int(),
  held_minor: z.number().int(),
  version: z.number().int(),
  created_at: z.string(),
  updated_at: z.string(),
});

/** `balance_minor` and `held_minor` are those of `mode`. */
const creditedSchema = accountSchema.extend({ mode: z.enum(['live', 'test']), transaction_id: z.string() });

const AMOUNT_MINOR_MAX = 1_000_000_000_000;

/** An account on the wire; a sub-account shows its payer's money nowhere but at the payer. */
const presentAccount = (account: Account, balance: Balance | null) => ({
  id: account.id,
  auth_id: account.authId,
  name: account.name,
  kind: account.kind,
  parent_id: account.parentId,
  status: account.status,
  currency: account.currency,
  country: account.country,
  ...presentCallLimits(account),
  allowed_destinations: account.destinations?.allowed ?? null,
  blocked_destinations: account.destinations?.blocked ?? [],
  outbound_stopped_at: account.outboundStoppedAt === undefined ? null : timeText(account.outboundStoppedAt),
  balance_minor: balance?.walletMinor ?? 0,
  held_minor: balance?.heldMinor ?? 0,
  version: account.version,
  created_at: timeText(account.createdAt),
  updated_at: timeText(account.updatedAt),
});

const resource = 'account' as const;
const tag = 'Accounts';
const recordOf = (account: Account) => ({ record: recordRef.account(account.id), version: account.version });

/** Accounts and sub-accounts, and the money put into them. */
export const accountOperations = (deps: AdminDeps): AnyOperation[] => [
  createAccountOperation(deps),
  listAccountsOperation(deps),
  getAccountOperation(deps),
  updateAccountOperation(deps),
  creditAccountOperation(deps),
];

/** An account with its live wallet; a sub-account's money is its payer's. */
const withBalance = async (tx: Transaction, account: Account) =>
  presentAccount(account, payerOf(account) === account.id ? await tx.ledger.balance(account, 'live') : null);

const createAccountOperation = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/accounts',
    operationId: 'createAccount',
    summary: 'Open an account or a sub-account; its auth token is told once.',
    tag,
    changes: true,
    secrets: ['auth_token'],
    body: z.object({
      name: textField(200),
      kind: z.enum(['account', 'sub_account']).default('account'),
      parent_id: uuidField().nullable().default(null),
      currency: currencyField().nullable().default(null),
      country: countryField().nullable().default(null),
    }),
    responses: { 201: { description: 'The account with its auth token.', schema: accountSchema.extend({ auth_token: z.string() }) } },
    async handle({ actor, body, wait }) {
      const { name, kind, parent_id: parentId, currency, country } = body;
      const run = () => createAccount(deps, actor, { name, kind, parentId, currency, country }, wait);
      return answerChangeOnce(actor, run, {
        status: 201,
        body: ({ account, authToken }) => ({ ...presentAccount(account, null), auth_token: authToken }),
        location: ({ account }) => `/accounts/${account.id}`,
        record: ({ account }) => recordOf(account),
      });
    },
  });

const listAccountsOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/accounts',
    operationId: 'listAccounts',
    summary: 'List accounts.',
    tag,
    query: z.object({ ...pageFields, parent_id: uuidField().optional(), kind: z.enum(['account', 'sub_account']).optional() }),
    responses: { 200: { description: 'A page of accounts.', schema: listSchema(accountSchema) } },
    async handle({ query }) {
      const filter = {
        ...(query.parent_id === undefined ? {} : { parentId: query.parent_id }),
        ...(query.kind === undefined ? {} : { kind: query.kind }),
      };
      return deps.unitOfWork.read(async (tx) => {
        const rows = await tx.accounts.list(filter, pageOf(query));
        const { data, next } = listBody(
          rows,
          query.limit,
          (row) => row,
          (row) => row,
        );
        const presented = [];
        for (const account of data) presented.push(await withBalance(tx, account));
        return ok({ status: 200, body: { data: presented, next } });
      });
    },
  });

const getAccountOperation = (deps: AdminDeps) =>
  operation({
    method: 'GET',
    path: '/accounts/:id',
    operationId: 'getAccount',
    summary: 'Get one account with its balance.',
    tag,
    resource,
    params: idParams,
    responses: { 200: { description: 'The account.', schema: accountSchema } },
    async handle({ params }) {
      return deps.unitOfWork.read(async (tx) => {
        const account = await tx.accounts.get(params.id);
        if (account === null) return err({ kind: 'not_found', resource } as const);
        return ok({ status: 200, body: await withBalance(tx, account), headers: { ETag: etagOf(account.version) } });
      });
    },
  });

const updateAccountOperation = (deps: AdminDeps) =>
  operation({
    method: 'PATCH',
    path: '/accounts/:id',
    operationId: 'updateAccount',
    summary: 'Rename, disable, enable or limit an account, and say where its calls may go.',
    tag,
    resource,
    changes: true,
    params: idParams,
    body: z.object({
      name: textField(200).optional(),
      status: z.enum(['active', 'disabled']).optional(),
      country: countryField().nullable().optional(),
      ...callLimitFields(),
      allowed_destinations: prefixesField().nullable().optional(),
      blocked_destinations: prefixesField().nullable().optional(),
    }),
    responses: { 200: { description: 'The account.', schema: accountSchema } },
    async handle({ actor, params, body, ifVersion, wait }) {
      const { max_channels, max_cps, max_call_seconds, minutes_per_day, allowed_destinations, blocked_destinations, ...rest } = body;
      const destinations = {
        ...(allowed_destinations === undefined ? {} : { allowedDestinations: allowed_destinations }),
        ...(blocked_destinations === undefined ? {} : { blockedDestinations: blocked_destinations }),
      };
      const limits = limitsPatch({ max_channels, max_cps, max_call_seconds, minutes_per_day });
      const patch = { ...rest, ...limits, ...destinations } as AccountPatch;
      const done = await updateAccount(deps, actor, params.id, patch, { ifVersion, wait });
      if (!done.ok) return done;
      const presented = await deps.unitOfWork.read((tx) => withBalance(tx, done.value.value));
      return answerChange(done, { status: 200, body: () => presented, record: recordOf });
    },
  });

const creditAccountOperation = (deps: AdminDeps) =>
  operation({
    method: 'POST',
    path: '/accounts/:id/credits',
    operationId: 'creditAccount',
    summary: 'Put money into the wallet of an account, or take it back.',
    tag,
    resource,
    changes: true,
    params: idParams,
    body: z.object({
      amount_minor: z
        .number()
        .int()
        .min(-AMOUNT_MINOR_MAX)
        .max(AMOUNT_MINOR_MAX)
        .refine((amount) => amount !== 0, 'May not be 0.'),
      note: textField(500),
      mode: z.enum(['live', 'test']).default('live'),
      allow_negative: z.boolean().default(false),
    }),
    responses: { 200: { description: 'The account with its new balance in that mode.', schema: creditedSchema } },
    async handle({ actor, params, body }) {
      const { amount_minor: amountMinor, note, mode, allow_negative: allowNegative } = body;
      const run = () => creditAccount(deps, actor, { accountId: params.id, amountMinor, note, mode, allowNegative });
      return answerChangeOnce(actor, run, {
        status: 200,
        body: ({ account, balance, transactionId }) => ({ ...presentAccount(account, balance), mode, transaction_id: transactionId }),
      });
    },
  });
