import type { Mode } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Lookups } from '../ports/store.ts';
import type { AuthDeps } from './authenticate.ts';
import { type Identity, WRONG_CREDENTIALS } from './identity.ts';

/** Accepts a session token and resolves with the id of its user. */
export async function verifySession(deps: AuthDeps, token: string): Promise<Result<string, RequestRefusal>> {
  if (deps.sessionTokens === null) return err(WRONG_CREDENTIALS);
  const verified = await deps.sessionTokens.verify(token);
  if (verified === 'unavailable') {
    return err({ kind: 'unavailable', part: 'session keys', code: 'session_keys_unavailable', retryAfterSeconds: 5 });
  }
  return verified === 'invalid' ? err(WRONG_CREDENTIALS) : ok(verified.userId);
}

/** What a user may act for. Memberships are read each time, so a removed user is out with the next request (decision B20). */
export async function identityOfUser({ users }: Pick<Lookups, 'users'>, userId: string, mode: Mode): Promise<Identity> {
  return { kind: 'user', id: userId, scopes: null, mode, accounts: await users.membershipsOf(userId) };
}
