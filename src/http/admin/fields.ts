import { z } from 'zod';
import type { Limits } from '../../domain/lease.ts';

/** Pieces of request schemas of this face. */

// What PostgreSQL and four-digit years can hold; nothing of ours is older or later.
const TIME_MAX = Date.parse('9999-12-31T23:59:59.999Z');

/** True for a time in ms from 1970 to the end of 9999. */
export const isStorableTime = (ms: number): boolean => Number.isSafeInteger(ms) && ms >= 0 && ms <= TIME_MAX;

/** An RFC 3339 time with its offset; milliseconds inside. */
export const timeField = () =>
  z.iso
    .datetime({ offset: true })
    .refine((text) => isStorableTime(Date.parse(text)), 'Must be from 1970 to 9999.')
    .transform((text) => Date.parse(text));

/** An ISO 4217 currency. */
export const currencyField = () => z.string().regex(/^[A-Z]{3}$/, 'Must be an ISO 4217 code in upper case.');

/** Priority or weight of a gateway, target or route, in the range of RFC 2782. */
export const orderField = () => z.number().int().min(0).max(65535);

/** Prefixes of numbers without `+`; the empty one is every number. */
export const prefixesField = () => z.array(z.string().regex(/^[0-9]{0,15}$/, 'Must be digits without +, at most 15.')).max(1000);

/** How many calls at once and how many new ones a second, in a body: absent keys stay as they are, null is without limit. */
export const channelFields = () => ({
  max_channels: z.number().int().min(0).max(1_000_000).nullable().optional(),
  max_cps: z.number().min(0.01).max(100_000).nullable().optional(),
});

/** Limits of decision C9 in a body: the same with the length of a call, which outbound profiles do not have. */
export const limitFields = () => ({
  ...channelFields(),
  max_call_seconds: z.number().int().min(1).max(86_400).nullable().optional(),
});

/** The same with minutes of calls out in one day (UTC), which gateways do not have. */
export const callLimitFields = () => ({
  ...limitFields(),
  minutes_per_day: z.number().int().min(0).max(100_000_000).nullable().optional(),
});

/** Of limits what outbound profiles have too, as it is shown. */
export const channelsSchema = { max_channels: z.number().int().nullable(), max_cps: z.number().nullable() };

/** Limits as they are shown. */
export const limitsSchema = {
  ...channelsSchema,
  max_call_seconds: z.number().int().nullable(),
};

/** The same with minutes. */
export const callLimitsSchema = { ...limitsSchema, minutes_per_day: z.number().int().nullable() };

interface LimitsBody {
  readonly max_channels?: number | null | undefined;
  readonly max_cps?: number | null | undefined;
  readonly max_call_seconds?: number | null | undefined;
  readonly minutes_per_day?: number | null | undefined;
}

/** What a body says of limits, as part of a patch; absent when it says nothing. */
export function limitsPatch(body: LimitsBody): { readonly limits?: Partial<Limits> } {
  const { max_channels, max_cps, max_call_seconds, minutes_per_day } = body;
  const limits = {
    ...(max_channels === undefined ? {} : { channelsMax: max_channels }),
    ...(max_cps === undefined ? {} : { perSecondMax: max_cps }),
    ...(max_call_seconds === undefined ? {} : { callSecondsMax: max_call_seconds }),
    ...(minutes_per_day === undefined ? {} : { minutesPerDayMax: minutes_per_day }),
  };
  return Object.keys(limits).length === 0 ? {} : { limits };
}

/** The limits of something on the wire. */
export const presentLimits = ({ limits }: { readonly limits?: Limits | undefined }) => ({
  max_channels: limits?.channelsMax ?? null,
  max_cps: limits?.perSecondMax ?? null,
  max_call_seconds: limits?.callSecondsMax ?? null,
});

/** The same with minutes. */
export const presentCallLimits = (one: { readonly limits?: Limits | undefined }) => ({
  ...presentLimits(one),
  minutes_per_day: one.limits?.minutesPerDayMax ?? null,
});
