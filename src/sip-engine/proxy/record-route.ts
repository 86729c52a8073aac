import { createHmac, timingSafeEqual } from 'node:crypto';
import { PROTOCOLS } from '../../kit/sip-names/sip-transport.ts';
import type { Core } from '../dialog/core.ts';
import { recordRoutes } from '../dialog/next-hop.ts';
import { contactFor } from '../dialog/request-plan.ts';
import { readNumber } from '../message/characters.ts';
import { parseNameAddr } from '../message/name-addr.ts';
import type { CommonView } from '../message/read-request.ts';
import type { ResponseView } from '../message/read-response.ts';
import { parseSipUri } from '../message/uri.ts';
import type { Peer } from '../transport/peer.ts';

/**
 * The ends of a call: they are written into our Record-Route instead of a table, which nobody would tell when the call is over. Flows
 * are there where a Contact says nothing of where its end is (NAT, a stream it opened).
 */
export interface Ends {
  readonly caller: Peer | undefined;
  /** Where what goes back to the caller goes next: the proxy before us, or his Contact. */
  readonly callerUri: string;
  readonly called: Peer | undefined;
}

/** What one of our Record-Route values says. */
export interface OwnRoute {
  /** Where the request goes when no further Route is left; undefined: to its Request-URI. */
  readonly flow: Peer | undefined;
  /** Whether a request along this route may go there next without a flow: to that end of the call, and to nobody else. */
  leadsTo(uri: string): boolean;
}

const MAC_BYTES = 12;
const MARK_BYTES = 6;
/** No call is longer, and what was once ours to pass on is not so for ever. */
const LIFE_SECONDS = 86_400;

/**
 * Our Record-Route values, the one towards the called side first; two where both sides are reached by different listeners
 * (RFC 5658 §3). Without `ends` they hold for any call, as a Path does.
 */
export function recordRouteFor(
  core: Core,
  call: CommonView,
  requestUri: string,
  sides: { readonly from: Peer; readonly to: Peer },
  ends: Ends | undefined,
): string[] {
  const user = ends === undefined ? '' : `${tokenOf(core, call, ends)}@`;
  const value = (peer: Peer): string => {
    const uri = contactFor(core, peer, requestUri).slice(1, -1);
    const colon = uri.indexOf(':') + 1;
    return `<${uri.slice(0, colon)}${user}${uri.slice(colon)};lr>`;
  };
  const outwards = value(sides.to);
  const inwards = value(sides.from);
  return outwards === inwards ? [outwards] : [outwards, inwards];
}

/**
 * A response as the caller gets it: only now is it known who was reached, and what the caller sends along our Record-Route goes there and
 * in that dialog alone (RFC 3261 §16.7 step 8). The called side has the value of the request, which leads to the caller alone.
 */
export function withCalledEnd(core: Core, view: ResponseView): ResponseView {
  if (view.toTag === '' || view.contact === undefined) return view;
  const { message, contact } = view;
  let next = contact.uri;
  const changes = new Map<string, string>();
  for (const route of recordRoutes(message)) {
    const token = tokenIn(core, route, { ...view, toTag: '' });
    // The one above ours is the next hop of what the caller sends.
    if (token === undefined) next = route;
    else changes.set(token.text, sealed(core, view, token.payload + markOf(core, next)));
  }
  if (changes.size === 0) return view;
  const headers = message.headers.map((line) => (line.id === 'record-route' ? { ...line, value: replaced(line.value, changes) } : line));
  return { ...view, message: { ...message, headers, raw: undefined } };
}

const replaced = (value: string, changes: ReadonlyMap<string, string>): string =>
  [...changes].reduce((text, [before, after]) => text.replaceAll(`${before}@`, `${after}@`), value);

function tokenOf(core: Core, call: CommonView, { caller, callerUri, called }: Ends): string {
  const parts = [Math.floor(Date.now() / 1000).toString(36), flowText(caller), flowText(called), markOf(core, callerUri), ''];
  return sealed(core, { ...call, toTag: '' }, parts.join(';'));
}

