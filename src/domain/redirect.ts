import { parseAddressList } from './address-list.ts';
import { type ContactUri, contactUriKey, parseContactUri } from './contact-uri.ts';

/** Places one target may send a call to, over all its redirects together. */
export const REDIRECTS_MAX = 5;

const FOLLOWED: readonly number[] = [300, 301, 302];

/** What tells two URIs apart in the loop guard; null for what nobody could call. */
export function redirectKey(uri: string): string | null {
  const parsed = parseContactUri(uri);
  return parsed === null ? null : contactUriKey(parsed);
}

// A redirect may say where a number is, never turn the call into one to another number (decision C6).
function isSameNumber({ user }: ContactUri, dialUser: string | null): boolean {
  const digits = user.replaceAll(/[^0-9]/g, '');
  const isNumber = digits !== '' && /^\+?[0-9\-.()*#]+$/.test(user.split(';', 1)[0] ?? '');
  return !isNumber || (dialUser !== null && digits.endsWith(dialUser.replaceAll(/[^0-9]/g, '')));
}

/**
 * The places a redirect names, best first (RFC 3261 §8.1.3.4, q of §20.10): SIP URIs that were not tried yet in this call, at most
 * `REDIRECTS_MAX`. Other redirects than 300, 301 and 302 name none.
 */
export function redirectTargets(
  reply: { readonly status: number; readonly contact: string },
  dialUser: string | null,
  tried: ReadonlySet<string>,
): readonly string[] {
  if (!FOLLOWED.includes(reply.status)) return [];
  const listed = (parseAddressList(reply.contact, 2 * REDIRECTS_MAX) ?? []).flatMap(({ uri, params }) => {
    const parsed = parseContactUri(uri);
    if (parsed === null || !isSameNumber(parsed, dialUser)) return [];
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
