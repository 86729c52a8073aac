import { z } from 'zod';
import { isHeldNumber } from '../../app/numbers/own-number.ts';
import { scopeOf } from '../../app/orders/own-order.ts';
import type { Transaction, UnitOfWork } from '../../app/ports/store.ts';
import { lifecycleOf, type PhoneNumber } from '../../domain/number.ts';
import { requirementsStatusOf } from '../../domain/order.ts';
import { err, ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { countryField, timeText } from '../wire-fields.ts';
import { enumText, listQuery, TYPES } from './filters.ts';
import { given } from './given.ts';
import { listSchema, metaOf, offsetOf, oneSchema, pageFields } from './page.ts';

interface Deps {
  readonly unitOfWork: UnitOfWork;
}

const TAG = 'Phone Number Configurations';

const numberSchema = z.object({
  id: z.string(),
  record_type: z.literal('phone_number'),
  phone_number: z.string(),
  country_iso_alpha2: z.string(),
  phone_number_type: z.enum(TYPES),
  status: z.string(),
  tags: z.array(z.string()),
  external_pin: z.null(),
  connection_id: z.string().nullable(),
  connection_name: z.string().nullable(),
  customer_reference: z.string().nullable(),
  deletion_lock_enabled: z.boolean(),
  source_type: z.literal('number_order'),
  purchased_at: z.string(),
  activated_at: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});

/** A number with what it refers to. */
interface ShownNumber {
  readonly number: PhoneNumber;
  readonly connection: { readonly extId: string; readonly name: string } | null;
  readonly status: string;
}

const presentNumber = ({ number, connection, status }: ShownNumber) => {
  const since = timeText(number.purchasedAt ?? number.updatedAt);
  return {
    id: number.extId,
    record_type: 'phone_number',
    phone_number: number.e164,
    country_iso_alpha2: number.country,
    phone_number_type: number.type,
    status,
    tags: number.tags,
    external_pin: null,
    connection_id: connection?.extId ?? null,
    connection_name: connection?.name ?? null,
    customer_reference: number.customerReference,
    deletion_lock_enabled: number.deletionLock,
    source_type: 'number_order',
    purchased_at: since,
    activated_at: number.purchasedAt === null ? null : since,
    // A holder sees its own time with the number, not the platform's (decision B7).
    created_at: since,
    updated_at: timeText(number.updatedAt),
  };
};

async function withConnection(tx: Transaction, number: PhoneNumber): Promise<ShownNumber> {
  const group = number.trunkGroupId === null ? null : await tx.trunkGroups.get(number.trunkGroupId);
  return { number, connection: group, status: await statusOf(tx, number) };
}

/** A waiting number says what it waits for (seed-apis D.4.1); the vendor has no status for a suspended one. */
async function statusOf(tx: Transaction, number: PhoneNumber): Promise<string> {
  const lifecycle = lifecycleOf(number);
  if (lifecycle === 'releasing') return 'deleted';
  if (lifecycle !== 'pending') return 'active';
  const order = await tx.orders.ofNumber(number.id);
  const item = order?.items.find((each) => each.numberId === number.id && each.status === 'pending');
  const status = item === undefined ? 'approved' : requirementsStatusOf(item);
  return status === 'approved' ? 'purchase-pending' : status;
}

/** The numbers of the account: list and retrieve. */
export const phoneNumberOperations = (deps: Deps): AnyOperation[] => [list(deps), get(deps)];

const list = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/phone_numbers',
    operationId: 'listPhoneNumbers',
    summary: 'List phone numbers',
    tag: TAG,
    query: listQuery({
      ...pageFields(),
      'filter[phone_number]': z
        .string()
        .regex(/^[ +]?[0-9]{1,15}$/, 'Must be digits.')
        // An unescaped plus sign arrives as a space (seed-apis E.1.1).
        .transform((text) => text.replace(' ', '+'))
        .optional()
        .describe('All of a number, or a part of it.'),
      'filter[country_iso_alpha2]': countryField().optional(),
      'filter[number_type][eq]': enumText(TYPES).optional(),
    }),
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of numbers.', schema: listSchema(numberSchema) } },
    async handle({ actor, query }) {
      const filter = {
        ...scopeOf(actor),
        ...given('search', query['filter[phone_number]']),
        ...given('country', query['filter[country_iso_alpha2]']),
        ...given('type', query['filter[number_type][eq]']),
      };
      const { shown, total } = await deps.unitOfWork.read(async (tx) => {
        const page = await tx.numbers.listByOffset(filter, offsetOf(query));
        const found: ShownNumber[] = [];
        for (const number of page.rows) found.push(await withConnection(tx, number));
        return { shown: found, total: page.total };
      });
      return ok({ status: 200, body: { data: shown.map(presentNumber), meta: metaOf(query, total) } });
    },
  });

const get = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/phone_numbers/:id',
    operationId: 'retrievePhoneNumber',
    summary: 'Retrieve a phone number',
    tag: TAG,
    resource: 'number',
    params: z.object({ id: z.string().regex(/^[0-9]{1,19}$/) }),
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'The number.', schema: oneSchema(numberSchema) }, 404: { description: 'No such number of yours' } },
    async handle({ actor, params }) {
      const shown = await deps.unitOfWork.read(async (tx) => {
        const number = await tx.numbers.byExtId(params.id);
        return number === null || !isHeldNumber(actor, number) ? null : withConnection(tx, number);
      });
      return shown === null ? err({ kind: 'not_found', resource: 'number' }) : ok({ status: 200, body: { data: presentNumber(shown) } });
    },
  });
