import type { Candidate, Connect } from '../../domain/call.ts';
import type { LimitOutcome } from '../../domain/call-event.ts';
import { refusalOfFull } from '../../domain/connect-within-limits.ts';
import { type LeaseScope, leasesWith, minuteScopes, type WantedLease } from '../../domain/lease.ts';
import type { Logger } from '../../kit/log.ts';
import type { CallMetrics } from '../ports/metrics.ts';
import type { Admission } from '../ports/routing.ts';
import { isEmergency } from './journal-mode.ts';

/** What taking a target's leases needs. */
export interface CallLeasesDeps {
  readonly agentId: string;
  readonly admission: Pick<Admission, 'nextTarget'>;
  readonly metrics: Pick<CallMetrics, 'limitsOpen'>;
  readonly log: Logger;
}

/** Whether the next target may be tried, and why not; `plane_degraded`: nobody can say, and this call may not go on without. */
export type TargetLeave = 'taken' | LimitOutcome | 'plane_degraded';

const scopeOf = ({ kind, id }: LeaseScope): LeaseScope => ({ kind, id });

/** The leases with which a call begins: its own and those of its first target. */
export function firstLeases(decision: Connect): WantedLease[] {
  const first = decision.candidates.find(({ chosen }) => chosen);
  return leasesWith(decision.leases, first?.leases ?? []);
}

/** Inbound calls that stay here, and short codes, which no closed mode may block (decisions C10, C15). */
export const mayGoOpen = (decision: Connect, target = decision.candidates.find(({ chosen }) => chosen)): boolean =>
  (decision.parties.direction === 'inbound' && target?.leaves === undefined) || isEmergency(decision);

/** The leases of one admitted call from its first target to its end, which gives all of them back (decision C9). */
export class CallLeases {
  readonly #decision: Connect;
  readonly #call: { readonly callId: string; readonly numberIds: readonly string[]; readonly since: number };
  readonly #deps: CallLeasesDeps;
  #held: readonly LeaseScope[];
  #minutes: readonly LeaseScope[];

  constructor(decision: Connect, call: { callId: string; numberIds: readonly string[]; since: number }, deps: CallLeasesDeps) {
    this.#decision = decision;
    this.#call = call;
    this.#deps = deps;
    this.#held = firstLeases(decision).map(scopeOf);
    this.#minutes = minuteScopes(firstLeases(decision));
  }

  /** Scopes whose minutes the call uses up when its target answers. */
  get minutes(): readonly LeaseScope[] {
    return this.#minutes;
  }

  /** Every scope the call holds a channel of now. */
  get held(): readonly LeaseScope[] {
    return this.#held;
  }

  /**
   * Trades the last target's leases for this one's, all or none. While Redis is away an inbound call goes on without asking
   * (`limits: open`, counted), anything else stops here: money fails closed, ringing fails open (decision C10).
   */
  async moveTo(candidate: Candidate): Promise<TargetLeave> {
    const { agentId, admission, metrics, log } = this.#deps;
    const wanted = leasesWith(this.#decision.leases, candidate.leases ?? []);
    try {
      const reply = await admission.nextTarget({ ...this.#call, agentId, held: this.#held, wanted });
      if (reply.result === 'full') return refusalOfFull(reply);
    } catch (error) {
      log.warn('leases of the next target could not be asked for', { callId: this.#call.callId, error: String(error) });
      if (!mayGoOpen(this.#decision, candidate)) return 'plane_degraded';
      metrics.limitsOpen('attempt');
    }
    this.#held = wanted.map(scopeOf);
    this.#minutes = minuteScopes(wanted);
    return 'taken';
  }
}
