import type { SippResult } from '../test/support/sipp.ts';
import { quantileOf } from './quantiles.ts';
import type { SuiteOptions, SuiteResult } from './suite.ts';
import { fixed, type Table } from './table.ts';

/** One window of steady load through one server. */
export interface Round {
  readonly load: SippResult;
  /** CPU per call. */
  readonly serverMs: number;
  readonly applicationMs: number;
}

/** Calls through a server and an application that does next to nothing: what the server alone bears. */
export interface Alone {
  readonly rate: number;
  readonly seconds: number;
  readonly failed: number;
  readonly retransmissions: number;
  readonly serverMs: number;
}

/** What was measured of one server. */
export interface Measured {
  readonly name: string;
  readonly rounds: readonly Round[];
  /** By open dialogs. */
  readonly memoryMb: Readonly<Record<number, number>>;
  /** Highest rate tried at which no call failed; undefined: not looked for, 0: none. */
  readonly rateMax: number | undefined;
  readonly alone: Alone | undefined;
}

export const dialogCounts: readonly number[] = [1000, 10_000];
/** Targets: issue 6 and decision C25. */
const targets = { engineRatioMax: 0.35, sumRatioMax: 0.5, memoryMbMax: 300 };

const median = (values: readonly number[]): number | undefined => quantileOf(values, 0.5);

/** Tables, ratios and whether the targets were met; `direct` is the same load without a server. */
export function resultOf(all: readonly Measured[], direct: SippResult, { rate, seconds, small }: SuiteOptions): SuiteResult {
  const rows = all.map((one) => rowOf(one, direct));
  const [own, ...others] = rows;
  const real = others.find((row) => row.name === 'drachtio-server');
  const ratios = own === undefined || real === undefined ? undefined : ratiosOf(own, real);
  const memory = own?.memoryMb[10_000];
  const met =
    (ratios === undefined || ratios.every(({ value, max }) => value <= max)) && (memory === undefined || memory <= targets.memoryMbMax);
  return {
    title: `The SIP engine and a bare B2BUA application, ${rate} calls/s for ${seconds} s${small ? ' (small run)' : ''}`,
    tables: [tableOf(rows), aloneTable(rows), ...(ratios === undefined ? [] : [ratioTable(ratios)])],
    figures: { servers: rows, direct: { p50Ms: median(direct.setupMs), p99Ms: quantileOf(direct.setupMs, 0.99) }, ratios },
    notes: [
      'CPU is user and system time from /proc, the median of the rounds; the application is createUAC and createUAS of drachtio-srf.',
      `Delay is the caller's set-up time less that of a call straight to the callee (p50 ${fixed(median(direct.setupMs), 1)} ms).`,
      'Alone: an application answers by frames put together by hand, so that the server does nearly all the work; one leg a call.',
      ...(ratios === undefined ? ['Set DRACHTIO_BIN to a drachtio-server program for the rows to compare with.'] : []),
    ],
    ok: met && rows.every((row) => row.failed === 0),
  };
}

interface Row extends Omit<Measured, 'rounds'> {
  readonly calls: number;
  readonly failed: number;
  readonly retransmissions: number;
  readonly serverMs: number | undefined;
  readonly applicationMs: number | undefined;
  readonly roundsMs: readonly number[];
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
}

interface Ratio {
  readonly what: string;
  readonly value: number;
  readonly max: number;
}

function ratiosOf(own: Row, real: Row): Ratio[] {
  const sum = ({ serverMs = Number.NaN, applicationMs = Number.NaN }: Row): number => serverMs + applicationMs;
  return [
    { what: 'engine / drachtio-server', value: (own.serverMs ?? Number.NaN) / (real.serverMs ?? Number.NaN), max: targets.engineRatioMax },
    { what: 'engine + application / drachtio-server + application', value: sum(own) / sum(real), max: targets.sumRatioMax },
  ];
}

function rowOf({ rounds, ...measured }: Measured, direct: SippResult): Row {
  const sum = (of: (load: SippResult) => number): number => rounds.reduce((total, { load }) => total + of(load), 0);
  const delays = rounds.flatMap(({ load }) => load.setupMs);
  const without = median(direct.setupMs) ?? 0;
  return {
    ...measured,
    calls: sum((load) => load.created),
    failed: sum((load) => load.failed),
    retransmissions: sum((load) => load.retransmissions),
    serverMs: median(rounds.map((round) => round.serverMs)),
    applicationMs: median(rounds.map((round) => round.applicationMs)),
    roundsMs: rounds.map((round) => round.serverMs),
    delayP50Ms: (quantileOf(delays, 0.5) ?? Number.NaN) - without,
    delayP99Ms: (quantileOf(delays, 0.99) ?? Number.NaN) - without,
  };
}

function tableOf(rows: readonly Row[]): Table {
  const memory = dialogCounts.map((count) => `MB at ${count}`);
  return {
    columns: ['server', 'calls', 'failed', 'resent', 'server ms/call', 'application ms/call', 'delay p50 ms', 'p99', ...memory],
    rows: rows.map((row) => [
      row.name,
      ...[row.calls, row.failed, row.retransmissions].map(String),
      ...[row.serverMs, row.applicationMs].map((value) => fixed(value, 3)),
      ...[row.delayP50Ms, row.delayP99Ms].map((value) => fixed(value, 1)),
      ...dialogCounts.map((count) => fixed(row.memoryMb[count], 0)),
    ]),
  };
}

const aloneTable = (rows: readonly Row[]): Table => ({
  columns: ['server', 'calls/s without failure', 'alone: calls/s', 'seconds', 'failed', 'resent', 'server ms/call'],
  rows: rows.map(({ name, rateMax, alone }) => [
    name,
    rateMax === undefined ? '-' : String(rateMax),
    ...(alone === undefined
      ? ['-', '-', '-', '-', '-']
      : [...[alone.rate, alone.seconds, alone.failed, alone.retransmissions].map(String), fixed(alone.serverMs, 3)]),
  ]),
});

const ratioTable = (ratios: readonly Ratio[]): Table => ({
  columns: ['CPU per call', 'ratio', 'target', 'met'],
  rows: ratios.map(({ what, value, max }) => [what, fixed(value), `<= ${max}`, value <= max ? 'yes' : 'NO']),
});
