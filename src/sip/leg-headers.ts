import type { Candidate, Connect } from '../domain/call.ts';
import { requestUriOf } from '../domain/candidates.ts';
import { formatDialled } from '../domain/dial-plan.ts';
import { parseE164 } from '../domain/e164.ts';
import type { GatewayTerms } from '../domain/gateway-terms.ts';
import { HOP_FIELD } from './hop-token.ts';
import { ALLOW, SERVER } from './replies.ts';
import type { ReceivedRequest, SipHeaders } from './sip-stack.ts';
import { escapeUser, parseAddress, quoteDisplay } from './sip-uri.ts';

/** What a call was asked for with. */
type Asking = Pick<ReceivedRequest, 'header'>;

// Decision C22; nothing else of A's reaches B, least of all Authorization (drachtio.md §5.1 defect 17).
const INBOUND_FIELDS = ['Identity', 'Diversion', 'History-Info', 'Reason', 'User-to-User', 'Subject'];

// Of a caller of ours: what is his to say. Who calls is for us to say, and so is who passed the call on.
const INTERNAL_FIELDS = ['Reason', 'User-to-User', 'Subject'];

const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';

// The server puts the address it sends from in the place of `localhost` (drachtio.md §1.5).
const addressOf = (user: string): string => `<sip:${escapeUser(user)}@localhost>`;

/** Fields that name the caller; PASSporT has the number in plain base64 (RFC 8225 §5.2.1). */
const NAMES_CALLER = new Set(['identity', 'identity-info']);

/** What is passed on of the caller's fields to who is not told who calls. */
const passedTo = (isTold: boolean, privacyId: boolean, names: readonly string[]): readonly string[] =>
  privacyId && !isTold ? names.filter((name) => !NAMES_CALLER.has(name.toLowerCase())) : names;

function copied(request: Asking, names: readonly string[], withheld: ReadonlySet<string>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of names) {
    const value = withheld.has(name.toLowerCase()) ? undefined : request.header(name);
    if (value !== undefined && value !== '') headers[name] = value;
  }
  return headers;
}

/** From as A wrote it, at our address: the caller is free text and anonymous callers stay so (decision C15). */
function inboundFrom(invite: Asking, caller: string): string {
  // RFC 3323 §4.1.1.3: its host says so too, which phones look at.
  if (caller === '' || caller.toLowerCase() === 'anonymous') return ANONYMOUS;
  const display = parseAddress(invite.header('From') ?? '')?.display ?? '';
  return display === '' ? addressOf(caller) : `${quoteDisplay(display)} ${addressOf(caller)}`;
}

function inboundHeaders(
  invite: Asking,
  { presentation }: Connect,
  { terms, country }: CalledThrough,
  withheld: ReadonlySet<string>,
): SipHeaders {
  const { callerId, headers } = terms ?? {};
  const { caller, privacyId } = presentation;
  // RFC 3325 §7: an identity under privacy stays inside; an endpoint is outside, and so is a trunk that does not say otherwise.
  const isTold = callerId?.identity === 'always' || (!privacyId && callerId?.identity !== 'never');
  const withPrivacy = privacyId ? { Privacy: 'id' } : {};
  const identity = isTold ? { ...withPrivacy, ...copied(invite, ['P-Asserted-Identity', 'Privacy'], withheld) } : {};
  const isHidden = privacyId && callerId?.privateFrom !== 'caller';
  const shown = callerText(caller, callerId?.format, country ?? null);
  return {
    ...copied(invite, passedTo(isTold, privacyId, headers?.pass ?? INBOUND_FIELDS), withheld),
    ...identity,
    From: isHidden ? ANONYMOUS : inboundFrom(invite, shown),
  };
}

/**
 * A phone of ours that is called by one of ours, or through a number of ours: the caller is the number that was checked, never what
 * the customer wrote (decision C16). Outside of the trust domain like any phone (RFC 3325 §7).
 */
function internalHeaders(invite: Asking, { presentation }: Connect, through: CalledThrough, withheld: ReadonlySet<string>): SipHeaders {
  const { callerId, headers } = through.terms ?? {};
  const privacyId = isWithheld(presentation, through);
  const shown = callerText(presented(presentation, through), callerId?.format, through.country ?? null);
  const isTold = callerId?.identity === 'always' || (!privacyId && callerId?.identity !== 'never');
  const isHidden = privacyId && callerId?.privateFrom !== 'caller';
  // The display name is the caller's own, and no longer of any use where another number is presented.
  const from = through.diverted === undefined ? inboundFrom(invite, shown) : addressOf(shown);
  return {
    ...copied(invite, passedTo(isTold, privacyId, headers?.pass ?? INTERNAL_FIELDS).filter(isNotDiversion), withheld),
    ...diversionOf(presentation, through),
    ...(isTold ? { 'P-Asserted-Identity': addressOf(shown) } : {}),
    ...(isTold && privacyId ? { Privacy: 'id' } : {}),
    From: isHidden ? ANONYMOUS : from,
  };
}

/** The number that the call is from for this leg: of a call that was passed on the last number that did. */
const presented = ({ caller }: Connect['presentation'], { diverted }: CalledThrough): string => diverted?.[0]?.e164 ?? caller;

/** What the first caller withheld is not shown: a call that was passed on is from the number that did that, which withholds nothing. */
const isWithheld = ({ privacyId }: Connect['presentation'], { diverted }: CalledThrough): boolean => diverted === undefined && privacyId;

