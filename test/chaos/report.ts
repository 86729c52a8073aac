import type { Breakage } from './model.ts';

/** What one run did and found. */
export interface ChaosReport {
  readonly seed: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly calls: Readonly<Record<string, number>>;
  readonly http: Readonly<Record<string, number>>;
  readonly checked: Readonly<Record<number, number>>;
  readonly broken: readonly Breakage[];
}

const INVARIANTS: Readonly<Record<number, string>> = {
  0: 'the product is ready again after healing',
  1: 'one holder',
  2: 'Redis = Postgres, pending 0',
  3: 'applied decides the next call',
  4: 'cool-off',
  5: 'last call',
  6: 'leases = live calls',
  7: 'ledger',
  8: 'idempotency',
  9: 'explain = decision',
  10: 'refusals recorded',
  12: 'one record a call',
  13: 'one audit row a change',
  14: 'jobs',
};

const EVIDENCE_MAX = 20;
const countsText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

const sum = (counts: Readonly<Record<string | number, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);

/** The report for people. */
export function reportText(report: ChaosReport): string {
  const { seed, seconds, rounds, faults, calls, http, checked, broken } = report;
  const rows = Object.entries(INVARIANTS).map(([number, name]) => {
    const of = broken.filter(({ invariant }) => invariant === Number(number)).length;
    return `  ${number.padStart(2)}  ${name.padEnd(42)} ${String(checked[Number(number)] ?? 0).padStart(8)} ${String(of).padStart(7)}`;
  });
  return [
    `seed ${seed}, ${seconds} s, ${rounds} rounds`,
    `faults  ${sum(faults)}: ${countsText(faults)}`,
    `calls   ${calls.placed ?? 0}: ${countsText(calls)}`,
    `http    ${sum(http)}: ${countsText(http)}`,
    '  invariant                                       checked  broken',
    ...rows,
    '  not judged here: 11 (masking, test/api/*/invariants), 15 (the same suite on a real drachtio-server)',
    ...broken.slice(0, EVIDENCE_MAX).map(({ invariant, what }) => `BROKEN ${invariant}: ${what}`),
    ...(broken.length > EVIDENCE_MAX ? [`… and ${broken.length - EVIDENCE_MAX} more (--json shows all)`] : []),
    `checks ${sum(checked)}, broken ${broken.length}`,
  ].join('\n');
}
