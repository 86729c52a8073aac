import type { Socket } from 'node:net';
import type { SrfConnection } from './srf-connection.ts';
import { hangUpForeign } from './srf-hang-up.ts';

/**
 * What lost connections left on their server. A drachtio-server keeps dialogs for ever and lets unanswered INVITEs ring until their
 * peers give up; our engine ends both after its grace (decision C9). Nobody else knows them: the calls' records are closed.
 */
export class LeftBehind {
  readonly #dialogs = new Set<string>();
  readonly #received = new Set<string>();
  readonly #sent = new Map<string, string>();

  /** Takes down what `socket` had, before anybody forgets it. */
  note(connection: SrfConnection, socket: Socket): void {
    for (const id of connection.dialogs.keys()) this.#dialogs.add(id);
    const state = connection.srf.app.client.mapServer.get(socket);
    for (const { req } of state?.pendingNetworkInvites.values() ?? []) this.#received.add(req.stackTxnId);
    for (const [txnId, { req }] of state?.pendingSipRequests ?? []) if (req.method === 'INVITE') this.#sent.set(txnId, req.uri);
  }

  /** Ends it all by a new connection. What the server does not know any more, or leaves to nobody else, it refuses. */
  end(connection: SrfConnection): void {
    const { socket, log } = connection;
    if (socket === undefined || this.#dialogs.size + this.#received.size + this.#sent.size === 0) return;
    log.warn('ends what the lost connection left', { dialogs: this.#dialogs.size, received: this.#received.size, sent: this.#sent.size });
    for (const id of this.#dialogs) void hangUpForeign(connection, id);
    for (const stackTxnId of this.#received)
      connection.safely('503', () =>
        connection.srf.app.client.sendMessage(socket, { status: 503, reason: 'Service Unavailable', headers: {} }, { stackTxnId }),
      );
    for (const [stackTxnId, uri] of this.#sent) connection.send(socket, { method: 'CANCEL', uri, stackTxnId, headers: {} }, () => {});
    for (const kept of [this.#dialogs, this.#received, this.#sent]) kept.clear();
  }
}
