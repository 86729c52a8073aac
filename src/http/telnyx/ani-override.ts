import { z } from 'zod';
import type { DefaultCaller, DefaultCallerPatch, DefaultCallerUse } from '../../domain/default-caller.ts';
import { parseE164 } from '../../domain/e164.ts';
import type { RequestRefusal } from '../../domain/request-refusal.ts';
import { given } from './given.ts';

/** The vendor's words for when, and the core's. */
const USES = { always: 'always', normal: 'fallback', emergency: 'emergency' } as const satisfies Record<string, DefaultCallerUse>;
type Type = keyof typeof USES;
const TYPES = Object.keys(USES) as [Type, ...Type[]];

/** What calls out of a connection present by themselves. */
export const aniOverrideFields = {
  ani_override: z
    .string()
    .max(16)
    .refine((text) => text === '' || parseE164(text) !== null, {
      message: 'Must be a number in E.164, or empty.',
      params: { problem: 'not_e164' },
    })
    .nullable()
    .optional()
    .describe('A number of the account that calls out present; empty: what they present themselves.'),
  ani_override_type: z
    .string()
    .refine((text) => Object.hasOwn(USES, text), { message: `Must be one of ${TYPES.join(', ')}.`, params: { problem: 'not_listed' } })
    .nullable()
    .optional()
    .describe('`always`, `normal` (where no number of the account is presented) or `emergency` (in emergency calls alone).'),
};

type Fields = z.output<z.ZodObject<typeof aniOverrideFields>>;

/** What a body says of it; undefined: nothing. */
export function aniOverrideOf({ ani_override: number, ani_override_type: type }: Fields): DefaultCallerPatch | undefined {
  if (number === undefined && (type === undefined || type === null)) return undefined;
  return {
    ...given('e164', number === undefined ? undefined : number === '' ? null : number),
    ...given('use', type === undefined || type === null ? undefined : USES[type as Type]),
  };
}

/** The same in an answer, at the vendor's default where there is none. */
export const presentAniOverride = (caller: DefaultCaller | undefined) => ({
  ani_override: caller?.e164 ?? '',
  ani_override_type: TYPES.find((type) => USES[type] === caller?.use) ?? 'always',
});

const FIELDS: Readonly<Record<string, string>> = { e164: 'ani_override', use: 'ani_override_type' };

/** A refusal of the core's by the names that its fields have here. */
export const namedByVendor = (refusal: RequestRefusal): RequestRefusal =>
  refusal.kind !== 'invalid'
    ? refusal
    : {
        ...refusal,
        fields: refusal.fields.map((field) => {
          const [first, name = ''] = field.path;
          return first === 'default_caller' ? { ...field, path: ['outbound', FIELDS[name] ?? 'ani_override'] } : field;
        }),
      };
