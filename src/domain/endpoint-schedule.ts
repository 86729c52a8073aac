import type { DateRange, ScheduleRoute, ScheduleRule } from './endpoint-route.ts';
import { isWithinWindow, type LocalTime, localTime } from './route-hours.ts';

/** What a schedule says of a time: the first rule that fits, counted from 1, or null where none does. */
export interface ScheduleChoice {
  readonly rule: number | null;
  readonly endpointId: string | null;
  /** The time by the clock of the place; null: a zone that nobody knows, where no rule fits. */
  readonly local: LocalTime | null;
}

// ISO dates compare as text.
const isInRange = ({ from, to }: DateRange, { date }: LocalTime): boolean => date >= from && date <= to;

const fits = ({ dates, windows }: ScheduleRule, local: LocalTime): boolean =>
  (dates !== undefined || windows !== undefined) &&
  (dates === undefined || dates.some((range) => isInRange(range, local))) &&
  (windows === undefined || windows.some((window) => isWithinWindow(window, local)));

/** Which endpoint a schedule names at a time in ms; daylight saving is the zone's own. */
export function scheduledEndpoint({ timeZone, rules, otherwise }: ScheduleRoute, at: number): ScheduleChoice {
  const local = localTime(timeZone, at);
  const index = local === null ? -1 : rules.findIndex((rule) => fits(rule, local));
  const rule = rules[index];
  return rule === undefined ? { rule: null, endpointId: otherwise, local } : { rule: index + 1, endpointId: rule.endpointId, local };
}

/** The same schedule with only those dates that matter at a time: it decides that time alike, and a century of holidays is left out. */
export function scheduleAt(route: ScheduleRoute, at: number): ScheduleRoute {
  const local = localTime(route.timeZone, at);
  const rules = route.rules.map((rule) =>
    rule.dates === undefined ? rule : { ...rule, dates: rule.dates.filter((range) => local !== null && isInRange(range, local)) },
  );
  return { ...route, rules };
}

/** True for an ISO date that the calendar has: not 2026-02-30. */
export function isIsoDate(text: string): boolean {
  const [year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)?.slice(1).map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined || month < 1 || month > 12 || day < 1) return false;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return day <= (lengths[month - 1] ?? 0);
}
