import { beforeEach, describe, expect, it } from 'vitest';
import { createCloseUnlistedCalls } from '../../../src/app/calls/close-unlisted-calls.ts';
import type { LostCalls } from '../../../src/app/ports/lost-calls.ts';
import type { EndedEvent } from '../../../src/domain/call-event.ts';
import { silentLogger } from '../../../src/kit/log.ts';

const CONFIRM_MS = 6000;
const call = { callId: 'call', agentId: 'gone', numberIds: ['number'], lastSeq: 1, leases: [] };
let nowMs = 0;
let listed: string[] = [];
let ended: string[] = [];
let inRedis = true;
let ageMs = 1000;

const end = ({ callId, outcome }: EndedEvent): void => void ended.push(`${callId} ${outcome}`);

const deps = {
  agents: {
    heartbeat: async () => '',
    leave: async () => {},
    list: async () => listed.map((id) => ({ id, seenAt: 0, alive: true, epoch: 1, mode: 'normal', sign: 'sign' })),
  },
  lostCalls: {
    async closeListed(agentId, judged, endOf) {
      expect([agentId, judged]).toEqual(['gone', null]);
      if (inRedis) end(endOf('call'));
      return { closed: inRedis ? ['call'] : [], left: 'none' };
    },
    async closeUnlisted(agentId, judged, calls, endOf) {
      expect([agentId, judged]).toEqual(['gone', null]);
      for (const { callId } of calls) end(endOf(callId));
      return 'done';
    },
  } satisfies LostCalls,
  calls: {
    openCallsOfOthers: async (agents: readonly string[], startedBefore: number) =>
      agents.includes('gone') || startedBefore < nowMs - ageMs ? [] : [call],
  },
  clock: { now: () => nowMs },
  log: silentLogger,
  confirmMs: CONFIRM_MS,
  nowMs: () => nowMs,
};

/** Time goes by with a look every other second; the last one is left to the caller. */
const pass = async (ms: number, round: () => Promise<unknown>) => {
  const endMs = nowMs + ms;
  for (; nowMs + 2000 < endMs; await round()) nowMs += 2000;
  nowMs = endMs;
};

beforeEach(() => {
  [nowMs, listed, ended, inRedis, ageMs] = [1_000_000, [], [], true, 1000];
});

describe('calls of an agent that nobody lists', () => {
  it('invariant 12: are closed when it is missing all along, however young they are', async () => {
    const round = createCloseUnlistedCalls(deps);
    expect((await round()).closed).toBe(0);
    await pass(CONFIRM_MS, round);
    expect((await round()).closed).toBe(1);
    expect(ended).toEqual(['call agent_lost']);
  });

  it('go on when the agent gives a sign of life behind an emptied Redis, and the time begins anew', async () => {
    const round = createCloseUnlistedCalls(deps);
    await round();
    await pass(CONFIRM_MS - 1, round);
    listed = ['gone'];
    await round();
    listed = [];
    await pass(CONFIRM_MS, round);
    expect((await round()).closed).toBe(0);
    expect(ended).toEqual([]);
  });

  it('are closed by their record alone only when their events cannot be on their way any more', async () => {
    inRedis = false;
    const round = createCloseUnlistedCalls(deps);
    await round();
    await pass(CONFIRM_MS, round);
    expect((await round()).closed).toBe(0);
    ageMs = 15_001;
    expect((await round()).closed).toBe(1);
  });
});
