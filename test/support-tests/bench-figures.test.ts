import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { renderSection, withSection } from '../../bench/performance-page.ts';
import { cpuReadable, cpuSeconds, parseStat } from '../../bench/process-cpu.ts';
import { bucketsBetween, bucketsOf, counterSum, histogramQuantile, quantileOf } from '../../bench/quantiles.ts';
import { formatMarkdown, formatText } from '../../bench/table.ts';

const exposition = (counts: readonly number[]): string =>
  [
    '# TYPE x_seconds histogram',
    ...['0.001', '0.002', '+Inf'].flatMap((le, at) => [
      `x_seconds_bucket{le="${le}",result="ok",role="agent"} ${counts[at]}`,
      `x_seconds_bucket{le="${le}",result="stale",role="agent"} 0`,
    ]),
    'x_seconds_sum{result="ok"} 1',
    'x_total{direction="inbound",outcome="answered"} 7',
    'x_total{direction="outbound",outcome="answered"} 5',
  ].join('\n');

it('takes quantiles of samples by nearest rank', () => {
  const samples = Array.from({ length: 100 }, (_, at) => 100 - at);
  expect([quantileOf(samples, 0.5), quantileOf(samples, 0.99), quantileOf([3], 0.99), quantileOf([], 0.5)]).toEqual([50, 99, 3, undefined]);
});

it('takes quantiles of what a histogram gained, as Prometheus does', () => {
  const added = bucketsBetween(bucketsOf(exposition([5, 5, 5]), 'x_seconds'), bucketsOf(exposition([85, 105, 105]), 'x_seconds'));
  expect([...added.values()]).toEqual([80, 100, 100]);
  expect(histogramQuantile(added, 0.4)).toBeCloseTo(0.0005);
  expect(histogramQuantile(added, 0.9)).toBeCloseTo(0.0015);
  expect(histogramQuantile(bucketsOf('', 'x_seconds'), 0.5)).toBeUndefined();
});

it('sums a counter over its labels', () => {
  expect(counterSum(exposition([0, 0, 0]), 'x_total')).toBe(12);
  expect(counterSum(exposition([0, 0, 0]), 'x_total', 'direction="inbound"')).toBe(7);
});

it('reads the times behind a command name with spaces and parentheses', () => {
  const rest = `S 41 7 7 0 -1 0 0 0 0 0 11 22 33 44 20 0 1`;
  expect(parseStat(`42 (a) b (c) ${rest}`)).toEqual({ parent: 41, ticks: 110 });
});

it.runIf(cpuReadable())('counts a busy process and its child once, under the nearest name', async () => {
  const busy = 'const end = Date.now() + 400; while (Date.now() < end); process.send?.("done"); process.stdin.resume()';
  const child = spawn(process.execPath, ['-e', busy], { stdio: ['pipe', 'ignore', 'ignore', 'ipc'] });
  try {
    await once(child, 'message');
    const seconds = cpuSeconds({ parent: [process.pid], child: [child.pid ?? 0], nobody: [999_999_999] });
    expect(seconds.child).toBeGreaterThan(0.1);
    expect(seconds.nobody).toBe(0);
    const together = cpuSeconds({ parent: [process.pid] });
    expect(together.parent! - seconds.parent!).toBeGreaterThan(0.1);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

it('prints tables for a terminal and for a page', () => {
  const table = {
    columns: ['process', 'ms'],
    rows: [
      ['agent', '1.25'],
      ['a|b', '10.00'],
    ],
  };
  expect(formatText(table).split('\n')).toEqual(['process     ms', '-------  -----', 'agent     1.25', 'a|b      10.00']);
  expect(formatMarkdown(table).split('\n')).toEqual([
    '| process |    ms |',
    '| ------- | ----: |',
    '| agent   |  1.25 |',
    '| a\\|b    | 10.00 |',
  ]);
});

it('replaces only its own section of the page', () => {
  const result = { title: 'Calls', tables: [], figures: {}, notes: ['a note'], ok: true };
  const [one, two] = ['2026-01-01', '2026-02-02'].map((date) => renderSection('calls', result, date, 'machine')) as [string, string];
  const other = renderSection('other', { ...result, title: 'Other' }, '2026-01-01', 'machine');
  const page = withSection(withSection('# Performance\n', 'calls', one), 'other', other);
  const updated = withSection(page, 'calls', two);
  expect(updated).toBe(page.replace('2026-01-01, machine', '2026-02-02, machine'));
  expect(updated).toContain('Other');
});
