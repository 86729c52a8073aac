import type { Logger } from '../../kit/log.ts';
import type { CallLegs, LegStore } from '../ports/legs.ts';
import type { AgentRegistry } from '../ports/routing.ts';
import { GoneAgents, type GoneAgentsDeps } from './gone-agents.ts';

export interface EndLostLegsDeps extends GoneAgentsDeps {
  readonly agentId: string;
  readonly registry: Pick<AgentRegistry, 'list'>;
  readonly legs: LegStore;
  /** Ends one dialog; `away`: no such SIP server is connected now. */
  readonly hangUp: (server: string, dialogId: string) => Promise<'ended' | 'unknown' | 'away'>;
  readonly log: Logger;
}

const CLAIM_MS = 15_000;
const CALLS_PER_ROUND = 200;

/**
 * Ends what dead agents left: a drachtio-server keeps the dialogs of a vanished application for ever (decision C9). Returns the
 * round of a loop.
 */
export function createEndLostLegs(deps: EndLostLegsDeps): () => Promise<boolean> {
  const gone = new GoneAgents(deps);
  return async () => {
    const ids = await gone.look(async () => {
      const [agents, withLegs] = await Promise.all([deps.registry.list(), deps.legs.agents()]);
      const alive = new Set([deps.agentId, ...agents.filter((agent) => agent.alive).map(({ id }) => id)]);
      return withLegs.filter((id) => !alive.has(id));
    });
    for (const id of ids) await endLegsOf(id, deps);
    return false;
  };
}

async function endLegsOf(deadId: string, deps: EndLostLegsDeps): Promise<void> {
  if (!(await deps.legs.claim(deadId, deps.agentId, CLAIM_MS))) return;
  for (let all = true; all; ) {
    const calls = await deps.legs.read(deadId, CALLS_PER_ROUND);
    if (calls.size === 0) return deps.legs.forgetAgent(deadId);
    const done: string[] = [];
    let dialogs = 0;
    await Promise.all(
      [...calls].map(async ([callId, legs]) => {
        const answers = await hangUpBoth(legs, deps);
        dialogs += answers.filter((answer) => answer === 'ended').length;
        // One whose server we do not reach is left to an agent that does.
        if (!answers.includes('away')) done.push(callId);
      }),
    );
    await deps.legs.write(deadId, new Map(), done);
    all = done.length === calls.size;
    deps.log.warn('ended the calls of an agent that is gone', {
      agent: deadId,
      calls: done.length,
      dialogs,
      left: calls.size - done.length,
    });
  }
}

const hangUpBoth = (legs: CallLegs, deps: EndLostLegsDeps) => Promise.all(legs.dialogs.map((dialog) => deps.hangUp(legs.server, dialog)));
