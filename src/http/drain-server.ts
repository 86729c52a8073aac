import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** What ends a server's work without losing a request. */
export interface ServerDrain {
  /** Resolves when every request that runs is answered and no kept connection is left, or after `ms`. */
  drain(ms: number): Promise<void>;
  /** Closes the listener; what came in on an open connection is still answered, for at most `ms`. */
  close(ms: number): Promise<void>;
}

/** Who has asked within this is taken for a client that may ask again. */
const CLIENT_MS = 10_000;

/**
 * Watches a server from before its first connection. RFC 9112 §9.6: a connection closed while the next request is on its way loses
 * that request. So for `leadMs` nothing is closed: balancers see `/readyz`, and a connection in use learns from its next answer
 * (`Connection: close`) that it was the last.
 */
export function drainServer(server: Server, leadMs: number): ServerDrain {
  const idle = watchIdle(server);
  let askedAt = Number.NEGATIVE_INFINITY;
  server.on('request', () => {
    askedAt = performance.now();
  });
  return {
    async drain(ms) {
      const lead = performance.now() - askedAt < CLIENT_MS ? Math.min(leadMs, ms / 2) : 0;
      if (lead > 0) await pause(lead);
      server.closeIdleConnections();
      await idle(ms - lead);
    },
    async close(ms) {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Not only for what runs: a connection accepted a moment ago has its request still on its way.
      await Promise.race([closed, pause(ms, undefined, { ref: false })]);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Waits until the server works on no request, at most `ms`. */
function watchIdle(server: Server): (ms: number) => Promise<void> {
  let running = 0;
  const waiting = new Set<() => void>();
  server.on('request', (_, res) => {
    running += 1;
    res.once('close', () => {
      running -= 1;
      if (running === 0) for (const wake of waiting) wake();
    });
  });
  return (ms) =>
    new Promise((resolve) => {
      if (running === 0) return resolve();
      const wake = () => {
        clearTimeout(timer);
        waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      waiting.add(wake);
    });
}
