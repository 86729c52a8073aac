import type { CallFacts } from '../app/calls/incoming-call.ts';
import { closedMedia } from '../domain/media-reach.ts';
import { isWithheld } from './caller-privacy.ts';
import type { OwnHosts } from './own-hosts.ts';
import type { ReceivedRequest } from './sip-stack.ts';
import { parseAddress, parseUri, userOf } from './sip-uri.ts';

/** An INVITE that cannot be a call, and the answer to it. */
export interface UnusableInvite {
  readonly status: number;
}

// RFC 3261 §8.1.1.6.
const MAX_FORWARDS_DEFAULT = 70;
const USER_MAX = 256;

const bounded = (text: string): string => text.slice(0, USER_MAX);

function maxForwardsOf(field: string | undefined): number {
  if (field === undefined || !/^\d{1,3}$/.test(field)) return MAX_FORWARDS_DEFAULT;
  return Math.min(Number(field), 255);
}

/** Extensions that a caller may insist on (RFC 3261 §8.2.2.3). */
const SUPPORTED: readonly string[] = ['100rel'];

/** What a caller insists on and we do not support. */
function requiresOf(field: string | undefined): Pick<CallFacts, 'requires'> {
  const tags = bounded(field ?? '').split(',');
  const unsupported = tags.map((tag) => tag.trim()).filter((tag) => tag !== '' && !SUPPORTED.includes(tag.toLowerCase()));
  return unsupported.length === 0 ? {} : { requires: unsupported.join(', ') };
}

/** The caller by header; a header without a usable URI is as if absent, and an anonymous From is an empty one. */
function callerOf(request: ReceivedRequest): CallFacts['caller'] {
  const ppi = userOf(request.header('P-Preferred-Identity'));
  const pai = userOf(request.header('P-Asserted-Identity'));
  const rpid = userOf(request.header('Remote-Party-ID'));
  return {
    from: bounded(userOf(request.header('From')) ?? ''),
    ...(ppi === undefined ? {} : { ppi: bounded(ppi) }),
    ...(pai === undefined ? {} : { pai: bounded(pai) }),
    ...(rpid === undefined ? {} : { rpid: bounded(rpid) }),
  };
}

function diversionOf(request: ReceivedRequest): Pick<CallFacts, 'diversion'> {
  const user = userOf(request.header('Diversion'));
  return user === undefined || user === '' ? {} : { diversion: bounded(user) };
}

/** The names below our domain that it is sent to: R-URI first, To where a proxy has rewritten that (decision C21). */
function domainsOf(request: ReceivedRequest, requestHost: string, hosts: OwnHosts): Pick<CallFacts, 'domains'> {
  const to = parseAddress(request.header('To') ?? '');
  const toHost = (to === null ? null : parseUri(to.uri))?.host ?? '';
  const labels = [requestHost, toHost].map((host) => hosts.labelOf(host)).filter((label) => label !== null);
  return labels.length === 0 ? {} : { domains: [...new Set(labels)] };
}

function mediaOf({ body }: ReceivedRequest): Pick<CallFacts, 'closedMedia'> {
  const closed = closedMedia(body);
  return closed === null ? {} : { closedMedia: closed };
}

/** Reads what the decision wants to know of an INVITE; the only reader of its raw fields. */
export function readFacts(request: ReceivedRequest, hosts: OwnHosts): CallFacts | UnusableInvite {
  const uri = parseUri(request.uri);
  if (uri === null) return { status: /^(sips?|tel):/i.test(request.uri) ? 400 : 416 };
  if (parseAddress(request.header('From') ?? '') === null || request.callId === '') return { status: 400 };
  const caller = callerOf(request);
  return {
    sourceIp: request.sourceIp,
    sourcePort: request.sourcePort,
    transport: request.transport,
    requestUser: bounded(uri.scheme === 'tel' ? `tel:${uri.user}` : uri.user),
    requestUriParams: uri.params,
    requestHostIsOurs: uri.scheme === 'tel' || hosts.has(uri.host),
    ...domainsOf(request, uri.host, hosts),
    toUser: bounded(userOf(request.header('To')) ?? ''),
    caller,
    ...diversionOf(request),
    privacyId: isWithheld(request, caller),
    maxForwards: maxForwardsOf(request.header('Max-Forwards')),
    ...requiresOf(request.header('Require')),
    ...mediaOf(request),
  };
}

/** Where digest realms are looked for: the host of the R-URI, else of From (decision C13). */
export function realmHostOf(request: ReceivedRequest, hosts: OwnHosts): string {
  const requested = parseUri(request.uri)?.host ?? '';
  if (hosts.isRealm(requested)) return requested;
  const from = parseAddress(request.header('From') ?? '');
  return (from === null ? null : parseUri(from.uri))?.host ?? '';
}
