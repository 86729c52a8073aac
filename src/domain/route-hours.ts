/** When a route is open, by the clock of one place. */
export interface RouteHours {
  /** IANA name such as `Europe/London`. */
  readonly timeZone: string;
  readonly windows: readonly HoursWindow[];
}

/** A part of some days of the week; one that ends before it begins goes on into the next day. */
export interface HoursWindow {
  /** ISO 8601 days, 1 is Monday. */
  readonly days: readonly number[];
  /** Minutes of the day, `to` not included: 480 and 1080 are 08:00 to 18:00. */
  readonly from: number;
  readonly to: number;
}

export const DAY_MINUTES = 1440;
/** Windows that one thing may be open in. */
export const HOURS_WINDOWS_MAX = 32;

const DAYS: Readonly<Record<string, number>> = { Mon: 1, Tue: 2, Wed: 3, Thu: 4, Fri: 5, Sat: 6, Sun: 7 };

// To make one takes some 50 µs; there are about six hundred zones, and each name was checked when it was written.
const formatters = new Map<string, Intl.DateTimeFormat>();

const PARTS: Intl.DateTimeFormatOptions = {
  weekday: 'short',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
};

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', { ...PARTS, timeZone });
    if (formatters.size < 1000) formatters.set(timeZone, formatter);
  }
  return formatter;
}

/** True for a time zone that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    formatterOf(name);
    return true;
  } catch {
    return false;
  }
}

/** A moment by the clock of a place. */
export interface LocalTime {
  /** `2026-12-24`. */
  readonly date: string;
  /** ISO 8601, 1 is Monday. */
  readonly day: number;
  /** Of the day. */
  readonly minute: number;
}

/** A time in ms by the clock of a zone, daylight saving included; null for a zone nobody knows. */
export function localTime(timeZone: string, at: number): LocalTime | null {
  if (!isTimeZone(timeZone)) return null;
  const parts = new Map(
    formatterOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  return {
    date: `${(parts.get('year') ?? '').padStart(4, '0')}-${parts.get('month') ?? ''}-${parts.get('day') ?? ''}`,
    day: DAYS[parts.get('weekday') ?? ''] ?? 0,
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  };
}

/** True while a window is open; one that goes on into the next day is open there for the day before. */
export function isWithinWindow({ days, from, to }: HoursWindow, { day, minute }: LocalTime): boolean {
  const dayBefore = day === 1 ? 7 : day - 1;
  if (from < to) return days.includes(day) && minute >= from && minute < to;
  return (days.includes(day) && minute >= from) || (days.includes(dayBefore) && minute < to);
}

/** Whether it is open at a time in ms; daylight saving is the zone's own. A zone nobody knows is never open. */
export function isOpen({ timeZone, windows }: RouteHours, at: number): boolean {
  const local = localTime(timeZone, at);
  return local !== null && windows.some((window) => isWithinWindow(window, local));
}
