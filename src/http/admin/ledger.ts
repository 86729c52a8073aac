import { z } from 'zod';
import type { StatementRow } from '../../app/ports/ledger.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { idParams, timeText } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const KINDS = ['credit', 'purchase', 'hold', 'hold_release', 'capture', 'renewal', 'adjustment'] as const;

const rowSchema = z.object({
  id: z.string(),
  at: z.string(),
  mode: z.enum(['live', 'test']),
  kind: z.enum(KINDS),
  amount_minor: z.number().int().meta({ description: 'What it added to the balance.' }),
  held_minor: z.number().int().meta({ description: 'What it added to the holds.' }),
  balance_minor: z.number().int().meta({ description: 'The balance after it.' }),
  currency: z.string(),
  number_id: z.string().nullable(),
  period: z.string().nullable().meta({ description: 'Beginning of the month that a renewal pays for.' }),
  note: z.string().nullable(),
});

const presentRow = (row: StatementRow) => ({
  id: row.id,
  at: timeText(row.at),
  mode: row.mode,
  kind: row.kind,
  amount_minor: row.walletMinor,
  held_minor: row.heldMinor,
  balance_minor: row.balanceMinor,
  currency: row.currency,
  number_id: row.numberId,
  period: row.period === null ? null : timeText(row.period),
  note: row.note,
});

/** The statement of an account; a sub-account has none, its parent pays. */
export const ledgerOperations = (deps: AdminDeps): AnyOperation[] => [
  operation({
    method: 'GET',
    path: '/accounts/:id/ledger',
    operationId: 'listLedger',
    summary: 'The statement of an account, newest first, with the balance after each row.',
    tag: 'Accounts',
    resource: 'account',
    params: idParams,
    query: z.object({ ...pageFields, mode: z.enum(['live', 'test']).default('live') }),
    responses: { 200: { description: 'A page of the statement.', schema: listSchema(rowSchema) } },
    async handle({ params, query }) {
      const rows = await deps.unitOfWork.read(async (tx) =>
        (await tx.accounts.get(params.id)) === null ? null : tx.ledger.statement(params.id, query.mode, pageOf(query)),
      );
      if (rows === null) return err({ kind: 'not_found', resource: 'account' });
      return ok({ status: 200, body: listBody(rows, query.limit, ({ at, id }) => ({ createdAt: at, id }), presentRow) });
    },
  }),
];
