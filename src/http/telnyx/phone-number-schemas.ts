import { z } from 'zod';
import { countryField, textField } from '../wire-fields.ts';
import { booleanText, enumText, listQuery, TYPES } from './filters.ts';
import { pageFields } from './page.ts';
import { sortFields } from './sorts.ts';

const TAGS_MAX = 100;
const LABEL_MAX = 255;

/** The integer id of a number in a path. */
export const numberParams = z.object({ id: z.string().regex(/^[0-9]{1,19}$/) });

/** The vendor's words (seed-apis D.4.1); what it has besides, no number here ever is. */
const STANDING = {
  active: 'active',
  deleted: 'given_back',
  'purchase-pending': 'approved',
  'requirement-info-pending': 'unset',
  'requirement-info-under-review': 'provided',
  'requirement-info-exception': 'rejected',
} as const;
const STATUSES = Object.keys(STANDING) as readonly (keyof typeof STANDING)[];
/** By how a call is paid nothing differs: all numbers are the same in that. */
const NUMBER_SORTS = { purchased_at: 'purchased_at', phone_number: 'e164', connection_name: 'trunk_group_name' } as const;

/** The filters of a list of numbers. */
export const numberFilters = () => ({
  'filter[phone_number]': z
    .string()
    .regex(/^[ +]?[0-9]{1,15}$/, 'Must be digits.')
    // An unescaped plus sign arrives as a space (seed-apis E.1.1).
    .transform((text) => text.replace(' ', '+'))
    .optional()
    .describe('All of a number, or a part of it.'),
  'filter[country_iso_alpha2]': countryField().optional(),
  'filter[number_type][eq]': enumText(TYPES).optional(),
  'filter[tag]': textField(LABEL_MAX).optional(),
  'filter[customer_reference]': textField(LABEL_MAX).optional(),
  'filter[connection_id]': textField(LABEL_MAX).optional(),
  'filter[billing_group_id]': textField(LABEL_MAX).optional().describe('`null`: numbers without one.'),
  'filter[status]': enumText(STATUSES)
    .transform((status) => STANDING[status])
    .optional(),
});

/** `GET /phone_numbers`. */
export const listNumbersQuery = listQuery({ ...pageFields(), ...numberFilters(), ...sortFields(NUMBER_SORTS) });

/** `GET /phone_numbers/slim`. */
export const listSlimQuery = listQuery({
  ...pageFields(),
  ...numberFilters(),
  ...sortFields(NUMBER_SORTS),
  include_connection: booleanText().optional(),
  include_tags: booleanText().optional(),
});

/** Refused unless it says what is so anyway (decision B33). */
export const onlyAs = (name: string, ...values: readonly unknown[]) =>
  z
    .any()
    .refine((value) => value === undefined || value === null || values.includes(value), {
      message: `${name} is not in this product and cannot be set.`,
      params: { problem: 'not_supported' },
    })
    .optional()
    .meta({ description: 'Not in this product: refused when set.' });

const label = () => textField(LABEL_MAX, 0).nullable().optional();

/** `PATCH /phone_numbers/{id}`; absent keys stay, null and an empty text clear. */
export const updateNumberBody = z.object({
  tags: z.array(textField(LABEL_MAX)).max(TAGS_MAX).optional(),
  customer_reference: label(),
  connection_id: label(),
  billing_group_id: label(),
  deletion_lock_enabled: z.boolean().optional(),
  external_pin: onlyAs('external_pin', ''),
  hd_voice_enabled: onlyAs('hd_voice_enabled', false),
  address_id: onlyAs('address_id', ''),
});
