import type { Connect } from '../domain/call.ts';
import { HOP_FIELD } from './hop-token.ts';
import { ALLOW, SERVER } from './replies.ts';
import type { ReceivedRequest, SipHeaders } from './sip-stack.ts';
import { escapeUser, parseAddress, quoteDisplay } from './sip-uri.ts';

// Decision C22; nothing else of A's reaches B, least of all Authorization (drachtio.md §5.1 defect 17).
const INBOUND_FIELDS = ['Identity', 'Diversion', 'History-Info', 'Reason', 'User-to-User', 'Subject'];

const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';

// The server puts the address it sends from in the place of `localhost` (drachtio.md §1.5).
const addressOf = (user: string): string => `<sip:${escapeUser(user)}@localhost>`;

function copied(request: ReceivedRequest, names: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of names) {
    const value = request.header(name);
    if (value !== undefined && value !== '') headers[name] = value;
  }
  return headers;
}

/** From as A wrote it, at our address: the caller is free text and anonymous callers stay so (decision C15). */
function inboundFrom(invite: ReceivedRequest, caller: string): string {
  // RFC 3323 §4.1.1.3: its host says so too, which phones look at.
  if (caller === '' || caller.toLowerCase() === 'anonymous') return ANONYMOUS;
  const display = parseAddress(invite.header('From') ?? '')?.display ?? '';
  return display === '' ? addressOf(caller) : `${quoteDisplay(display)} ${addressOf(caller)}`;
}

function inboundHeaders(invite: ReceivedRequest, { presentation }: Connect): SipHeaders {
  const { caller, privacyId } = presentation;
  // RFC 3325 §7: an identity under privacy stays inside; an endpoint is outside.
  const identity = privacyId ? {} : copied(invite, ['P-Asserted-Identity', 'Privacy']);
  return { ...copied(invite, INBOUND_FIELDS), ...identity, From: privacyId ? ANONYMOUS : inboundFrom(invite, caller) };
}

/** A carrier gets the presented number in both places; under privacy it keeps PAI, and From says nothing (decision C15). */
function outboundHeaders({ presentation }: Connect): SipHeaders {
  const identity = addressOf(presentation.caller);
  if (!presentation.privacyId) return { From: identity, 'P-Asserted-Identity': identity };
  return { From: ANONYMOUS, 'P-Asserted-Identity': identity, Privacy: 'id' };
}

/** Header fields of the INVITE to one target, made anew for each. */
export function legHeaders(
  invite: ReceivedRequest,
  decision: Connect,
  leg: { readonly uri: string; readonly callId: string; readonly maxForwards: number; readonly hops: readonly string[] },
): SipHeaders {
  const own = decision.parties.direction === 'outbound' ? outboundHeaders(decision) : inboundHeaders(invite, decision);
  return {
    ...own,
    To: `<${leg.uri}>`,
    'Call-ID': leg.callId,
    'Max-Forwards': String(leg.maxForwards),
    [HOP_FIELD]: leg.hops.join(', '),
    Allow: ALLOW,
    'User-Agent': SERVER,
  };
}
