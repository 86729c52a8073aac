import type { Fault } from './fault-runtime.ts';
import type { Outcome } from './run-change.ts';

/** Everything, as `npm run faults` asks for; otherwise a sample that a normal run has time for. */
export const FULL = process.env['FAULTS'] === 'full';
const ONLY = process.env['FAULTS_ONLY'] ?? '';
const SEED = Number(process.env['FAULTS_SEED'] ?? 1);
/** Faults of each operation in a sample. */
const SAMPLE = 2;

/** The faults of an operation to run now: all, or as many as a sample has, the same ones for the same seed. */
export function choose(operation: string, faults: readonly Fault[]): readonly Fault[] {
  const named = faults.filter(({ action, side, point }) => `${operation} ${action} ${side} ${point}`.includes(ONLY));
  if (FULL) return named;
  const size = Math.min(operation === 'purchase' ? SAMPLE * 5 : SAMPLE, named.length);
  const step = named.length / size;
  return Array.from({ length: size }, (_, at) => named[Math.floor(at * step + ((SEED * 7) % Math.max(1, Math.floor(step))))]).filter(
    (fault) => fault !== undefined,
  );
}

/** Runs `work` for all of them, so many at a time; in the order of `all`. */
export async function inLanes<T, R>(lanes: number, all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  const waiting = all.entries();
  const lane = async (): Promise<void> => {
    for (const [at, one] of waiting) done[at] = await work(one);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return done;
}

/** Says at once what became of a fault, where everything is run: that takes long. */
export function told(outcome: Outcome): Outcome {
  const { operation, fault, struck, wrong, tookMs } = outcome;
  const result = wrong.length > 0 ? `WRONG ${wrong.join('; ')}` : struck ? 'recovered' : 'not struck';
  if (FULL) console.log(`${operation} ${fault.action} ${fault.side} ${fault.point} (${fault.nth}): ${result}, ${Math.round(tookMs)} ms`);
  return outcome;
}

/** Totals. */
export function printTotals(outcomes: readonly Outcome[]): void {
  const count = (has: (outcome: Outcome) => boolean): number => outcomes.filter(has).length;
  const points = new Set(outcomes.map(({ fault }) => fault.point)).size;
  const slowest = Math.round(Math.max(0, ...outcomes.map(({ tookMs }) => tookMs)));
  console.log(
    `faults: ${outcomes.length} at ${points} points (seed ${SEED}): ${count(({ struck, wrong }) => struck && wrong.length === 0)} recovered, ` +
      `${count(({ struck }) => !struck)} not struck, ${count(({ wrong }) => wrong.length > 0)} wrong; the slowest ${slowest} ms`,
  );
}
