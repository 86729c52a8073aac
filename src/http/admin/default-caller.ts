import { z } from 'zod';
import { DEFAULT_CALLER_USES, type DefaultCaller } from '../../domain/default-caller.ts';
import { e164Field } from './endpoint-route.ts';

const WHEN =
  'The number that calls out present: `fallback` in the place of what is no number of the account, `always`, or `emergency` in ' +
  'calls to emergency numbers alone. It counts only while it is the account’s, in use and may call out.';

/** What calls out present by themselves, on the wire; replaced whole, null takes it away. */
export const defaultCallerField = () =>
  z
    .strictObject({ e164: e164Field(), use: z.enum(DEFAULT_CALLER_USES).default('fallback') })
    .meta({ title: 'DefaultCaller', description: WHEN })
    .nullable()
    .optional();

/** The same as it is shown. */
export const defaultCallerSchema = z
  .object({ e164: z.string(), use: z.enum(DEFAULT_CALLER_USES) })
  .meta({ title: 'ShownDefaultCaller', description: WHEN })
  .nullable();

/** A default caller on the wire; null: what is said. */
export const presentDefaultCaller = (caller: DefaultCaller | undefined) =>
  caller === undefined ? null : { e164: caller.e164, use: caller.use };

/** What a body says of it, as part of a patch. */
export const defaultCallerPatch = ({ default_caller: caller }: { readonly default_caller?: DefaultCaller | null | undefined }) =>
  caller === undefined ? {} : { defaultCaller: caller };
