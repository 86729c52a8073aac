import { parseE164 } from '../domain/e164.ts';
import {
  type DateRange,
  type EndpointFallback,
  type EndpointRoute,
  type EndpointUse,
  ROUTE_BOUNDS,
  type ScheduleRule,
} from '../domain/endpoint-route.ts';
import { isIsoDate } from '../domain/endpoint-schedule.ts';
import { FALLBACK_CAUSES } from '../domain/fallback.ts';
import type { EndpointRecord } from '../domain/records.ts';
import { HOURS_WINDOWS_MAX } from '../domain/route-hours.ts';
import { packId, unpackId } from './packed-id.ts';
import { packWindow, readWindow } from './packed-route.ts';
import { BadValue, lineText, listOf, oneOf, orNull, wholeNumber } from './strict-json.ts';

// An agent reads some more than a route may have, for the day that somebody lets routes have more.
const RULES_MAX = 3 * ROUTE_BOUNDS.rulesMax;
const DATES_MAX = 4 * ROUTE_BOUNDS.datesMax;

const id = (value: unknown): string => unpackId(lineText(value, 80, 'id'));
const packOrNull = (value: string | null): string | null => (value === null ? null : packId(value));

const packRule = ({ windows, dates, endpointId }: ScheduleRule): unknown[] => [
  packOrNull(endpointId),
  windows?.map(packWindow) ?? null,
  dates?.map(({ from, to }) => [from, to]) ?? null,
];

const date = (value: unknown): string => {
  const text = lineText(value, 10, 'date');
  if (!isIsoDate(text)) throw new BadValue('date');
  return text;
};

function readDates(item: unknown): DateRange {
  const [from, to] = listOf(item, 2, 'dates');
  return { from: date(from), to: date(to) };
}

function readRule(item: unknown): ScheduleRule {
  const [endpointId, windows, dates] = listOf(item, 3, 'rule');
  const hours = orNull(windows, (present) => listOf(present, HOURS_WINDOWS_MAX, 'windows').map(readWindow));
  const days = orNull(dates, (present) => listOf(present, DATES_MAX, 'dates').map(readDates));
  return { ...(hours === null ? {} : { windows: hours }), ...(days === null ? {} : { dates: days }), endpointId: orNull(endpointId, id) };
}

/** A route as a list, its kind first and references as packed ids; nothing at all where there is none. */
export function packEndpointRoute(route: EndpointRoute | undefined): unknown {
  switch (route?.kind) {
    case undefined:
      return undefined;
    case 'trunk_group':
      return ['t', packId(route.trunkGroupId)];
    case 'forward':
      return ['f', route.e164];
    case 'webhook':
      return ['w', route.url, route.timeoutMs, route.cacheSeconds, route.secretSealed];
    case 'schedule':
      return ['s', route.timeZone, packOrNull(route.otherwise), route.rules.map(packRule)];
  }
}

function readEndpointRoute(value: unknown): EndpointRoute {
  const [kind, first, second, third, fourth] = listOf(value, 5, 'route');
  switch (oneOf(kind, ['t', 'f', 's', 'w'], 'route')) {
    case 't':
      return { kind: 'trunk_group', trunkGroupId: id(first) };
    case 'f': {
      const e164 = parseE164(lineText(first, 16, 'e164'));
      if (e164 === null) throw new BadValue('e164');
      return { kind: 'forward', e164 };
    }
    case 'w':
      return {
        kind: 'webhook',
        url: lineText(first, ROUTE_BOUNDS.urlMax, 'url'),
        timeoutMs: wholeNumber(second, 1, ROUTE_BOUNDS.timeoutMsMax, 'timeout'),
        cacheSeconds: wholeNumber(third, 0, ROUTE_BOUNDS.cacheSecondsMax, 'cache'),
        secretSealed: lineText(fourth, 1024, 'sealed secret'),
      };
    case 's': {
      const rules = listOf(third, RULES_MAX, 'rules').map(readRule);
      return { kind: 'schedule', timeZone: lineText(first, 64, 'time zone'), rules, otherwise: orNull(second, id) };
    }
  }
}

/** A fallback as a list; nothing at all where there is none. */
export const packFallback = (fallback: EndpointFallback | undefined): unknown =>
  fallback === undefined ? undefined : [fallback.on, packId(fallback.endpointId)];

function readFallback(value: unknown): EndpointFallback {
  const [on, endpointId] = listOf(value, 2, 'fallback');
  return {
    on: listOf(on, FALLBACK_CAUSES.length, 'causes').map((one) => oneOf(one, FALLBACK_CAUSES, 'cause')),
    endpointId: id(endpointId),
  };
}

/** Route and fallback of a body as members of the record; throws BadValue on damaged ones. */
export function readEndpointUse(route: unknown, fallback: unknown): EndpointUse {
  const along = orNull(route, readEndpointRoute);
  const behind = orNull(fallback, readFallback);
  return { ...(along === null ? {} : { route: along }), ...(behind === null ? {} : { fallback: behind }) };
}

/** How phones are rung as a member of the record: a letter. */
export function readRing(value: unknown): Pick<EndpointRecord, 'ring'> {
  const letter = orNull(value, (present) => oneOf(present, ['p', 's'], 'ring'));
  return letter === null ? {} : { ring: letter === 'p' ? 'parallel' : 'serial' };
}
