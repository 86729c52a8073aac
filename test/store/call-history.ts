import fc from 'fast-check';
import type { CallEvent } from '../../src/domain/call-event.ts';
import { newId } from '../../src/kit/ids.ts';
import { T0 } from './store-fixture.ts';

/** What a random call does; times are ms after T0. */
export interface CallPlan {
  readonly number: number;
  readonly startsAt: number;
  readonly lasts: number;
  readonly attempts: number;
  readonly refused: boolean;
  readonly answered: boolean;
  readonly ends: boolean;
}

export const callPlan: fc.Arbitrary<CallPlan> = fc.record({
  number: fc.integer({ min: 0, max: 2 }),
  startsAt: fc.integer({ min: 0, max: 100_000 }),
  lasts: fc.integer({ min: 0, max: 100_000 }),
  attempts: fc.integer({ min: 0, max: 3 }),
  refused: fc.boolean(),
  answered: fc.boolean(),
  ends: fc.boolean(),
});

/** The events of one call in the order they happen. */
export function callEvents(plan: CallPlan, numberIds: readonly string[]): CallEvent[] {
  const callId = newId();
  let seq = -1;
  const base = (offset: number) => {
    seq += 1;
    return { callId, seq, agentId: 'agent-1', at: T0 + plan.startsAt + offset };
  };
  const opening = {
    ...base(0),
    parties: {
      direction: 'inbound' as const,
      mode: 'live' as const,
      called: '+442070000001',
      caller: '+33123456789',
      numberId: numberIds[plan.number] ?? null,
      accountId: null,
      subAccountId: null,
      identifiedBy: null,
    },
    origin: { sipCallId: `${callId}@carrier`, sourceIp: '192.0.2.1', sourcePort: 5060, transport: 'udp' },
    versions: [],
    decisionInput: '{}',
    planeMode: 'normal' as const,
  };
  if (plan.refused) return [{ ...opening, type: 'refused', code: 'number_inbound_disabled', sipStatus: 403 }];
  const events: CallEvent[] = [{ ...opening, type: 'admitted', leases: [] }];
  for (let n = 1; n <= plan.attempts; n += 1) {
    const leg = { n, sipCallId: `${callId}-${n}@us` };
    events.push({ ...base(n), ...leg, type: 'attempt', trunkGroupId: null, gatewayId: null, uri: `sip:gw${n}@192.0.2.2`, leases: [] });
    events.push({ ...base(n), ...leg, type: 'attempt_ended', sipStatus: n === plan.attempts ? 200 : 503, outcome: 'failed' });
  }
  if (plan.answered) events.push({ ...base(10), type: 'answered', sipStatus: 200, postDialDelayMs: 10 });
  if (plan.ends) {
    const outcome = plan.answered ? 'completed' : 'failed';
    events.push({
      ...base(10 + plan.lasts),
      type: 'ended',
      outcome,
      sipStatus: plan.answered ? null : 503,
      code: null,
      endedBy: 'caller',
      postDialDelayMs: 10,
    });
  }
  return events;
}
