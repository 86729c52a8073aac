import { type Limits, limitsMember } from '../domain/lease.ts';

/** Columns of a row that carries limits. */
export interface LimitColumns {
  readonly max_channels: number | null;
  readonly max_cps: number | null;
  /** Absent: what cannot have one. */
  readonly max_call_seconds?: number | null | undefined;
  /** Absent: what cannot have one. */
  readonly minutes_per_day?: number | null;
}

/** The limits of a row as a member of what it describes. */
export const limitsOf = (row: LimitColumns): { readonly limits?: Limits } =>
  limitsMember({
    channelsMax: row.max_channels,
    perSecondMax: row.max_cps,
    callSecondsMax: row.max_call_seconds ?? null,
    minutesPerDayMax: row.minutes_per_day ?? null,
  });

/** The column of minutes. */
export const minutesValue = ({ limits }: { readonly limits?: Limits | undefined }): number | null => limits?.minutesPerDayMax ?? null;

/** The three columns of what may carry limits, in that order. */
export const limitValues = ({ limits }: { readonly limits?: Limits | undefined }): [number | null, number | null, number | null] => [
  limits?.channelsMax ?? null,
  limits?.perSecondMax ?? null,
  limits?.callSecondsMax ?? null,
];
