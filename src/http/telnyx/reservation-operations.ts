import { z } from 'zod';
import type { Changed } from '../../app/change.ts';
import { scopeOf } from '../../app/orders/own-order.ts';
import { createReservation, type DoneReservation, type ReservationDeps } from '../../app/reservations/create-reservation.ts';
import { extendReservation, findReservation } from '../../app/reservations/extend-reservation.ts';
import { parseE164 } from '../../domain/e164.ts';
import type { Reservation, ReservedNumber } from '../../domain/reservation.ts';
import { ok } from '../../kit/result.ts';
import { answerOnce } from '../idempotency-answer.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { propagationHeaders } from '../propagation-headers.ts';
import { idParams, textField, timeText } from '../wire-fields.ts';
import { enumText, listQuery, timeFilter } from './filters.ts';
import { given } from './given.ts';
import { e164Field, noneTwice, nullIfEmpty } from './order-schemas.ts';
import { listSchema, metaOf, offsetOf, oneSchema, pageFields } from './page.ts';
import type { OrderView } from './present-order.ts';
import { isRetry, replayedHeader } from './retry-header.ts';

type Deps = ReservationDeps & OrderView;

const TAG = 'Phone Number Reservations';
const resource = 'reservation' as const;
const STATUSES = ['pending', 'success', 'failure', 'partial_success'] as const;
const NUMBERS_MAX = 1000;

const reservedSchema = z.object({
  id: z.string(),
  record_type: z.literal('reserved_phone_number'),
  phone_number: z.string(),
  status: z.enum(['success', 'failure']),
  errors: z.string().optional(),
  expired_at: z.string().optional(),
  created_at: z.string(),
  updated_at: z.string(),
});
const reservationSchema = z.object({
  id: z.string(),
  record_type: z.literal('number_reservation'),
  status: z.enum(STATUSES),
  customer_reference: z.string().optional(),
  phone_numbers: z.array(reservedSchema),
  created_at: z.string(),
  updated_at: z.string(),
});

const ERRORS = { reserved: 'Number is already on hold', not_available: 'Number is not available' } as const;

const presentNumber = (item: ReservedNumber) => ({
  id: item.id,
  record_type: 'reserved_phone_number',
  phone_number: item.e164,
  status: item.error === null ? 'success' : 'failure',
  ...(item.error === null ? {} : { errors: ERRORS[item.error] }),
  ...(item.expiredAt === null ? {} : { expired_at: timeText(item.expiredAt) }),
  created_at: timeText(item.createdAt),
  updated_at: timeText(item.updatedAt),
});

/** `partial_success` is in the documents and not in the schema (seed-apis A.5): a strict view says `success`, the numbers tell the truth. */
const presentReservation = (reservation: Reservation, { strictStatus }: OrderView) => ({
  id: reservation.id,
  record_type: 'number_reservation',
  status: reservation.status === 'partial' && !strictStatus ? 'partial_success' : 'success',
  ...(reservation.customerReference === null ? {} : { customer_reference: reservation.customerReference }),
  phone_numbers: reservation.numbers.map(presentNumber),
  created_at: timeText(reservation.createdAt),
  updated_at: timeText(reservation.updatedAt),
});

/** What a filter on a status finds: those that are shown as it, and the partial ones by their own name too. */
function statusesOf(
  asked: 'success' | 'partial_success' | undefined,
  { strictStatus }: OrderView,
): readonly Reservation['status'][] | undefined {
  if (asked === undefined) return undefined;
  if (asked === 'partial_success') return ['partial'];
  return strictStatus ? ['success', 'partial'] : ['success'];
}

const createBody = z
  .object({
    phone_numbers: z
      .array(z.object({ phone_number: e164Field() }))
      .refine((list) => list.length > 0, { message: 'You must provide at least 1 phone number.', params: { problem: 'missing' } })
      .refine((list) => list.length <= NUMBERS_MAX, {
        message: `${NUMBERS_MAX} numbers is the maximum allowed.`,
        params: { problem: 'invalid' },
      })
      .check(noneTwice),
    customer_reference: textField(255, 0).nullable().optional(),
  })
  .transform((body) => ({
    e164s: body.phone_numbers.map(({ phone_number: e164 }) => e164),
    customerReference: nullIfEmpty(body.customer_reference),
  }));

