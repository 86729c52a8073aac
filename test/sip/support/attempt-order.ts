import { decideStored } from '../../../src/app/calls/stored-decision.ts';
import type { AttemptEvent, CallEvent } from '../../../src/domain/call-event.ts';
import { requestUriOf } from '../../../src/domain/candidates.ts';

/** What the wire did of what was decided. */
export interface AttemptOrder {
  /** Calls whose attempts are no prefix of the order that the decision stored with them gives, made again (invariant 9). */
  readonly wrong: readonly string[];
  /** Calls that came to a second candidate: of the others every order would be right. */
  readonly failedOver: number;
}

/** Compares the attempts of every admitted call with its stored decision; several to one place in a row are one. */
export function attemptOrder(events: readonly CallEvent[]): AttemptOrder {
  const attempts = new Map<string, AttemptEvent[]>();
  for (const event of events) if (event.type === 'attempt') attempts.set(event.callId, [...(attempts.get(event.callId) ?? []), event]);
  const wrong: string[] = [];
  let failedOver = 0;
  for (const event of events) {
    if (event.type !== 'admitted') continue;
    const { decision } = decideStored(event.decisionInput);
    const chosen = decision.outcome === 'connect' ? decision.candidates.filter((candidate) => candidate.chosen) : [];
    const order = chosen.map((candidate) => candidate.gatewayId ?? requestUriOf(candidate));
    const made = (attempts.get(event.callId) ?? []).toSorted((a, b) => a.n - b.n).map(({ gatewayId, uri }) => gatewayId ?? uri);
    const folded = made.filter((place, index) => place !== made[index - 1]);
    if (folded.length > 1) failedOver += 1;
    if (folded.some((place, index) => place !== order[index])) wrong.push(`${event.callId}: ${made.join(' ')}, not ${order.join(' ')}`);
  }
  return { wrong, failedOver };
}
