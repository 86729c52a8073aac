import type { Account } from '../../domain/account.ts';
import { recordRef } from '../../domain/records.ts';
import { accountRecord } from '../../domain/render-record.ts';
import {
  DEFAULT_TRAFFIC_POLICY,
  judgeTraffic,
  type TrafficFinding,
  type TrafficPolicy,
  type TrafficRow,
} from '../../domain/traffic-guard.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import { ok } from '../../kit/result.ts';
import { type ChangeDeps, change } from '../change.ts';
import { systemActor } from '../jobs/job-actor.ts';
import type { Transaction } from '../ports/store.ts';
import type { TrafficMetrics, TrafficReader } from '../ports/traffic.ts';

export interface WatchTrafficDeps extends ChangeDeps {
  readonly traffic: TrafficReader;
  readonly metrics: TrafficMetrics;
  readonly clock: Clock;
  readonly log: Logger;
}

const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
/** Ends of calls may be on their way that long. */
const LATE_MS = 600_000;
const ACTOR = systemActor('traffic-guard');

const hourOf = (at: number): number => at - (at % HOUR_MS);

/**
 * Builds one round of the guard over calls out (decision C23): the last hour of each account, as committed call records tell it, against
 * its own seven days before. It never sees a call on its way: its word acts through the account's record. Each round counts one hour that
 * is over, the newest first; an account is judged by as many hours as are counted. Returns how many accounts it told of.
 */
export function createWatchTraffic(deps: WatchTrafficDeps): () => Promise<number> {
  return async () => {
    const now = deps.clock.now();
    const [from, to] = [hourOf(now) - WEEK_MS, hourOf(now - LATE_MS)];
    await deps.traffic.countHour(from, to);
    await deps.traffic.forget(from - HOUR_MS);
    const policies = await deps.unitOfWork.read((tx) => tx.trafficPolicies.all());
    let told = 0;
    for (const { accountId, rows } of await deps.traffic.between(now - HOUR_MS, now)) {
      const policy = policies.get(accountId) ?? DEFAULT_TRAFFIC_POLICY;
      // Without a history more is found than with one: most accounts end here.
      if (judgeTraffic(policy, { country: null, lastHour: rows, before: [], hoursBefore: 1 }).length === 0) continue;
      if (await judgeGuarded(deps, { accountId, policy, rows, now, from })) told += 1;
    }
    return told;
  };
}

interface Suspect {
  readonly accountId: string;
  readonly policy: TrafficPolicy;
  readonly rows: readonly TrafficRow[];
  readonly now: number;
  readonly from: number;
}

/** One account that cannot be judged is no reason to judge none behind it: it would come up in every round. */
async function judgeGuarded(deps: WatchTrafficDeps, suspect: Suspect): Promise<boolean> {
  try {
    return await judgeAccount(deps, suspect);
  } catch (error) {
    deps.log.error('the calls out of an account could not be judged', { accountId: suspect.accountId, error: String(error) });
    return false;
  }
}

async function judgeAccount(deps: WatchTrafficDeps, { accountId, policy, rows, now, from }: Suspect): Promise<boolean> {
  const before = await deps.traffic.counted(accountId, from, hourOf(now - HOUR_MS));
  const done = await change(deps, ACTOR, async (tx) => {
    const account = await tx.accounts.lock(accountId);
    if (account === null || account.status === 'closed') return ok<readonly TrafficFinding[]>([]);
    const { country } = account;
    const found = judgeTraffic(policy, { country, lastHour: rows, before: before.rows, hoursBefore: before.hours });
    const fresh = await unknown(tx, accountId, policy.action, found, now);
    if (fresh.length > 0) await act(tx, account, policy, fresh, now);
    return ok(fresh);
  });
  const found = done.ok ? done.value.value : [];
  for (const { kind } of found) deps.metrics.trafficAlert(kind);
  if (found.length > 0) deps.log.warn('calls out of an account are far from usual', { accountId, action: policy.action, found });
  return found.length > 0;
}

/** The action is part of it: what subscribers were told of stops nothing, and is found anew once the policy says `block`. */
const keyOf = (accountId: string, action: TrafficPolicy['action'], kind: string, hour: number): string =>
  `traffic:${accountId}:${action}:${kind}:${hour}`;

/** What was not told in this hour of the clock or the one before: one that lasts is told of every two hours. */
async function unknown(
  tx: Transaction,
  accountId: string,
  action: TrafficPolicy['action'],
  found: readonly TrafficFinding[],
  now: number,
): Promise<readonly TrafficFinding[]> {
  const kinds = new Map(found.toReversed().map((finding) => [finding.kind, finding]));
  const hour = hourOf(now);
  const fresh: TrafficFinding[] = [];
  for (const finding of [...kinds.values()].toReversed()) {
    const keys = [hour, hour - HOUR_MS].map((at) => keyOf(accountId, action, finding.kind, at));
    if (!(await tx.events.isTold(keys))) fresh.push(finding);
  }
  return fresh;
}

async function act(tx: Transaction, account: Account, policy: TrafficPolicy, found: readonly TrafficFinding[], now: number): Promise<void> {
  const stops = policy.action === 'block' && account.outboundStoppedAt === undefined;
  const after: Account = stops ? { ...account, outboundStoppedAt: now, version: account.version + 1, updatedAt: now } : account;
  if (stops) {
    await tx.accounts.save(after);
    await tx.publish({ ref: recordRef.account(after.id), version: after.version, record: accountRecord(after) }, after.id);
  }
  const told = found.map(({ kind, measure, value, limit }) => ({ kind, measure, value, limit }));
  await tx.audit({
    action: stops ? 'account.outbound_stop' : 'account.traffic_alert',
    resource: `account:${account.id}`,
    accountId: account.id,
    before: { outboundStoppedAt: account.outboundStoppedAt ?? null },
    after: { outboundStoppedAt: after.outboundStoppedAt ?? null, found: told },
  });
  for (const finding of told) {
    await tx.events.append({
      key: keyOf(account.id, policy.action, finding.kind, hourOf(now)),
      type: 'account.traffic_alert',
      accountId: account.id,
      mode: 'live',
      resource: `account:${account.id}`,
      payload: { account_id: account.id, ...finding, outbound_stopped: after.outboundStoppedAt !== undefined },
      at: now,
    });
  }
}
