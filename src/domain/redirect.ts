import { parseAddressList } from './address-list.ts';
import type { Candidate } from './call.ts';
import { type ContactUri, contactUriKey, parseContactUri } from './contact-uri.ts';

/** Places one target may send a call to, over all its redirects together. */
export const REDIRECTS_MAX = 5;

const FOLLOWED: readonly number[] = [300, 301, 302];

/** What tells two URIs apart in the loop guard; null for what nobody could call. */
export function redirectKey(uri: string): string | null {
  const parsed = parseContactUri(uri);
  return parsed === null ? null : contactUriKey(parsed);
}

/** What a target was asked for: its number, and the digits its terms put before it. */
export type AskedFor = Pick<Candidate, 'dialUser' | 'terms'>;

/** What a user part says; null for one that hides what it says (RFC 3261 §19.1.2). */
function unescaped(user: string): string | null {
  try {
    return decodeURIComponent(user);
  } catch {
    return null;
  }
}

const digitsOf = (text: string): string => text.replaceAll(/[^0-9]/g, '');
// RFC 3966 §5.1.1: visual separators mean nothing; what a ported number is reached by (RFC 4694) does not change whose it is.
const PLAIN_NUMBER = /^\+?[0-9\-.()]{1,64}$/;
const PORTED = /^(npdi(=yes)?|rn=\+?[0-9]{1,15})$/i;
/** Short codes are dialled without a prefix, so none is taken from them. */
const SHORT_MAX = 6;

/**
 * A redirect may say where a number is, never turn the call into one to another number (decision C6): whoever is asked next may read
 * any digits as a number, so a user part with digits must be what was dialled, with or without our prefix.
 */
function isSameNumber({ user }: ContactUri, { dialUser, terms }: AskedFor): boolean {
  const said = unescaped(user);
  if (said === null) return false;
  if (!/\p{N}/u.test(said)) return true;
  if (dialUser === null) return false;
  const [number = '', ...params] = said.split(';');
  if (!params.every((param) => PORTED.test(param))) return false;
  if (number === dialUser) return true;
  const { techPrefix = '' } = terms ?? {};
  const bare = dialUser.startsWith(techPrefix) ? digitsOf(dialUser.slice(techPrefix.length)) : '';
  const meant = [digitsOf(dialUser), ...(bare.length > SHORT_MAX ? [bare] : [])];
  return PLAIN_NUMBER.test(number) && meant.includes(digitsOf(number));
}

/**
 * The places a redirect names, best first (RFC 3261 §8.1.3.4, q of §20.10): SIP URIs that were not tried yet in this call, at most
 * `REDIRECTS_MAX`. Other redirects than 300, 301 and 302 name none.
 */
export function redirectTargets(
  reply: { readonly status: number; readonly contact: string },
  asked: AskedFor,
  tried: ReadonlySet<string>,
): readonly string[] {
  if (!FOLLOWED.includes(reply.status)) return [];
  const listed = (parseAddressList(reply.contact, 2 * REDIRECTS_MAX) ?? []).flatMap(({ uri, params }) => {
    const parsed = parseContactUri(uri);
    if (parsed === null || !isSameNumber(parsed, asked)) return [];
    const q = Number(params['q'] ?? 1);
    return [{ uri, key: contactUriKey(parsed), q: Number.isFinite(q) ? q : 0 }];
  });
  const seen = new Set(tried);
  const fresh = listed.filter(({ key }) => !seen.has(key) && seen.add(key));
  return fresh
    .toSorted((a, b) => b.q - a.q)
    .slice(0, REDIRECTS_MAX)
    .map(({ uri }) => uri);
}
