import type { CredentialRecord, TrunkGroupRecord } from './records.ts';

/** `fallback`: in the place of what is no number of the holder's; `always`; `emergency`: in calls to emergency numbers alone. */
export type DefaultCallerUse = 'fallback' | 'always' | 'emergency';

/** All of them. */
export const DEFAULT_CALLER_USES = ['fallback', 'always', 'emergency'] as const satisfies readonly DefaultCallerUse[];

/** The own number that calls out of a trunk group or of a SIP user present by themselves, and when. */
export interface DefaultCaller {
  /** Read again at every call: it counts only while it is the holder's to present. */
  readonly e164: string;
  readonly use: DefaultCallerUse;
}

/** What may change of one, each on its own; absent keys stay, null takes it away. */
export interface DefaultCallerPatch {
  readonly e164?: string | null;
  readonly use?: DefaultCallerUse;
}

/** When a number is presented of which nobody says when. */
export const USUAL_USE: DefaultCallerUse = 'always';

/** A default caller as a member of what carries it. */
export const defaultCallerMember = (caller: DefaultCaller | undefined): { readonly defaultCaller?: DefaultCaller } =>
  caller === undefined ? {} : { defaultCaller: { e164: caller.e164, use: caller.use } };

/** The same after a patch; without a number there is none. */
export function patchedCaller(before: DefaultCaller | undefined, patch: DefaultCallerPatch | undefined): DefaultCaller | undefined {
  if (patch === undefined) return before;
  const e164 = patch.e164 === undefined ? before?.e164 : patch.e164;
  return e164 === undefined || e164 === null ? undefined : { e164, use: patch.use ?? before?.use ?? USUAL_USE };
}

/** True where both say the same. */
export const isSameCaller = (a: DefaultCaller | undefined, b: DefaultCaller | undefined): boolean =>
  a?.e164 === b?.e164 && a?.use === b?.use;

/** What holds for calls of a login: its own word, else that of its trunk group; a number's own login presents that number alone. */
export const callerOfLogin = (login: CredentialRecord, through: TrunkGroupRecord | null): DefaultCaller | null =>
  login.e164 === null ? (login.defaultCaller ?? through?.defaultCaller ?? null) : null;
