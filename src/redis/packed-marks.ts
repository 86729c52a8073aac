import { TECH_PREFIX_PATTERN } from '../domain/dial-text.ts';
import { isDomainLabel, isTokenHeader, marksMember, type SourceMarks, type SourceToken } from '../domain/source-marks.ts';
import { BadValue, lineText, listOf, membersOf, orNull, wholeNumber } from './strict-json.ts';

/** The marks of a source as they are in its record. */
export const packMarks = (marks: SourceMarks | undefined): Record<string, unknown> | undefined =>
  marks === undefined
    ? undefined
    : {
        t: marks.token === undefined ? undefined : [marks.token.header, marks.token.fingerprint],
        p: marks.techPrefix,
        d: marks.domain,
        r: marks.registered === true ? 1 : undefined,
      };

function readToken(value: unknown): SourceToken {
  const [name, print] = listOf(value, 2, 'token');
  const header = lineText(name, 64, 'token field');
  if (!isTokenHeader(header)) throw new BadValue('token field');
  return { header, fingerprint: lineText(print, 128, 'fingerprint') };
}

function fitting(value: unknown, what: string, fits: (text: string) => boolean): string {
  const text = lineText(value, 64, what);
  if (!fits(text)) throw new BadValue(what);
  return text;
}

/** Marks as a member of their record; throws BadValue on what is none. */
export function readMarks(value: unknown): { readonly marks?: SourceMarks } {
  if (value === undefined || value === null) return {};
  const body = membersOf(value, 'marks');
  const token = orNull(body.t, readToken);
  const techPrefix = orNull(body.p, (text) => fitting(text, 'tech prefix', (one) => TECH_PREFIX_PATTERN.test(one)));
  const domain = orNull(body.d, (text) => fitting(text, 'domain', isDomainLabel));
  const registered = orNull(body.r, (flag) => wholeNumber(flag, 0, 1, 'flag')) === 1;
  return marksMember({
    ...(token === null ? {} : { token }),
    ...(techPrefix === null ? {} : { techPrefix }),
    ...(domain === null ? {} : { domain }),
    ...(registered ? { registered } : {}),
  });
}
