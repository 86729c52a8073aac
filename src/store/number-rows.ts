import type { Holder } from '../domain/account.ts';
import type { NumberType, PhoneNumber } from '../domain/number.ts';
import type { Mode, SuspendedBy } from '../domain/records.ts';
import { type LimitColumns, limitsOf } from './limit-columns.ts';

/** A row of `numbers` as the driver returns it. */
export interface NumberRow extends LimitColumns {
  id: string;
  ext_id: string;
  e164: string;
  mode: Mode;
  country: string;
  type: NumberType;
  region: string | null;
  capabilities: string[];
  setup_fee_minor: number;
  monthly_fee_minor: number;
  currency: string;
  carrier_trunk_group_id: string | null;
  owner_account_id: string | null;
  sub_account_id: string | null;
  lifecycle: PhoneNumber['lifecycle'];
  suspended_by: SuspendedBy[];
  suspension_aside: boolean;
  available_at: number | null;
  reserved_until: number | null;
  reserved_owner_account_id: string | null;
  reserved_sub_account_id: string | null;
  reserved_as: string | null;
  last_owner_account_id: string | null;
  last_sub_account_id: string | null;
  allow_inbound: boolean;
  allow_outbound: boolean;
  endpoint_id: string | null;
  trunk_group_id: string | null;
  tags: string[];
  customer_reference: string | null;
  billing_group_id: string | null;
  deletion_lock: boolean;
  last_call_at: number | null;
  purchased_at: number | null;
  version: number;
  created_at: number;
  updated_at: number;
}

/** What a select of numbers lists. The external id is beyond 2^53 and stays text. */
export const NUMBER_COLUMNS = `id, ext_id::text, e164, mode, country, type, region, capabilities, setup_fee_minor, monthly_fee_minor,
  currency, carrier_trunk_group_id, owner_account_id, sub_account_id, lifecycle, suspended_by, available_at, last_owner_account_id,
  last_sub_account_id, allow_inbound, allow_outbound, endpoint_id, trunk_group_id, tags, customer_reference, deletion_lock,
  last_call_at, purchased_at, version, created_at, updated_at, max_channels, max_cps, max_call_seconds, reserved_until,
  reserved_owner_account_id, reserved_sub_account_id, reserved_as, billing_group_id, suspension_aside, minutes_per_day`;

const holder = (ownerAccountId: string | null, subAccountId: string | null): Holder | null =>
  ownerAccountId === null ? null : { ownerAccountId, subAccountId };

/** For whom a number in stock is kept. */
function reservedOf(row: NumberRow): Pick<PhoneNumber, 'reserved'> {
  const kept = holder(row.reserved_owner_account_id, row.reserved_sub_account_id);
  return kept === null || row.reserved_until === null || row.reserved_as === null
    ? {}
    : { reserved: { holder: kept, until: row.reserved_until, as: row.reserved_as } };
}

/** Turns a row into the number of the domain. */
export const toNumber = (row: NumberRow): PhoneNumber => ({
  id: row.id,
  extId: row.ext_id,
  e164: row.e164,
  mode: row.mode,
  country: row.country,
  type: row.type,
  region: row.region,
  capabilities: row.capabilities,
  setupFeeMinor: row.setup_fee_minor,
  monthlyFeeMinor: row.monthly_fee_minor,
  currency: row.currency,
  carrierTrunkGroupId: row.carrier_trunk_group_id,
  holder: holder(row.owner_account_id, row.sub_account_id),
  lifecycle: row.lifecycle,
  suspendedBy: row.suspended_by,
  availableAt: row.available_at,
  lastHolder: holder(row.last_owner_account_id, row.last_sub_account_id),
  allowInbound: row.allow_inbound,
  allowOutbound: row.allow_outbound,
  endpointId: row.endpoint_id,
  trunkGroupId: row.trunk_group_id,
  tags: row.tags,
  customerReference: row.customer_reference,
  deletionLock: row.deletion_lock,
  lastCallAt: row.last_call_at,
  purchasedAt: row.purchased_at,
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  ...limitsOf(row),
  ...reservedOf(row),
  ...(row.suspension_aside ? { suspensionAside: true as const } : {}),
  ...(row.billing_group_id === null ? {} : { billingGroupId: row.billing_group_id }),
});