const listFilters = listQuery({
  ...pageFields(),
  'filter[status]': enumText(STATUSES).optional(),
  'filter[created_at][gt]': timeFilter().optional(),
  'filter[created_at][lt]': timeFilter().optional(),
  'filter[phone_numbers.phone_number]': z
    .string()
    // An unescaped plus sign arrives as a space (seed-apis E.1.1).
    .transform((text) => text.replace(/^ /, '+'))
    .refine((text) => parseE164(text) !== null, 'Must be a phone number in +E.164 format.')
    .optional(),
  'filter[customer_reference]': textField(255).optional(),
});

const responses = {
  200: { description: 'The reservation.', schema: oneSchema(reservationSchema) },
  404: { description: 'No such reservation of yours' },
};

/** Reservations of numbers: list, create, retrieve, extend. */
export const reservationOperations = (deps: Deps): AnyOperation[] => [list(deps), create(deps), get(deps), extend(deps)];

const list = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/number_reservations',
    operationId: 'listNumberReservations',
    summary: 'List number reservations',
    tag: TAG,
    query: listFilters,
    need: { scope: 'numbers:read' },
    responses: { 200: { description: 'A page of reservations, newest first.', schema: listSchema(reservationSchema) } },
    async handle({ actor, query }) {
      const status = query['filter[status]'];
      // Nothing here is ever pending, and what failed as a whole was refused.
      if (status === 'pending' || status === 'failure') return ok({ status: 200, body: { data: [], meta: metaOf(query, 0) } });
      const filter = {
        ...scopeOf(actor),
        ...given('statuses', statusesOf(status, deps)),
        ...given('createdAfter', query['filter[created_at][gt]']),
        ...given('createdBefore', query['filter[created_at][lt]']),
        ...given('e164', query['filter[phone_numbers.phone_number]']),
        ...given('customerReference', query['filter[customer_reference]']),
      };
      const { rows, total } = await deps.unitOfWork.read((tx) => tx.reservations.list(filter, offsetOf(query)));
      return ok({ status: 200, body: { data: rows.map((row) => presentReservation(row, deps)), meta: metaOf(query, total) } });
    },
  });

const create = (deps: Deps) =>
  operation({
    method: 'POST',
    path: '/number_reservations',
    operationId: 'createNumberReservation',
    summary: 'Create a number reservation',
    tag: TAG,
    body: createBody,
    need: { role: 'admin', scope: 'numbers:write' },
    changes: true,
    responses: {
      200: { description: 'The reservation; each number says whether it could be had.', schema: oneSchema(reservationSchema) },
      422: { description: 'A bad field, no number that could be had (85001, 85006), or too many (85007)' },
    },
    async handle({ actor, body, headers }) {
      return answerOnce(
        actor,
        () => createReservation(deps, actor, { ...body, isRetry: isRetry(headers) }),
        (changed) => answerDone(changed, deps),
      );
    },
  });

const answerDone = ({ value, propagation }: Changed<DoneReservation>, view: OrderView) => ({
  status: 200,
  body: { data: presentReservation(value.reservation, view) },
  headers: { ...propagationHeaders(propagation, null), ...replayedHeader(value.replayed) },
});

const get = (deps: Deps) =>
  operation({
    method: 'GET',
    path: '/number_reservations/:id',
    operationId: 'retrieveNumberReservation',
    summary: 'Retrieve a number reservation',
    tag: TAG,
    resource,
    params: idParams,
    need: { scope: 'numbers:read' },
    responses,
    async handle({ actor, params }) {
      const found = await findReservation(deps, actor, params.id);
      return found.ok ? ok({ status: 200, body: { data: presentReservation(found.value, deps) } }) : found;
    },
  });

const extend = (deps: Deps) =>
  operation({
    method: 'POST',
    path: '/number_reservations/:id/actions/extend',
    operationId: 'extendNumberReservation',
    summary: 'Extend a number reservation',
    tag: TAG,
    resource,
    params: idParams,
    need: { role: 'admin', scope: 'numbers:write' },
    changes: true,
    responses: { ...responses, 422: { description: 'The reservation has ended (10027), or was extended as often as it can be (85008)' } },
    async handle({ actor, params, headers }) {
      return answerOnce(
        actor,
        () => extendReservation(deps, actor, params.id, isRetry(headers)),
        (changed) => answerDone(changed, deps),
      );
    },
  });
