import type { Socket } from 'node:net';
import type { Logger } from '../kit/log.ts';
import type { SipDeadlines } from './sip-stack.ts';
import type { SrfInstance, SrfReplier, SrfRequest, SrfRequestOptions } from './srf-library.ts';

/** Something that takes the requests of one dialog. */
export interface DialogSink {
  receive(request: SrfRequest, response: SrfReplier): void;
}

/** What the `srf-*` files share about one server: its library instance, its dialogs, and who must hear of a lost connection. */
export class SrfConnection {
  readonly srf: SrfInstance;
  readonly log: Logger;
  readonly deadlines: SipDeadlines;
  readonly dialogs = new Map<string, DialogSink>();
  /** Ids of dialogs whose 200 was sent and not confirmed yet. */
  readonly unconfirmed = new Set<string>();
  /** Ids of dialogs that our INVITEs without a final answer may make. */
  readonly early = new Set<string>();
  readonly #lossListeners = new Map<Socket, Set<() => void>>();

  constructor(srf: SrfInstance, log: Logger, deadlines: SipDeadlines) {
    this.srf = srf;
    this.log = log;
    this.deadlines = deadlines;
  }

  /** The connection new requests leave by; the library's own choice is the first it knows, authenticated or not. */
  get socket(): Socket | undefined {
    for (const [socket, state] of this.srf.app.client?.mapServer ?? []) {
      if (state.authenticated && !socket.destroyed) return socket;
    }
    return undefined;
  }

  /** Calls back when this connection is gone; returns how to stop listening. */
  onLost(socket: Socket, listener: () => void): () => void {
    const listeners = this.#lossListeners.get(socket) ?? new Set();
    this.#lossListeners.set(socket, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#lossListeners.delete(socket);
    };
  }

  /** The library forgets what was pending on a closed connection without a word (defect 4): tell everybody. */
  lost(socket: Socket): void {
    const listeners = this.#lossListeners.get(socket);
    this.#lossListeners.delete(socket);
    this.early.clear();
    for (const listener of listeners ?? []) this.safely('connection lost', listener);
  }

  /** Runs a callback of ours inside one of the library's, where an exception would end the process or lose the frames behind it. */
  safely(what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.log.error('a SIP callback failed', { what, error: error instanceof Error ? error.stack : String(error) });
    }
  }

  /**
   * Sends a request and calls back exactly once: with the request as sent, or with an error after a refusal, a lost connection or
   * the deadline (defect 4). A confirmation after the deadline goes to `late`.
   */
  send(
    socket: Socket | undefined,
    options: SrfRequestOptions,
    done: (error: unknown, sent?: SrfRequest) => void,
    late?: (sent: SrfRequest) => void,
  ): void {
    if (socket === undefined || socket.destroyed) {
      this.safely(options.method, () => done(new Error('not connected')));
      return;
    }
    let settled = false;
    const settle = (error: unknown, sent?: SrfRequest): void => {
      if (settled) {
        if (sent !== undefined && late !== undefined) this.safely(options.method, () => late(sent));
        return;
      }
      settled = true;
      clearTimeout(timer);
      forget();
      this.safely(options.method, () => done(error, sent));
    };
    const forget = this.onLost(socket, () => settle(new Error('control connection lost')));
    const timer = setTimeout(() => settle(new Error('no confirmation of the SIP server')), this.deadlines.commandMs);
    timer.unref();
    try {
      this.srf.app.request({ ...options, _socket: socket }, settle);
    } catch (error) {
      settle(error);
    }
  }
}
