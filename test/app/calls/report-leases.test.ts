import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../../src/app/calls/event-queue.ts';
import { createReportLeases } from '../../../src/app/calls/report-leases.ts';
import type { LiveCall } from '../../../src/app/ports/plane.ts';
import type { CallEvent } from '../../../src/domain/call-event.ts';
import { systemClock } from '../../../src/kit/clock.ts';
import { silentLogger } from '../../../src/kit/log.ts';
import { admittedEvent } from '../../redis/support/plane.ts';

const ACCOUNT = { kind: 'account', id: 'a' } as const;
const GATEWAY = { kind: 'gateway', id: 'g' } as const;
const MISSING_MS = 15_000;

/** An agent whose list in Redis, time and calls the test says. */
function agent() {
  const ended: string[] = [];
  const state = { listed: [] as LiveCall[], now: 0, leaked: 0, away: true };
  const events = new EventQueue(
    {
      append: async () => {
        if (state.away) throw new Error('Redis is away');
      },
      end: async () => {},
    },
    silentLogger,
  );
  const run = createReportLeases({
    agentId: 'agent-1',
    events,
    liveCalls: { liveCallsOf: async () => state.listed },
    admission: { end: async (event: CallEvent) => void ended.push(event.callId) },
    metrics: {
      leasesLeaked(count) {
        state.leaked += count;
      },
    },
    clock: systemClock,
    nowMs: () => state.now,
    missingMs: MISSING_MS,
    log: silentLogger,
  });
  return { state, run, events, ended };
}
const listed = (callId: string): LiveCall => ({ callId, numberIds: ['n'], leases: [ACCOUNT, GATEWAY] });

describe('an agent’s report of its leases', () => {
  it('lets go of a call only when it was missing twice and long enough, once', async () => {
    const { state, run, ended } = agent();
    state.listed = [listed('x')];
    expect(await run()).toBe(0);
    state.now = MISSING_MS - 1;
    expect(await run()).toBe(0);
    state.now = MISSING_MS;
    expect(await run()).toBe(1);
    expect([ended, state.leaked]).toEqual([['x'], 2]);
    expect(await run()).toBe(0);
  });

  it('forgets a call that was missing when it is known, or listed no more: it begins anew', async () => {
    const { state, run, events } = agent();
    const event = admittedEvent();
    state.listed = [listed(event.callId)];
    await run();
    // Its admission was on its way.
    events.keep(event);
    state.now = 10 * MISSING_MS;
    expect(await run()).toBe(0);
    state.listed = [listed('y')];
    await run();
    state.listed = [];
    state.now += MISSING_MS;
    await run();
    state.listed = [listed('y')];
    expect(await run()).toBe(0);
  });

  it('never lets go of a call that goes on, however long, nor of one whose end waits to be sent', async () => {
    const { state, run, events, ended } = agent();
    const [long, over] = [admittedEvent(), admittedEvent()];
    events.keep(long);
    // Redis does not take it: what the call says later waits behind it, its end too.
    events.push(over);
    const { callId } = over;
    const end = { type: 'ended', callId, seq: 1, agentId: 'agent-1', at: 1, outcome: 'completed', sipStatus: 200, code: null } as const;
    events.pushEnd({ ...end, endedBy: 'caller' }, []);
    state.listed = [listed(long.callId), listed(callId)];
    for (let hours = 0; hours < 100; hours += 1) {
      state.now = hours * 3_600_000;
      expect(await run()).toBe(0);
    }
    expect([ended, state.leaked]).toEqual([[], 0]);
    state.away = false;
    expect(await events.drain(5000)).toBe(true);
    state.now += MISSING_MS;
    await run();
    state.now += MISSING_MS;
    expect(await run()).toBe(1);
    expect(ended).toEqual([callId]);
    events.stop();
  });
});

describe('a lease that the platform took away from a call', () => {
  it('is not among what the call holds again, neither now nor with its next targets', () => {
    const { events } = agent();
    const event = admittedEvent({ leases: [ACCOUNT, GATEWAY] });
    events.keep(event);
    expect(events.releaseLease(event.callId, ACCOUNT)).toBe(true);
    expect(events.releaseLease('unknown', ACCOUNT)).toBe(false);
    expect(events.heldBy(event.callId)?.leases).toEqual([GATEWAY]);
    const base = { type: 'attempt', callId: event.callId, agentId: 'agent-1', at: 1, trunkGroupId: null, gatewayId: null } as const;
    events.keep({ ...base, seq: 1, n: 1, uri: 'sip:a', sipCallId: 'x', leases: [ACCOUNT, { kind: 'gateway', id: 'other' }] });
    expect(events.held().map(({ leases }) => leases)).toEqual([[{ kind: 'gateway', id: 'other' }]]);
  });
});