/** A carrier gets the presented number in both places; under privacy it keeps PAI, and From says nothing (decision C15), or as it wants. */
function outboundHeaders(invite: Asking, { presentation }: Connect, through: CalledThrough, withheld: ReadonlySet<string>): SipHeaders {
  const { callerId, headers } = through.terms ?? {};
  const privacyId = isWithheld(presentation, through);
  const address = addressOf(callerText(presented(presentation, through), callerId?.format, through.country ?? null));
  const isTold = callerId?.identity !== 'never' && !(privacyId && callerId?.identity === 'unless_private');
  return {
    ...copied(invite, passedTo(isTold, privacyId, headers?.pass ?? []).filter(isNotDiversion), withheld),
    ...diversionOf(presentation, through),
    From: privacyId && callerId?.privateFrom !== 'caller' ? ANONYMOUS : address,
    ...(isTold ? { 'P-Asserted-Identity': address } : {}),
    ...(privacyId ? { Privacy: 'id' } : {}),
  };
}

const isNotDiversion = (name: string): boolean => name.toLowerCase() !== 'diversion';

/**
 * Who passed the call on: numbers of ours, the last one first (RFC 5806 §4.1), and whom the caller names, where that is a number of the
 * account's own (decision C22): with a foreign one anybody could hide behind it.
 */
function diversionOf({ divertedBy }: Connect['presentation'], { diverted = [], terms }: CalledThrough): SipHeaders {
  const pass = terms?.headers?.pass;
  const ours = diverted.map(({ e164, reason }) => `${addressOf(e164)};reason=${reason};counter=1`);
  const all = [...ours, ...(divertedBy === undefined ? [] : [`<tel:${divertedBy}>`])];
  const isPassed = pass === undefined || !pass.every(isNotDiversion);
  return all.length === 0 || !isPassed ? {} : { Diversion: all.join(', ') };
}

/** A number as this carrier writes numbers; what is none stays as it is. */
function callerText(caller: string, format: CallerFormat, country: string | null): string {
  const e164 = format === undefined ? null : parseE164(caller);
  return e164 === null ? caller : formatDialled(e164, format ?? null, country);
}

/**
 * The same for a place that a gateway named: outside of the trust domain whatever the gateway is (RFC 3325 §7), and header fields that
 * are meant for the gateway, which may hold its secrets, are not for whomever it names.
 */
export function asForeign({ terms, country, diverted, leaves }: CalledThrough): CalledThrough {
  const { callerId } = terms ?? {};
  const way = { ...(diverted === undefined ? {} : { diverted }), ...(leaves === undefined ? {} : { leaves }) };
  const shown = { identity: callerId?.identity === 'never' ? 'never' : 'unless_private', privateFrom: 'anonymous' } as const;
  return { ...way, ...(country === undefined ? {} : { country }), terms: { callerId: { ...callerId, ...shown }, headers: { pass: [] } } };
}

type CallerFormat = NonNullable<GatewayTerms['callerId']>['format'];
/** The gateway a leg goes to, as far as its header fields depend on it. */
type CalledThrough = Pick<Candidate, 'terms' | 'country' | 'diverted' | 'leaves'> & Partial<Pick<Candidate, 'calledAs' | 'uri'>>;

const setFields = ({ terms }: CalledThrough): SipHeaders =>
  Object.fromEntries((terms?.headers?.set ?? []).map(({ name, value }) => [name, value]));

const HEADERS_OF = { outbound: outboundHeaders, inbound: inboundHeaders, internal: internalHeaders };

/** Which way a leg goes: out by the routes, in from a carrier as it came, or from one of ours to one of ours. */
function wayOf({ parties }: Connect, { leaves, diverted }: CalledThrough): keyof typeof HEADERS_OF {
  if (leaves !== undefined || parties.direction === 'outbound') return 'outbound';
  return parties.direction === 'inbound' && diverted === undefined ? 'inbound' : 'internal';
}

/**
 * Who is called. A phone system that is rung where it registered has its contact for R-URI (RFC 3261 §16.6 step 2), which says nothing of
 * the number: To does, and the field made for that (RFC 7315 §5.2).
 */
function calledFields(contact: string, { calledAs, uri }: CalledThrough): SipHeaders {
  if (calledAs === undefined || uri === undefined) return { To: `<${contact}>` };
  const called = `<${requestUriOf({ uri, dialUser: calledAs })}>`;
  return { To: called, 'P-Called-Party-ID': called };
}

/** Header fields of the INVITE to one target, made anew for each. */
export function legHeaders(
  invite: Asking,
  decision: Connect,
  leg: {
    readonly uri: string;
    readonly callId: string;
    readonly maxForwards: number;
    readonly hops: readonly string[];
    /** Fields that carry tokens of callers, in lower case: never passed on. */
    readonly withheld: ReadonlySet<string>;
  },
  through: CalledThrough = {},
): SipHeaders {
  const own = HEADERS_OF[wayOf(decision, through)](invite, decision, through, leg.withheld);
  return {
    // First, so that nothing of the protocol's can be overwritten.
    ...setFields(through),
    ...own,
    ...calledFields(leg.uri, through),
    'Call-ID': leg.callId,
    'Max-Forwards': String(leg.maxForwards),
    [HOP_FIELD]: leg.hops.join(', '),
    Allow: ALLOW,
    'User-Agent': SERVER,
  };
}
