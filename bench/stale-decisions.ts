import type { ProbeCaller } from './probe-caller.ts';
import type { Product } from './product.ts';
import type { Provisioned } from './provision.ts';

/** What came of changes with a call right behind each. */
export interface StaleFigures {
  readonly changes: number;
  /** Changes not answered `applied`: their calls are placed too, but do not count. */
  readonly notApplied: number;
  /** Calls decided by an older version than the one that was `applied` before they were placed. */
  readonly stale: number;
  readonly seconds: number;
  /** The first few, for people. */
  readonly examples: readonly string[];
}

const workers = 16;
const examplesMax = 5;

/**
 * Turns `allow_inbound` of a number and calls it as soon as the answer is there. The numbers lead nowhere, so that every call is
 * refused: by the flag when it is off, else for want of a destination. The refusal tells which version decided.
 */
export async function measureStale(product: Product, caller: ProbeCaller, owned: Provisioned, changes: number): Promise<StaleFigures> {
  const figures = { changes: 0, notApplied: 0, stale: 0, examples: [] as string[] };
  const startedAt = performance.now();
  const work = async (worker: number): Promise<void> => {
    const mine = owned.numbers.filter((_, at) => at % workers === worker);
    for (let turn = 0; figures.changes < changes; turn += 1) {
      figures.changes += 1;
      const number = mine[turn % mine.length];
      if (number === undefined) throw new Error('too few numbers');
      const allowed = Math.floor(turn / mine.length) % 2 === 1;
      const answer = await product.request('PATCH', `/phone-numbers/${number.id}`, { allow_inbound: allowed }, owned.key);
      const applied = answer.status === 200 && answer.headers.get('dialplane-propagation') === 'applied';
      if (!applied) figures.notApplied += 1;
      const heard = await caller.call(number.e164);
      const expected = allowed ? 'no_destination' : 'number_inbound_disabled';
      if (!applied || heard.code === expected) continue;
      figures.stale += 1;
      if (figures.examples.length < examplesMax) figures.examples.push(`${number.e164}: ${heard.status} ${heard.code}, not ${expected}`);
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  return { ...figures, seconds: (performance.now() - startedAt) / 1000 };
}
