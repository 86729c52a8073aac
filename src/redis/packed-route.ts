import { type Destinations, destinationsMember } from '../domain/destinations.ts';
import type { OutboundRoute } from '../domain/records.ts';
import { DAY_MINUTES, HOURS_WINDOWS_MAX, type HoursWindow, type RouteHours } from '../domain/route-hours.ts';
import { packId, unpackId } from './packed-id.ts';
import { WEIGHT_MAX } from './packed-target.ts';
import { BadValue, lineText, listOf, orNull, wholeNumber } from './strict-json.ts';

const PREFIXES_MAX = 1000;
const COST_MAX = 1_000_000;

/** A window as a list: the digits of its days, and its minutes. */
export const packWindow = ({ days, from, to }: HoursWindow): unknown[] => [days.join(''), from, to];

/** A route as a list; cost and hours only where it has some. */
export function packRoute({ id, prefix, trunkGroupId, priority, weight, cost, hours }: OutboundRoute): unknown[] {
  const plain = [packId(id), prefix, packId(trunkGroupId), priority, weight];
  if (hours !== undefined) {
    return [...plain, cost ?? null, hours.timeZone, hours.windows.map(packWindow)];
  }
  return cost === undefined ? plain : [...plain, cost];
}

/** A route from its list; throws BadValue on what is none. */
export function readRoute(item: unknown): OutboundRoute {
  const [id, prefix, group, priority, weight, cost, timeZone, windows] = listOf(item, 8, 'route');
  const price = orNull(cost, (present) => {
    if (typeof present !== 'number' || !(present >= 0 && present <= COST_MAX)) throw new BadValue('cost');
    return present;
  });
  const hours = orNull(timeZone, (present) => readHours(present, windows));
  return {
    id: unpackId(lineText(id, 80, 'id')),
    prefix: lineText(prefix, 32, 'prefix'),
    trunkGroupId: unpackId(lineText(group, 80, 'id')),
    priority: wholeNumber(priority, 0, WEIGHT_MAX, 'priority'),
    weight: wholeNumber(weight, 0, WEIGHT_MAX, 'weight'),
    ...(price === null ? {} : { cost: price }),
    ...(hours === null ? {} : { hours }),
  };
}

const readHours = (timeZone: unknown, windows: unknown): RouteHours => ({
  timeZone: lineText(timeZone, 64, 'time zone'),
  windows: listOf(windows, HOURS_WINDOWS_MAX, 'windows').map(readWindow),
});

/** A window from its list; throws BadValue on what is none. */
export function readWindow(item: unknown): HoursWindow {
  const [days, from, to] = listOf(item, 3, 'window');
  const text = lineText(days, 7, 'days');
  if (!/^[1-7]*$/.test(text)) throw new BadValue('days');
  return {
    days: [...text].map(Number),
    from: wholeNumber(from, 0, DAY_MINUTES, 'time'),
    to: wholeNumber(to, 0, DAY_MINUTES, 'time'),
  };
}

const prefixes = (value: unknown): string[] =>
  listOf(value, PREFIXES_MAX, 'prefixes').map((item) => {
    const prefix = lineText(item, 15, 'prefix');
    if (!/^[0-9]*$/.test(prefix)) throw new BadValue('prefix');
    return prefix;
  });

/** Destinations as a member of a record; throws BadValue on damaged ones. */
export function readDestinations(allowed: unknown, blocked: unknown): { readonly destinations?: Destinations } {
  const only = orNull(allowed, prefixes);
  return destinationsMember({ ...(only === null ? {} : { allowed: only }), blocked: orNull(blocked, prefixes) ?? [] });
}
