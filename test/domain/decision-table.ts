import { expect } from 'vitest';
import type { CallRequest, Decision, DecisionSettings } from '../../src/domain/call.ts';
import type { RouteRecord } from '../../src/domain/records.ts';
import { shown, world } from './call-decision-rows.ts';
import { decide, settings } from './world.ts';

/**
 * Every combination of what matters, each with the outcome that the rules give it: the rules are written by hand from decisions, in the
 * order in which they apply, and know nothing of the function under test.
 */
export type Rule<T> = readonly [when: (one: T) => boolean, outcome: string];
const outcomeOf = <T>(rules: readonly Rule<T>[], one: T): string => rules.find(([when]) => when(one))?.[1] ?? 'no rule';

export type Axes = Readonly<Record<string, readonly string[]>>;
export type AxesRow<X extends Axes> = { readonly [K in keyof X]: X[K][number] };

/** All combinations of the values of these axes. */
export function combinations<X extends Axes>(axes: X): AxesRow<X>[] {
  let rows: Record<string, string>[] = [{}];
  for (const [name, values] of Object.entries(axes)) rows = rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value })));
  return rows as unknown as AxesRow<X>[];
}

/** Decides each row and compares it with the rules' word on it, as `say` puts it. */
export function check<T>(
  rows: readonly T[],
  rules: readonly Rule<T>[],
  build: (row: T) => readonly [CallRequest, readonly RouteRecord[], Partial<DecisionSettings>?],
  say: (decision: Decision) => string = shown,
): void {
  const wrongRows: string[] = [];
  const seen = new Set<string>();
  for (const row of rows) {
    const [request, records, more = {}] = build(row);
    const [expected, got] = [outcomeOf(rules, row), say(decide(world(records), request, { ...settings, ...more }).decision)];
    seen.add(expected);
    if (expected !== got) wrongRows.push(`${JSON.stringify(row)}: ${got}, not ${expected}`);
  }
  expect(wrongRows).toEqual([]);
  // A rule that no row reaches would prove nothing.
  expect([...seen].sort()).toEqual([...new Set(rules.map(([, outcome]) => outcome))].sort());
}
