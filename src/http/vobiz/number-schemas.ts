import { z } from 'zod';
import { countryField, textField } from '../wire-fields.ts';
import { e164Field, excludeField, pageField, searchField, sizeField } from './fields.ts';

/** `GET …/numbers`. */
export const listQuery = z.object({
  page: pageField(),
  per_page: sizeField(),
  search: searchField().describe('A part of the number, country code included.'),
  include_subaccounts: z.string().optional().describe('false leaves the numbers of sub-accounts out of a parent account’s list.'),
});

/** `GET …/inventory/numbers`. */
export const inventoryQuery = z.object({
  page: pageField(),
  per_page: sizeField(),
  country: countryField().optional(),
  search: searchField().describe('A part of the number.'),
  exclude: excludeField().describe('Prefixes to leave out; wins over search. Comma list or repeated.'),
});

/** `POST …/purchase-from-inventory`. */
export const purchaseBody = z.object({
  e164: e164Field(),
  currency: z
    .string()
    .regex(/^[A-Za-z]{3}$/, 'Must be a three-letter currency code.')
    .transform((text) => text.toUpperCase())
    .optional(),
});

/** `POST …/assign-subaccount`. */
export const assignSubAccountBody = z.object({ sub_account_id: textField(64).meta({ example: 'SA_XXXXXXXX' }) });

/** `POST …/assign`. */
export const assignTrunkBody = z.object({ trunk_group_id: textField(64).meta({ format: 'uuid' }) });

/** `POST …/application`. */
export const applicationBody = z.object({ application_id: textField(64) });

const shared = {
  id: z.string(),
  e164: z.string(),
  country: z.string(),
  region: z.string().optional(),
  capabilities: z.object({ voice: z.boolean(), sms: z.boolean(), mms: z.boolean(), fax: z.boolean() }),
  status: z.enum(['active', 'pending_purchase', 'pending_release', 'released', 'blocked']),
  provider: z.string(),
  setup_fee: z.number(),
  monthly_fee: z.number(),
  currency: z.string(),
  voice_enabled: z.boolean(),
  tags: z.array(z.string()),
  is_blocked: z.boolean(),
  is_trial_number: z.boolean(),
  minimum_commitment_months: z.int(),
  aadhaar_verification_required: z.boolean(),
  aadhaar_verified: z.boolean(),
  source: z.enum(['purchased', 'inventory']),
  created_at: z.string(),
  updated_at: z.string(),
};

/** An owned number. */
export const phoneNumber = z.object({
  ...shared,
  auth_id: z.string(),
  account_id: z.string(),
  application_id: z.string().optional(),
  trunk_group_id: z.string().optional(),
  purchased_at: z.string().optional(),
});

const page = { page: z.int(), per_page: z.int(), total: z.int() };

export const numberList = z.object({ items: z.array(phoneNumber), ...page });
export const inventoryList = z.object({ items: z.array(z.object({ ...shared, auth_id: z.null(), account_id: z.null() })), ...page });
export const purchased = z.object({ message: z.string(), number: phoneNumber });

/** `DELETE …/numbers/{e164}`. */
export const releaseQuery = z.object({
  immediate: z.string().optional().describe('true skips the window in which a release can be cancelled.'),
});
export const released = z.object({
  message: z.string(),
  status: z.enum(['released', 'pending_release']),
  release_fee: z.number(),
  cooldown_ends_at: z.string(),
  cancel_url: z.string().optional(),
  note: z.string().optional(),
});
export const releaseCancelled = z.object({
  message: z.string(),
  status: z.literal('active'),
  currency: z.string(),
  refund_amount: z.number(),
});
export const applied = z.object({
  message: z.string(),
  number: z.string(),
  application: z.object({ application_id: z.string(), app_name: z.string(), answer_url: z.string().optional() }).optional(),
});

/** `GET …/health`. */
export const healthQuery = z.object({
  granularity: z.enum(['daily', 'hourly']).default('daily'),
  days: z
    .string()
    .regex(/^(?:[1-9]|[1-8][0-9]|90)$/, 'Must be a whole number from 1 to 90.')
    .transform(Number)
    .default(30),
});

const totals = {
  total_calls: z.int(),
  answered_calls: z.int(),
  answer_rate: z.number(),
  total_minutes: z.number(),
  avg_duration: z.number(),
};
export const health = z.object({
  e164: z.string(),
  status: z.string(),
  usage_status: z.enum(['active', 'unused']),
  is_spam: z.boolean(),
  granularity: z.enum(['daily', 'hourly']),
  summary: z.object({ period_days: z.int(), ...totals }),
  snapshots: z.array(z.object({ period_start: z.string(), ...totals })),
});
