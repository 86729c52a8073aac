import { beforeEach, describe, expect, it } from 'vitest';
import { createCloseLostCalls } from '../../../src/app/calls/close-lost-calls.ts';
import { createEndLostLegs } from '../../../src/app/calls/end-lost-legs.ts';
import { GoneAgents } from '../../../src/app/calls/gone-agents.ts';
import { silentLogger } from '../../../src/kit/log.ts';

const CONFIRM_MS = 6000;
const DEAD_AFTER_MS = 6000;
const LOOK_MS = 2000;
const AGENTS = ['one', 'two'];

let nowMs = 0;
let beats = new Map<string, number>();
let left: string[] = [];
let acted: string[] = [];
let isAway = false;

const list = async () => {
  if (isAway) throw new Error('Command timed out');
  const rest = { epoch: 1, mode: 'normal' };
  return [...beats].map(([id, seenAt]) => ({ id, seenAt, alive: nowMs - seenAt < DEAD_AFTER_MS, sign: `${seenAt}.1.normal`, ...rest }));
};
const common = { confirmMs: CONFIRM_MS, nowMs: () => nowMs, log: silentLogger };
const closeLost = () =>
  createCloseLostCalls({
    ...common,
    agents: { list, heartbeat: async () => '', leave: async (id) => void left.push(id) },
    lostCalls: {
      closeListed: async (id, judged, endOf) => {
        expect(judged).toBe(`${beats.get(id)}.1.normal`);
        acted.push(endOf(`call of ${id}`).callId);
        return { closed: [`call of ${id}`], left: 'some' };
      },
      closeUnlisted: async () => 'done',
    },
    clock: { now: () => nowMs },
  });
const endLegs = () =>
  createEndLostLegs({
    ...common,
    agentId: 'me',
    registry: { list },
    legs: {
      agents: async () => AGENTS,
      claim: async (id: string) => acted.push(`call of ${id}`) === 0,
      read: async () => new Map(),
      write: async () => {},
      forget: async () => {},
    },
    hangUp: async () => 'ended',
  });
/** Time goes by; who is alive beats at every heartbeat, unless Redis is paused, and a round is made at every look. */
const run = async (ms: number, round: () => Promise<unknown>, alive: readonly string[]) => {
  for (let at = 0; at < ms; at += LOOK_MS) {
    nowMs += LOOK_MS;
    if (!isAway) for (const id of alive) beats.set(id, nowMs);
    await round().catch(() => {});
  }
};

beforeEach(() => {
  nowMs = 1_000_000;
  beats = new Map(AGENTS.map((id) => [id, nowMs]));
  [left, acted, isAway] = [[], [], false];
});

describe.each([
  ['closing lost calls', closeLost],
  ['ending lost legs', endLegs],
])('%s', (_, create) => {
  it('invariant 12: acts on an agent that is seen dead all along, and soon enough for the 30 s', async () => {
    const round = create();
    await run(14_000, round, ['one']);
    expect(acted).toContain('call of two');
    expect(acted).not.toContain('call of one');
    expect(left).toEqual([]);
  });

  it.each([
    ['with looks that fail', true],
    ['with no look meanwhile', false],
  ])('lets living agents be behind a Redis that was paused for 20 s, %s, twice over', async (_, looks) => {
    const round = create();
    await run(4000, round, AGENTS);
    for (let pause = 0; pause < 2; pause += 1) {
      isAway = true;
      if (looks) await run(20_000, round, AGENTS);
      else nowMs += 20_000;
      isAway = false;
      // Redis is looked at before anybody could beat.
      await round();
    }
    await run(20_000, round, AGENTS);
    expect(acted).toEqual([]);
    expect(left).toEqual([]);
  });

  it('begins anew behind a pause for one that is dead indeed', async () => {
    const round = create();
    await run(4000, round, ['one']);
    isAway = true;
    await run(6000, round, ['one']);
    isAway = false;
    await run(6000, round, ['one']);
    expect(acted).toEqual([]);
    await run(2000, round, ['one']);
    expect(acted).toEqual(['call of two']);
  });
});

it('invariant 12: calls of a dead agent are closed slice after slice, and looked at in between so often that nothing begins anew', async () => {
  let slices = 0;
  const round = createCloseLostCalls({
    ...common,
    agents: { list, heartbeat: async () => '', leave: async (id) => void left.push(id) },
    lostCalls: {
      // Each trip takes as long as it may.
      closeListed: async (_id, _judged, _endOf, goesOn) => {
        do nowMs += 900;
        while (goesOn());
        slices += 1;
        return { closed: ['a'], left: slices < 20 ? 'some' : 'none' };
      },
      closeUnlisted: async () => 'done',
    },
    clock: { now: () => nowMs },
  });
  await run(8000, round, ['one']);
  expect(slices).toBe(1);
  beats.set('one', nowMs + 60_000);
  for (let more = true; more; ) ({ more } = await round());
  expect([slices, left]).toEqual([20, ['two']]);
});

describe('who is gone', () => {
  it('is told by looks that were all answered: one that failed begins the time anew', async () => {
    const gone = new GoneAgents({ confirmMs: CONFIRM_MS, nowMs: () => nowMs });
    const fault = new Error('Command timed out');
    await gone.look(async () => AGENTS);
    nowMs += 1000;
    await expect(gone.look(() => Promise.reject(fault))).rejects.toBe(fault);
    for (let count = 0; count < 3; count += 1) {
      nowMs += LOOK_MS;
      expect(await gone.look(async () => AGENTS)).toEqual(new Set());
    }
    nowMs += LOOK_MS;
    expect(await gone.look(async () => AGENTS)).toEqual(new Set(AGENTS));
  });

  it('is not told by an answer that came late', async () => {
    const gone = new GoneAgents({ confirmMs: CONFIRM_MS, nowMs: () => nowMs });
    const ask = async () => AGENTS;
    await gone.look(ask);
    nowMs += 2000;
    await gone.look(async () => {
      nowMs += CONFIRM_MS;
      return AGENTS;
    });
    nowMs += 2000;
    expect(await gone.look(ask)).toEqual(new Set());
    for (let count = 0; count < 2; count += 1) {
      nowMs += 2000;
      await gone.look(ask);
    }
    expect(await gone.look(ask)).toEqual(new Set(AGENTS));
  });
});
