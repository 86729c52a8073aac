import type { Connect, Decision } from '../../domain/call.ts';
import type { RouteCallDeps } from './call-routing.ts';

/** Short codes, which no closed mode may block (decision C15). */
export const isEmergency = ({ parties }: Connect): boolean => parties.direction === 'outbound' && !parties.called.startsWith('+');

/** True where the disk takes no journal: nobody new is let in without one but who calls for help (decision C5). */
export const isClosedByJournal = (decision: Decision, deps: Pick<RouteCallDeps, 'events'>): boolean =>
  decision.outcome === 'connect' && deps.events.journalState !== 'ok' && !isEmergency(decision);
