import { type DefaultCaller, type DefaultCallerUse, defaultCallerMember } from '../domain/default-caller.ts';

/** Columns of a row whose calls may present a number by themselves: both or none. */
export interface DefaultCallerColumns {
  readonly default_caller: string | null;
  readonly default_caller_use: DefaultCallerUse | null;
}

/** The default caller of a row as a member of what it describes. */
export const defaultCallerOf = ({
  default_caller: e164,
  default_caller_use: use,
}: DefaultCallerColumns): { readonly defaultCaller?: DefaultCaller } =>
  defaultCallerMember(e164 === null || use === null ? undefined : { e164, use });

/** The two columns, in that order. */
export const defaultCallerValues = ({
  defaultCaller,
}: {
  readonly defaultCaller?: DefaultCaller | undefined;
}): [string | null, string | null] => [defaultCaller?.e164 ?? null, defaultCaller?.use ?? null];
