import type { SrfConnection } from './srf-connection.ts';
import { hangUpForeign } from './srf-hang-up.ts';
import type { SrfServerState } from './srf-library.ts';

/**
 * What lost connections left on their server. A drachtio-server keeps dialogs for ever and lets unanswered INVITEs ring until their
 * peers give up; our engine ends both after its grace (decision C9). Nobody else knows them: the calls' records are closed.
 */
export class LeftBehind {
  readonly #dialogs = new Set<string>();
  readonly #received = new Set<string>();
  readonly #sent = new Map<string, string>();
  #state: SrfServerState | undefined;

  /** A connection is there; what the library holds of it is no longer to be found once it is gone. */
  begin(state: SrfServerState | undefined): void {
    this.#state = state;
  }

  /** Takes down what the connection had, before anybody forgets it. */
  note({ dialogs, unconfirmed }: SrfConnection): void {
    for (const id of [...dialogs.keys(), ...unconfirmed]) this.#dialogs.add(id);
    for (const { req } of this.#state?.pendingNetworkInvites.values() ?? []) this.#received.add(req.stackTxnId);
    for (const [txnId, { req }] of this.#state?.pendingSipRequests ?? []) if (req.method === 'INVITE') this.#sent.set(txnId, req.uri);
    this.#state = undefined;
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
