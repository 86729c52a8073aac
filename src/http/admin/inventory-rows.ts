import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import type { InventoryInput } from '../../app/inventory/import-inventory.ts';
import { countryField, textField, uuidField } from '../wire-fields.ts';
import { currencyField } from './fields.ts';
import type { RawRow } from './read-inventory-stream.ts';

const feeField = () => z.number().int().min(0).max(1_000_000_000);

/** One number for sale. Only the number is needed. */
const inventoryRow = z.strictObject({
  e164: z.string().max(32),
  type: z.enum(['local', 'mobile', 'national', 'toll_free', 'shared_cost']).nullable().default(null),
  country: countryField().nullable().default(null),
  region: textField(100).nullable().default(null),
  capabilities: z
    .array(z.enum(['voice', 'sms', 'mms', 'fax']))
    .max(4)
    .nullable()
    .default(null),
  setup_fee_minor: feeField().nullable().default(null),
  monthly_fee_minor: feeField().nullable().default(null),
  currency: currencyField().nullable().default(null),
  carrier_trunk_group_id: uuidField().nullable().default(null),
  mode: z.enum(['live', 'test']).nullable().default(null),
});

/** From the wire's names to ours. */
const inventoryInput = (row: z.infer<typeof inventoryRow>): InventoryInput => ({
  e164: row.e164,
  type: row.type,
  country: row.country,
  region: row.region,
  capabilities: row.capabilities,
  setupFeeMinor: row.setup_fee_minor,
  monthlyFeeMinor: row.monthly_fee_minor,
  currency: row.currency,
  carrierTrunkGroupId: row.carrier_trunk_group_id,
  mode: row.mode,
});

/** Rows that could be read, and those that could not, with their places in the import. */
export interface ReadRows {
  readonly rows: readonly { readonly index: number; readonly row: InventoryInput }[];
  readonly bad: readonly { readonly index: number; readonly code: string; readonly detail: string }[];
}

/** So many rows are read before other requests get their turn. */
const ROWS_AT_ONCE = 500;

/** Reads rows one by one, so that one bad row does not spoil the import. */
export async function readRows(raw: readonly RawRow[]): Promise<ReadRows> {
  const rows: { index: number; row: InventoryInput }[] = [];
  const bad: { index: number; code: string; detail: string }[] = [];
  for (const [index, one] of raw.entries()) {
    if (index % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await setImmediate();
    const parsed = 'value' in one ? inventoryRow.safeParse(one.value) : null;
    if (parsed?.success) rows.push({ index, row: inventoryInput(parsed.data) });
    else bad.push({ index, code: 'invalid', detail: parsed === null ? unreadable(one) : detailOf(parsed.error.issues[0]) });
  }
  return { rows, bad };
}

const DETAIL_MAX = 200;
const unreadable = (row: RawRow): string => ('unreadable' in row ? row.unreadable : 'The row cannot be read.');
const detailOf = (issue: z.core.$ZodIssue | undefined): string =>
  `${issue?.path.join('.') || 'row'}: ${issue?.message ?? 'is not right'}`.slice(0, DETAIL_MAX);
