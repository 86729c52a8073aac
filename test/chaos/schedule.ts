import { createRandom, type Random } from './random.ts';

/** What can befall the system; `part` kinds name the processes as state.json does. */
export const FAULT_KINDS = [
  'kill-api',
  'kill-agent',
  'kill-worker',
  'kill-engine',
  'kill-redis',
  'kill-postgres',
  'pause-api',
  'pause-agent',
  'pause-worker',
  'pause-engine',
  'pause-redis',
  'pause-postgres',
  'flush',
  'cut-redis',
  'stall-redis',
  'slow-redis',
  'forget-redis',
  'cut-postgres',
  'stall-postgres',
  'slow-postgres',
  'lose-sip',
  'clock',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** One fault: when in its round, which instance of the part, and how long it lasts (kills last as long as the restart takes). */
export interface PlannedFault {
  readonly kind: FaultKind;
  readonly atMs: number;
  /** 0 or 1: which of two processes of a role. */
  readonly nth: number;
  readonly holdMs: number;
}

/** Some seconds of load with faults in it; after it everything heals and is checked at rest. */
export interface Round {
  readonly loadMs: number;
  readonly faults: readonly PlannedFault[];
}

/** What a schedule is made from. */
export interface ScheduleOptions {
  readonly seed: number;
  readonly only?: readonly FaultKind[];
  /** Load of one round, shortest and longest. */
  readonly loadMs?: readonly [min: number, max: number];
  readonly faultsMax?: number;
  /** Longest pause, stall or loss. */
  readonly holdMsMax?: number;
}

/** Faults that are worth more tries than others. */
const OFTEN: readonly FaultKind[] = ['kill-agent', 'kill-api', 'kill-worker', 'kill-redis', 'flush'];

/** The round of this index: a pure function of the options, so that a seed replays whatever the machine did in between. */
export function planRound(options: ScheduleOptions, index: number): Round {
  const random = createRandom(options.seed, index);
  const kinds = options.only ?? [...FAULT_KINDS, ...OFTEN];
  const [min, max] = options.loadMs ?? [8000, 14_000];
  const loadMs = random.int(min, max);
  const faults = Array.from({ length: random.int(2, options.faultsMax ?? 5) }, () =>
    planFault(random, random.pick(kinds), loadMs, options.holdMsMax ?? 8000),
  );
  return { loadMs, faults: faults.sort((a, b) => a.atMs - b.atMs) };
}

function planFault(random: Random, kind: FaultKind, loadMs: number, holdMsMax: number): PlannedFault {
  const atMs = random.int(500, Math.max(600, loadMs - 2000));
  const fault = { kind, atMs, nth: random.int(0, 1), holdMs: random.int(500, holdMsMax) };
  // A step of the clock is told to all processes; while some are paused or cut off nobody could say what time it is.
  return kind === 'clock' ? { ...fault, atMs: 0, holdMs: random.int(1, 480) * 3_600_000 } : fault;
}
