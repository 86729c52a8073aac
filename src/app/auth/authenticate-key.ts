import type { ApiKey } from '../../domain/account.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import { hashSecret } from '../accounts/issue-secret.ts';
import type { Lookups } from '../ports/store.ts';
import { isAddressAllowed } from './allowed-addresses.ts';
import { type Identity, WRONG_CREDENTIALS } from './identity.ts';

const SECRET_MAX = 512;

/** Accepts an API key or auth token that is known, not revoked, not expired, and used from where it may be. */
export async function authenticateKey(
  { keys }: Pick<Lookups, 'keys'>,
  secret: string,
  ip: string | null,
  now: number,
): Promise<Result<Identity, RequestRefusal>> {
  if (secret.length > SECRET_MAX) return err(WRONG_CREDENTIALS);
  const key = await keys.bySecretHash(hashSecret(secret));
  if (key === null || !isInForce(key, now)) return err(WRONG_CREDENTIALS);
  if (!isAddressAllowed(key.allowedIps, ip)) return err({ kind: 'forbidden', detail: 'This key may not be used from this address.' });
  return ok({
    kind: key.kind === 'key' ? 'key' : 'token',
    id: key.id,
    scopes: key.scopes,
    mode: key.mode,
    accounts: [{ accountId: key.accountId, role: key.role }],
  });
}

const isInForce = (key: ApiKey, now: number): boolean => key.revokedAt === null && (key.expiresAt === null || key.expiresAt > now);
