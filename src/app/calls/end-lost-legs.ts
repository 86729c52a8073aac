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
/** Before each such slice the agent is looked at again: one that is back keeps the rest of its calls. */
const CALLS_PER_SLICE = 50;

/** An agent that looks gone, and what was registered of it then; null: nothing. */
interface Judged {
  readonly id: string;
  readonly sign: string | null;
}

/**
 * Ends what dead agents left: a drachtio-server keeps the dialogs of a vanished application for ever (decision C9). Returns the
 * round of a loop.
 */
export function createEndLostLegs(deps: EndLostLegsDeps): () => Promise<boolean> {
  const gone = new GoneAgents(deps);
  return async () => {
    let suspects: Judged[] = [];
    const ids = await gone.look(async () => {
      const [agents, withLegs] = await Promise.all([deps.registry.list(), deps.legs.agents()]);
      const listed = new Map(agents.map((agent) => [agent.id, agent]));
      suspects = withLegs
        .filter((id) => id !== deps.agentId && listed.get(id)?.alive !== true)
        .map((id) => ({ id, sign: listed.get(id)?.sign ?? null }));
      return suspects.map(({ id }) => id);
    });
    for (const judged of suspects.filter(({ id }) => ids.has(id))) await endLegsOf(judged, deps);
    return false;
  };
}

async function endLegsOf({ id, sign }: Judged, deps: EndLostLegsDeps): Promise<void> {
  const { agentId, legs, registry, log } = deps;
  for (;;) {
    const [agents, isMine] = await Promise.all([registry.list(), legs.claim(id, agentId, CLAIM_MS)]);
    if (!isMine) return;
    if ((agents.find((agent) => agent.id === id)?.sign ?? null) !== sign)
      return log.warn('an agent that was silent is back', { agent: id });
    const calls = await legs.read(id, CALLS_PER_SLICE);
    if (calls.size === 0) return legs.forget(id, [], sign);
    const { ended, unknown, dialogs } = await hangUpAll(calls, deps);
    // Of what was ended the notes go whoever is back by now: by that it finds out. Of what was not they are its own again.
    if (ended.length > 0) await legs.write(id, new Map(), ended);
    await legs.forget(id, unknown, sign);
    const left = calls.size - ended.length - unknown.length;
    log.warn('ended the calls of an agent that is gone', { agent: id, calls: calls.size - left, dialogs, left });
    // One whose server we do not reach is left to an agent that does.
    if (left > 0) return;
  }
}

async function hangUpAll(calls: ReadonlyMap<string, CallLegs>, deps: EndLostLegsDeps) {
  const done = { ended: [] as string[], unknown: [] as string[], dialogs: 0 };
  await Promise.all(
    [...calls].map(async ([callId, { server, dialogs }]) => {
      const answers = await Promise.all(dialogs.map((dialog) => deps.hangUp(server, dialog)));
      const ended = answers.filter((answer) => answer === 'ended').length;
      done.dialogs += ended;
      if (answers.includes('away')) return;
      (ended > 0 ? done.ended : done.unknown).push(callId);
    }),
  );
  return done;
}
