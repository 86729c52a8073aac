import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { err, ok, type Result } from '../../kit/result.ts';
import type { Actor } from '../actor.ts';
import type { LeaseBook, LeaseHolder } from '../ports/limits.ts';
import { findTrunk } from './change-trunk.ts';
import type { DeleteTrunkDeps } from './delete-trunk.ts';

/** Calls of one trunk that are looked at; further ones are not told. */
export const ACTIVE_CALLS_MAX = 5000;
const CALLS_AT_ONCE = 500;

const UNKNOWN: RequestRefusal = { kind: 'unavailable', part: 'redis', code: 'calls_unknown', retryAfterSeconds: 1 };

/** The calls that a trunk of the actor's carries now, oldest first: each holds a channel of it, limit or not (decision C9). */
export async function listActiveCalls(
  deps: DeleteTrunkDeps,
  actor: Actor,
  trunkExtId: string,
): Promise<Result<readonly LeaseHolder[], RequestRefusal>> {
  const found = await findTrunk(deps, actor, { extId: trunkExtId });
  if (!found.ok) return found;
  try {
    return ok(await holdersOf(deps.leases, found.value.group.id));
  } catch (error) {
    deps.log.warn('live calls of a trunk are not known', { error: String(error) });
    return err(UNKNOWN);
  }
}

/** Every call once, though a walk may tell one twice. */
async function holdersOf(leases: Pick<LeaseBook, 'page'>, trunkGroupId: string): Promise<readonly LeaseHolder[]> {
  const calls = new Map<string, LeaseHolder>();
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<LeaseBook['page']>> = await leases.page({ kind: 'trunk_group', id: trunkGroupId }, after, CALLS_AT_ONCE);
    for (const holder of page?.holders ?? []) calls.set(holder.callId, holder);
    after = page?.next ?? null;
  } while (after !== null && calls.size < ACTIVE_CALLS_MAX);
  return [...calls.values()].toSorted((a, b) => a.since - b.since || (a.callId < b.callId ? -1 : 1)).slice(0, ACTIVE_CALLS_MAX);
}
