import type { Table } from './table.ts';

/** What a suite is run with, from the command line. */
export interface SuiteOptions {
  /** New calls per second. */
  readonly rate: number;
  /** How long the load lasts. */
  readonly seconds: number;
  /** Only these parts of a suite that has parts; absent: all. */
  readonly only?: readonly string[];
  /** How many changes the part `stale` makes; absent: its own number. */
  readonly changes?: number;
  /** Sizes of the table of numbers; absent: the suite's own. */
  readonly numbers?: readonly number[];
  /** Also what takes long and much memory. */
  readonly full: boolean;
  /** Only so much that one sees it work: its figures say nothing. */
  readonly small: boolean;
  /** Where logs of started programs go; exists. */
  readonly folder: string;
  /** Tells the reader of the terminal what happens now. */
  readonly progress: (line: string) => void;
}

/** What a suite measured: tables for people, figures for machines, and whether its targets were met. */
export interface SuiteResult {
  readonly title: string;
  readonly tables: readonly Table[];
  readonly figures: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
  /** False when something failed that must not, such as a call. */
  readonly ok: boolean;
}

/** One benchmark. Faults are thrown, missed targets are in the result. */
export type Suite = (options: SuiteOptions) => Promise<SuiteResult>;
