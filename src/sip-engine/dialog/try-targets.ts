import type { ResponseView } from '../message/read-response.ts';
import type { Outgoing } from '../transaction/transaction-deps.ts';
import type { Peer } from '../transport/peer.ts';
import type { Core } from './core.ts';
import type { PreparedRequest } from './send-request.ts';

/** What the sender of a request learns: the outcome at the last target that was tried. */
export interface RequestEvents {
  response(view: ResponseView, from: Peer, prepared: PreparedRequest): void;
  timeout(): void;
  failed(why: string): void;
}

/** Service Unavailable: the one answer that means "try the next" (RFC 3263 §4.3). */
export const UNAVAILABLE = 503;

/** A request ready to leave. */
export const outgoingOf = ({ plan, bytes }: PreparedRequest): Outgoing => ({ bytes, method: plan.method, status: '' });

/** The next target of a request and what to send there; undefined when none is left. The one that failed is avoided for a while. */
export function nextTarget(core: Core, prepared: PreparedRequest): PreparedRequest | undefined {
  if (prepared.next === undefined) return undefined;
  core.failedTargets.failed(prepared.plan.peer);
  core.tally.failovers += 1;
  return prepared.next();
}

/** How long a target may stay silent: shorter where another one is left. */
export const patienceMs = (core: Core, prepared: PreparedRequest): number | undefined =>
  prepared.next === undefined ? undefined : core.timers.nextTargetMs;

// Made where nothing is in reach: it is all that a transaction keeps of these events behind the final answer.
const nothing = (): void => {};

/** Sends a request that is no INVITE to its first target, and on when that fails; `wanted` says whether anybody still cares. */
export function tryTargets(core: Core, prepared: PreparedRequest, wanted: () => boolean, events: RequestEvents): void {
  const { plan } = prepared;
  const movedOn = (): boolean => {
    const next = wanted() ? nextTarget(core, prepared) : undefined;
    if (next === undefined) return false;
    tryTargets(core, next, wanted, events);
    return true;
  };
  core.transactions.startRequest(
    plan.branch,
    outgoingOf(prepared),
    plan.peer,
    {
      response: (view, from) => {
        if (view.message.status === UNAVAILABLE) {
          if (movedOn()) return;
        } else core.failedTargets.answered(plan.peer);
        events.response(view, from, prepared);
      },
      timeout: () => movedOn() || events.timeout(),
      failed: (why) => movedOn() || events.failed(why),
      ended: nothing,
    },
    patienceMs(core, prepared),
  );
}
