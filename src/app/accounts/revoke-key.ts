import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';

/** Ends a key or token at once; every later request with it is 401. */
export function revokeKey(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  input: { readonly accountId: string; readonly keyId: string },
): Promise<Result<Changed<void>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    // Two who revoke the same key queue here: one audit row.
    await tx.accounts.lock(input.accountId);
    const key = await tx.keys.get(input.keyId);
    if (key === null || key.accountId !== input.accountId || key.revokedAt !== null) return err({ kind: 'not_found', resource: 'api_key' });
    const revokedAt = deps.clock.now();
    await tx.keys.revoke(key.id, revokedAt);
    await tx.audit({
      action: `${key.kind}.revoke`,
      resource: `${key.kind}:${key.id}`,
      accountId: key.accountId,
      before: key,
      after: { ...key, revokedAt },
    });
    return ok(undefined);
  });
}
