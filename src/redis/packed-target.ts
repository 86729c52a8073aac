import { type Limits, limitsMember, UNLIMITED } from '../domain/lease.ts';
import type { GatewayRecord, Target } from '../domain/records.ts';
import { packId, unpackId } from './packed-id.ts';
import { readTerms } from './packed-terms.ts';
import { BadValue, lineText, listOf, orNull, wholeNumber } from './strict-json.ts';

const URI_MAX = 512;
/** Priorities and weights have 16 bits (RFC 2782). */
export const WEIGHT_MAX = 65_535;

/**
 * Channels, calls per second and the longest call, null for none of them; nothing at all where none is limited. Minutes are a member of
 * their own.
 */
export const packLimits = (limits: Limits | undefined): unknown => {
  const { channelsMax, perSecondMax, callSecondsMax = null } = limits ?? UNLIMITED;
  if (callSecondsMax !== null) return [channelsMax, perSecondMax, callSecondsMax];
  return channelsMax === null && perSecondMax === null ? undefined : [channelsMax, perSecondMax];
};

/** The limits of a body; throws BadValue on damaged ones. */
export const readLimits = (value: unknown, minutes: unknown = null): { readonly limits?: Limits } => {
  const [channels, perSecond, seconds] = orNull(value, (present) => listOf(present, 3, 'limits')) ?? [];
  return limitsMember({
    channelsMax: orNull(channels, (present) => wholeNumber(present, 0, 1_000_000, 'channels')),
    perSecondMax: orNull(perSecond, (present) => {
      if (typeof present !== 'number' || !(present > 0 && present <= 100_000)) throw new BadValue('calls per second');
      return present;
    }),
    callSecondsMax: orNull(seconds, (present) => wholeNumber(present, 1, 86_400, 'call seconds')),
    minutesPerDayMax: orNull(minutes, (present) => wholeNumber(present, 0, 100_000_000, 'minutes')),
  });
};

/** A target from its members; throws BadValue on what is none. */
export const readTarget = (uri: unknown, priority: unknown, weight: unknown): Target => ({
  uri: lineText(uri, URI_MAX, 'uri'),
  priority: wholeNumber(priority, 0, WEIGHT_MAX, 'priority'),
  weight: wholeNumber(weight, 0, WEIGHT_MAX, 'weight'),
});

/** A gateway as a list; its limits and terms only where it has some. */
export function packGateway({ id, uri, priority, weight, enabled, limits, terms }: GatewayRecord): unknown[] {
  const plain = [packId(id), uri, priority, weight, enabled ? 1 : 0];
  if (terms !== undefined) return [...plain, packLimits(limits) ?? null, terms];
  return limits === undefined ? plain : [...plain, packLimits(limits)];
}

/** A gateway from its list; throws BadValue on what is none. */
export function readGateway(item: unknown): GatewayRecord {
  const [id, uri, priority, weight, enabled, limits, terms] = listOf(item, 7, 'gateway');
  const isEnabled = orNull(enabled, (present) => wholeNumber(present, 0, 1, 'flag')) === 1;
  const target = readTarget(uri, priority, weight);
  return { id: unpackId(lineText(id, 80, 'id')), ...target, enabled: isEnabled, ...readLimits(limits), ...readTerms(terms) };
}
