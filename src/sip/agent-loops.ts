import { createCheckOwnLegs } from '../app/calls/check-own-legs.ts';
import { createEndLostLegs } from '../app/calls/end-lost-legs.ts';
import type { EventQueue } from '../app/calls/event-queue.ts';
import type { LegNotes } from '../app/calls/leg-notes.ts';
import { createReportLeases } from '../app/calls/report-leases.ts';
import type { AgentDeps } from './agent-deps.ts';
import type { SipServer } from './sip-stack.ts';

/** The SIP server of that name, if this agent is told to work for it. */
type FindServer = (name: string) => SipServer | undefined;

/** One look for legs of agents that died (decision C9). */
export function lostLegsRound(deps: AgentDeps, server: FindServer): () => Promise<boolean> {
  const { agentId, registry, legs, settings, log } = deps;
  const hangUp = async (name: string, dialogId: string): Promise<'ended' | 'unknown' | 'away'> =>
    server(name)?.hangUpForeign(dialogId) ?? 'away';
  // Three signs of life: who is alive and was only unheard, because Redis was away, has given one by then.
  return createEndLostLegs({ agentId, registry, legs, hangUp, confirmMs: 3 * settings.heartbeatMs, nowMs: () => performance.now(), log });
}

/** What the report on leases works with, besides what the agent does. */
export interface LeaseReportParts {
  readonly events: EventQueue;
  readonly notes: LegNotes;
  /** Ends a call of this agent whose legs are gone. */
  readonly hangUp: (callId: string) => void;
  readonly server: FindServer;
}

/** One comparison of this agent's calls with its leases and its legs (decision C9). */
export function leaseReportRound(deps: AgentDeps, { events, notes, hangUp, server }: LeaseReportParts): () => Promise<void> {
  const { agentId, admission, metrics, clock, settings, log, journals, legs } = deps;
  const { liveCalls } = journals;
  const nowMs = (): number => performance.now();
  const ports = { agentId, events, liveCalls, admission, metrics, clock, nowMs, log };
  const report = createReportLeases({ ...ports, missingMs: settings.leaseMissingMs });
  const probe = async (name: string, dialogId: string): Promise<'there' | 'gone' | 'away'> => server(name)?.probe(dialogId) ?? 'away';
  const checkLegs = createCheckOwnLegs({ agentId, legs, notes, probe, hangUp, log });
  return async () => {
    await report();
    await checkLegs();
  };
}
