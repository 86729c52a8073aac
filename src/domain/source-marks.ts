import { isSecretField } from '../kit/secret-field.ts';
import type { CallRequest, MatchedSource } from './call.ts';
import { hasTechPrefix } from './dial-text.ts';

/**
 * What identifies a customer's requests among others of the same address (decisions C1 rule 3, C21): a token in a header field, a prefix of
 * the called number, a name of its own that they are sent to. Only requests that bear all it has identify a group; whoever registered
 * with its login does by that alone, besides those.
 */
export interface SourceMarks {
  readonly token?: SourceToken;
  /** What the called number begins with; cut off before the number is read. */
  readonly techPrefix?: string;
  /** Label of a name below the platform's domain: requests are sent to `{domain}.SIP_DOMAIN`. */
  readonly domain?: string;
  /** True: calls of whoever registered with a login of the group are the group's, from exactly where it registered. */
  readonly registered?: true;
}

/** A secret in a header field, of which nobody keeps more than a keyed fingerprint. */
export interface SourceToken {
  /** As it was written; compared without case. */
  readonly header: string;
  readonly fingerprint: string;
}

/** The marks of a group as a call meets them: the token is there or not, and nothing else of it is kept. */
export interface MetMarks extends Pick<SourceMarks, 'techPrefix' | 'domain'> {
  readonly token?: boolean;
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * True for a field that may carry a token: it is never passed on, so none that means something to others, and none of ours; and its name
 * says what it is, so that whoever shows messages masks it.
 */
export const isTokenHeader = (name: string): boolean =>
  name.length <= 64 && isSecretField(name) && !name.toLowerCase().startsWith('x-dialplane');

/** True for one label of a host name, in lower case (RFC 1123 §2.1). */
export const isDomainLabel = (text: string): boolean => LABEL.test(text);

/** True for text that a token may be: visible ASCII, so that no proxy on the way changes it. */
export const isTokenValue = (text: string): boolean => text.length >= 8 && text.length <= 128 && /^[\x21-\x7e]+$/.test(text);

/** Marks in one order of keys; undefined where there are none. */
export function orderedMarks(marks: SourceMarks | undefined): SourceMarks | undefined {
  const { token, techPrefix, domain, registered } = marks ?? {};
  const ordered = {
    ...(token === undefined ? {} : { token: { header: token.header, fingerprint: token.fingerprint } }),
    ...(techPrefix === undefined ? {} : { techPrefix }),
    ...(domain === undefined ? {} : { domain }),
    ...(registered === undefined ? {} : { registered }),
  };
  return Object.keys(ordered).length === 0 ? undefined : ordered;
}

/** Marks as a member of whatever carries them. */
export const marksMember = (marks: SourceMarks | undefined): { readonly marks?: SourceMarks } => {
  const kept = orderedMarks(marks);
  return kept === undefined ? {} : { marks: kept };
};

/** Marks without what could be tried out at home; for the audit. */
export const publicMarks = (marks: SourceMarks): SourceMarks =>
  marks.token === undefined ? marks : { ...marks, token: { ...marks.token, fingerprint: '' } };

/** What makes two groups of one address two: equal text, and no request could tell them apart. */
export const distinction = ({ token, techPrefix, domain }: SourceMarks = {}): string =>
  [token === undefined ? '' : `${token.header.toLowerCase()} ${token.fingerprint}`, techPrefix ?? '', domain ?? ''].join('|');

/** The marks without the token, of which the request says whether it is there. */
export function metMarks(marks: SourceMarks | undefined): { readonly marks?: MetMarks } {
  const { techPrefix, domain } = marks ?? {};
  const met = { ...(techPrefix === undefined ? {} : { techPrefix }), ...(domain === undefined ? {} : { domain }) };
  return Object.keys(met).length === 0 ? {} : { marks: met };
}

/** Which of its marks a request bears, for explain; only those that the group has. */
export function borneMarks(request: Pick<CallRequest, 'requestUser' | 'domains'>, { marks }: MatchedSource): Record<string, boolean> {
  const { token, techPrefix, domain } = marks ?? {};
  return {
    ...(token === undefined ? {} : { token }),
    ...(techPrefix === undefined ? {} : { techPrefix: hasTechPrefix(request.requestUser, techPrefix) }),
    ...(domain === undefined ? {} : { domain: request.domains?.includes(domain) === true }),
  };
}

/** True where the request identifies the group, as far as its marks say. */
export const isIdentified = (request: Pick<CallRequest, 'requestUser' | 'domains'>, source: MatchedSource): boolean =>
  source.told === true || source.marks === undefined || Object.values(borneMarks(request, source)).every((borne) => borne);

/** Orders groups of equal addresses: a token tells best, then the longest prefix, then a name (decision C21). 0: nothing tells them apart. */
export const compareMarks = ({ marks: a }: MatchedSource, { marks: b }: MatchedSource): number =>
  Number(b?.token === true) - Number(a?.token === true) ||
  (b?.techPrefix?.length ?? 0) - (a?.techPrefix?.length ?? 0) ||
  Number(b?.domain !== undefined) - Number(a?.domain !== undefined);
