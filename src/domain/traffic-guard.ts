import { countryOfPrefix } from './country-prefixes.ts';

/** What is watched of an account's calls out in the last hour, and what is done when it is far from usual. */
export interface TrafficPolicy {
  /** `alert`: subscribers and the audit are told; `block`: its calls out are stopped too, until an admin lifts that. */
  readonly action: 'off' | 'alert' | 'block';
  /** How many times its average hour of the seven days before is far from usual. */
  readonly factor: number;
  /** So many attempts, and so many minutes, in an hour are never far from usual. */
  readonly attemptsMin: number;
  readonly minutesMin: number;
  /** Foreign countries called in an hour; null: any number. */
  readonly countriesMax: number | null;
  /** Prefixes without `+` that fraud likes; they are measured apart from all others. */
  readonly riskPrefixes: readonly string[];
}

/** Satellites, international networks and premium rates without a country, and ranges that toll fraud has long gone to. */
const RISK_PREFIXES = ['870', '878', '881', '882', '883', '979', '247', '246', '252', '257', '269', '290', '672', '675', '677', '682'];

/** What holds for an account without a policy of its own. */
export const DEFAULT_TRAFFIC_POLICY: TrafficPolicy = {
  action: 'alert',
  factor: 10,
  attemptsMin: 200,
  minutesMin: 120,
  countriesMax: 25,
  riskPrefixes: RISK_PREFIXES,
};

/** Calls to numbers that begin with these digits; `attempts` counts all that were not refused by us. */
export interface TrafficRow {
  /** The first four digits. */
  readonly prefix: string;
  readonly attempts: number;
  readonly talkMs: number;
}

export const TRAFFIC_KINDS = ['surge', 'new_destinations', 'risk_destinations', 'many_countries'] as const;
export type TrafficKind = (typeof TRAFFIC_KINDS)[number];

/** Something far from usual: so much of `measure` in the last hour, where at most `limit` is usual. */
export interface TrafficFinding {
  readonly kind: TrafficKind;
  readonly measure: 'attempts' | 'minutes' | 'countries';
  readonly value: number;
  readonly limit: number;
}

/** Traffic of an account: the last hour, and the seven days before it with how many hours they are. */
export interface Traffic {
  readonly country: string | null;
  readonly lastHour: readonly TrafficRow[];
  readonly before: readonly TrafficRow[];
  readonly hoursBefore: number;
}

const MINUTE_MS = 60_000;
/** What cannot be told from a country is a destination of its own: a satellite network, a range without a country. */
const destinationOf = ({ prefix }: TrafficRow): string => countryOfPrefix(prefix) ?? prefix.slice(0, 3);

/** What of the last hour is far from usual, most telling first; none where the policy is off. */
export function judgeTraffic(policy: TrafficPolicy, traffic: Traffic): readonly TrafficFinding[] {
  if (policy.action === 'off') return [];
  const { lastHour, before } = traffic;
  const isRisk = ({ prefix }: TrafficRow): boolean =>
    policy.riskPrefixes.some((risk) => (risk.length <= prefix.length ? prefix.startsWith(risk) : risk.startsWith(prefix)));
  const known = new Set(before.map(destinationOf));
  const countries = new Set(lastHour.map(destinationOf).filter((destination) => destination !== traffic.country)).size;
  const { countriesMax } = policy;
  return [
    ...measured('risk_destinations', policy, lastHour.filter(isRisk), before.filter(isRisk), traffic),
    ...measured(
      'new_destinations',
      policy,
      lastHour.filter((row) => !known.has(destinationOf(row))),
      [],
      traffic,
    ),
    ...(countriesMax !== null && countries > countriesMax
      ? [{ kind: 'many_countries', measure: 'countries', value: countries, limit: countriesMax } as const]
      : []),
    ...measured('surge', policy, lastHour, before, traffic),
  ];
}

const sum = (rows: readonly TrafficRow[], of: (row: TrafficRow) => number): number => rows.reduce((total, row) => total + of(row), 0);

function measured(
  kind: TrafficKind,
  { factor, attemptsMin, minutesMin }: TrafficPolicy,
  now: readonly TrafficRow[],
  before: readonly TrafficRow[],
  { hoursBefore }: Traffic,
): TrafficFinding[] {
  const usual = (of: (row: TrafficRow) => number, min: number): number =>
    Math.max(min, (factor * sum(before, of)) / Math.max(hoursBefore, 1));
  const rows = [
    { measure: 'attempts', of: (row: TrafficRow) => row.attempts, min: attemptsMin },
    { measure: 'minutes', of: (row: TrafficRow) => row.talkMs / MINUTE_MS, min: minutesMin },
  ] as const;
  return rows.flatMap(({ measure, of, min }) => {
    const [value, limit] = [sum(now, of), usual(of, min)];
    return value > limit ? [{ kind, measure, value: Math.round(value), limit: Math.round(limit) }] : [];
  });
}
