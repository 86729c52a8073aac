import { z } from 'zod';
import { createAccount } from '../../app/accounts/create-account.ts';
import { creditAccount } from '../../app/accounts/credit-account.ts';
import { type AccountPatch, updateAccount } from '../../app/accounts/update-account.ts';
import { type Account, type Balance, payerOf } from '../../domain/account.ts';
import { recordRef } from '../../domain/records.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { etagOf } from '../preconditions.ts';
import { countryField, idParams, textField, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { answerChange } from './answer-change.ts';
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
  balance_minor: z.number().int(),
  held_minor: z.number().int(),
  version: z.number().int(),
  created_at: z.string(),
  updated_at: z.string(),
});

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
  balance_minor: balance?.walletMinor ?? 0,
  held_minor: balance?.heldMinor ?? 0,
  version: account.version,
  created_at: timeText(account.createdAt),
  updated_at: timeText(account.updatedAt),
});

const currencyField = () => z.string().regex(/^[A-Z]{3}$/, 'Must be an ISO 4217 code in upper case.');
const resource = 'account' as const;
const tag = 'Accounts';
const recordOf = (account: Account) => ({ record: recordRef.account(account.id), version: account.version });

/** Accounts and sub-accounts, and the money put into them. */
export function accountOperations(deps: AdminDeps): AnyOperation[] {
  const withBalance = (account: Account) =>
    deps.unitOfWork.read(async (tx) =>
      presentAccount(account, payerOf(account) === account.id ? await tx.ledger.balance(account, 'live') : null),
    );
  return [
    operation({
      method: 'POST',
      path: '/accounts',
      operationId: 'createAccount',
      summary: 'Open an account or a sub-account; its auth token is told once.',
      tag,
      changes: true,
      body: z.object({
        name: textField(200),
        kind: z.enum(['account', 'sub_account']).default('account'),
        parent_id: uuidField().nullable().default(null),
        currency: currencyField().nullable().default(null),
        country: countryField().nullable().default(null),
      }),
      responses: { 201: { description: 'The account with its auth token.', schema: accountSchema.extend({ auth_token: z.string() }) } },
      async handle({ actor, body }) {
        const { name, kind, parent_id: parentId, currency, country } = body;
        const done = await createAccount(deps, actor, { name, kind, parentId, currency, country });
        return answerChange(done, {
          status: 201,
          body: ({ account, authToken }) => ({ ...presentAccount(account, null), auth_token: authToken }),
          location: ({ account }) => `/accounts/${account.id}`,
          record: ({ account }) => recordOf(account),
        });
      },
    }),
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
        const rows = await deps.unitOfWork.read((tx) => tx.accounts.list(filter, pageOf(query)));
        const presented = await Promise.all(rows.slice(0, query.limit).map(withBalance));
        const { next } = listBody(
          rows,
          query.limit,
          (row) => row,
          (row) => row,
        );
        return ok({ status: 200, body: { data: presented, next } });
      },
    }),
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
        const account = await deps.unitOfWork.read((tx) => tx.accounts.get(params.id));
        if (account === null) return err({ kind: 'not_found', resource });
        return ok({ status: 200, body: await withBalance(account), headers: { ETag: etagOf(account.version) } });
      },
    }),
    operation({
      method: 'PATCH',
      path: '/accounts/:id',
      operationId: 'updateAccount',
      summary: 'Rename, disable or enable an account.',
      tag,
      resource,
      changes: true,
      params: idParams,
      body: z.object({
        name: textField(200).optional(),
        status: z.enum(['active', 'disabled']).optional(),
        country: countryField().nullable().optional(),
      }),
      responses: { 200: { description: 'The account.', schema: accountSchema } },
      async handle({ actor, params, body, ifVersion }) {
        const done = await updateAccount(deps, actor, params.id, body as AccountPatch, ifVersion);
        if (!done.ok) return done;
        const presented = await withBalance(done.value.value);
        return answerChange(done, { status: 200, body: () => presented, record: recordOf });
      },
    }),
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
        amount_minor: z.number().int().min(-1_000_000_000_000).max(1_000_000_000_000),
        note: textField(500),
        mode: z.enum(['live', 'test']).default('live'),
        allow_negative: z.boolean().default(false),
      }),
      responses: { 200: { description: 'The account with its new balance.', schema: accountSchema } },
      async handle({ actor, params, body }) {
        const { amount_minor: amountMinor, note, mode, allow_negative: allowNegative } = body;
        const done = await creditAccount(deps, actor, { accountId: params.id, amountMinor, note, mode, allowNegative });
        return answerChange(done, { status: 200, body: ({ account, balance }) => presentAccount(account, balance) });
      },
    }),
  ];
}
