import type { EndedEvent } from '../../domain/call-event.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import type { LostCalls } from '../ports/lost-calls.ts';
import type { AgentRegistry, RegisteredAgent } from '../ports/routing.ts';
import { GoneAgents, type GoneAgentsDeps } from './gone-agents.ts';

export interface CloseLostCallsDeps extends GoneAgentsDeps {
  readonly agents: AgentRegistry;
  readonly lostCalls: LostCalls;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What a round did, and whether the next is due at once. */
export interface LostCallsRound {
  readonly closed: number;
  readonly more: boolean;
}

/** Above every number an agent gives: the agent's own word, should it still come, stands beside it and wins. */
const CLOSING_SEQ = 1_000_000;
/** So long calls are closed before agents are looked at again: a later look would tell nothing of the time between (`GoneAgents`). */
const SLICE_MS = 500;

/**
 * Closes the calls of listed agents that died as `agent_lost`, so that every call ends in one record (decision C11): some at a time, with
 * looks in between, and each only while nothing was heard of its agent. Returns one round.
 */
export function createCloseLostCalls(deps: CloseLostCallsDeps): () => Promise<LostCallsRound> {
  const { agents, lostCalls, clock, nowMs, log } = deps;
  const gone = new GoneAgents(deps);
  // Its last sign of life is watched from the first look on: dead and without a new one all along, which costs a dead one no time.
  const signOf = ({ id, sign }: RegisteredAgent): string => `${sign} ${id}`;
  return async () => {
    let closed = 0;
    let more = false;
    let listed: readonly RegisteredAgent[] = [];
    const silent = await gone.look(async () => {
      listed = await agents.list();
      return listed.map(signOf);
    });
    const until = nowMs() + SLICE_MS;
    for (const agent of listed.filter((one) => !one.alive && silent.has(signOf(one)))) {
      more ||= nowMs() >= until;
      if (more) break;
      const endOf = (callId: string): EndedEvent => lost(callId, agent.id, clock.now());
      const done = await lostCalls.closeListed(agent.id, agent.sign, endOf, () => nowMs() < until);
      closed += done.closed.length;
      // Listed until nothing of it is left, so that a crash here leaves the rest for the next round.
      if (done.left === 'none') await agents.leave(agent.id, agent.sign);
      if (done.left === 'changed') log.warn('an agent that was silent is back', { agentId: agent.id, closed: done.closed.length });
      more = done.left === 'some';
    }
    if (closed > 0) log.warn('closed calls of agents that are gone', { closed });
    return { closed, more };
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
