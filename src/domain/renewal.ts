import type { PhoneNumber } from './number.ts';
import type { SuspendedBy } from './records.ts';

/**
 * When the `period`-th month after `anchorMs` begins: the same day of the month and time of day in UTC, and the last day where a month
 * has no such day. Counted from the anchor each time, so that a 31st comes back after February (decision B13).
 */
export function renewalAt(anchorMs: number, period: number): number {
  const anchor = new Date(anchorMs);
  const [year, month, day] = [anchor.getUTCFullYear(), anchor.getUTCMonth() + period, anchor.getUTCDate()];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const timeOfDay = anchorMs - Date.UTC(year, anchor.getUTCMonth(), day);
  return Date.UTC(year, month, Math.min(day, lastDay)) + timeOfDay;
}

/** The number with or without billing's own suspension; the same object when that is how it is already (decision B25). */
export function withBillingSuspension(number: PhoneNumber, suspended: boolean, nowMs: number): PhoneNumber {
  if (number.suspendedBy.includes('billing') === suspended) return number;
  const others: readonly SuspendedBy[] = number.suspendedBy.filter((who) => who !== 'billing');
  const suspendedBy = suspended ? [...others, 'billing' as const].toSorted() : others;
  return { ...number, suspendedBy, version: number.version + 1, updatedAt: nowMs };
}
