import type { HolderChangeDeps } from '../../app/numbers/change-holder.ts';
import { findHeldNumber } from '../../app/numbers/find-own-number.ts';
import { authIdsOf, listAccountNumbers } from '../../app/numbers/list-account-numbers.ts';
import { listInventory } from '../../app/numbers/list-inventory.ts';
import { purchaseByE164 } from '../../app/numbers/purchase-by-e164.ts';
import type { PurchaseDeps } from '../../app/numbers/purchase-number.ts';
import { accountOf } from '../../app/tenant.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { changeHeaders } from './change-headers.ts';
import { accountParams, numberParams } from './fields.ts';
import * as schema from './number-schemas.ts';
import { pageBody, presentInventory, presentNumber } from './present.ts';

export type VobizNumberDeps = PurchaseDeps & HolderChangeDeps;

const TAG = 'Phone Numbers';
const resource = 'number' as const;
const offsetOf = ({ page, per_page }: { readonly page: number; readonly per_page: number }) => ({
  limit: per_page,
  offset: (page - 1) * per_page,
});

/** List, inventory, one number and purchase. */
export const numberOperations = (deps: VobizNumberDeps): AnyOperation[] => [list(deps), inventory(deps), purchase(deps), details(deps)];

const list = (deps: VobizNumberDeps) =>
  operation({
    method: 'GET',
    path: '/Account/:auth_id/numbers',
    operationId: 'listAccountNumbers',
    summary: 'List the numbers of the account, for a parent account those of its sub-accounts too',
    tag: TAG,
    params: accountParams,
    query: schema.listQuery,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of numbers', schema: schema.numberList } },
    async handle({ actor, query }) {
      const filter = { includeSubAccounts: query.include_subaccounts !== 'false', ...(query.search ? { search: query.search } : {}) };
      const { rows, total, authIds } = await listAccountNumbers(deps, actor, filter, offsetOf(query));
      const items = rows.map((number) => presentNumber(number, authIds));
      return ok({ status: 200, body: pageBody(items, { ...query, total }) });
    },
  });

const inventory = (deps: VobizNumberDeps) =>
  operation({
    method: 'GET',
    path: '/Account/:auth_id/inventory/numbers',
    operationId: 'listInventoryNumbers',
    summary: 'Browse the numbers that are for sale',
    tag: TAG,
    params: accountParams,
    query: schema.inventoryQuery,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of the stock', schema: schema.inventoryList } },
    async handle({ actor, query }) {
      const filter = {
        ...(query.country === undefined ? {} : { country: query.country }),
        ...(query.search === undefined ? {} : { search: query.search }),
        ...(query.exclude === undefined ? {} : { excludePrefixes: query.exclude }),
      };
      const { rows, total } = await listInventory(deps, actor, filter, offsetOf(query));
      return ok({ status: 200, body: pageBody(rows.map(presentInventory), { ...query, total }) });
    },
  });

const purchase = (deps: VobizNumberDeps) =>
  operation({
    method: 'POST',
    path: '/Account/:auth_id/numbers/purchase-from-inventory',
    operationId: 'purchaseFromInventory',
    summary: 'Purchase a number; the parent account pays setup and monthly fee',
    tag: TAG,
    params: accountParams,
    body: schema.purchaseBody,
    need: { role: 'admin', scope: 'numbers:write' },
    changes: true,
    responses: {
      200: { description: 'The number is yours', schema: schema.purchased },
      402: { description: 'The balance does not cover the fees; nothing was taken' },
      404: { description: 'Not in the inventory' },
    },
    handle({ actor, body, wait }) {
      const buyer = accountOf(actor);
      const authIds = new Map([[buyer.id, buyer.authId]]);
      return answerOnce(
        actor,
        () => purchaseByE164(deps, actor, { e164: body.e164, currency: body.currency ?? null }, wait),
        (changed) => ({
          status: 200,
          body: { message: 'Number purchased successfully', number: presentNumber(changed.value, authIds, 'inventory') },
          headers: changeHeaders(changed),
        }),
      );
    },
  });

const details = (deps: VobizNumberDeps) =>
  operation({
    method: 'GET',
    path: '/Account/:auth_id/numbers/:e164',
    operationId: 'getAccountNumber',
    summary: 'View one number in detail',
    tag: TAG,
    resource,
    params: numberParams,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'The number', schema: schema.phoneNumber }, 404: { description: 'No such number of yours' } },
    async handle({ actor, params }) {
      const found = await findHeldNumber(deps, actor, params);
      if (!found.ok) return found;
      return ok({ status: 200, body: presentNumber(found.value, await authIdsOf(deps, found.value)) });
    },
  });
