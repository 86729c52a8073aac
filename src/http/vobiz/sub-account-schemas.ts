import { z } from 'zod';
import { textField } from '../wire-fields.ts';
import { only, pageField, sizeField } from './fields.ts';

const BUSINESS_TYPE_MAX = 64;

const email = () =>
  z
    .string()
    .max(254)
    .regex(/^[^\s@]{1,64}@[^\s@]{1,189}$/, 'Must be an email address.');

const labels = {
  email: email().nullable().optional().describe('A label.'),
  phone: textField(32, 0).nullable().optional().describe('A label.'),
  description: textField(1000, 0).nullable().optional().describe('A label.'),
  rate_limit: z.int().min(1).max(1_000_000).optional().describe('A label: its unit is not published, so nothing enforces it.'),
  business_type: textField(BUSINESS_TYPE_MAX).nullable().optional().describe('A label.'),
};

const refused = {
  permissions: only(
    z.object({ calls: z.boolean().optional(), cdr: z.boolean().optional() }),
    ({ calls, cdr }) => calls !== false && cdr !== false,
    'Permissions cannot be taken away; disable the sub-account instead.',
  ),
  password: only(
    z.union([z.string(), z.null()]),
    (value) => value === null || value === '',
    'Sub-accounts have no password; use their auth token.',
  ),
  kyc_mode: only(z.string(), (value) => value === 'personal_use', 'Only personal_use is supported.'),
};

/** `POST …/sub-accounts/`. */
export const createBody = z.object({ name: textField(200), enabled: z.boolean().default(true), ...labels, ...refused });

/** `PUT …/sub-accounts/{id}`: what is absent stays. */
export const updateBody = z.object({ name: textField(200).optional(), enabled: z.boolean().optional(), ...labels, ...refused });

/** `GET …/sub-accounts/`. */
export const listQuery = z.object({
  page: pageField(),
  size: sizeField(),
  active_only: z.string().optional().describe('true leaves disabled ones out.'),
});

/** A sub-account. */
export const subAccount = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  description: z.string().nullable(),
  permissions: z.object({ calls: z.boolean(), cdr: z.boolean() }),
  rate_limit: z.int(),
  kyc_mode: z.literal('personal_use'),
  business_type: z.string().nullable(),
  kyc_calls_blocked: z.boolean(),
  parent_account_id: z.string(),
  parent_auth_id: z.string(),
  auth_id: z.string(),
  auth_token: z.string().nullable(),
  api_id: z.string(),
  email_verified: z.boolean(),
  enabled: z.boolean(),
  is_active: z.boolean(),
  created: z.string(),
  modified: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  account: z.string(),
  resource_uri: z.string(),
  last_used: z.string().nullable(),
});

export const subAccountList = z.object({ sub_accounts: z.array(subAccount), total: z.int(), page: z.int(), size: z.int() });
export const created = z.object({
  message: z.string(),
  sub_account: subAccount,
  auth_credentials: z.object({ auth_id: z.string(), auth_token: z.string() }),
});
export const updated = z.object({ message: z.string(), sub_account: subAccount });
export const deleted = z.object({ message: z.string() });
