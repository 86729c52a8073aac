import { z } from 'zod';
import type { UnitOfWork } from '../../app/ports/store.ts';
import { accountOf } from '../../app/tenant.ts';
import { availableMinor } from '../../domain/account.ts';
import { decimalOf, money } from '../../domain/money.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { oneSchema } from './page.ts';

const balanceSchema = z.object({
  record_type: z.literal('balance'),
  currency: z.string(),
  balance: z.string(),
  pending: z.string().describe('Held for orders that wait.'),
  credit_limit: z.string(),
  available_credit: z.string().describe('What can be spent now.'),
});

/** What the account can spend; a sub-account spends from its parent (decision B13). */
export const balanceOperations = (deps: { readonly unitOfWork: UnitOfWork }): AnyOperation[] => [
  operation({
    method: 'GET',
    path: '/balance',
    operationId: 'retrieveBalance',
    summary: 'Get user balance details',
    tag: 'Billing',
    responses: { 200: { description: 'The balance.', schema: oneSchema(balanceSchema) } },
    async handle({ actor }) {
      const balance = await deps.unitOfWork.read((tx) => tx.ledger.balance(accountOf(actor), actor.mode));
      const text = (amountMinor: number): string => decimalOf(money(amountMinor, balance.currency));
      return ok({
        status: 200,
        body: {
          data: {
            record_type: 'balance',
            currency: balance.currency,
            balance: text(balance.walletMinor),
            pending: text(balance.heldMinor),
            credit_limit: text(0),
            available_credit: text(availableMinor(balance)),
          },
        },
      });
    },
  }),
];
