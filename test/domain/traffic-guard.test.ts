import { describe, expect, it } from 'vitest';
import { DEFAULT_TRAFFIC_POLICY, judgeTraffic, type TrafficPolicy, type TrafficRow } from '../../src/domain/traffic-guard.ts';

const MINUTE = 60_000;
const rows = (attempts: Readonly<Record<string, number>>, minutesEach = 0): TrafficRow[] =>
  Object.entries(attempts).map(([prefix, count]) => ({ prefix, attempts: count, talkMs: count * minutesEach * MINUTE }));
const policy = (more: Partial<TrafficPolicy> = {}): TrafficPolicy => ({
  action: 'alert',
  factor: 10,
  attemptsMin: 100,
  minutesMin: 60,
  countriesMax: 3,
  riskPrefixes: ['882', '44870'],
  ...more,
});

type Case = readonly [string, Partial<TrafficPolicy>, lastHour: TrafficRow[], before: TrafficRow[], expected: readonly string[]];
const WEEK = 168;
const CASES: readonly Case[] = [
  ['nothing at all', {}, [], [], []],
  ['what is usual', {}, rows({ '4420': 90 }), rows({ '4420': 90 * WEEK }), []],
  ['ten times what is usual, not more', {}, rows({ '4420': 900 }), rows({ '4420': 90 * WEEK }), []],
  ['more than that', {}, rows({ '4420': 901 }), rows({ '4420': 90 * WEEK }), ['surge attempts 901>900']],
  ['less than the floor, however unusual', {}, rows({ '4420': 100 }), rows({ '4420': 1 }), []],
  ['above the floor, and hardly ever before', {}, rows({ '4420': 101 }), rows({ '4420': 1 }), ['surge attempts 101>100']],
  ['few calls, and long ones', {}, rows({ '4420': 20 }, 4), rows({ '4420': 1 }), ['surge minutes 80>60']],
  [
    'somebody large calls a country for the first time',
    {},
    rows({ '4420': 500, '4930': 101 }),
    rows({ '4420': 500 * WEEK }),
    ['new_destinations attempts 101>100'],
  ],
  ['another area of a country that it knows', {}, rows({ '4420': 500, '4416': 101 }), rows({ '4420': 500 * WEEK }), []],
  [
    'another country behind +1',
    {},
    rows({ '1202': 500, '1876': 101 }),
    rows({ '1202': 500 * WEEK }),
    ['new_destinations attempts 101>100'],
  ],
  [
    'ranges that fraud likes, apart from all others',
    {},
    rows({ '4420': 500, '8821': 101 }),
    rows({ '4420': 500 * WEEK, '8821': 7 }),
    ['risk_destinations attempts 101>100'],
  ],
  ['such a range that is usual here', {}, rows({ '8821': 101 }), rows({ '8821': 50 * WEEK }), []],
  [
    'a longer range than is counted',
    {},
    rows({ '4487': 101 }),
    rows({ '4420': 500 * WEEK, '4487': 1 }),
    ['risk_destinations attempts 101>100'],
  ],
  [
    'more foreign countries than it may',
    {},
    rows({ '4420': 1, '4930': 1, '3314': 1, '3906': 1, '3491': 1 }),
    [],
    ['many_countries countries 4>3'],
  ],
  ['as many as it likes', { countriesMax: null }, rows({ '4930': 1, '3314': 1, '3906': 1, '3491': 1, '4312': 1 }), [], []],
  ['switched off', { action: 'off' }, rows({ '8821': 100_000 }), [], []],
  ['a new account that begins at once', {}, rows({ '4420': 101 }), [], ['new_destinations attempts 101>100', 'surge attempts 101>100']],
];

describe('calls out that are far from usual', () => {
  it.each(CASES)('%s', (_name, more, lastHour, before, expected) => {
    const found = judgeTraffic(policy(more), { country: 'GB', lastHour, before, hoursBefore: WEEK });
    expect(found.map(({ kind, measure, value, limit }) => `${kind} ${measure} ${value}>${limit}`)).toEqual(expected);
  });

  it('passes nothing over without a history where it finds something with one, so that most accounts need none', () => {
    for (const [name, more, lastHour, before] of CASES) {
      const kinds = (traffic: { before: TrafficRow[]; hoursBefore: number; country: string | null }) =>
        judgeTraffic(policy(more), { lastHour, ...traffic }).map(({ kind }) => kind);
      const bare = kinds({ before: [], hoursBefore: 1, country: null });
      const found = kinds({ before, hoursBefore: WEEK, country: 'GB' });
      expect(found.length > 0 && bare.length === 0, `${name}: ${found}`).toBe(false);
    }
  });

  it('is by default told and nothing more', () => {
    expect(DEFAULT_TRAFFIC_POLICY.action).toBe('alert');
  });
});
