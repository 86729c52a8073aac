import type { EndedEvent } from '../../domain/call-event.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import type { LiveCalls } from '../ports/plane.ts';
import type { Admission, AgentRegistry } from '../ports/routing.ts';
import { GoneAgents, type GoneAgentsDeps } from './gone-agents.ts';

export interface CloseLostCallsDeps extends GoneAgentsDeps {
  readonly agents: AgentRegistry;
  readonly liveCalls: LiveCalls;
  readonly admission: Pick<Admission, 'end'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Above every number an agent gives: the agent's own word, should it still come, stands beside it and wins. */
const CLOSING_SEQ = 1_000_000;

/**
 * Closes the calls of listed agents that died as `agent_lost`, so that every call ends in one record (decision C11). Returns one round,
 * which tells how many.
 */
export function createCloseLostCalls(deps: CloseLostCallsDeps): () => Promise<number> {
  const gone = new GoneAgents(deps);
  // Its last sign of life is watched from the first look on: dead and without a new one all along, which costs a dead one no time.
  const signOf = ({ id, seenAt }: { readonly id: string; readonly seenAt: number }): string => `${seenAt} ${id}`;
  return async () => {
    let closed = 0;
    let agents: Awaited<ReturnType<AgentRegistry['list']>> = [];
    const silent = await gone.look(async () => {
      agents = await deps.agents.list();
      return agents.map(signOf);
    });
    for (const { id: agentId } of agents.filter((agent) => !agent.alive && silent.has(signOf(agent)))) {
      const calls = await deps.liveCalls.liveCallsOf(agentId);
      for (const { callId, numberIds } of calls) await deps.admission.end(lost(callId, agentId, deps.clock.now()), numberIds);
      closed += calls.length;
      // Listed until nothing of it is left, so that a crash here leaves the rest for the next round.
      if (calls.length === 0) await deps.agents.leave(agentId);
    }
    if (closed > 0) deps.log.warn('closed calls of agents that are gone', { closed });
    return closed;
  };
}

/** The last event of a call whose agent is gone; the same from whoever closes it. */
export const lost = (callId: string, agentId: string, at: number): EndedEvent => ({
  type: 'ended',
  callId,
  seq: CLOSING_SEQ,
  agentId,
  at,
  outcome: 'agent_lost',
  sipStatus: null,
  code: 'agent_lost',
  endedBy: 'platform',
});
