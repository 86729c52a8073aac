import { DAY_MINUTES, type HoursWindow, type RouteHours } from './route-hours.ts';

/** A part of the week in minutes from Monday, `to` not included; one that goes on past Sunday ends in the week after. */
type Span = readonly [from: number, to: number];

const WEEK = 7 * DAY_MINUTES;

const spansOf = ({ days, from, to }: HoursWindow): Span[] =>
  days.map((day) => [(day - 1) * DAY_MINUTES + from, (day - 1) * DAY_MINUTES + (from < to ? to : to + DAY_MINUTES)]);

/** The same in the weeks before and after, too. */
const around = ({ windows }: RouteHours): Span[] =>
  windows.flatMap(spansOf).flatMap(([from, to]): Span[] => [-WEEK, 0, WEEK].map((by) => [from + by, to + by]));

/**
 * Whether two routes may be open at the same time; undefined hours are always. Of two time zones it says that they may: how far apart they
 * are changes through the year.
 */
export function mayOverlap(one: RouteHours | undefined, other: RouteHours | undefined): boolean {
  if (one === undefined || other === undefined || one.timeZone !== other.timeZone) return true;
  const others = around(other);
  return one.windows.flatMap(spansOf).some(([from, to]) => others.some(([begins, ends]) => from < ends && begins < to));
}

/** Whether a route is open whenever another one is; false also where only several windows together, or another time zone, would say so. */
export function covers(one: RouteHours | undefined, other: RouteHours | undefined): boolean {
  if (one === undefined) return true;
  if (other?.timeZone !== one.timeZone) return false;
  const ours = around(one);
  return other.windows.flatMap(spansOf).every(([from, to]) => ours.some(([begins, ends]) => begins <= from && to <= ends));
}
