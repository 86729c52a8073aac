import type { z } from 'zod';
import type { HolderChangeDeps } from '../../app/numbers/change-holder.ts';
import { isHeldNumber, isOwnNumber } from '../../app/numbers/own-number.ts';
import { releaseNumber } from '../../app/numbers/release-number.ts';
import { updateNumber } from '../../app/numbers/update-number.ts';
import { scopeOf } from '../../app/orders/own-order.ts';
import type { NumberSort } from '../../app/ports/regulation.ts';
import type { NumberFilter } from '../../app/ports/store.ts';
import type { NumberPatch, PhoneNumber } from '../../domain/number.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { given } from './given.ts';
import { listSchema, metaOf, offsetOf, oneSchema } from './page.ts';
import * as schema from './phone-number-schemas.ts';
import { numberSchema, presentNumber, presentSlim, type ShownNumber, slimSchema, withConnection } from './present-phone-number.ts';
import { sortOf } from './sorts.ts';

export type PhoneNumberDeps = HolderChangeDeps;

const TAG = 'Phone Number Configurations';
const resource = 'number' as const;
const NOT_FOUND: RequestRefusal = { kind: 'not_found', resource };
const responses = {
  200: { description: 'The number.', schema: oneSchema(numberSchema) },
  404: { description: 'No such number of yours' },
};

/** The numbers of the account: list, list slim, retrieve, update, delete. */
export const phoneNumberOperations = (deps: PhoneNumberDeps): AnyOperation[] => [
  list(deps),
  slim(deps),
  get(deps),
  update(deps),
  remove(deps),
];

type Filters = z.output<z.ZodObject<ReturnType<typeof schema.numberFilters>>>;
type Query = z.output<typeof schema.listNumbersQuery>;

/** What the filters of a query say; null for a connection that does not exist. */
export async function filterOf(
  deps: PhoneNumberDeps,
  query: Filters,
  scope: Pick<NumberFilter, 'holder' | 'mode'>,
): Promise<NumberFilter | null> {
  const extId = query['filter[connection_id]'];
  const group = extId === undefined ? undefined : await deps.unitOfWork.read((tx) => tx.trunkGroups.byExtId(extId));
  if (group === null) return null;
  return {
    ...scope,
    ...given('trunkGroupId', group?.id),
    ...given('search', query['filter[phone_number]']),
    ...given('country', query['filter[country_iso_alpha2]']),
    ...given('type', query['filter[number_type][eq]']),
    ...given('tag', query['filter[tag]']),
    ...given('customerReference', query['filter[customer_reference]']),
    ...given('billingGroupId', nullIfNone(query['filter[billing_group_id]'])),
    ...given('standing', query['filter[status]']),
  };
}

const nullIfNone = (text: string | undefined): string | null | undefined => (text === 'null' ? null : text);

/** Unless told otherwise newest first (seed-apis A.7): by when its holder got it, which it is shown as; one that is being bought is newest. */
const NEWEST_FIRST: ReturnType<typeof sortOf<NumberSort>> = [{ by: 'purchased_at', descending: true }];

/** A page of the actor's numbers, none for a connection that does not exist. */
export async function pageOfNumbers(deps: PhoneNumberDeps, query: Query, scope: Pick<NumberFilter, 'holder' | 'mode'>) {
  const filter = await filterOf(deps, query, scope);
  if (filter === null) return { shown: [], total: 0 };
  return deps.unitOfWork.read(async (tx) => {
    const sort = sortOf(query);
    const page = await tx.numbers.listByOffset(filter, offsetOf(query), sort.length === 0 ? NEWEST_FIRST : sort);
    const shown: ShownNumber[] = [];
    for (const number of page.rows) shown.push(await withConnection(tx, number));
    return { shown, total: page.total };
  });
}

const list = (deps: PhoneNumberDeps) =>
  operation({
    method: 'GET',
    path: '/phone_numbers',
    operationId: 'listPhoneNumbers',
    summary: 'List phone numbers',
    tag: TAG,
    query: schema.listNumbersQuery,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of numbers.', schema: listSchema(numberSchema) } },
    async handle({ actor, query }) {
      const { shown, total } = await pageOfNumbers(deps, query, scopeOf(actor));
      return ok({ status: 200, body: { data: shown.map(presentNumber), meta: metaOf(query, total) } });
    },
  });

const slim = (deps: PhoneNumberDeps) =>
  operation({
    method: 'GET',
    path: '/phone_numbers/slim',
    operationId: 'slimListPhoneNumbers',
    summary: 'Slim List phone numbers',
    tag: TAG,
    query: schema.listSlimQuery,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of numbers.', schema: listSchema(slimSchema) } },
    async handle({ actor, query }) {
      const { shown, total } = await pageOfNumbers(deps, query, scopeOf(actor));
      const data = shown.map((each) => ({
        ...presentSlim(each),
        ...(query.include_connection === true ? { connection_id: each.connection?.extId ?? null } : {}),
        ...(query.include_tags === true ? { tags: each.number.tags } : {}),
      }));
      return ok({ status: 200, body: { data, meta: metaOf(query, total) } });
    },
  });

