/** Epoch milliseconds as a timestamptz parameter. */
export const timestamp = (ms: number): string => new Date(ms).toISOString();

/** The same for a column that may be null. */
export const timestampOrNull = (ms: number | null): string | null => (ms === null ? null : timestamp(ms));
