import { DEFAULT_CALLER_USES, type DefaultCaller, defaultCallerMember } from '../domain/default-caller.ts';
import { parseE164 } from '../domain/e164.ts';
import { BadValue, lineText, listOf, oneOf, orNull } from './strict-json.ts';

/** A default caller as it is in a record: its number and when. */
export const packCaller = (caller: DefaultCaller | undefined): [string, string] | undefined =>
  caller === undefined ? undefined : [caller.e164, caller.use];

/** A default caller as a member of its record; throws BadValue on what is none: it ends up in header fields. */
export const readCaller = (value: unknown): { readonly defaultCaller?: DefaultCaller } =>
  defaultCallerMember(orNull(value, read) ?? undefined);

function read(value: unknown): DefaultCaller {
  const [number, use] = listOf(value, 2, 'default caller');
  const e164 = parseE164(lineText(number, 16, 'default caller'));
  if (e164 === null) throw new BadValue('default caller');
  return { e164, use: oneOf(use, DEFAULT_CALLER_USES, 'default caller') };
}
