import { randomBytes } from 'node:crypto';
import type { Mailbox } from './mailbox.ts';
import type { HeaderValues, SipMessage } from './message.ts';
import type { TimerSet } from './timer-set.ts';
import type { Trace } from './trace.ts';
import type { Flow, Transport } from './wire.ts';

/** What the parts of a party share: its address, its timers and its way to the network. */
export interface Core {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly t1Ms: number;
  readonly t2Ms: number;
  readonly giveUpMs: number;
  readonly timers: TimerSet;
  readonly trace: Trace;
  /** Writes the message to the flow and the trace; a failed connection is reported to `onFailure`. */
  send(message: SipMessage, flow: Flow, onFailure?: (error: Error) => void): void;
  /** The Contact value of this party for a transport. */
  contact(transport: Transport): string;
  /** A fresh Via value with its branch for a request over a transport. */
  via(transport: Transport, branch?: string): string;
  /** The flow on which a request to this next hop leaves: the hop itself, or the party's outbound hop. */
  flowTo(hop: { host: string; port: number; transport: Transport }): Flow;
  /** Sends a request in a client transaction of its own. */
  start(request: SipMessage, flow: Flow, listener: ClientListener): { stop(): void };
  /** A mailbox that ends with the party. */
  mailbox<T>(): Mailbox<T>;
  /** Notes that the peer broke a rule of SIP. */
  violation(text: string): void;
}

/** What a client transaction tells its user; every 2xx to an INVITE comes through, repeated ones too. */
export interface ClientListener {
  provisional?(response: SipMessage): void;
  final(response: SipMessage): void;
  /** No final response: Timer B or F fired, or the connection failed. */
  failed(error: Error): void;
}

/** Random text for tags, branches and Call-IDs. */
export const token = (): string => randomBytes(9).toString('hex');

/** A branch that marks RFC 3261 (§8.1.1.7). */
export const newBranch = (): string => `z9hG4bK${token()}`;

/** Headers common to what a test may set on any message. */
export interface MessageParts {
  readonly headers?: HeaderValues;
  readonly body?: string;
  readonly contentType?: string;
}
