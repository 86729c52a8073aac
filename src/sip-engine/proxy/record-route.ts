import { createHmac, timingSafeEqual } from 'node:crypto';
import { PROTOCOLS } from '../../kit/sip-names/sip-transport.ts';
import type { Core } from '../dialog/core.ts';
import { contactFor } from '../dialog/request-plan.ts';
import { readNumber } from '../message/characters.ts';
import { parseNameAddr } from '../message/name-addr.ts';
import type { CommonView } from '../message/read-request.ts';
import { parseSipUri } from '../message/uri.ts';
import type { Peer } from '../transport/peer.ts';

/**
 * The ends of a call whose Contact says nothing about where they are (NAT, a stream they opened): they are written into our
 * Record-Route instead of a table, which nobody would tell when the call is over.
 */
export interface Flows {
  readonly caller: Peer | undefined;
  readonly called: Peer | undefined;
}

/** What one of our Record-Route values says. */
export interface OwnRoute {
  /** Where the request goes when no further Route is left; undefined: to its Request-URI. */
  readonly flow: Peer | undefined;
}

const MAC_BYTES = 12;

/**
 * Our Record-Route values, the one towards the called side first; two where both sides are reached by different listeners
 * (RFC 5658 §3). Without `flows` they hold for any call, as a Path does.
 */
export function recordRouteFor(
  core: Core,
  call: CommonView,
  requestUri: string,
  sides: { readonly from: Peer; readonly to: Peer },
  flows: Flows | undefined,
): string[] {
  const user = flows === undefined ? '' : `${tokenOf(core, call.callId, call.fromTag, flows)}@`;
  const value = (peer: Peer): string => {
    const uri = contactFor(core, peer, requestUri).slice(1, -1);
    const colon = uri.indexOf(':') + 1;
    return `<${uri.slice(0, colon)}${user}${uri.slice(colon)};lr>`;
  };
  const outwards = value(sides.to);
  const inwards = value(sides.from);
  return outwards === inwards ? [outwards] : [outwards, inwards];
}

function tokenOf(core: Core, callId: string, fromTag: string, flows: Flows): string {
  const text = flows.caller === undefined && flows.called === undefined ? '' : `${flowText(flows.caller)};${flowText(flows.called)}`;
  const payload = Buffer.from(text, 'latin1').toString('base64url');
  return `${payload}.${macOf(core, callId, fromTag, payload)}`;
}

const flowText = (peer: Peer | undefined): string => (peer === undefined ? '' : `${peer.protocol},${peer.address},${peer.port}`);

// Bound to the call: whoever has seen one of our routes cannot have us send anything else anywhere.
const macOf = (core: Core, callId: string, fromTag: string, payload: string): string =>
  createHmac('sha256', core.proxySecret).update(`${callId}\n${fromTag}\n${payload}`).digest().subarray(0, MAC_BYTES).toString('base64url');

/** Reads a Route value or Request-URI; undefined when it is none that we wrote for this call. */
export function readOwnRoute(core: Core, text: string, view: CommonView): OwnRoute | undefined {
  const uri = parseSipUri(text.includes('<') ? (parseNameAddr(text)?.uri ?? '') : text);
  const dot = uri?.user.indexOf('.') ?? -1;
  if (uri === undefined || dot < 0) return undefined;
  const payload = uri.user.slice(0, dot);
  const mac = Buffer.from(uri.user.slice(dot + 1), 'latin1');
  const made = (tag: string): boolean => {
    const expected = Buffer.from(macOf(core, view.callId, tag, payload), 'latin1');
    return mac.length === expected.length && timingSafeEqual(mac, expected);
  };
  const [caller, called] = Buffer.from(payload, 'base64url').toString('latin1').split(';');
  if (made(view.fromTag)) return { flow: readFlow(core, called) };
  return made(view.toTag) ? { flow: readFlow(core, caller) } : undefined;
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
