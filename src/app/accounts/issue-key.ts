import type { ApiKey, Role } from '../../domain/account.ts';
import type { Mode } from '../../domain/records.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { newId } from '../../kit/ids.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import { issueSecret } from './issue-secret.ts';

export interface IssueKeyInput {
  readonly accountId: string;
  readonly kind: 'key' | 'auth_token';
  readonly mode: Mode;
  readonly role: Role;
  readonly scopes: readonly string[] | null;
  readonly allowedIps: readonly string[];
  readonly expiresAt: number | null;
}

/** Issues an API key or auth token of an account; its secret is told once. */
export function issueKey(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  input: IssueKeyInput,
): Promise<Result<Changed<{ key: ApiKey; secret: string; authId: string }>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    const account = await tx.accounts.lock(input.accountId);
    if (account === null || account.status === 'closed') return err({ kind: 'not_found', resource: 'account' });
    const { secret, sha256, prefix } = issueSecret(input.kind, input.mode);
    const key: ApiKey = { id: newId(), prefix, revokedAt: null, createdAt: deps.clock.now(), ...input };
    await tx.keys.insert(key, sha256);
    await tx.audit({
      action: `${input.kind}.create`,
      resource: `${input.kind}:${key.id}`,
      accountId: account.id,
      before: null,
      after: key,
    });
    return ok({ key, secret, authId: account.authId });
  });
}