const get = (deps: PhoneNumberDeps) =>
  operation({
    method: 'GET',
    path: '/phone_numbers/:id',
    operationId: 'retrievePhoneNumber',
    summary: 'Retrieve a phone number',
    tag: TAG,
    resource,
    params: schema.numberParams,
    need: { scope: 'numbers:read' },
    responses,
    async handle({ actor, params }) {
      const shown = await deps.unitOfWork.read(async (tx) => {
        const number = await tx.numbers.byExtId(params.id);
        return number === null || !isHeldNumber(actor, number) ? null : withConnection(tx, number);
      });
      return shown === null ? err(NOT_FOUND) : ok({ status: 200, body: { data: presentNumber(shown) } });
    },
  });

const update = (deps: PhoneNumberDeps) =>
  operation({
    method: 'PATCH',
    path: '/phone_numbers/:id',
    operationId: 'updatePhoneNumber',
    summary: 'Update a phone number',
    tag: TAG,
    resource,
    params: schema.numberParams,
    body: schema.updateNumberBody,
    need: { scope: 'numbers:write' },
    changes: true,
    responses: { ...responses, 422: { description: 'A bad field, or a connection that is not yours (85004)' } },
    async handle({ actor, params, body, wait, ifVersion }) {
      const number = await deps.unitOfWork.read((tx) => tx.numbers.byExtId(params.id));
      if (number === null || !isOwnNumber(actor, number)) return err(NOT_FOUND);
      const patch = await patchOf(deps, body);
      if (!patch.ok) return patch;
      const done = await updateNumber(deps, actor, { numberId: number.id, patch: patch.value, by: 'tenant', ifVersion }, wait);
      if (!done.ok) return done.error.kind === 'not_found' && done.error.resource === 'trunk_group' ? err(NO_SUCH_CONNECTION) : done;
      const shown = await deps.unitOfWork.read((tx) => withConnection(tx, done.value.value));
      return ok({ status: 200, body: { data: presentNumber(shown) }, headers: propagationHeaders(done.value.propagation, null) });
    },
  });

/** A connection that a number may not use: unknown and foreign are the same answer (invariant 11). */
export const NO_SUCH_CONNECTION: RequestRefusal = {
  kind: 'conflict',
  code: 'invalid_connection_id',
  detail: 'connection_id names no connection of yours.',
};

type Body = z.output<typeof schema.updateNumberBody>;
const nullIfEmpty = (text: string | null | undefined): string | null | undefined => (text === '' ? null : text);

/** What a body changes on a number. */
export async function patchOf(deps: PhoneNumberDeps, body: Body): Promise<Result<NumberPatch, RequestRefusal>> {
  const extId = nullIfEmpty(body.connection_id);
  const group = extId === null || extId === undefined ? null : await deps.unitOfWork.read((tx) => tx.trunkGroups.byExtId(extId));
  if (extId && group === null) return err(NO_SUCH_CONNECTION);
  return ok({
    ...given('tags', body.tags),
    ...given('customerReference', nullIfEmpty(body.customer_reference)),
    ...given('billingGroupId', nullIfEmpty(body.billing_group_id)),
    ...given('deletionLock', body.deletion_lock_enabled),
    ...(extId === undefined ? {} : { trunkGroupId: group?.id ?? null }),
  });
}

const remove = (deps: PhoneNumberDeps) =>
  operation({
    method: 'DELETE',
    path: '/phone_numbers/:id',
    operationId: 'deletePhoneNumber',
    summary: 'Delete a phone number',
    tag: TAG,
    resource,
    params: schema.numberParams,
    need: { role: 'admin', scope: 'numbers:write' },
    changes: true,
    responses: { ...responses, 422: { description: 'The number has a deletion lock' } },
    async handle({ actor, params, ifVersion }) {
      const before = await findShown(deps, params.id, (number) => isOwnNumber(actor, number));
      if (before === null) return err(NOT_FOUND);
      const done = await releaseNumber(deps, actor, { number: { numberId: before.number.id }, ifVersion });
      if (!done.ok) return done;
      // As its holder knew it: what it is now is nobody's business but the next holder's (decision B7).
      const data = { ...presentNumber(before), status: 'deleted' };
      return ok({ status: 200, body: { data }, headers: propagationHeaders(done.value.propagation, null) });
    },
  });

const findShown = (deps: PhoneNumberDeps, extId: string, isTheirs: (number: PhoneNumber) => boolean): Promise<ShownNumber | null> =>
  deps.unitOfWork.read(async (tx) => {
    const number = await tx.numbers.byExtId(extId);
    return number === null || !isTheirs(number) ? null : withConnection(tx, number);
  });
