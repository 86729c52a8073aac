import type { CallFolder } from '../ports/calls.ts';
import { type CloseLostCallsDeps, lost } from './close-lost-calls.ts';
import { GoneAgents } from './gone-agents.ts';

export interface CloseUnlistedCallsDeps extends CloseLostCallsDeps {
  readonly calls: Pick<CallFolder, 'openCallsOfOthers'>;
}

/**
 * A call Redis does not know may be one whose events are on their way, at the latest with its journal, which is looked for every 10 s:
 * only older ones are closed by the record alone, yet within 30 s (decision C11). The agent's own word still wins when it comes later.
 */
const SETTLED_MS = 15_000;

/**
 * Closes the calls of agents that nobody lists any more: Redis was emptied, and they died before their next sign of life. Behind an
 * emptied Redis no agent is listed until then: only who is missing all along is gone. Returns one round, which tells how many.
 */
export function createCloseUnlistedCalls(deps: CloseUnlistedCallsDeps): () => Promise<number> {
  const agents = new GoneAgents(deps);
  return async () => {
    let listed: string[] = [];
    const gone = [
      ...(await agents.look(async () => {
        listed = (await deps.agents.list()).map(({ id }) => id);
        return (await deps.calls.openCallsOfOthers(listed, deps.clock.now())).map(({ agentId }) => agentId);
      })),
    ];
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
