import { z } from 'zod';
import { HOURS_WINDOWS_MAX, type HoursWindow, isTimeZone, type RouteHours } from '../../domain/route-hours.ts';
import { textField } from '../wire-fields.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const clockField = (last: string) =>
  z.string().refine((text) => /^([01][0-9]|2[0-3]):[0-5][0-9]$/.test(text) || text === last, 'Must be a time of the day such as 08:30.');

/** An IANA time zone, in a body. */
export const timeZoneField = () => textField(64).refine(isTimeZone, 'Must be an IANA time zone such as Europe/London.');

/** Parts of days of the week, in a body. */
export const windowsField = () =>
  z
    .array(
      z.strictObject({
        days: z.array(z.enum(DAYS)).min(1).max(7),
        from: clockField('00:00'),
        to: clockField('24:00'),
      }),
    )
    .min(1)
    .max(HOURS_WINDOWS_MAX);

/** When a route is open, in a body. */
export const hoursField = () => z.strictObject({ time_zone: timeZoneField(), windows: windowsField() }).meta({ title: 'RouteHours' });

/** The same as it is shown. */
export const hoursSchema = hoursField;

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
const clockText = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** Windows of a body as the domain has them, days once each and in order. */
export const windowsOf = (windows: z.infer<ReturnType<typeof windowsField>>): HoursWindow[] =>
  windows.map(({ days, from, to }) => ({
    days: [...new Set(days.map((day) => DAYS.indexOf(day) + 1))].toSorted((a, b) => a - b),
    from: minutesOf(from),
    to: minutesOf(to),
  }));

/** Hours of a body as the domain has them. */
export const hoursOf = ({ time_zone: timeZone, windows }: z.infer<ReturnType<typeof hoursField>>): RouteHours => ({
  timeZone,
  windows: windowsOf(windows),
});

/** Windows on the wire. */
export const presentWindows = (windows: readonly HoursWindow[]) =>
  windows.map(({ days, from, to }) => ({ days: days.flatMap((day) => DAYS[day - 1] ?? []), from: clockText(from), to: clockText(to) }));

/** Hours on the wire. */
export const presentHours = ({ timeZone, windows }: RouteHours) => ({ time_zone: timeZone, windows: presentWindows(windows) });
