import type { Actor } from '../../app/actor.ts';
import { type AuthDeps, authenticate, authenticatePlatform } from '../../app/auth/authenticate.ts';
import { WRONG_CREDENTIALS } from '../../app/auth/identity.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, type Result } from '../../kit/result.ts';
import type { RequestHead } from '../face.ts';

/** Finds the caller: `Authorization: Bearer` and any key of an account, or the platform key that names an account (decisions B10, B11). */
export async function authenticateTelnyx(deps: AuthDeps, { headers, ip, requestId }: RequestHead): Promise<Result<Actor, RequestRefusal>> {
  const secret = /^Bearer +(\S{1,512})$/i.exec(headers.authorization ?? '')?.[1];
  if (secret === undefined) return err(WRONG_CREDENTIALS);
  const origin = { ip, requestId, mode: 'live' } as const;
  if (authenticatePlatform(deps, secret, origin) === null) {
    return authenticate(deps, { ...origin, presented: { kind: 'key', secret }, accountId: null });
  }
  const named = headers['x-organization-id'];
  const accountId = typeof named === 'string' && named.trim() !== '' ? named.trim() : null;
  return authenticate(deps, { ...origin, presented: { kind: 'platform', secret }, accountId });
}
