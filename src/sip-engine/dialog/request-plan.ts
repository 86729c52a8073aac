import { makeHeader, requestLine, serialize } from '../message/serialize-message.ts';
import type { SipHeader } from '../message/sip-message.ts';
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
  const host = core.hostFor(peer.address);
  return `SIP/2.0/${peer.protocol.toUpperCase()} ${core.port === 5060 ? host : `${host}:${core.port}`};rport;branch=${branch}`;
}

/** Our Contact value towards `peer`. */
export function contactFor(core: Core, peer: Peer): string {
  return `<sip:${core.hostFor(peer.address)}:${core.port}${peer.protocol === 'udp' ? '' : `;transport=${peer.protocol}`}>`;
}

/** Bytes of a request; `headers` follow the ones of the plan in their order. */
export function buildRequest(plan: RequestPlan, headers: readonly SipHeader[], body?: Buffer): Buffer {
  const lines: SipHeader[] = [makeHeader('Via', plan.via)];
  for (const route of plan.routes) lines.push(makeHeader('Route', route));
  if (!headers.some((line) => line.id === 'max-forwards')) lines.push(makeHeader('Max-Forwards', '70'));
  lines.push(makeHeader('From', plan.from), makeHeader('To', plan.to), makeHeader('Call-ID', plan.callId));
  lines.push(makeHeader('CSeq', `${plan.cseq} ${plan.method}`), ...headers);
  return serialize(requestLine(plan.method, plan.requestUri), lines, body);
}

/** The ACK of the INVITE transaction for a non-2xx answer (RFC 3261 §17.1.1.3). */
export const buildTransactionAck = (invite: RequestPlan, to: string): Buffer => buildRequest({ ...invite, method: 'ACK', to }, []);

/** The CANCEL of an INVITE: same Request-URI, branch, Route and CSeq number (RFC 3261 §9.1). */
export const buildCancel = (invite: RequestPlan, headers: readonly SipHeader[]): Buffer =>
  buildRequest({ ...invite, method: 'CANCEL' }, headers);
