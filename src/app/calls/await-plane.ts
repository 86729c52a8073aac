import type { Look, RouteCallDeps } from './call-routing.ts';
import type { IncomingCall } from './incoming-call.ts';
import { isEmergency } from './journal-mode.ts';

/**
 * A call that may soon ring by the last-known-good copy waits for that, and for Redis, whichever comes first: until the agent's
 * promise to the fence has run out nobody may be let in unseen (ADR 8). Resolves true when it is worth asking again. The caller hears
 * 100 meanwhile; most outages are a restart or a failover and shorter than the wait. Emergency calls never wait (decision C15).
 */
export async function awaitPlane(call: IncomingCall, look: Look | undefined, deps: RouteCallDeps): Promise<boolean> {
  const { aloneInMs, line } = deps.contact;
  if (look === undefined || aloneInMs === null || aloneInMs === 0) return false;
  const { decision } = look;
  if (decision.outcome !== 'connect' || decision.parties.direction !== 'inbound' || isEmergency(decision)) return false;
  call.keepWaiting?.();
  await line.turn(aloneInMs);
  return true;
}
