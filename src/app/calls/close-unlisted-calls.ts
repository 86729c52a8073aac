import type { EndedEvent } from '../../domain/call-event.ts';
import type { CallFolder } from '../ports/calls.ts';
import type { UnlistedCall } from '../ports/lost-calls.ts';
import { type CloseLostCallsDeps, type LostCallsRound, lost } from './close-lost-calls.ts';
import { GoneAgents } from './gone-agents.ts';

export interface CloseUnlistedCallsDeps extends CloseLostCallsDeps {
  readonly calls: Pick<CallFolder, 'openCallsOfOthers'>;
}

/**
 * A call Redis does not know may be one whose events are on their way, at the latest with its journal, which is looked for every 10 s:
 * only older ones are closed by the record alone, yet within 30 s (decision C11). The agent's own word still wins when it comes later.
 */
const SETTLED_MS = 15_000;

/** As in closing those of listed agents: looks must not be too far apart. */
const SLICE_MS = 500;
const CALLS_PER_TRIP = 100;

/**
 * Closes the calls of agents that nobody lists any more: Redis was emptied, and they died before their next sign of life. Behind an
 * emptied Redis no agent is listed until then: only who is missing all along is gone, and only while it is. Returns one round.
 */
export function createCloseUnlistedCalls(deps: CloseUnlistedCallsDeps): () => Promise<LostCallsRound> {
  const agents = new GoneAgents(deps);
  return async () => {
    let listed: string[] = [];
    const gone = [
      ...(await agents.look(async () => {
        listed = (await deps.agents.list()).map(({ id }) => id);
        return (await deps.calls.openCallsOfOthers(listed, deps.clock.now())).map(({ agentId }) => agentId);
      })),
    ];
    if (gone.length === 0) return { closed: 0, more: false };
    const until = deps.nowMs() + SLICE_MS;
    const settled = await deps.calls.openCallsOfOthers(listed, deps.clock.now() - SETTLED_MS);
    let closed = 0;
    let more = false;
    for (const id of gone) {
      const done = await closeCallsOf(
        id,
        settled.filter(({ agentId }) => agentId === id),
        deps,
        () => deps.nowMs() < until,
      );
      closed += done.closed;
      more ||= done.more;
    }
    if (closed > 0) deps.log.warn('closed calls of agents that nobody lists', { closed });
    return { closed, more };
  };
}

async function closeCallsOf(
  agentId: string,
  settled: readonly UnlistedCall[],
  { lostCalls, clock }: CloseUnlistedCallsDeps,
  goesOn: () => boolean,
): Promise<LostCallsRound> {
  const endOf = (callId: string): EndedEvent => lost(callId, agentId, clock.now());
  const { closed, left } = await lostCalls.closeListed(agentId, null, endOf, goesOn);
  if (left !== 'none') return { closed: closed.length, more: left === 'some' };
  const ended = new Set(closed);
  const others = settled.filter(({ callId }) => !ended.has(callId));
  let at = 0;
  for (; at < others.length && (at === 0 || goesOn()); at += CALLS_PER_TRIP) {
    if ((await lostCalls.closeUnlisted(agentId, null, others.slice(at, at + CALLS_PER_TRIP), endOf)) === 'changed') break;
  }
  // Those of them whose ends Postgres does not have yet come again at the next look; folding an end twice changes nothing.
  return { closed: closed.length + Math.min(at, others.length), more: false };
}
