import { randomInt, randomUUID } from 'node:crypto';
import { err, ok, type Result } from '../../kit/result.ts';
import { NOT_AVAILABLE, type Targets } from '../../kit/sip-names/resolver.ts';
import { isCallId, readNumber } from '../message/characters.ts';
import { formatNameAddr, parseNameAddr, parseNameAddrs } from '../message/name-addr.ts';
import { makeHeader } from '../message/serialize-message.ts';
import { header, headerLines, type SipHeader, type SipRequest, type SipResponse } from '../message/sip-message.ts';
import { classifyUri, parseSipUri } from '../message/uri.ts';
import { randomToken } from '../random-token.ts';
import { NOWHERE, type Peer } from '../transport/peer.ts';
import { addressHeader, contactHeader, furtherHeaders, withContentType } from './app-message.ts';
import type { Application } from './application.ts';
import type { Core } from './core.ts';
import { byListener, flowPeer } from './flow-hop.ts';
import { leavesTransportOpen, resolveUri, tlsNameOf } from './next-hop.ts';
import { buildRequest, contactFor, localHostPortFor, newBranch, type RequestPlan, viaFor } from './request-plan.ts';
import type { Reply } from './sent.ts';
import { termsInRequest, withLonger } from './session-timer.ts';
import { startInvite } from './start-invite.ts';
import { startPlain } from './start-plain.ts';

/** A request of an application, decided and built for one target. */
export interface PreparedRequest {
  readonly plan: RequestPlan;
  readonly bytes: Buffer;
  readonly localTag: string;
  readonly contact: string;
  /** Builds the same request for the next target; undefined when there is none. */
  readonly next: (() => PreparedRequest | undefined) | undefined;
  /** What it says about media. */
  readonly body: Buffer;
  /** False for a REFER that wants no NOTIFY. */
  readonly wantsNotify: boolean;
  /** Builds the same request with the longer session a 422 asks for; undefined when it does not, has done so already, or only the application can. */
  readonly longer?: (refusal: SipResponse) => PreparedRequest | undefined;
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
  const leave = (targets: Targets): void => {
    if (!app.gone) sendTo(core, app, message, leavesTransportOpen(hop), targets, reply);
  };
  const flow = flowPeer(core, hop);
  if (flow === undefined && routeUri !== '' && hop?.parameters.has('received-on'))
    resolveUri(core, hop, (targets) => leave(targets.ok ? ok(targets.value.map((peer) => byListener(core, hop, peer))) : targets));
  else if (flow === undefined) resolveUri(core, hop, leave, routeUri === '' ? undefined : tlsNameOf(hop));
  else leave(flow.ok ? ok([flow.value]) : flow);
}

function sendTo(core: Core, app: Application, message: SipRequest, transportOpen: boolean, targets: Targets, reply: Reply): void {
  // A name that cannot be resolved is an unreachable peer, told as the answer to the request (RFC 3261 §8.1.3.1).
  const [first = NOWHERE, ...others]: readonly Peer[] = targets.ok ? targets.value : [];
  const refused = !targets.ok && targets.error === NOT_AVAILABLE ? targets : undefined;
  const self = core.isSelf(first) ? err('can not send request to myself') : undefined;
  const identity = refused ?? self ?? decideIdentity(core, message, first);
  const further = others.filter((peer) => !core.isSelf(peer));
  const open = transportOpen && first.onlyFlow !== true;
  const prepared = identity.ok ? prepare(core, message, identity.value, open, [first, ...further]) : identity;
  if (!prepared.ok) {
    reply(prepared);
    return;
  }
  const unreachable = targets.ok ? undefined : targets.error;
  if (message.method === 'INVITE') startInvite(core, app, prepared.value, unreachable, reply);
  else startPlain(core, app, prepared.value, unreachable, reply);
}

/** The way an application wants its request to go: the one thing of `Route` it may write is where a dialog does not know it yet. */
const routesOf = (message: SipRequest): string[] =>
  headerLines(message, 'route').flatMap((line) => (parseNameAddrs(line) ?? []).map((value) => `<${value.uri}>`));

