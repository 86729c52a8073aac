import { readFileSync, writeFileSync } from 'node:fs';
import type { ChaosReport } from './report.ts';

const PAGE = new URL('../../docs/INVARIANTS.md', import.meta.url);
const BEGIN = '<!-- chaos: written by npm run chaos -- --page -->';
const END = '<!-- end of chaos -->';
const HEAD = [
  '| seed | seconds | faults | calls placed | HTTP requests | checks | broken |',
  '| --- | --- | --- | --- | --- | --- | --- |',
];

const sum = (counts: Readonly<Record<string | number, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);

/** The page with this run's row; rows of other seeds stay. Without the markers they are put at the end. */
export function withFigures(page: string, report: ChaosReport): string {
  const { seed, seconds, faults, calls, http, checked, broken } = report;
  const row = `| ${[seed, seconds, sum(faults), calls.placed ?? 0, sum(http), sum(checked), broken.length].join(' | ')} |`;
  const at = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  const old = at < 0 || end < at ? '' : page.slice(at, end);
  const seedOf = (line: string): number => Number(/^\| ([0-9]+) \|/.exec(line)?.[1] ?? Number.NaN);
  const others = old.split('\n').filter((line) => !Number.isNaN(seedOf(line)) && seedOf(line) !== seed);
  const rows = [...others, row].sort((a, b) => seedOf(a) - seedOf(b));
  const section = [BEGIN, '', ...HEAD, ...rows, '', END].join('\n');
  if (old === '') return `${page.trimEnd()}\n\n## Last chaos runs\n\n${section}\n`;
  return page.slice(0, at) + section + page.slice(end + END.length);
}

/** Keeps the figures of a run in docs/INVARIANTS.md. */
export function writePage(report: ChaosReport): void {
  writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), report));
}
