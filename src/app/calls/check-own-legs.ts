import type { Logger } from '../../kit/log.ts';
import type { CallLegs, LegStore } from '../ports/legs.ts';
import type { LegNotes } from './leg-notes.ts';

export interface CheckOwnLegsDeps {
  readonly agentId: string;
  readonly legs: Pick<LegStore, 'read'>;
  readonly notes: Pick<LegNotes, 'noted' | 'noteAgain'>;
  /** Whether a SIP server has a dialog; `away`: nobody can say now. */
  readonly probe: (server: string, dialogId: string) => Promise<'there' | 'gone' | 'away'>;
  readonly hangUp: (callId: string) => void;
  readonly log: Logger;
}

const READ_MAX = 20_000;
const CALLS_AT_ONCE = 50;

/**
 * Builds one round of looking after the notes of this agent's legs. Somebody who takes a cut-off agent for dead removes them and ends
 * its calls, which a drachtio-server does for whoever asks and tells the agent nothing of (decision C9): calls without a note at two
 * looks are asked for, or at one that is to tell at once. One that is no more is hung up here too, or it would hold its leases for hours;
 * one that goes on is noted again.
 */
export function createCheckOwnLegs(deps: CheckOwnLegsDeps): (atOnce?: boolean) => Promise<void> {
  const { agentId, legs, notes, probe, hangUp, log } = deps;
  const look = async (callId: string, own: CallLegs): Promise<void> => {
    const found = await Promise.all(own.dialogs.map((dialog) => probe(own.server, dialog)));
    if (found.includes('gone')) {
      log.warn('a call was ended by another agent', { callId });
      hangUp(callId);
    } else if (!found.includes('away')) notes.noteAgain(callId);
  };
  let missing = new Set<string>();
  return async (atOnce = false) => {
    const noted = notes.noted();
    if (noted.size === 0) return;
    const kept = await legs.read(agentId, READ_MAX);
    // More than that cannot be told from missing ones.
    if (kept.size === READ_MAX) return;
    const before = missing;
    missing = new Set([...noted.keys()].filter((callId) => !kept.has(callId)));
    const asked = [...missing].filter((callId) => atOnce || before.has(callId));
    for (let at = 0; at < asked.length; at += CALLS_AT_ONCE) {
      await Promise.all(
        asked.slice(at, at + CALLS_AT_ONCE).map(async (callId) => {
          const own = noted.get(callId);
          if (own !== undefined) await look(callId, own);
        }),
      );
    }
  };
}
