import type { Clock } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import type { CallMetrics } from '../ports/metrics.ts';
import type { LiveCalls } from '../ports/plane.ts';
import type { Admission } from '../ports/routing.ts';
import { lost } from './close-lost-calls.ts';
import type { EventQueue } from './event-queue.ts';

/** What comparing an agent's calls with its leases needs. */
export interface ReportLeasesDeps {
  readonly agentId: string;
  readonly events: Pick<EventQueue, 'heldBy' | 'waits'>;
  readonly liveCalls: Pick<LiveCalls, 'liveCallsOf'>;
  readonly admission: Pick<Admission, 'end'>;
  readonly metrics: Pick<CallMetrics, 'leasesLeaked'>;
  readonly clock: Clock;
  /** Real time in ms. */
  readonly nowMs: () => number;
  /** A call must be missing here for so long, in ms: one whose admission is on its way is listed before it is known. */
  readonly missingMs: number;
  readonly log: Logger;
}

const LISTED_MAX = 20_000;

/**
 * Builds one round of an agent's report: what Redis lists for it against the calls it has (decision C9). A call that it does not have
 * and of which nothing waits to be sent, twice and `missingMs` apart, is a leak: its leases and numbers are given back and its record is
 * closed. The leases of a call that goes on are never touched, however long it lasts. Returns how many calls were let go.
 */
export function createReportLeases(deps: ReportLeasesDeps): () => Promise<number> {
  const { agentId, events, liveCalls, admission, metrics, clock, nowMs, missingMs, log } = deps;
  let missing = new Map<string, number>();
  const isGone = (callId: string): boolean => events.heldBy(callId) === undefined && !events.waits(callId);
  return async () => {
    const listed = (await liveCalls.liveCallsOf(agentId, LISTED_MAX)).filter(({ callId }) => isGone(callId));
    const now = nowMs();
    missing = new Map(listed.map(({ callId }) => [callId, missing.get(callId) ?? now]));
    const leaked = listed.filter(({ callId }) => now - (missing.get(callId) ?? now) >= missingMs);
    for (const { callId, numberIds, leases } of leaked) {
      log.warn('a call that this agent does not have was let go', { callId, leases: leases.length });
      await admission.end(lost(callId, agentId, clock.now()), numberIds);
      missing.delete(callId);
      metrics.leasesLeaked(leases.length);
    }
    return leaked.length;
  };
}
