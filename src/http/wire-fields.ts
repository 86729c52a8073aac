import { z } from 'zod';
import { isUuid } from '../kit/ids.ts';

/** Pieces of request schemas that every face uses. */

/** A UUID as text, any version, any case; lower case inside. */
export const uuidField = () =>
  z
    .string()
    .refine(isUuid, 'Must be a UUID.')
    .transform((text) => text.toLowerCase())
    .meta({ format: 'uuid' });

/** Text without control characters and lone surrogates, which PostgreSQL text and jsonb cannot hold. */
export const textField = (charactersMax: number, charactersMin = 1) =>
  z
    .string()
    .min(charactersMin, charactersMin === 1 ? 'May not be empty.' : undefined)
    .max(charactersMax)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
    .regex(/^[^\u0000-\u001f\u007f\p{Surrogate}]*$/u, 'May not contain control characters.');

/** Text of several lines: line breaks and tabs, and no other control characters. */
export const linesField = (charactersMax: number) =>
  z
    .string()
    .max(charactersMax)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
    .regex(/^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\p{Surrogate}]*$/u, 'May not contain control characters.')
    .refine((text) => text.trim() !== '', 'May not be empty.');

/** A whole number in a query. */
export const integerText = (min: number, max: number) =>
  z
    .string()
    .refine((text) => /^[0-9]{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max, {
      message: `Must be a whole number from ${min} to ${max}.`,
      params: { problem: 'out_of_range' },
    })
    .transform(Number)
    .meta({ type: 'integer', minimum: min, maximum: max });

/** An ISO 3166-1 alpha-2 country in a query or body; upper case inside. */
export const countryField = () =>
  z
    .string()
    .regex(/^[A-Za-z]{2}$/, 'Must be a two-letter country code.')
    .transform((text) => text.toUpperCase());

/** Milliseconds as RFC 3339 UTC. */
export const timeText = (ms: number): string => new Date(ms).toISOString();

/** The path parameter `:id` of resources with UUIDs. */
export const idParams = z.object({ id: uuidField() });
