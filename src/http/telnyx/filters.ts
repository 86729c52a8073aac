import { z } from 'zod';

/** A query of a list: filters it does not have are refused by name, everything else that is unknown is ignored (decision B31). */
export const listQuery = <S extends z.ZodRawShape>(shape: S) => z.looseObject(shape).check(refuseUnknownFilters(Object.keys(shape)));

const refuseUnknownFilters =
  (known: readonly string[]) =>
  (context: z.core.ParsePayload<Record<string, unknown>>): void => {
    for (const name of Object.keys(context.value)) {
      if (!/^filter(\[|$)/.test(name) || known.includes(name)) continue;
      context.issues.push({
        code: 'custom',
        path: [name],
        message: `This list has no ${name.slice(0, 64)}.`,
        params: { problem: 'unknown' },
        input: context.value,
      });
    }
  };

/** One of a few words. */
export const enumText = <const T extends readonly string[]>(values: T) =>
  z
    .string()
    .refine((text): boolean => values.includes(text), {
      message: `Must be one of ${values.join(', ')}.`,
      params: { problem: 'not_listed' },
    })
    .transform((text) => text as T[number])
    .meta({ enum: [...values] });

/** `true` or `false`. */
export const booleanText = () =>
  enumText(['true', 'false'])
    .transform((text) => text === 'true')
    .meta({ type: 'boolean' });

// What PostgreSQL and four-digit years can hold.
const TIME_MAX = Date.parse('9999-12-31T23:59:59.999Z');

/** An ISO 8601 time or date; milliseconds inside. */
export const timeFilter = () =>
  z
    .string()
    .refine(
      (text) => /^\d{4}-\d{2}-\d{2}/.test(text) && text.length <= 40 && Date.parse(text) >= 0 && Date.parse(text) <= TIME_MAX,
      'Must be an ISO 8601 time.',
    )
    .transform((text) => Date.parse(text))
    .meta({ format: 'date-time' });

export const TYPES = ['local', 'mobile', 'national', 'toll_free', 'shared_cost'] as const;
