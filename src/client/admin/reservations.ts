// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byCursor } from '../pages.ts';
import type { CallOptions, Send } from '../send.ts';
import type { ListReservationsAnswer, ListReservationsQuery } from './reservations-wire.ts';

/** Reservations: one method an operation. */
export const reservationsApi = (send: Send) => ({
  /** List reservations of numbers, oldest first. */
  listReservations: (query: ListReservationsQuery = {}, options?: CallOptions) =>
    send<ListReservationsAnswer>({ method: 'GET', path: '/admin/v1/reservations', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateReservations: (query: ListReservationsQuery = {}, options?: CallOptions) =>
    byCursor((after) =>
      send<ListReservationsAnswer>(
        { method: 'GET', path: '/admin/v1/reservations', query: { ...query, after: after ?? query.after }, answer: 'json' },
        options,
      ),
    ),
});
