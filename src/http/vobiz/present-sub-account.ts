import type { SubAccount } from '../../app/ports/sub-accounts.ts';
import { timeText } from '../wire-fields.ts';

/** A sub-account as its parent sees it; the token is told only in the answer that made it. */
export function presentSubAccount({ account, labels, extId, parentExtId }: SubAccount, parentAuthId: string, authToken = '<redacted>') {
  const createdAt = timeText(account.createdAt);
  const updatedAt = timeText(account.updatedAt);
  const enabled = account.status === 'active';
  return {
    name: account.name,
    email: labels.email,
    phone: labels.phone,
    description: labels.description,
    permissions: { calls: true, cdr: true },
    rate_limit: labels.rateLimit,
    kyc_mode: 'personal_use',
    business_type: labels.businessType,
    kyc_calls_blocked: false,
    id: extId,
    parent_account_id: parentExtId,
    parent_auth_id: parentAuthId,
    auth_id: account.authId,
    auth_token: authToken,
    api_id: account.id,
    email_verified: false,
    enabled,
    is_active: enabled,
    created: createdAt,
    modified: updatedAt,
    created_at: createdAt,
    updated_at: updatedAt,
    account: `/v1/Account/${parentAuthId}/`,
    resource_uri: `/v1/Account/${parentAuthId}/Subaccount/${account.authId}/`,
    // Uses of a token are counted by key, not by account.
    last_used: null,
  };
}
