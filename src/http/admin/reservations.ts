import { z } from 'zod';
import type { Reservation } from '../../domain/reservation.ts';
import { ok } from '../../kit/result.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { textField, timeText, uuidField } from '../wire-fields.ts';
import type { AdminDeps } from './admin-deps.ts';
import { listBody, listSchema, pageFields, pageOf } from './page.ts';

const reservationSchema = z.object({
  id: z.string(),
  mode: z.enum(['live', 'test']),
  account_id: z.string(),
  status: z.enum(['success', 'partial']),
  customer_reference: z.string().nullable(),
  extensions: z.number().int(),
  numbers: z.array(
    z.object({
      e164: z.string(),
      number_id: z.string().nullable(),
      error: z.enum(['reserved', 'not_available']).nullable(),
      expired_at: z.string().nullable(),
    }),
  ),
  created_at: z.string(),
  updated_at: z.string(),
});

const presentReservation = (reservation: Reservation) => ({
  id: reservation.id,
  mode: reservation.mode,
  account_id: reservation.holder.subAccountId ?? reservation.holder.ownerAccountId,
  status: reservation.status,
  customer_reference: reservation.customerReference,
  extensions: reservation.extensions,
  numbers: reservation.numbers.map(({ e164, numberId, error, expiredAt }) => ({
    e164,
    number_id: numberId,
    error,
    expired_at: expiredAt === null ? null : timeText(expiredAt),
  })),
  created_at: timeText(reservation.createdAt),
  updated_at: timeText(reservation.updatedAt),
});

/** Reservations of every account. */
export const reservationOperations = (deps: AdminDeps): AnyOperation[] => [
  operation({
    method: 'GET',
    path: '/reservations',
    operationId: 'listReservations',
    summary: 'List reservations of numbers, oldest first.',
    tag: 'Reservations',
    query: z.object({
      ...pageFields,
      account_id: uuidField().optional(),
      mode: z.enum(['live', 'test']).optional(),
      e164: textField(20).optional(),
    }),
    responses: { 200: { description: 'A page of reservations.', schema: listSchema(reservationSchema) } },
    async handle({ query }) {
      const filter = {
        ...(query.account_id === undefined ? {} : { accountId: query.account_id }),
        ...(query.mode === undefined ? {} : { mode: query.mode }),
        ...(query.e164 === undefined ? {} : { e164: query.e164 }),
      };
      const rows = await deps.unitOfWork.read((tx) => tx.reservations.listAll(filter, pageOf(query)));
      return ok({ status: 200, body: listBody(rows, query.limit, (row) => row, presentReservation) });
    },
  }),
];
