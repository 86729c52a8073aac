import { z } from 'zod';
import { countryField, integerText, uuidField } from '../wire-fields.ts';
import { oneOf } from './aliases.ts';

const TYPES = ['local', 'mobile', 'national', 'toll_free', 'shared_cost'] as const;
const OFFSET_MAX = 1_000_000;

/** `GET /phone-numbers`. */
export const listNumbersQuery = z.object({
  action: z.enum(['assigned', 'available']).default('assigned').describe('Your numbers, or the stock you may buy.'),
  country: countryField().optional(),
  type: z.enum(TYPES).optional(),
  status: z.enum(['active', 'inactive', 'pending', 'suspended']).optional().describe('Of your numbers; suspended means inactive.'),
  limit: integerText(1, 100).default(20),
  offset: integerText(0, OFFSET_MAX).default(0),
});

/** `POST /phone-numbers`. */
export const purchaseBody = z.strictObject({ inventory_id: uuidField().describe('ID of the phone number from inventory.') });

/** `PATCH /phone-numbers/{id}`; camelCase is accepted too. */
export const updateNumberBody = z
  .strictObject({
    endpoint_id: uuidField().nullable().optional().describe('Endpoint to route calls to; null for none.'),
    allow_inbound: z.boolean().optional(),
    allow_outbound: z.boolean().optional(),
    status: z.enum(['active', 'inactive']).optional(),
    endpointId: uuidField().nullable().optional().meta({ deprecated: true }),
    allowInbound: z.boolean().optional().meta({ deprecated: true }),
    allowOutbound: z.boolean().optional().meta({ deprecated: true }),
  })
  .check(oneOf(['endpoint_id', 'endpointId'], ['allow_inbound', 'allowInbound'], ['allow_outbound', 'allowOutbound']))
  .transform((body) => ({
    endpointId: body.endpoint_id === undefined ? body.endpointId : body.endpoint_id,
    allowInbound: body.allow_inbound ?? body.allowInbound,
    allowOutbound: body.allow_outbound ?? body.allowOutbound,
    status: body.status,
  }));

/** `DELETE /phone-numbers/{id}`; the only action there is may be named. */
export const releaseQuery = z.object({ action: z.literal('release').optional() });

const numberFields = {
  id: z.string(),
  e164: z.string(),
  number: z.string().describe('The same as e164.'),
  country: z.string(),
  type: z.enum(TYPES),
  region: z.string().nullable(),
  capabilities: z.array(z.string()),
  setup_cost_cents: z.int(),
  monthly_cost_cents: z.int(),
  currency: z.string(),
};

/** A row of the stock; its `id` is the `inventory_id` of a purchase. */
export const inventoryNumber = z.object(numberFields);

/** An owned number. */
export const phoneNumber = z.object({
  ...numberFields,
  status: z.enum(['active', 'inactive', 'pending']),
  endpoint_id: z.string().nullable(),
  allow_inbound: z.boolean(),
  allow_outbound: z.boolean(),
  sip_uri: z.string(),
  organization_id: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});

/** A number's SIP login, for owners and admins. */
export const sipCredentials = z.object({
  domain: z.string(),
  ip: z.string(),
  port: z.int(),
  transport: z.enum(['udp', 'tcp', 'tls']),
  username: z.string(),
  password: z.string(),
  registered: z.boolean().describe('A phone is registered with this login now.'),
});

export const phoneNumberDetails = phoneNumber.extend({ sip_credentials: sipCredentials.nullable().optional() });

export const phoneNumberList = z.object({
  phone_numbers: z.array(z.union([phoneNumber, inventoryNumber])),
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
});