const flowText = (peer: Peer | undefined): string => (peer === undefined ? '' : `${peer.protocol},${peer.address},${peer.port}`);

type Tags = Pick<CommonView, 'callId' | 'fromTag' | 'toTag'>;

/** Signed for the call: its caller, and its called side as soon as that is known. */
function sealed(core: Core, call: Tags, payload: string): string {
  const text = Buffer.from(payload, 'latin1').toString('base64url');
  return `${text}.${macOf(core, call, text)}`;
}

const macOf = (core: Core, { callId, fromTag, toTag }: Tags, text: string): string =>
  keyed(core, `${callId}\n${fromTag}\n${toTag}\n${text}`, MAC_BYTES);

const keyed = (core: Core, text: string, bytes: number): string =>
  createHmac('sha256', core.proxySecret).update(text).digest().subarray(0, bytes).toString('base64url');

/** Who a URI leads to, as a token has room for it. */
function markOf(core: Core, route: string): string {
  const uri = parseSipUri(route.includes('<') ? (parseNameAddr(route)?.uri ?? '') : route);
  if (uri === undefined) return '';
  const host = uri.parameters.get('maddr') ?? uri.host;
  return keyed(core, `${host.toLowerCase()}:${uri.port ?? ''}`, MARK_BYTES);
}

interface Token {
  readonly text: string;
  readonly payload: string;
}

/** The token of a Route value that we wrote for this caller and, where a To tag is given, this called side. */
function tokenIn(core: Core, route: string, call: Tags): Token | undefined {
  const uri = parseSipUri(route.includes('<') ? (parseNameAddr(route)?.uri ?? '') : route);
  const dot = uri?.user.indexOf('.') ?? -1;
  if (uri === undefined || dot < 0) return undefined;
  const text = uri.user.slice(0, dot);
  const mac = Buffer.from(uri.user.slice(dot + 1), 'latin1');
  const expected = Buffer.from(macOf(core, call, text), 'latin1');
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) return undefined;
  return { text: uri.user, payload: Buffer.from(text, 'base64url').toString('latin1') };
}

/** True for a Record-Route value that we wrote into the request which this response answers. */
export const isOwnRoute = (core: Core, route: string, { callId, fromTag }: ResponseView): boolean =>
  tokenIn(core, route, { callId, fromTag, toTag: '' }) !== undefined;

/**
 * Reads a Route value or Request-URI; undefined when it is none that we wrote for this call and this direction. The Call-ID and the
 * caller's tag are whatever he likes: what keeps him from having us send to others is that a value leads to its two ends alone.
 */
export function readOwnRoute(core: Core, route: string, { callId, fromTag, toTag }: CommonView): OwnRoute | undefined {
  const out = tokenIn(core, route, { callId, fromTag, toTag });
  const back = out === undefined ? tokenIn(core, route, { callId, fromTag: toTag, toTag: '' }) : undefined;
  const [made = '', caller, called, callerMark, calledMark] = (out ?? back)?.payload.split(';') ?? [];
  if (made === '' || Date.now() / 1000 - Number.parseInt(made, 36) > LIFE_SECONDS) return undefined;
  const mark = out === undefined ? callerMark : calledMark;
  return { flow: readFlow(core, out === undefined ? caller : called), leadsTo: (uri) => mark !== '' && markOf(core, uri) === mark };
}

function readFlow(core: Core, text: string | undefined): Peer | undefined {
  const [name, address = '', digits = ''] = (text ?? '').split(',');
  const protocol = PROTOCOLS.find((known) => known === name);
  const port = readNumber(digits, 65_535);
  if (protocol === undefined || port === undefined) return undefined;
  const peer: Peer = { protocol, address, port };
  // A stream that is closed by now is no way back, and its far end takes none (RFC 5626 §5.3).
  return protocol === 'udp' ? peer : { ...(core.flowTo([protocol], address, port, 0) ?? peer), onlyFlow: true };
}
