import { type LeaseScope, type Limits, MINUTE_DAY_MS, minuteDay } from '../../domain/lease.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { MinuteBook } from '../ports/limits.ts';
import { LEASES_AWAY, type LeaseViewDeps } from './list-lease-holders.ts';

/** What is used of one scope's limits. */
export interface UsedScope {
  readonly limits: Limits;
  /** Channels as admission counts them: those of agents that are alive. */
  readonly inUse: number;
  /** null: without limit, and not counted. */
  readonly minutes: { readonly usedMs: number; readonly limit: number; readonly resetsAt: number } | null;
}

/** What is used of the limits of a number, account, trunk group or gateway at this moment (decisions C9, C23). */
export async function showUse(
  deps: LeaseViewDeps & { readonly minutes: Pick<MinuteBook, 'used'>; readonly clock: Clock },
  scope: LeaseScope,
): Promise<Result<UsedScope, RequestRefusal>> {
  const found = await deps.limits.of(scope);
  if (found === null) return err({ kind: 'not_found', resource: 'limit' });
  const limit = found.limits.minutesPerDayMax ?? null;
  try {
    const at = deps.clock.now();
    const alive = (await deps.agents.list()).flatMap((agent) => (agent.alive ? [agent.id] : []));
    const inUse = await deps.leases.inUse(scope, alive);
    const minutes = limit === null ? null : { usedMs: await deps.minutes.used(scope, at), limit, resetsAt: minuteDay(at) + MINUTE_DAY_MS };
    return ok({ limits: found.limits, inUse, minutes });
  } catch (error) {
    if (!deps.isPlaneAway(error)) throw error;
    return err(LEASES_AWAY);
  }
}
