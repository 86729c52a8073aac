import type { Account } from '../../domain/account.ts';
import { type Destinations, destinationsMember } from '../../domain/destinations.ts';
import { type Limits, mergeLimits } from '../../domain/lease.ts';
import { recordRef } from '../../domain/records.ts';
import { accountRecord } from '../../domain/render-record.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';

export interface AccountPatch {
  readonly name?: string;
  readonly status?: 'active' | 'disabled';
  readonly country?: string | null;
  readonly limits?: Partial<Limits>;
  /** null: anywhere. */
  readonly allowedDestinations?: readonly string[] | null;
  readonly blockedDestinations?: readonly string[] | null;
}

function mergeDestinations(
  { destinations }: Account,
  { allowedDestinations, blockedDestinations }: AccountPatch,
): Destinations | undefined {
  const allowed = allowedDestinations === undefined ? destinations?.allowed : (allowedDestinations ?? undefined);
  const blocked = blockedDestinations === undefined ? destinations?.blocked : (blockedDestinations ?? []);
  return destinationsMember({ ...(allowed === undefined ? {} : { allowed }), blocked: blocked ?? [] }).destinations;
}

/** Renames, disables, enables or limits an account. A disabled one neither receives nor places calls; live calls go on (decision B25). */
export function updateAccount(
  deps: ChangeDeps & { readonly clock: Clock },
  actor: Actor,
  accountId: string,
  patch: AccountPatch,
  { ifVersion = null, wait }: { readonly ifVersion?: number | null; readonly wait?: Wait } = {},
): Promise<Result<Changed<Account>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const before = await tx.accounts.lock(accountId);
      if (before === null || before.status === 'closed') return err({ kind: 'not_found', resource: 'account' });
      if (ifVersion !== null && ifVersion !== before.version) return err({ kind: 'precondition_failed', currentVersion: before.version });
      const next: Account = {
        ...before,
        name: patch.name ?? before.name,
        status: patch.status ?? before.status,
        country: patch.country === undefined ? before.country : patch.country,
        limits: mergeLimits(before.limits, patch.limits),
        destinations: mergeDestinations(before, patch),
      };
      const isSame = JSON.stringify(next) === JSON.stringify(before);
      const after: Account = isSame ? before : { ...next, version: before.version + 1, updatedAt: deps.clock.now() };
      if (!isSame) {
        await tx.accounts.save(after);
        await tx.audit({ action: 'account.update', resource: `account:${after.id}`, accountId: after.id, before, after });
      }
      // Unchanged too: the answer says `applied`, and the change before it may still be on its way (decision B17).
      await tx.publish({ ref: recordRef.account(after.id), version: after.version, record: accountRecord(after) }, after.id);
      return ok(after);
    },
    wait,
  );
}
