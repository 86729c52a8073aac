import type { Account } from '../../domain/account.ts';
import { recordRef } from '../../domain/records.ts';
import { accountRecord } from '../../domain/render-record.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { DEFAULT_TRAFFIC_POLICY, type TrafficPolicy } from '../../domain/traffic-guard.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change, type Wait } from '../change.ts';
import type { Transaction } from '../ports/store.ts';

/** How an account's calls out are watched, and whether they are stopped. */
export interface GuardedAccount {
  readonly account: Account;
  readonly policy: TrafficPolicy;
  /** 0: the platform's policy. */
  readonly policyVersion: number;
}

type Deps = ChangeDeps & { readonly clock: Clock };
const NOT_FOUND: RequestRefusal = { kind: 'not_found', resource: 'account' };

/** The policy that holds for an account; null: there is none to watch, its parent's calls are its own. */
export const readTrafficPolicy = async (tx: Transaction, accountId: string): Promise<GuardedAccount | null> =>
  guarded(tx, await tx.accounts.get(accountId));

/** The same for whoever is about to change it: the account's row stays as it is until the end of the transaction. */
const lockTrafficPolicy = async (tx: Transaction, accountId: string): Promise<GuardedAccount | null> =>
  guarded(tx, await tx.accounts.lock(accountId));

async function guarded(tx: Transaction, account: Account | null): Promise<GuardedAccount | null> {
  if (account === null || account.status === 'closed' || account.kind !== 'account') return null;
  const stored = await tx.trafficPolicies.get(account.id);
  return { account, policy: stored?.policy ?? DEFAULT_TRAFFIC_POLICY, policyVersion: stored?.version ?? 0 };
}

/** Changes the policy of an account; absent keys stay, the first change starts from the platform's. */
export function changeTrafficPolicy(
  deps: Deps,
  actor: Actor,
  accountId: string,
  patch: Partial<TrafficPolicy>,
  ifVersion: number | null = null,
): Promise<Result<Changed<GuardedAccount>, RequestRefusal>> {
  return change(deps, actor, async (tx) => {
    const before = await lockTrafficPolicy(tx, accountId);
    if (before === null) return err(NOT_FOUND);
    if (ifVersion !== null && ifVersion !== before.policyVersion)
      return err({ kind: 'precondition_failed', currentVersion: before.policyVersion });
    const policy = { ...before.policy, ...patch };
    if (JSON.stringify(policy) === JSON.stringify(before.policy)) return ok(before);
    const version = before.policyVersion + 1;
    await tx.trafficPolicies.save({ accountId, policy, version, updatedAt: deps.clock.now() });
    const resource = `account:${accountId}`;
    await tx.audit({ action: 'account.traffic_policy', resource, accountId, before: before.policy, after: policy });
    return ok({ ...before, policy, policyVersion: version });
  });
}

/** Lets the calls out of an account go on that the guard stopped; changes nothing where it did not. */
export function liftTrafficStop(
  deps: Deps,
  actor: Actor,
  accountId: string,
  wait?: Wait,
): Promise<Result<Changed<GuardedAccount>, RequestRefusal>> {
  return change(
    deps,
    actor,
    async (tx) => {
      const before = await lockTrafficPolicy(tx, accountId);
      if (before === null) return err(NOT_FOUND);
      const { outboundStoppedAt, ...rest } = before.account;
      const isStopped = outboundStoppedAt !== undefined;
      const account: Account = isStopped ? { ...rest, version: rest.version + 1, updatedAt: deps.clock.now() } : before.account;
      if (isStopped) {
        await tx.accounts.save(account);
        const [resource, lifted] = [`account:${accountId}`, { outboundStoppedAt: null }];
        await tx.audit({ action: 'account.outbound_resume', resource, accountId, before: { outboundStoppedAt }, after: lifted });
      }
      // Unchanged too: the answer says `applied`, and the change before it may still be on its way (decision B17).
      await tx.publish({ ref: recordRef.account(account.id), version: account.version, record: accountRecord(account) }, account.id);
      return ok({ ...before, account });
    },
    wait,
  );
}
