import type { LeaseScope } from '../../domain/lease.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import type { Clock } from '../../kit/clock.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import { type ChangeDeps, type Changed, change } from '../change.ts';
import type { AgentInbox } from '../ports/jobs.ts';
import type { LeaseHolder } from '../ports/limits.ts';
import { LEASES_AWAY, type LeaseViewDeps } from './list-lease-holders.ts';

export interface FreeLeaseDeps extends ChangeDeps, LeaseViewDeps {
  readonly inbox: Pick<AgentInbox, 'release'>;
  readonly clock: Clock;
}

const UNKNOWN: RequestRefusal = { kind: 'not_found', resource: 'limit' };

/**
 * Takes the lease of one scope away from a call, which goes on without it. A living agent forgets it first: it would put it back
 * with its next re-assertion.
 */
export async function freeLease(
  deps: FreeLeaseDeps,
  actor: Actor,
  scope: LeaseScope,
  callId: string,
): Promise<Result<Changed<string>, RequestRefusal>> {
  const found = await deps.limits.of(scope);
  if (found === null) return err(UNKNOWN);
  const freed = await free(deps, scope, callId);
  if (!freed.ok) return freed;
  const { agentId, since } = freed.value;
  return change(deps, actor, async (tx) => {
    await tx.audit({
      action: 'lease.free',
      resource: `${scope.kind}:${scope.id}`,
      accountId: found.accountId,
      before: { callId, agentId, since },
      after: null,
    });
    return ok(callId);
  });
}

async function free(deps: FreeLeaseDeps, scope: LeaseScope, callId: string): Promise<Result<LeaseHolder, RequestRefusal>> {
  try {
    const holder = await deps.leases.holder(scope, callId);
    if (holder === null) return err(UNKNOWN);
    const isAlive = (await deps.agents.list()).some(({ id, alive }) => id === holder.agentId && alive);
    const answer = isAlive ? await deps.inbox.release(holder.agentId, callId, scope) : 'unknown';
    if (answer === 'no_answer') return err({ kind: 'unavailable', part: 'agent', code: 'agent_no_answer', retryAfterSeconds: 2 });
    // Its call may have ended meanwhile; whoever gave it back, it is free.
    await deps.leases.free(scope, callId, deps.clock.now());
    return ok(holder);
  } catch (error) {
    if (!deps.isPlaneAway(error)) throw error;
    return err(LEASES_AWAY);
  }
}
