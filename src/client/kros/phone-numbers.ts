// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byOffset } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  ListPhoneNumbersAnswer,
  ListPhoneNumbersQuery,
  PhoneNumberAnswer,
  PurchasePhoneNumberAnswer,
  PurchasePhoneNumberBody,
  ReleasePhoneNumberQuery,
  UpdatePhoneNumberBody,
} from './phone-numbers-wire.ts';

/** Phone Numbers: one method an operation. */
export const phoneNumbersApi = (send: Send) => ({
  /** List phone numbers */
  listPhoneNumbers: (query: ListPhoneNumbersQuery = {}, options?: CallOptions) =>
    send<ListPhoneNumbersAnswer>({ method: 'GET', path: '/phone-numbers', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iteratePhoneNumbers: (query: ListPhoneNumbersQuery = {}, options?: CallOptions) =>
    byOffset(
      Number(query.offset ?? 0),
      async (offset) =>
        (
          await send<ListPhoneNumbersAnswer>(
            { method: 'GET', path: '/phone-numbers', query: { ...query, offset }, answer: 'json' },
            options,
          )
        ).phone_numbers,
    ),
  /** Purchase a phone number */
  purchasePhoneNumber: (body: PurchasePhoneNumberBody, options?: CallOptions) =>
    send<PurchasePhoneNumberAnswer>({ method: 'POST', path: '/phone-numbers', json: body, answer: 'json' }, options),
  /** Get phone number details */
  getPhoneNumber: (id: string, options?: CallOptions) =>
    send<PhoneNumberAnswer>({ method: 'GET', path: `/phone-numbers/${segment(id)}`, answer: 'json' }, options),
  /** Update phone number settings */
  updatePhoneNumber: (id: string, body: UpdatePhoneNumberBody, options?: CallOptions) =>
    send<PurchasePhoneNumberAnswer>({ method: 'PATCH', path: `/phone-numbers/${segment(id)}`, json: body, answer: 'json' }, options),
  /** Release phone number */
  releasePhoneNumber: (id: string, query: ReleasePhoneNumberQuery = {}, options?: CallOptions) =>
    send<void>({ method: 'DELETE', path: `/phone-numbers/${segment(id)}`, query, answer: 'none' }, options),
});
