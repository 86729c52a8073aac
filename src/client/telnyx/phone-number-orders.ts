// Generated from the schemas that the face validates with: `npm run generate:client` writes it anew.
import { byNumber } from '../pages.ts';
import { segment } from '../segment.ts';
import type { CallOptions, Send } from '../send.ts';
import type {
  CreateNumberOrderBody,
  CreateSubNumberOrdersReportBody,
  ListNumberOrderPhoneNumbersAnswer,
  ListNumberOrderPhoneNumbersQuery,
  ListNumberOrdersAnswer,
  ListNumberOrdersQuery,
  ListSubNumberOrdersAnswer,
  ListSubNumberOrdersQuery,
  NumberOrderAnswer,
  NumberOrderPhoneNumberAnswer,
  RetrieveSubNumberOrderQuery,
  SubNumberOrderAnswer,
  SubNumberOrdersReportAnswer,
  UpdateNumberOrderBody,
  UpdateSubNumberOrderBody,
} from './phone-number-orders-wire.ts';

/** Phone Number Orders: one method an operation. */
export const phoneNumberOrdersApi = (send: Send) => ({
  /** List number orders */
  listNumberOrders: (query: ListNumberOrdersQuery = {}, options?: CallOptions) =>
    send<ListNumberOrdersAnswer>({ method: 'GET', path: '/v2/number_orders', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateNumberOrders: (query: ListNumberOrdersQuery = {}, options?: CallOptions) =>
    byNumber(async (page) => {
      const { data, meta } = await send<ListNumberOrdersAnswer>(
        { method: 'GET', path: '/v2/number_orders', query: { ...query, 'page[number]': page }, answer: 'json' },
        options,
      );
      return { rows: data, pages: meta.total_pages };
    }),
  /** Create a number order */
  createNumberOrder: (body: CreateNumberOrderBody, options?: CallOptions) =>
    send<NumberOrderAnswer>({ method: 'POST', path: '/v2/number_orders', json: body, answer: 'json' }, options),
  /** Retrieve a number order */
  retrieveNumberOrder: (numberOrderId: string, options?: CallOptions) =>
    send<NumberOrderAnswer>({ method: 'GET', path: `/v2/number_orders/${segment(numberOrderId)}`, answer: 'json' }, options),
  /** Update a number order */
  updateNumberOrder: (numberOrderId: string, body: UpdateNumberOrderBody, options?: CallOptions) =>
    send<NumberOrderAnswer>({ method: 'PATCH', path: `/v2/number_orders/${segment(numberOrderId)}`, json: body, answer: 'json' }, options),
  /** List sub number orders */
  listSubNumberOrders: (query: ListSubNumberOrdersQuery = {}, options?: CallOptions) =>
    send<ListSubNumberOrdersAnswer>({ method: 'GET', path: '/v2/sub_number_orders', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateSubNumberOrders: (query: ListSubNumberOrdersQuery = {}, options?: CallOptions) =>
    byNumber(async (page) => {
      const { data, meta } = await send<ListSubNumberOrdersAnswer>(
        { method: 'GET', path: '/v2/sub_number_orders', query: { ...query, 'page[number]': page }, answer: 'json' },
        options,
      );
      return { rows: data, pages: meta.total_pages };
    }),
  /** Retrieve a sub number order */
  retrieveSubNumberOrder: (subNumberOrderId: string, query: RetrieveSubNumberOrderQuery = {}, options?: CallOptions) =>
    send<SubNumberOrderAnswer>(
      { method: 'GET', path: `/v2/sub_number_orders/${segment(subNumberOrderId)}`, query, answer: 'json' },
      options,
    ),
  /** Update a sub number order's requirements */
  updateSubNumberOrder: (subNumberOrderId: string, body: UpdateSubNumberOrderBody, options?: CallOptions) =>
    send<SubNumberOrderAnswer>(
      { method: 'PATCH', path: `/v2/sub_number_orders/${segment(subNumberOrderId)}`, json: body, answer: 'json' },
      options,
    ),
  /** Cancel a sub number order; its active numbers stay */
  cancelSubNumberOrder: (subNumberOrderId: string, options?: CallOptions) =>
    send<SubNumberOrderAnswer>(
      { method: 'PATCH', path: `/v2/sub_number_orders/${segment(subNumberOrderId)}/cancel`, answer: 'json' },
      options,
    ),
  /** Retrieve a list of phone numbers associated to orders */
  listNumberOrderPhoneNumbers: (query: ListNumberOrderPhoneNumbersQuery = {}, options?: CallOptions) =>
    send<ListNumberOrderPhoneNumbersAnswer>({ method: 'GET', path: '/v2/number_order_phone_numbers', query, answer: 'json' }, options),
  /** The same, row after row through all pages. */
  iterateNumberOrderPhoneNumbers: (query: ListNumberOrderPhoneNumbersQuery = {}, options?: CallOptions) =>
    byNumber(async (page) => {
      const { data, meta } = await send<ListNumberOrderPhoneNumbersAnswer>(
        { method: 'GET', path: '/v2/number_order_phone_numbers', query: { ...query, 'page[number]': page }, answer: 'json' },
        options,
      );
      return { rows: data, pages: meta.total_pages };
    }),
  /** Retrieve a single phone number within a number order */
  retrieveNumberOrderPhoneNumber: (numberOrderPhoneNumberId: string, options?: CallOptions) =>
    send<NumberOrderPhoneNumberAnswer>(
      { method: 'GET', path: `/v2/number_order_phone_numbers/${segment(numberOrderPhoneNumberId)}`, answer: 'json' },
      options,
    ),
  /** Update requirements for a single phone number within a number order */
  updateNumberOrderPhoneNumber: (numberOrderPhoneNumberId: string, body: UpdateSubNumberOrderBody, options?: CallOptions) =>
    send<NumberOrderPhoneNumberAnswer>(
      { method: 'PATCH', path: `/v2/number_order_phone_numbers/${segment(numberOrderPhoneNumberId)}`, json: body, answer: 'json' },
      options,
    ),
  /** Create a sub number orders report */
  createSubNumberOrdersReport: (body: CreateSubNumberOrdersReportBody, options?: CallOptions) =>
    send<SubNumberOrdersReportAnswer>({ method: 'POST', path: '/v2/sub_number_orders_report', json: body, answer: 'json' }, options),
  /** Retrieve a sub number orders report */
  retrieveSubNumberOrdersReport: (reportId: string, options?: CallOptions) =>
    send<SubNumberOrdersReportAnswer>(
      { method: 'GET', path: `/v2/sub_number_orders_report/${segment(reportId)}`, answer: 'json' },
      options,
    ),
  /** Download a sub number orders report */
  downloadSubNumberOrdersReport: (reportId: string, options?: CallOptions) =>
    send<string>({ method: 'GET', path: `/v2/sub_number_orders_report/${segment(reportId)}/download`, answer: 'file' }, options),
});
