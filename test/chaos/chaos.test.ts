import { describe, expect, it } from 'vitest';
import { runChaos } from './chaos.ts';
import { reportText } from './report.ts';
import { FAULT_KINDS, planRound } from './schedule.ts';
import { withFigures } from './write-page.ts';

const SEED = 1;

describe('chaos', () => {
  it(`keeps every invariant while processes are killed and paused under load (seed ${SEED})`, async () => {
    const lines: string[] = [];
    const report = await runChaos({
      seed: SEED,
      seconds: 1,
      only: ['kill-agent', 'kill-worker', 'kill-api', 'pause-agent', 'slow-redis', 'lose-sip'],
      loadMs: [4000, 4000],
      faultsMax: 3,
      holdMsMax: 2000,
      say: (line) => lines.push(line),
    });
    expect(report.broken, [...lines, reportText(report)].join('\n')).toEqual([]);
    // A run that placed no call or judged nothing proves nothing.
    expect(report.calls.answered ?? 0).toBeGreaterThan(0);
    for (const invariant of [1, 2, 5, 6, 7, 12, 13, 14])
      expect(report.checked[invariant] ?? 0, `invariant ${invariant}`).toBeGreaterThan(0);
  }, 180_000);

  it('replays the same schedule for the same seed, and another for another', () => {
    const rounds = (seed: number) => Array.from({ length: 20 }, (_, index) => planRound({ seed }, index));
    expect(rounds(7)).toEqual(rounds(7));
    expect(rounds(7)).not.toEqual(rounds(8));
    const kinds = new Set(rounds(7).flatMap(({ faults }) => faults.map(({ kind }) => kind)));
    expect(kinds.size).toBeGreaterThan(FAULT_KINDS.length / 2);
    expect(planRound({ seed: 7, only: ['flush'] }, 3).faults.every(({ kind }) => kind === 'flush')).toBe(true);
  });

  it('keeps one row a seed on the page', () => {
    const report = { seed: 1, seconds: 9, rounds: 1, faults: { flush: 2 }, calls: { placed: 3 }, http: {}, checked: { 1: 4 }, broken: [] };
    const page = withFigures(withFigures(withFigures('# Page\n', { ...report, seed: 2 }), report), { ...report, seconds: 10 });
    expect(page.match(/^\| [0-9]+ \|.*$/gm)).toEqual(['| 1 | 10 | 2 | 3 | 0 | 4 | 0 |', '| 2 | 9 | 2 | 3 | 0 | 4 | 0 |']);
    expect(page.match(/## Last chaos runs/g)).toHaveLength(1);
  });
});