/** What stays the same at whichever target the request ends up. */
interface Identity {
  readonly from: { readonly text: string; readonly tag: string };
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
}

function decideIdentity(core: Core, message: SipRequest, peer: Peer): Result<Identity, string> {
  const localHostPort = localHostPortFor(core, peer);
  const from = fromHeader(message, localHostPort);
  if (!from.ok) return from;
  const to = toHeader(message, localHostPort);
  if (!to.ok) return to;
  const callId = header(message, 'call-id') || randomUUID();
  if (!isCallId(callId)) return err('invalid call-id');
  const cseq = readNumber((header(message, 'cseq') ?? '').trim().split(/[ \t]/)[0] ?? '', 0x7fff_fffe) ?? randomInt(1, 0x7fff_ff);
  return ok({ from: from.value, to: to.value, callId, cseq });
}

/** Builds the request for the first of `targets`, and on demand for those behind it. */
function prepare(
  core: Core,
  message: SipRequest,
  identity: Identity,
  transportOpen: boolean,
  targets: readonly Peer[],
): Result<PreparedRequest, string> {
  const [peer = NOWHERE, ...others] = targets;
  const localHostPort = localHostPortFor(core, peer);
  const branch = newBranch();
  const { method, uri } = message;
  const { from, ...ids } = identity;
  const plan: RequestPlan = {
    method,
    requestUri: uri,
    branch,
    via: viaFor(core, peer, branch),
    routes: routesOf(message),
    from: from.text,
    ...ids,
    peer,
  };
  const contact = contactHeader(message, localHostPort, contactFor(core, peer, uri));
  const headers: SipHeader[] = [];
  if (method === 'INVITE' || method === 'SUBSCRIBE' || method === 'REFER' || header(message, 'contact') !== undefined)
    headers.push(makeHeader('Contact', contact));
  headers.push(...termsInRequest(core, message, undefined));
  const typed = withContentType([...headers, ...furtherHeaders(message, localHostPort)], message.body);
  if (!typed.ok) return typed;
  const bytes = buildRequest(plan, typed.value, message.body);
  const again = (list: readonly Peer[], open: boolean): PreparedRequest | undefined => {
    const built = prepare(core, message, identity, open, list);
    return built.ok ? built.value : undefined;
  };
  if (transportOpen && isTooLargeForUdp(core, peer, bytes)) {
    const byStream = again([{ ...peer, protocol: 'tcp' }, ...targets], false);
    if (byStream !== undefined) return ok(byStream);
  }
  return ok({
    plan,
    bytes,
    localTag: from.tag,
    contact,
    body: message.body,
    wantsNotify: header(message, 'refer-sub')?.trim().toLowerCase() !== 'false',
    next: others.length === 0 ? undefined : () => again(others, transportOpen),
    longer: (refusal) => {
      // Its credentials count their uses (RFC 7616 §3.4): the same again are a replay, and the CSeq behind this one is the application's.
      if (header(message, 'authorization') !== undefined || header(message, 'proxy-authorization') !== undefined) return undefined;
      const longer = withLonger(core, message, refusal);
      const built = longer.ok ? prepare(core, longer.value, { ...identity, cseq: identity.cseq + 1 }, transportOpen, targets) : longer;
      // Once: no far side can keep us asking.
      return built.ok ? { ...built.value, longer: () => undefined } : undefined;
    },
  });
}

/** RFC 3261 §18.1.1: what may be cut into pieces on its way goes over TCP, but for peers that refused that lately. */
function isTooLargeForUdp(core: Core, peer: Peer, bytes: Buffer): boolean {
  const { udpRequestBytesMax } = core.limits;
  if (udpRequestBytesMax === 0 || peer.protocol !== 'udp' || bytes.length <= udpRequestBytesMax || peer.port === 0) return false;
  const byStream: Peer = { ...peer, protocol: 'tcp' };
  return core.reaches('tcp', peer.address) && !core.failedTargets.has(byStream);
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
