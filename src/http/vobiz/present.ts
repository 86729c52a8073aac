import type { AuthIds } from '../../app/numbers/list-account-numbers.ts';
import { decimalOf } from '../../domain/money.ts';
import { lifecycleOf, type PhoneNumber } from '../../domain/number.ts';
import { timeText } from '../wire-fields.ts';

/** Vobiz's money: a number in the currency's main unit. */
export const amountOf = (amountMinor: number, currency: string): number => Number(decimalOf({ amountMinor, currency }));

const STATUS = {
  available: 'active',
  pending: 'pending_purchase',
  active: 'active',
  suspended: 'blocked',
  releasing: 'pending_release',
} as const;

const CAPABILITIES = ['voice', 'sms', 'mms', 'fax'] as const;

const common = (number: PhoneNumber) => ({
  e164: number.e164,
  country: number.country,
  ...(number.region === null ? {} : { region: number.region }),
  capabilities: Object.fromEntries(CAPABILITIES.map((name) => [name, number.capabilities.includes(name)])),
  status: STATUS[lifecycleOf(number)],
  provider: '',
  setup_fee: amountOf(number.setupFeeMinor, number.currency),
  monthly_fee: amountOf(number.monthlyFeeMinor, number.currency),
  currency: number.currency,
  voice_enabled: number.capabilities.includes('voice'),
});

const trailer = (number: PhoneNumber) => ({
  is_blocked: number.suspendedBy.length > 0,
  is_trial_number: number.mode === 'test',
  minimum_commitment_months: 0,
  aadhaar_verification_required: false,
  aadhaar_verified: false,
});

/** A row of the stock: nobody's, so both owner keys are null (seed-apis B.1.2). */
export const presentInventory = (number: PhoneNumber) => ({
  id: number.id,
  auth_id: null,
  account_id: null,
  ...common(number),
  tags: number.tags,
  ...trailer(number),
  source: 'inventory',
  created_at: timeText(number.createdAt),
  updated_at: timeText(number.updatedAt),
});

/** An owned number. Unset keys are absent, and both owner keys name the holder (decision B1). */
export function presentNumber(number: PhoneNumber, authIds: AuthIds, source: 'purchased' | 'inventory' = 'purchased') {
  const owner = authIds.get(number.holder?.subAccountId ?? number.holder?.ownerAccountId ?? '') ?? null;
  return {
    id: number.id,
    auth_id: owner,
    account_id: owner,
    ...common(number),
    ...(number.endpointId === null ? {} : { application_id: number.endpointId }),
    ...(number.trunkGroupId === null ? {} : { trunk_group_id: number.trunkGroupId }),
    tags: number.tags,
    ...trailer(number),
    source,
    ...(number.purchasedAt === null ? {} : { purchased_at: timeText(number.purchasedAt) }),
    // A holder sees its own time with the number, not the platform's (decision B7).
    created_at: timeText(number.purchasedAt ?? number.createdAt),
    updated_at: timeText(number.updatedAt),
  };
}

/** A page as every number list of Vobiz has it. */
export const pageBody = (items: readonly unknown[], { page, per_page, total }: { page: number; per_page: number; total: number }) => ({
  items,
  page,
  per_page,
  total,
});
