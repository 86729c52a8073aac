import type { Peer } from '../transport/peer.ts';

/** A message on its way up to an application. */
export interface Arrival {
  /** The SIP text the application sees. */
  readonly bytes: Buffer;
  /** Its size on the wire. */
  readonly size: number;
  readonly from: Peer;
  readonly txnId: string;
  /** '' for requests outside dialogs. */
  readonly dialogId: string;
  /** `application` marks a request the engine itself sent (ACK timeout and the like). */
  readonly source: 'network' | 'application';
  /** Set for new requests: the address of ours it came to. */
  readonly receivedOn?: { readonly address: string; readonly port: number } | undefined;
}

/** One connected application; its dialogs and transactions stay with it. */
export interface Application {
  readonly id: string;
  /** True once its connection is lost. */
  readonly gone: boolean;
  /** Requests delivered and not finally answered. */
  pending: number;
  deliver(arrival: Arrival): void;
}

/** Finds who serves a new request. */
export interface ApplicationDirectory {
  /** The next application for this method, or undefined when none is there or all are too busy. */
  pick(method: string): Application | undefined;
}
