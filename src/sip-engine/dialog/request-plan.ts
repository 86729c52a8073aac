import { defaultPort } from '../../kit/sip-names/sip-transport.ts';
import { headerText, requestLine, withBody } from '../message/serialize-message.ts';
import { header, type SipHeader } from '../message/sip-message.ts';
import { MAGIC_COOKIE } from '../message/via.ts';
import { randomToken } from '../random-token.ts';
import type { Peer } from '../transport/peer.ts';
import type { Core } from './core.ts';

/** A request of ours with everything decided; its CANCEL and ACK are made from it too. */
export interface RequestPlan {
  readonly method: string;
  readonly requestUri: string;
  readonly branch: string;
  readonly via: string;
  readonly routes: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  readonly peer: Peer;
}

/** A new branch (RFC 3261 §8.1.1.7). */
export const newBranch = (): string => `${MAGIC_COOKIE}${randomToken(9)}`;

/** Our Via value towards `peer`. The port is left out when it is the default, as drachtio-server does. */
export function viaFor(core: Core, peer: Peer, branch: string): string {
  const { host, port } = core.localFor(peer);
  const sentBy = port === defaultPort(peer.protocol) ? host : `${host}:${port}`;
  return `SIP/2.0/${peer.protocol.toUpperCase()} ${sentBy};rport;branch=${branch}`;
}

/** Our address towards `peer` as it stands in a URI. */
export function localHostPortFor(core: Core, peer: Peer): string {
  const { host, port } = core.localFor(peer);
  return `${host}:${port}`;
}

/** Our Contact value towards `peer`; a sips request wants a sips answer (RFC 3261 §12.1.1), WebSocket says ws for both (RFC 7118 §5.1). */
export function contactFor(core: Core, peer: Peer, requestUri: string): string {
  const secure = /^sips:/i.test(requestUri) && (peer.protocol === 'tls' || peer.protocol === 'wss');
  const transport = peer.protocol === 'wss' ? 'ws' : peer.protocol;
  const parameter = transport === 'udp' || (secure && transport === 'tls') ? '' : `;transport=${transport}`;
  return `<${secure ? 'sips' : 'sip'}:${localHostPortFor(core, peer)}${parameter}>`;
}

/** Bytes of a request; `headers` follow the ones of the plan in their order. */
export function buildRequest(plan: RequestPlan, headers: readonly SipHeader[], body?: Buffer): Buffer {
  let text = `${requestLine(plan.method, plan.requestUri)}\r\nVia: ${plan.via}\r\n`;
  for (const route of plan.routes) text += `Route: ${route}\r\n`;
  if (header({ headers }, 'max-forwards') === undefined) text += 'Max-Forwards: 70\r\n';
  text += `From: ${plan.from}\r\nTo: ${plan.to}\r\nCall-ID: ${plan.callId}\r\nCSeq: ${plan.cseq} ${plan.method}\r\n`;
  return withBody(text + headerText(headers), body);
}

/** The ACK of the INVITE transaction for a non-2xx answer (RFC 3261 §17.1.1.3). */
export const buildTransactionAck = (invite: RequestPlan, to: string): Buffer => buildRequest({ ...invite, method: 'ACK', to }, []);

/** The CANCEL of an INVITE: same Request-URI, branch, Route and CSeq number (RFC 3261 §9.1). */
export const buildCancel = (invite: RequestPlan, headers: readonly SipHeader[]): Buffer =>
  buildRequest({ ...invite, method: 'CANCEL' }, headers);
