import { expect, it } from 'vitest';
import { type TurnLoad, type TurnRules, turnWaitMs } from '../../src/domain/webhook-turn.ts';

const RULES: TurnRules = { atOnceMax: 4, ownerAtOnceMax: 8, timeoutMs: 10_000 };
const IDLE: TurnLoad = { sending: 0, sendingMs: 0, ownerSending: 0, ownerSendingMs: 0, waiting: 1 };
const FULL: TurnLoad = { ...IDLE, sending: 4, ownerSending: 4 };
const OWNER_FULL: TurnLoad = { ...IDLE, ownerSending: 8 };

it.each<[string, TurnLoad, boolean, number | null]>([
  ['nothing is sent', IDLE, false, null],
  ['one place is left', { ...IDLE, sending: 3, ownerSending: 7 }, false, null],
  ['one place is left of a webhook that fails', { ...IDLE, sending: 3, ownerSending: 7 }, true, null],
  ['its webhook is full, and answers fast', { ...FULL, sendingMs: 20, waiting: 40 }, false, 100 + 1000],
  ['its webhook is full, and answers slowly', { ...FULL, sendingMs: 9000, waiting: 40 }, false, 100 + 90_000],
  ['its webhook is full, answers slowly and has a long queue', { ...FULL, sendingMs: 9000, waiting: 2000 }, false, 100 + 600_000],
  ['its webhook is full and fails', { ...FULL, sendingMs: 20, waiting: 40 }, true, 100 + 100_000],
  ['its webhook is full and fails with a long queue', { ...FULL, waiting: 2000 }, true, 100 + 600_000],
  ['its worker is gone: a try takes no longer than it may', { ...FULL, sendingMs: 15_000, waiting: 4 }, false, 100 + 10_000],
  ['its owner has no place left', { ...OWNER_FULL, ownerSendingMs: 10_000 }, false, 100 + 2500],
  ['another webhook of its owner is slow, its own is fast', { ...FULL, sendingMs: 20, ownerSending: 8, ownerSendingMs: 9000 }, false, 125],
])('a delivery waits as the table says where %s', (_, load, isFailing, waitMs) => {
  expect(turnWaitMs(RULES, load, isFailing, 1)).toBe(waitMs);
});

it('waits are spread, and never none', () => {
  const load = { ...FULL, sendingMs: 9000, waiting: 40 };
  expect([0, 0.5].map((random) => turnWaitMs(RULES, load, false, random))).toEqual([100, 45_100]);
});
