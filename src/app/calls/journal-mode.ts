import type { Connect, Decision } from '../../domain/call.ts';
import type { RouteCallDeps } from './call-routing.ts';

/** Emergency and listed short codes, which no closed mode may block (decision C15); others are calls like any. */
export const isEmergency = ({ unlimited }: Connect): boolean => unlimited === true;

/** True where the disk takes no journal: nobody new is let in without one but who calls for help (decision C5). */
export const isClosedByJournal = (decision: Decision, deps: Pick<RouteCallDeps, 'events'>): boolean =>
  decision.outcome === 'connect' && deps.events.journalState !== 'ok' && !isEmergency(decision);
