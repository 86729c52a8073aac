import { z } from 'zod';
import { parseE164 } from '../../domain/e164.ts';
import { ORDER_STATUSES } from '../../domain/order.ts';
import { ORDER_NUMBERS_MAX } from '../../domain/order-create.ts';
import { isUuid } from '../../kit/ids.ts';
import { countryField, integerText, textField, uuidField } from '../wire-fields.ts';
import { booleanText, enumText, listQuery, TYPES, timeFilter } from './filters.ts';
import { pageFields } from './page.ts';

const REFERENCE_MAX = 255;
const LABEL_MAX = 255;
const VALUE_MAX = 1000;

/** Path parameters as the vendor names them. */
export const orderParams = z.object({ number_order_id: uuidField() });
export const subOrderParams = z.object({ sub_number_order_id: uuidField() });
export const itemParams = z.object({ number_order_phone_number_id: uuidField() });

const missing = (message: string) => ({ message, params: { problem: 'missing' } });

/** What there is no resource for yet: an id of one names nothing. */
const nothingOf = (name: string) =>
  z
    .any()
    .refine((value) => value === undefined || value === null, {
      message: `You have no ${name} with this id.`,
      params: { problem: 'not_found' },
    })
    .optional()
    .meta({ type: 'string' });

/** An id that is no UUID names nothing either. */
const groupIdField = () =>
  z
    .any()
    .refine((value) => value === undefined || value === null || (typeof value === 'string' && isUuid(value)), {
      message: 'You have no requirement group with this id.',
      params: { problem: 'not_found' },
    })
    .transform((value: string | null | undefined) => value?.toLowerCase() ?? null)
    .optional()
    .meta({ type: 'string', format: 'uuid' });

/** A number of a body. */
export const e164Field = () =>
  z
    .string()
    .refine((text) => parseE164(text) !== null, { message: 'Phone number must be in +E.164 format.', params: { problem: 'not_e164' } })
    .meta({ example: '+19705555098' });

const label = () => textField(LABEL_MAX, 0).nullable().optional();
/** Nothing at all and an empty text are the same: none. */
export const nullIfEmpty = (text: string | null | undefined): string | null => (text === undefined || text === '' ? null : text);

type ListCheck = (context: z.core.ParsePayload<readonly { readonly phone_number: string }[]>) => void;
/** Refuses a list that names a number twice, at the second place. */
export const noneTwice: ListCheck = ({ value, issues }) => {
  const seen = new Set<string>();
  for (const [index, { phone_number: e164 }] of value.entries()) {
    if (seen.has(e164))
      issues.push({ code: 'custom', path: [index, 'phone_number'], message: 'This number is in the order twice.', input: value });
    seen.add(e164);
  }
};

/** `POST /number_orders`. */
export const createOrderBody = z
  .object({
    phone_numbers: z
      .array(
        z.object({
          phone_number: e164Field(),
          requirement_group_id: groupIdField(),
          bundle_id: nothingOf('bundle'),
        }),
      )
      .refine((list) => list.length > 0, missing('You must provide at least 1 phone number.'))
      .refine((list) => list.length <= ORDER_NUMBERS_MAX, {
        message: `${ORDER_NUMBERS_MAX} numbers is the maximum allowed.`,
        params: { problem: 'invalid' },
      })
      .check(noneTwice),
    connection_id: label(),
    messaging_profile_id: label(),
    billing_group_id: label(),
    customer_reference: textField(REFERENCE_MAX, 0).nullable().optional(),
  })
  .transform((body) => ({
    e164s: body.phone_numbers.map(({ phone_number: e164 }) => e164),
    requirementGroupIds: body.phone_numbers.map(({ requirement_group_id: id }) => id ?? null),
    trunkGroupExtId: nullIfEmpty(body.connection_id),
    messagingProfileId: nullIfEmpty(body.messaging_profile_id),
    billingGroupId: nullIfEmpty(body.billing_group_id),
    customerReference: nullIfEmpty(body.customer_reference),
  }));

/** The vendor's schema calls both optional; without either of them there is nothing to do (decision B26). */
const neededText = (charactersMax: number) =>
  z
    .any()
    .refine((value) => value !== undefined && value !== null && value !== '', missing('Required.'))
    .pipe(textField(charactersMax))
    .meta({ type: 'string' });

/** `regulatory_requirements`: values by requirement. */
export const offeredValues = z
  .array(
    z
      .object({ requirement_id: neededText(100), field_value: neededText(VALUE_MAX) })
      .transform((each) => ({ requirementId: each.requirement_id.toLowerCase(), value: each.field_value })),
  )
  .max(1000);

/** `PATCH /number_orders/{number_order_id}`; every key may be absent. */
export const updateOrderBody = z
  .object({
    customer_reference: textField(REFERENCE_MAX, 0).nullable().optional(),
    regulatory_requirements: offeredValues.nullable().optional(),
  })
  .transform((body) => ({
    ...(body.customer_reference === undefined ? {} : { customerReference: nullIfEmpty(body.customer_reference) }),
    values: body.regulatory_requirements ?? [],
  }));

/** `PATCH` of a sub-order and of one of its numbers. */
export const updateRequirementsBody = z
  .object({ regulatory_requirements: offeredValues.nullable().optional() })
  .transform((body) => ({ values: body.regulatory_requirements ?? [] }));

const countFilter = () => integerText(0, 1_000_000);

/** `GET /number_orders`. */
export const listOrdersQuery = listQuery({
  ...pageFields(),
  'filter[status]': enumText(ORDER_STATUSES).optional(),
  'filter[created_at][gt]': timeFilter().optional(),
  'filter[created_at][lt]': timeFilter().optional(),
  'filter[phone_numbers_count]': countFilter().optional(),
  'filter[customer_reference]': textField(REFERENCE_MAX).optional(),
  'filter[requirements_met]': booleanText().optional(),
});

/** Some lists are documented without pages: whoever does not ask for one gets as much as a page can hold. */
export const UNPAGED = 250;

/** `GET /sub_number_orders`. */
export const listSubOrdersQuery = listQuery({
  ...pageFields(UNPAGED),
  'filter[status]': enumText(ORDER_STATUSES).optional(),
  'filter[order_request_id]': uuidField().optional(),
  'filter[country_code]': countryField().optional(),
  'filter[phone_number_type]': enumText(TYPES).optional(),
  'filter[phone_numbers_count]': countFilter().optional(),
});

/** `GET /sub_number_orders/{sub_number_order_id}`. */
export const getSubOrderQuery = listQuery({ 'filter[include_phone_numbers]': booleanText().optional() });

/** `GET /number_order_phone_numbers`. */
export const listItemsQuery = listQuery({ ...pageFields(UNPAGED), 'filter[country_code]': countryField().optional() });
