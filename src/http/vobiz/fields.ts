import { z } from 'zod';
import { parseE164 } from '../../domain/e164.ts';
import { integerText, textField } from '../wire-fields.ts';

const PREFIXES_MAX = 100;

/** What clients that forget to encode `+` send: a space. A number never begins with one (decision B30). */
const plusForSpace = (text: string): string => text.replace(/^ /, '+');

/** A number in a path; `%2B` encoded twice is decoded once more (decision B30). */
const numberInPath = () =>
  z
    .string()
    .transform((text) => plusForSpace(text.replace(/^%2B/i, '+')))
    .refine((text) => parseE164(text) !== null, 'Must be a number in E.164.')
    .meta({ description: 'The number in E.164 with its plus sign as %2B.' });

/** The path of an account. */
export const accountParams = z.object({ auth_id: z.string() });

/** The path of a number of an account. */
export const numberParams = z.object({ auth_id: z.string(), e164: numberInPath() });

/** The path of a sub-account. */
export const subAccountParams = z.object({ auth_id: z.string(), sub_auth_id: z.string().max(64) });

/** A number in a body. */
export const e164Field = () =>
  z
    .string()
    .refine((text) => parseE164(text) !== null, 'Must be a number in E.164, such as +14155550100.')
    .meta({ example: '+14155550100' });

/** What nothing here acts on yet is refused unless it says what is so anyway (decision B33). */
export const only = <T extends z.ZodType>(schema: T, isSo: (value: z.output<T>) => boolean, message: string) =>
  schema.refine((value) => isSo(value as z.output<T>), { message, params: { problem: 'not_supported' } }).optional();

/** `limit` and `offset` of lists that come from the vendor's ancestor. */
export const offsetFields = () => ({ limit: integerText(1, 100).default(20), offset: integerText(0, 1_000_000).default(0) });

/** `page` and a size under its vendor's name. */
export const pageField = () => integerText(1, 100_000).default(1);
export const sizeField = () => integerText(1, 100).default(25);

/** A part of a number. */
export const searchField = () => textField(32).transform(plusForSpace).optional();

/** E.164 prefixes, the plus sign optional, as a comma list and repeated as often as one likes. */
export const excludeField = () =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((value) =>
      [value]
        .flat()
        .flatMap((text) => text.split(','))
        .map((text) => text.trim().replace(/^\+/, ''))
        .filter((text) => text !== ''),
    )
    .refine((prefixes) => prefixes.length <= PREFIXES_MAX, `At most ${PREFIXES_MAX} prefixes.`)
    .refine((prefixes) => prefixes.every((prefix) => /^[1-9][0-9]{0,14}$/.test(prefix)), 'Must be E.164 prefixes with country code.')
    .transform((prefixes) => prefixes.map((prefix) => `+${prefix}`))
    .optional()
    .meta({ type: 'string' });

/** Only the literal `true` is force (decision B10). */
export const forceQuery = z.object({
  force: z.string().optional().describe('true overrides the cool-off; needs the scope cool_off:force.'),
});
