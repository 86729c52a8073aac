import type { LeaseScope, Limits } from '../../domain/lease.ts';
import { invalidQuery, type RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { LeaseBook, LeaseHolder, LimitReader } from '../ports/limits.ts';
import type { AgentRegistry } from '../ports/routing.ts';

/** What looking at leases needs. */
export interface LeaseViewDeps {
  readonly limits: LimitReader;
  readonly leases: LeaseBook;
  readonly agents: Pick<AgentRegistry, 'list'>;
  /** Tells errors that say Redis cannot be read now from faults of ours. */
  isPlaneAway(error: unknown): boolean;
}

/** One page of a scope's holders, and how much of the scope is in use. */
export interface HeldScope {
  readonly limits: Limits;
  /** Channels as admission counts them: those of agents that are alive. */
  readonly inUse: number;
  readonly holders: readonly (LeaseHolder & { readonly alive: boolean })[];
  readonly next: string | null;
}

/** The answer while nobody can say who holds what. */
export const LEASES_AWAY: RequestRefusal = { kind: 'unavailable', part: 'leases', code: 'plane_unavailable', retryAfterSeconds: 1 };

/** Who holds channels of a number, an account, a trunk group or a gateway now (decision C9). */
export async function listLeaseHolders(
  deps: LeaseViewDeps,
  scope: LeaseScope,
  page: { readonly after: string | null; readonly countMax: number },
): Promise<Result<HeldScope, RequestRefusal>> {
  const found = await deps.limits.of(scope);
  if (found === null) return err({ kind: 'not_found', resource: 'limit' });
  try {
    const alive = new Set((await deps.agents.list()).flatMap((agent) => (agent.alive ? [agent.id] : [])));
    const [inUse, held] = await Promise.all([deps.leases.inUse(scope, [...alive]), deps.leases.page(scope, page.after, page.countMax)]);
    if (held === undefined) return err(invalidQuery(['after'], 'Must be the `next` of a page before.'));
    const holders = held.holders.map((holder) => ({ ...holder, alive: alive.has(holder.agentId) }));
    return ok({ limits: found.limits, inUse, holders, next: held.next });
  } catch (error) {
    if (!deps.isPlaneAway(error)) throw error;
    return err(LEASES_AWAY);
  }
}
