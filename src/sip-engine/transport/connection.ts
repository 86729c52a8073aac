import type { Protocol } from '../../kit/sip-names/sip-transport.ts';
import type { MessageLimits } from '../message/message-limits.ts';
import type { Parsed } from '../message/parse-message.ts';
import type { Listener } from './listener.ts';
import type { Peer } from './peer.ts';

/** Bounds of one connection. */
export interface ConnectionLimits extends MessageLimits {
  /** No message and no keep-alive of the peer for so long: closed. */
  readonly tcpIdleMs: number;
  /** Time to be connected, TLS and WebSocket included. */
  readonly tcpConnectMs: number;
  /** Bytes that may wait to be written to one peer before it is cut off. */
  readonly tcpBacklogBytesMax: number;
  /** Bytes that wait and do not move for so long: closed. */
  readonly tcpStallMs: number;
  /** A message begun and not complete by then: closed. */
  readonly tcpMessageMs: number;
  /** A peer that opened a connection and has not sent a whole message by then is cut off, whatever keep-alives it sends. */
  readonly tcpFirstMessageMs: number;
  /** How often connections we opened are pinged (RFC 5626 §4.4.1), WebSocket peers always; 0: never. */
  readonly keepAliveMs: number;
  /** How long a peer that answers pings may take (RFC 5626 §4.4.1: 10 s). */
  readonly pongMs: number;
  /** Requests in a row that time out without a byte from a peer, then its connection is taken for dead. */
  readonly silentRequestsMax: number;
}

/** Why a connection ended, as it is counted. */
export type CloseReason = 'closed' | 'reset' | 'idle' | 'stalled' | 'silent' | 'unframeable' | 'backlog' | 'connect_failed';

/** What a connection reports. */
export interface ConnectionEvents {
  message(parsed: Parsed & { kind: 'message' }, from: Peer): void;
  /** Bytes that are no message. */
  garbage(why: string): void;
  /** A request that had just been given to a connection that broke: the peer most likely never read it. */
  lost(request: LostRequest, connection: Connection): void;
  closed(connection: Connection, why: CloseReason): void;
}

/** A request whose connection broke under it. */
export interface LostRequest {
  readonly bytes: Buffer;
  failed(why: string): void;
}

/** What is known of a connection from its start. */
export interface ConnectionFacts {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  readonly listener: Listener;
  readonly inbound: boolean;
  readonly serverName: string | undefined;
}

/** One SIP stream to one peer: TCP, TLS or WebSocket. */
export interface Connection extends ConnectionFacts {
  readonly open: boolean;
  /** On the clock of `performance.now()`. */
  readonly openedAt: number;
  /** Whether its other end has proved this name or address by a certificate (RFC 5922). */
  proves(name: string): boolean;
  /** Writes a message; `failed` is called when it most likely did not reach the peer. */
  send(bytes: Buffer, failed?: (why: string) => void): void;
  /** Looks after time: called about once a second. */
  tend(nowMs: number): void;
  /** A request over it timed out without any answer. */
  unanswered(): void;
  destroy(why?: CloseReason): void;
}
