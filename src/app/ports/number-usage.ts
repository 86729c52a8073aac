import type { PhoneNumber } from '../../domain/number.ts';

/** Calls of a number in one period; refused ones never were calls of it. */
export interface NumberUsage {
  /** Start of the period, ms. */
  readonly from: number;
  readonly totalCalls: number;
  readonly answeredCalls: number;
  readonly talkSeconds: number;
}

/** Sums the call records of a number. */
export interface NumberUsageReader {
  /** Periods of a day or an hour (UTC) that had calls since `since`, oldest first. */
  read(number: Pick<PhoneNumber, 'id' | 'e164' | 'mode'>, period: 'day' | 'hour', since: number): Promise<readonly NumberUsage[]>;
}
