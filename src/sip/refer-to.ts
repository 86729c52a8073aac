import { parseAddressList } from '../domain/address-list.ts';
import type { OwnHosts } from './own-hosts.ts';
import { parseUri } from './sip-uri.ts';

/** A dialog by its identifiers as the one who is to be replaced in it sees them (RFC 3891 §3). */
export interface ReplacedDialog {
  readonly callId: string;
  readonly toTag: string;
  readonly fromTag: string;
}

/** Where a party wants the other one to be transferred to. */
export interface ReferTarget {
  readonly uri: string;
  /** The dial string of the place, and its URI's parameters. */
  readonly user: string;
  readonly params: Readonly<Record<string, string>>;
  /** True: a number, or whoever has that name here; false: an address out there. */
  readonly isOurs: boolean;
  /** A call that is to be taken over; null: a new one. */
  readonly replaces: ReplacedDialog | null;
}

const FIELD_MAX = 1024;
const HEADERS_MAX = 8;
const CALL_ID_MAX = 256;

/** What an escaped part of a URI says; null for one that hides it. */
function unescaped(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** `callid;to-tag=…;from-tag=…`; null for anything else (RFC 3891 §6.1). */
function readReplaces(text: string | null): ReplacedDialog | null {
  if (text === null || text.length > CALL_ID_MAX) return null;
  const [callId = '', ...params] = text.split(';').map((part) => part.trim());
  const paramOf = (name: string): string =>
    params.find((param) => param.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const [toTag, fromTag] = [paramOf('to-tag'), paramOf('from-tag')];
  return callId === '' || toTag === '' || fromTag === '' ? null : { callId, toTag, fromTag };
}

/** Of the header fields a URI may carry only Replaces is read: the others would make us say what we do not mean (RFC 3261 §19.1.5). */
function replacesOf(uri: string): ReplacedDialog | null | 'bad' {
  const question = uri.indexOf('?');
  const named = question < 0 ? [] : uri.slice(question + 1).split('&', HEADERS_MAX);
  const field = named.find((one) => one.toLowerCase().startsWith('replaces='));
  return field === undefined ? null : (readReplaces(unescaped(field.slice('replaces='.length))) ?? 'bad');
}

/** Reads Refer-To: exactly one address, for an INVITE (RFC 3515 §2.1); null for anything else. */
export function readReferTo(field: string | undefined, hosts: Pick<OwnHosts, 'has'>): ReferTarget | null {
  if (field === undefined || field.length > FIELD_MAX) return null;
  const [address, more] = parseAddressList(field, 2) ?? [];
  const parsed = address === undefined || more !== undefined ? null : parseUri(address.uri);
  if (address === undefined || parsed === null || (parsed.params.method ?? 'INVITE').toUpperCase() !== 'INVITE') return null;
  const replaces = replacesOf(address.uri);
  if (replaces === 'bad') return null;
  const { scheme, user, host, params } = parsed;
  const isTel = scheme === 'tel';
  return { uri: address.uri, user: isTel ? `tel:${user}` : user, params, isOurs: isTel || hosts.has(host), replaces };
}
