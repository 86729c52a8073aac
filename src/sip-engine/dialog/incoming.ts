import type { RequestView } from '../message/read-request.ts';
import type { SipHeader } from '../message/sip-message.ts';
import type { ServerTransaction } from '../transaction/transaction-layer.ts';
import type { Peer } from '../transport/peer.ts';
import { answer } from './answer.ts';

/** A request from the network with its fresh transaction. */
export interface Incoming {
  readonly view: RequestView;
  readonly transaction: ServerTransaction;
  readonly from: Peer;
}

/** Answers with a status of the engine's own. */
export function refuse(incoming: Incoming, status: number, headers: readonly SipHeader[] = []): void {
  answer({ request: incoming.view.message, transaction: incoming.transaction, from: incoming.from }, status, { headers });
}
