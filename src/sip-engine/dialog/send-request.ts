import { randomInt, randomUUID } from 'node:crypto';
import { err, ok, type Result } from '../../kit/result.ts';
import { isCallId, readNumber } from '../message/characters.ts';
import { formatNameAddr, parseNameAddr, parseNameAddrs } from '../message/name-addr.ts';
import { makeHeader } from '../message/serialize-message.ts';
import { header, headerLines, type SipHeader, type SipRequest } from '../message/sip-message.ts';
import { classifyUri, parseSipUri } from '../message/uri.ts';
import { randomToken } from '../random-token.ts';
import type { Peer } from '../transport/peer.ts';
import { addressHeader, contactHeader, furtherHeaders, withContentType } from './app-message.ts';
import type { Application } from './application.ts';
import type { Core } from './core.ts';
import { dialogIdOf } from './dialog.ts';
import { flowPeer } from './flow-hop.ts';
import { resolveUri } from './next-hop.ts';
import { buildRequest, contactFor, newBranch, type RequestPlan, viaFor } from './request-plan.ts';
import type { Reply } from './sent.ts';
import { startInvite } from './start-invite.ts';
import { startPlain } from './start-plain.ts';

/** A request of an application, decided and built. */
export interface PreparedRequest {
  readonly plan: RequestPlan;
  readonly bytes: Buffer;
  readonly localTag: string;
  readonly contact: string;
}

/** Sends a new request outside any dialog, to `routeUri` when given (outbound proxy) and else to its Request-URI. */
export function sendRequest(core: Core, app: Application, routeUri: string, message: SipRequest, reply: Reply): void {
  const target = classifyUri(message.uri);
  if (target.kind === 'bad' || target.kind === 'other' || (target.kind === 'tel' && routeUri === '')) {
    reply(err(`invalid request-uri: ${message.uri}`));
    return;
  }
  if (core.dialogs.size >= core.limits.dialogsMax || core.transactions.size >= core.limits.transactionsMax) {
    reply(err('too many calls'));
    return;
  }
  const hop = parseSipUri(routeUri === '' ? message.uri : /^sips?:/i.test(routeUri) ? routeUri : `sip:${routeUri}`);
  const leave = (peer: Result<Peer, string>): void => {
    if (!app.gone) sendTo(core, app, message, peer, reply);
  };
  const flow = flowPeer(core, hop);
  if (flow === undefined) resolveUri(core, hop, leave);
  else leave(flow);
}

function sendTo(core: Core, app: Application, message: SipRequest, peer: Result<Peer, string>, reply: Reply): void {
  // A name that cannot be resolved is an unreachable peer, told as the answer to the request (RFC 3261 §8.1.3.1).
  const to: Peer = peer.ok ? peer.value : { protocol: 'udp', address: '0.0.0.0', port: 0 };
  const refused = !peer.ok && peer.error === 'requested protocol/transport not available' ? peer : undefined;
  const self = core.isSelf(to) ? err('can not send request to myself') : undefined;
  const prepared = refused ?? self ?? prepare(core, message, to);
  if (!prepared.ok) {
    reply(prepared);
    return;
  }
  const unreachable = peer.ok ? undefined : peer.error;
  if (message.method === 'INVITE') startInvite(core, app, prepared.value, unreachable, reply);
  else startPlain(core, app, prepared.value, unreachable, reply);
}

/** The way an application wants its request to go: the one thing of `Route` it may write is where a dialog does not know it yet. */
const routesOf = (message: SipRequest): string[] =>
  headerLines(message, 'route').flatMap((line) => (parseNameAddrs(line) ?? []).map((value) => `<${value.uri}>`));

function prepare(core: Core, message: SipRequest, peer: Peer): Result<PreparedRequest, string> {
  const localHostPort = `${core.hostFor(peer.address)}:${core.port}`;
  const from = fromHeader(message, localHostPort);
  if (!from.ok) return from;
  const to = toHeader(message, localHostPort);
  if (!to.ok) return to;
  const callId = header(message, 'call-id') || randomUUID();
  if (!isCallId(callId)) return err('invalid call-id');
  const branch = newBranch();
  const { method } = message;
  const cseq = readNumber((header(message, 'cseq') ?? '').trim().split(/[ \t]/)[0] ?? '', 0x7fff_fffe) ?? randomInt(1, 0x7fff_ff);
  const plan: RequestPlan = {
    method,
    requestUri: message.uri,
    branch,
    via: viaFor(core, peer, branch),
    routes: routesOf(message),
    from: from.value.text,
    to: to.value,
    callId,
    cseq,
    peer,
  };
  const contact = contactHeader(message, localHostPort, contactFor(core, peer));
  const headers: SipHeader[] = [];
  if (method === 'INVITE' || method === 'SUBSCRIBE' || header(message, 'contact') !== undefined)
    headers.push(makeHeader('Contact', contact));
  const typed = withContentType([...headers, ...furtherHeaders(message, localHostPort)], message.body);
  if (!typed.ok) return typed;
  return ok({ plan, bytes: buildRequest(plan, typed.value, message.body), localTag: from.value.tag, contact });
}

function fromHeader(message: SipRequest, localHostPort: string): Result<{ text: string; tag: string }, string> {
  if (header(message, 'from') === undefined) {
    const tag = randomToken();
    return ok({ text: `<sip:${localHostPort}>;tag=${tag}`, tag });
  }
  const given = addressHeader(message, 'from', localHostPort);
  if (given === undefined) return err('invalid from header');
  if (given.tag !== '') return ok(given);
  const tag = randomToken();
  return ok({ text: `${given.text};tag=${tag}`, tag });
}

function toHeader(message: SipRequest, localHostPort: string): Result<string, string> {
  if (header(message, 'to') === undefined) return ok(`<${message.uri}>`);
  const given = addressHeader(message, 'to', localHostPort);
  if (given === undefined) return err('invalid to header');
  const read = parseNameAddr(given.text);
  if (given.tag === '' || read === undefined) return ok(given.text);
  // Outside a dialog a To tag would get 481 everywhere.
  const parameters = new Map(read.parameters);
  parameters.delete('tag');
  return ok(formatNameAddr({ ...read, parameters }));
}

/** The id under which the dialog a request makes will be known. */
export const dialogIdOfPlan = (prepared: PreparedRequest): string => dialogIdOf(prepared.plan.callId, prepared.localTag);
