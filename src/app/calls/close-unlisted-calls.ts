import type { CallFolder } from '../ports/calls.ts';
import { type CloseLostCallsDeps, lost } from './close-lost-calls.ts';

export interface CloseUnlistedCallsDeps extends CloseLostCallsDeps {
  readonly calls: Pick<CallFolder, 'openCallsOfOthers'>;
  /** How long an agent must be missing, look after look, before its calls are closed. */
  readonly confirmMs: number;
  /** Real time. */
  readonly nowMs: () => number;
}

/** A call Redis does not know may be one whose events are on their way: only old ones are closed by the record alone. */
const SETTLED_MS = 60_000;

/**
 * Closes the calls of agents that nobody lists any more: Redis was emptied, and they died before their next sign of life. Behind an
 * emptied Redis no agent is listed until then: only who is missing all along is gone. Returns one round, which tells how many.
 */
export function createCloseUnlistedCalls(deps: CloseUnlistedCallsDeps): () => Promise<number> {
  const missingSince = new Map<string, number>();
  return async () => {
    const listed = (await deps.agents.list()).map(({ id }) => id);
    const open = await deps.calls.openCallsOfOthers(listed, deps.clock.now());
    const missing = new Set(open.map(({ agentId }) => agentId));
    for (const id of missingSince.keys()) if (!missing.has(id)) missingSince.delete(id);
    const gone = [...missing].filter((id) => isConfirmed(missingSince, id, deps));
    if (gone.length === 0) return 0;
    const settledBefore = deps.clock.now() - SETTLED_MS;
    const settled = (await deps.calls.openCallsOfOthers(listed, settledBefore)).filter(({ agentId }) => gone.includes(agentId));
    const inRedis = await Promise.all(
      gone.map(async (agentId) => (await deps.liveCalls.liveCallsOf(agentId)).map((call) => ({ ...call, agentId }))),
    );
    const calls = new Map([...settled, ...inRedis.flat()].map((call) => [call.callId, call]));
    for (const { callId, agentId, numberIds } of calls.values())
      await deps.admission.end(lost(callId, agentId, deps.clock.now()), numberIds);
    if (calls.size > 0) deps.log.warn('closed calls of agents that nobody lists', { closed: calls.size });
    return calls.size;
  };
}

function isConfirmed(missingSince: Map<string, number>, id: string, { nowMs, confirmMs }: CloseUnlistedCallsDeps): boolean {
  const since = missingSince.get(id) ?? nowMs();
  missingSince.set(id, since);
  return nowMs() - since >= confirmMs;
}
