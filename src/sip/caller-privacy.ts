import type { CallFacts } from '../app/calls/incoming-call.ts';
import { parseAddressList } from '../domain/address-list.ts';
import type { ReceivedRequest } from './sip-stack.ts';
import { parseAddress, parseUri } from './sip-uri.ts';

const VALUES_MAX = 16;
const FIELD_MAX = 1024;
const ANONYMOUS_HOST = /(?:^|\.)anonymous\.invalid$/;

// RFC 3325 §9.3, RFC 3323 §4.2: without `user` its own privacy functions, without `header` whatever else could tell who it is.
const WITHHOLDS = new Set(['id', 'user', 'header']);

const hasPrivacyValue = (field: string): boolean =>
  field.split(/[;,]/, VALUES_MAX).some((value) => WITHHOLDS.has(value.trim().toLowerCase()));

/** `privacy=full` and `privacy=uri` of a Remote-Party-ID, each perhaps of the network alone (`-network`); what cannot be read is withheld. */
function isPartyWithheld(field: string): boolean {
  if (field === '') return false;
  const values = parseAddressList(field.slice(0, FIELD_MAX), VALUES_MAX);
  const said = values?.map(({ params }) => params['privacy'] ?? '').join(',') ?? 'full';
  return said.split(',', VALUES_MAX).some((value) => /^\s*(?:full|uri)(?:-|\s*$)/i.test(value));
}

/** A From that says nobody's name (RFC 3323 §4.1.1.3). */
function isAnonymous(field: string): boolean {
  const address = parseAddress(field);
  const uri = address === null ? null : parseUri(address.uri);
  return uri !== null && (uri.user.toLowerCase() === 'anonymous' || ANONYMOUS_HOST.test(uri.host));
}

const isName = (user: string | undefined): boolean => user !== undefined && user !== '' && user.toLowerCase() !== 'anonymous';

/**
 * Whether who calls is known to us and nobody else is to learn it (decision C15): by `Privacy`, by the older Remote-Party-ID that phone
 * systems still send, or by an anonymous From beside another field that names the caller.
 */
export function isWithheld(request: Pick<ReceivedRequest, 'header'>, { from, ppi, pai, rpid }: CallFacts['caller']): boolean {
  if (hasPrivacyValue(request.header('Privacy') ?? '')) return true;
  if (isPartyWithheld(request.header('Remote-Party-ID') ?? '')) return true;
  return [from, ppi, pai, rpid].some(isName) && isAnonymous(request.header('From') ?? '');
}
