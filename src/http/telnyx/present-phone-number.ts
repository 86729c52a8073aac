import { z } from 'zod';
import type { Transaction } from '../../app/ports/store.ts';
import { lifecycleOf, type PhoneNumber } from '../../domain/number.ts';
import { requirementsStatusOf } from '../../domain/order.ts';
import { timeText } from '../wire-fields.ts';
import { TYPES } from './filters.ts';

/** What the vendor has and this product has not: shown as what it is, refused when it is set (decision B33). */
export const NOT_HERE = {
  call_forwarding_enabled: false,
  call_recording_enabled: false,
  caller_id_name_enabled: false,
  cnam_listing_enabled: false,
  emergency_enabled: false,
  hd_voice_enabled: false,
  inbound_call_screening: 'disabled',
  t38_fax_gateway_enabled: false,
} as const;

const slimFields = {
  id: z.string(),
  record_type: z.literal('phone_number'),
  phone_number: z.string(),
  country_iso_alpha2: z.string(),
  phone_number_type: z.enum(TYPES),
  status: z.string(),
  external_pin: z.null(),
  customer_reference: z.string().nullable(),
  billing_group_id: z.string().nullable(),
  call_forwarding_enabled: z.boolean(),
  call_recording_enabled: z.boolean(),
  caller_id_name_enabled: z.boolean(),
  cnam_listing_enabled: z.boolean(),
  emergency_enabled: z.boolean(),
  hd_voice_enabled: z.boolean(),
  inbound_call_screening: z.string(),
  t38_fax_gateway_enabled: z.boolean(),
  purchased_at: z.string(),
  activated_at: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
};

/** A number in an answer, whole and slim. */
export const numberSchema = z.object({
  ...slimFields,
  tags: z.array(z.string()),
  connection_id: z.string().nullable(),
  connection_name: z.string().nullable(),
  deletion_lock_enabled: z.boolean(),
  source_type: z.literal('number_order'),
});
export const slimSchema = z.object({
  ...slimFields,
  tags: z.array(z.string()).optional(),
  connection_id: z.string().nullable().optional(),
});

/** A number with what it refers to. */
export interface ShownNumber {
  readonly number: PhoneNumber;
  readonly connection: { readonly extId: string; readonly name: string } | null;
  readonly status: string;
}

/** A number as `/phone_numbers/slim` has it: without what it refers to. */
export function presentSlim({ number, status }: Pick<ShownNumber, 'number' | 'status'>) {
  const since = timeText(number.purchasedAt ?? number.updatedAt);
  return {
    id: number.extId,
    record_type: 'phone_number',
    phone_number: number.e164,
    country_iso_alpha2: number.country,
    phone_number_type: number.type,
    status,
    external_pin: null,
    customer_reference: number.customerReference,
    billing_group_id: number.billingGroupId ?? null,
    ...NOT_HERE,
    purchased_at: since,
    activated_at: number.purchasedAt === null ? null : since,
    // A holder sees its own time with the number, not the platform's (decision B7).
    created_at: since,
    updated_at: timeText(number.updatedAt),
  };
}

/** A number with all its fields. */
export const presentNumber = (shown: ShownNumber) => ({
  ...presentSlim(shown),
  tags: shown.number.tags,
  connection_id: shown.connection?.extId ?? null,
  connection_name: shown.connection?.name ?? null,
  deletion_lock_enabled: shown.number.deletionLock,
  source_type: 'number_order',
});

/** Reads what a number refers to. */
export async function withConnection(tx: Transaction, number: PhoneNumber): Promise<ShownNumber> {
  const group = number.trunkGroupId === null ? null : await tx.trunkGroups.get(number.trunkGroupId);
  return { number, connection: group, status: await statusOf(tx, number) };
}

/** A waiting number says what it waits for (seed-apis D.4.1); the vendor has no status for a suspended one. */
export async function statusOf(tx: Transaction, number: PhoneNumber): Promise<string> {
  const lifecycle = lifecycleOf(number);
  if (lifecycle === 'releasing') return 'deleted';
  if (lifecycle !== 'pending') return 'active';
  const order = await tx.orders.ofNumber(number.id);
  const item = order?.items.find((each) => each.numberId === number.id && each.status === 'pending');
  const status = item === undefined ? 'approved' : requirementsStatusOf(item);
  return status === 'approved' ? 'purchase-pending' : status;
}
