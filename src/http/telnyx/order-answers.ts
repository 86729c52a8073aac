import { z } from 'zod';
import { TYPES } from './filters.ts';

const statusSchema = z.enum(['pending', 'success', 'failure', 'cancelled', 'deleted']);
const typeSchema = z.enum(TYPES);

const valueSchema = z.object({
  field_type: z.string(),
  field_value: z.string().optional(),
  record_type: z.literal('phone_number_regulatory_requirement'),
  requirement_id: z.string(),
});

/** An ordered number in an answer. */
export const itemSchema = z.object({
  bundle_id: z.null().optional(),
  country_code: z.string(),
  deadline: z.string().optional(),
  id: z.string(),
  is_block_number: z.boolean(),
  locality: z.string().optional(),
  order_request_id: z.string(),
  phone_number: z.string(),
  phone_number_type: typeSchema,
  record_type: z.literal('number_order_phone_number'),
  regulatory_requirements: z.array(valueSchema),
  requirements_met: z.boolean(),
  requirements_status: z.string(),
  status: statusSchema,
  sub_number_order_id: z.string(),
});

const orderFields = {
  billing_group_id: z.string().optional(),
  connection_id: z.string().optional(),
  created_at: z.string(),
  customer_reference: z.string().optional(),
  id: z.string(),
  messaging_profile_id: z.string().optional(),
  phone_numbers_count: z.int(),
  record_type: z.literal('number_order'),
  requirements_met: z.boolean(),
  status: statusSchema,
  sub_number_orders_ids: z.array(z.string()),
  updated_at: z.string(),
};

/** An order in an answer, and in a list. */
export const orderSchema = z.object({ ...orderFields, phone_numbers: z.array(itemSchema) });
export const listedOrderSchema = z.object({
  ...orderFields,
  phone_numbers: z.array(z.object({ id: z.string(), phone_number: z.string() })),
});

/** A sub-order in an answer. */
export const subOrderSchema = z.object({
  country_code: z.string(),
  created_at: z.string(),
  customer_reference: z.string().optional(),
  id: z.string(),
  is_block_sub_number_order: z.boolean(),
  order_request_id: z.string(),
  phone_number_type: typeSchema,
  phone_numbers_count: z.int(),
  record_type: z.literal('sub_number_order'),
  regulatory_requirements: z.array(valueSchema.omit({ field_value: true })),
  requirements_met: z.boolean(),
  status: statusSchema,
  updated_at: z.string(),
  user_id: z.string(),
  phone_numbers: z.array(z.unknown()).optional(),
});
